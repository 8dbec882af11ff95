"""Rows out of answers that people approved, as the bot gave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering import prompts
from bot.answering.answer import Answering
from bot.contracts import Answer, Passage, Question, Turn
from bot.store.answers import Answers
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from bot.store.feedback import DOWN, UP, Feedback
from bot.tuning.data.approved import (
    CHANGED,
    FOLLOW_UP,
    FORGOTTEN,
    NOBODY,
    PRIVATE,
    UNKNOWN,
    approved_rows,
)
from bot.tuning.data.documents import Documents
from bot.tuning.rows import Row
from tests.answering.cast import ScriptedModel, ShelfIndex, events_of, the_answer
from tests.store.cast import ANYBODY, a_document
from tests.tuning.desks import answer_of, put_desks, question_of, text_of

FINANCE, PEOPLE = "channel:T1/CFINANCE", "channel:T1/CPEOPLE"
TRAVEL = document_id("wiki", "travel.md")


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    database = Database(tmp_path / "footnote.db")
    yield Corpus(database)
    database.close()


def shelf(corpus: Corpus) -> list[Passage]:
    """All that there is, whoever may read it."""
    rows = corpus.database.rows("SELECT reader FROM document_readers")
    readers = frozenset(row[0] for row in rows)
    return corpus.passages(dict.fromkeys(corpus.readable_chunks(readers), 1.0), readers)


async def answered(corpus: Corpus, reply: str, question: Question | None = None, number: int = 1) -> Answer:
    """The bot's answer to where a desk is, recorded as it always is."""
    asked = question or Question(question_of(number), readers=ANYBODY)
    bot = Answering(ShelfIndex(shelf(corpus)), ScriptedModel([reply]), answers=Answers(corpus.database))
    return the_answer(await events_of(bot, asked))


def vote(corpus: Corpus, answer: Answer, *votes: str) -> None:
    feedback = Feedback(corpus.database, lambda: 1_800_000_000.0)
    for number, each in enumerate(votes):
        feedback.vote(answer.trace_id, "T1", f"U{number}", each)


def rows_of(corpus: Corpus) -> tuple[list[Row], dict[str, int]]:
    rejected = Counter[str]()
    return approved_rows(corpus.database, Documents(corpus.database), rejected), dict(rejected)


async def test_an_approved_answer_becomes_the_reply_that_the_model_should_have_given(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    answer = await answered(corpus, f"{answer_of(1)[:-1]} [3]. Its chief is called Ahn [1].")
    assert answer.text == f"{answer_of(1)} [1]"  # as people read it: numbered as it is used
    vote(corpus, answer, UP, UP)

    ((row,), rejected) = rows_of(corpus)
    assert not rejected
    assert (row.kind, row.source, row.language, row.question) == ("answer", "approved", "en", question_of(1))
    (gold,) = row.gold
    assert row.passages[gold].document == TRAVEL
    assert row.answer == f"{answer_of(1)} [{gold + 1}]"  # as it stands in the prompt
    assert (row.licence, row.consent, row.readers) == ("documents of wiki", "👍 of 2", None)

    trace = Answers(corpus.database).get(answer.trace_id).trace
    assert [{"role": each.role, "content": each.content} for each in row.prompt()] == trace["prompt"]


async def test_an_answer_that_somebody_voted_down_is_none(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    vote(corpus, await answered(corpus, f"{answer_of(1)} [2]"), UP, DOWN)
    await answered(corpus, f"{answer_of(2)} [3]", number=2)  # nobody said anything
    assert rows_of(corpus) == ([], {})


async def test_what_a_repetition_got_counts_for_the_answer(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    first = await answered(corpus, f"{answer_of(1)} [2]")
    again = await answered(corpus, f"{answer_of(1)} [2]")
    with corpus.database.write() as db:
        db.conn.execute("UPDATE answers SET repeats = ? WHERE trace_id = ?", [first.trace_id, again.trace_id])
    vote(corpus, again, UP)
    (row,) = rows_of(corpus)[0]
    assert first.trace_id in row.id
    vote(corpus, again, DOWN)
    assert rows_of(corpus) == ([], {})


async def test_an_approved_refusal_teaches_to_decline(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    answer = await answered(corpus, "NOT_FOUND", Question("When was the company founded?", readers=ANYBODY))
    vote(corpus, answer, UP)
    (row,) = rows_of(corpus)[0]
    assert (row.kind, row.answer, row.gold) == ("abstain", prompts.NOT_FOUND, ())
    assert len(row.passages) == 3


async def test_what_was_asked_in_private_or_follows_another_question_is_left_out(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    private = Question(question_of(1), readers=frozenset({"everyone", "user:T1/U1"}))
    vote(corpus, await answered(corpus, f"{answer_of(1)} [2]", private), UP)
    follows = Question("And the travel desk?", readers=ANYBODY, history=(Turn("user", question_of(0)),))
    vote(corpus, await answered(corpus, f"{answer_of(1)} [2]", follows), UP)
    assert rows_of(corpus) == ([], {PRIVATE: 1, FOLLOW_UP: 1})


async def test_an_answer_outlives_no_change_of_its_documents(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    vote(corpus, await answered(corpus, f"{answer_of(1)} [2]"), UP)
    corpus.put(a_document("travel.md", text_of(1), version="2"))  # the same words
    assert len(rows_of(corpus)[0]) == 1
    corpus.put(a_document("travel.md", "The travel desk is closed.", version="3"))
    assert rows_of(corpus) == ([], {FORGOTTEN: 1})


async def test_a_quote_or_passage_that_does_not_stand_any_more_is_found_out(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    vote(corpus, await answered(corpus, f"{answer_of(1)} [2]"), UP)
    with corpus.database.write() as db:  # behind the back of whatever forgets answers
        db.conn.execute("UPDATE chunks SET text = replace(text, 'two days', 'three days')")
    assert rows_of(corpus) == ([], {CHANGED: 1})


async def test_the_readers_of_a_row_are_those_who_may_read_all_of_it(corpus: Corpus) -> None:
    put_desks(corpus, [0])
    put_desks(corpus, [1], frozenset({FINANCE, PEOPLE}))
    put_desks(corpus, [2], frozenset({FINANCE}))
    asked = Question(question_of(1), readers=frozenset({FINANCE}))
    vote(corpus, await answered(corpus, f"{answer_of(1)} [2]", asked), UP)
    assert [row.readers for row in rows_of(corpus)[0]] == [(FINANCE,)]
    corpus.set_readers("wiki", "laptop.md", frozenset({"channel:T1/COTHER"}))
    assert rows_of(corpus) == ([], {NOBODY: 1})


async def test_an_answer_without_its_trace_is_left_out(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    answer = await answered(corpus, f"{answer_of(1)} [2]")
    vote(corpus, answer, UP)
    with corpus.database.write() as db:
        db.conn.execute("UPDATE answers SET trace = json_remove(trace, '$.prompt')")
    assert rows_of(corpus) == ([], {UNKNOWN: 1})
