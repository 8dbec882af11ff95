"""Rows out of right answers that people wrote where the bot's did not help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answer import Answering
from bot.contracts import Answer, Passage, Question, Readers, Turn
from bot.store.answers import Answers
from bot.store.corpus import Corpus
from bot.store.corrections import Correction, Corrections
from bot.store.database import Database
from bot.store.feedback import UP, Feedback
from bot.tuning.data.checking import Checks
from bot.tuning.data.cleaning import CORRECTED, without_repetitions
from bot.tuning.data.corrections import CONSENT, FOLLOW_UP, NOBODY, OTHER_QUESTION
from bot.tuning.data.documents import Documents
from bot.tuning.data.gathering import Wanted, gather
from bot.tuning.rows import Row
from tests.answering.cast import ScriptedModel, ShelfIndex, events_of, the_answer
from tests.store.cast import ANYBODY
from tests.tuning.desks import answer_of, put_desks, question_of
from tests.tuning.test_approved import FINANCE, PEOPLE, TRAVEL, shelf

UNSUPPORTED = "correction: its passages do not say what it says"


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    database = Database(tmp_path / "footnote.db")
    yield Corpus(database)
    database.close()


async def replied(corpus: Corpus, reply: str, number: int = 1, text: str = "", **asked: Any) -> Answer:
    """The bot's answer to where a desk is, from all there is, recorded as it always is."""
    question = Question(text or question_of(number), **{"readers": ANYBODY, **asked})
    bot = Answering(ShelfIndex(shelf(corpus)), ScriptedModel([reply]), answers=Answers(corpus.database))
    return the_answer(await events_of(bot, question))


async def declined(corpus: Corpus, **asked: Any) -> Answer:
    """It reads all there is, and finds no answer."""
    return await replied(corpus, "NOT_FOUND", **asked)


def correct(
    corpus: Corpus,
    answer: Answer,
    said: str = answer_of(1),
    question: str = question_of(1),
    readers: tuple[str, ...] = ("everyone",),
) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    given = Correction(answer.trace_id, question, said, "user:T1/U1", at, readers)
    assert Corrections(corpus.database).add(given)


async def rows_of(
    corpus: Corpus, readers: tuple[str, ...] | None = None, *, approved: bool = True
) -> tuple[list[Row], dict[str, int]]:
    async def search(question: str, by: Readers, limit: int) -> list[Passage]:
        return corpus.passages(dict.fromkeys(corpus.readable_chunks(by), 1.0), by)[:limit]

    wanted = Wanted(readers=readers, approved=approved)
    found = await gather(wanted, corpus.database, Documents(corpus.database), Checks(), search=search)
    return found.rows, dict(found.rejected)


async def test_what_a_person_answered_becomes_a_row_of_what_the_bot_had_read(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    answer = await declined(corpus)
    correct(corpus, answer)
    (row,), rejected = await rows_of(corpus)
    assert not rejected
    assert (row.kind, row.source, row.language, row.question) == (
        "answer",
        "correction",
        "en",
        question_of(1),
    )
    (gold,) = row.gold
    assert row.passages[gold].document == TRAVEL
    assert row.answer == f"{answer_of(1)} [{gold + 1}]"
    assert (row.licence, row.consent, row.readers) == ("documents of wiki", CONSENT, None)
    assert await rows_of(corpus, approved=False) == ([], {})


async def test_it_takes_the_place_of_what_somebody_approved(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    short = await replied(corpus, f"{answer_of(2)} [3]", 2)
    Feedback(corpus.database, lambda: 0.0).vote(short.trace_id, "T1", "U1", UP)
    said = f"{answer_of(2)} It is open on working days from nine in the morning."
    correct(corpus, short, said, question_of(2))
    rows, _ = await rows_of(corpus)
    assert sorted(row.source for row in rows) == ["approved", "correction"]
    rejected = Counter[str]()
    (row,) = without_repetitions(rows, rejected)
    assert (row.source, rejected[CORRECTED]) == ("correction", 1)


async def test_what_no_document_says_is_not_learned(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    correct(corpus, await declined(corpus), "The travel desk is in room 999.")
    assert await rows_of(corpus) == ([], {UNSUPPORTED: 1})


async def test_what_a_document_that_came_later_says_is_found(corpus: Corpus) -> None:
    put_desks(corpus, [0, 2])
    answer = await declined(corpus)
    correct(corpus, answer)
    assert (await rows_of(corpus))[0] == []
    put_desks(corpus, [1])
    (row,), rejected = await rows_of(corpus)
    assert (rejected, [row.passages[place].document for place in row.gold]) == ({}, [TRAVEL])


async def test_its_readers_are_those_of_the_channel_it_was_given_in_and_of_the_documents(
    corpus: Corpus,
) -> None:
    put_desks(corpus, [0, 2])
    put_desks(corpus, [1], frozenset({FINANCE, PEOPLE}))
    correct(corpus, await declined(corpus, readers=frozenset({FINANCE})), readers=(FINANCE,))
    assert [row.readers for row in (await rows_of(corpus))[0]] == [(FINANCE,)]
    correct(corpus, await declined(corpus, readers=frozenset({FINANCE})), readers=("channel:T1/COTHER",))
    rows, rejected = await rows_of(corpus)
    assert ([row.readers for row in rows], rejected) == ([(FINANCE,)], {NOBODY: 1})


async def test_in_a_private_channel_it_is_for_that_channel_though_all_may_read_the_documents(
    corpus: Corpus,
) -> None:
    put_desks(corpus, range(3))
    correct(corpus, await declined(corpus), readers=(PEOPLE,))
    assert [row.readers for row in (await rows_of(corpus))[0]] == [(PEOPLE,)]


async def test_a_question_that_makes_sense_only_beside_another_one_is_left_out(corpus: Corpus) -> None:
    put_desks(corpus, range(3))
    follows = await declined(
        corpus, history=(Turn("user", "Where is the parking desk?"),), text="And travel?"
    )
    correct(corpus, follows)
    correct(corpus, await declined(corpus), question="Please say more!")
    assert await rows_of(corpus) == ([], {FOLLOW_UP: 1, OTHER_QUESTION: 1})
