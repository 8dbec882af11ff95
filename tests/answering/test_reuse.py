from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.answering.answer import Answering
from bot.answering.reuse import LONGEST_REPEATED, Reuse, made_by
from bot.contracts import Answer, Filter, Question, SourcesFound, TextAdded, Turn
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.answers import Answers
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.feedback import Feedback
from connectors.base import EVERYONE, Document
from tests.answering.cast import (
    SHELF,
    TRAVEL,
    ScriptedModel,
    ShelfIndex,
    asked,
    events_of,
    passage,
    streamed,
    the_answer,
)
from tests.fakes import HashEmbedder, PlainMorphology

HOTEL = "My manager does not react to my hotel booking, what happens?"
REPLY = "The booking is accepted automatically after 24 hours [1]."
FIRST_ASKED = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


class Desk:
    """Somebody asks, three days later somebody asks again."""

    def __init__(self, database: Database, *replies: str, maker: str = "m1") -> None:
        self.database = database
        self.answers = Answers(database)
        self.index = ShelfIndex(SHELF)
        self.model = ScriptedModel(list(replies) or [REPLY] * 5)
        self.now = FIRST_ASKED
        self.maker = maker

    async def ask(self, question: str | Question) -> Answer:
        footnote = Answering(
            self.index,
            self.model,
            answers=self.answers,
            reuse=Reuse(self.answers, self.maker),
            now=lambda: self.now,
        )
        events = await events_of(footnote, question if isinstance(question, Question) else asked(question))
        self.now += timedelta(days=3)
        return the_answer(events)

    @property
    def times_written(self) -> int:
        return len(self.model.prompts)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_who_asks_the_same_gets_the_checked_answer_without_the_model(desk: Desk) -> None:
    first = await desk.ask(HOTEL)
    assert first.reused_from is None
    again = await desk.ask("  my manager does NOT react to my hotel booking what happens?? ")
    assert again.reused_from == FIRST_ASKED
    assert (again.text, again.citations, again.found) == (first.text, first.citations, True)


async def test_it_comes_as_sources_then_text_then_the_end_under_an_id_of_its_own(desk: Desk) -> None:
    first = await desk.ask(HOTEL)
    footnote = Answering(desk.index, desk.model, answers=desk.answers, reuse=Reuse(desk.answers, "m1"))
    events = await events_of(footnote, asked(HOTEL))
    again = the_answer(events)
    assert events[:2] == [SourcesFound(SHELF), TextAdded(first.text)]
    assert len(events) == 3
    assert desk.times_written == 1
    record = desk.answers.get(again.trace_id)
    assert again.trace_id != first.trace_id
    assert (record.question, record.trace["repeats"]) == (HOTEL, first.trace_id)
    assert desk.answers.counts().asked == 2


async def test_a_repeat_is_dated_by_the_answer_that_was_checked_not_by_the_last_repeat(desk: Desk) -> None:
    for _ in range(3):
        answer = await desk.ask(HOTEL)
    assert answer.reused_from == FIRST_ASKED
    assert desk.times_written == 1


async def test_who_wants_a_new_answer_gets_one_and_it_is_the_one_given_from_then_on(desk: Desk) -> None:
    await desk.ask(HOTEL)
    fresh = await desk.ask(replace(asked(HOTEL), fresh=True))
    assert (fresh.reused_from, desk.times_written) == (None, 2)
    assert (await desk.ask(HOTEL)).reused_from == FIRST_ASKED + timedelta(days=3)


@pytest.mark.parametrize(
    "other",
    [
        replace(asked(HOTEL), readers=frozenset({EVERYONE, "channel:T1/C1"})),
        replace(asked(HOTEL), readers=frozenset({"user:T1/U1"})),
        replace(asked(HOTEL), narrowed=Filter(("handbook",))),
        replace(asked(HOTEL), narrowed=Filter(since=FIRST_ASKED)),
        asked(HOTEL, Turn("user", "Where do I book flights?")),
    ],
)
async def test_other_readers_another_filter_and_a_conversation_get_their_own(
    desk: Desk, other: Question
) -> None:
    await desk.ask(HOTEL)
    assert (await desk.ask(other)).reused_from is None


async def test_an_empty_filter_is_none(desk: Desk) -> None:
    await desk.ask(HOTEL)
    assert (await desk.ask(replace(asked(HOTEL), narrowed=Filter()))).reused_from == FIRST_ASKED


async def test_another_model_or_check_answers_anew(database: Database) -> None:
    await Desk(database, maker="m1").ask(HOTEL)
    assert (await Desk(database, maker="m2").ask(HOTEL)).reused_from is None


def test_what_made_an_answer_is_told_by_models_settings_and_code() -> None:
    assert made_by("a", "b") == made_by("a", "b")
    assert made_by("a", "b") != made_by("a", "c")
    assert made_by("ab", "c") != made_by("a", "bc")


async def test_a_changed_passage_is_read_anew(desk: Desk) -> None:
    await desk.ask(HOTEL)
    desk.index.passages = (replace(TRAVEL, text=TRAVEL.text.replace("24", "48")), SHELF[1])
    desk.model.replies = ["The booking is accepted automatically after 48 hours [1]."]
    answer = await desk.ask(HOTEL)
    assert (answer.reused_from, "48 hours" in answer.text) == (None, True)


async def test_something_new_that_would_be_read_is_read(desk: Desk) -> None:
    await desk.ask(HOTEL)
    news = passage("Since May a hotel booking lapses when the manager does not react.", number=3)
    desk.index.passages = (news, *SHELF)
    assert (await desk.ask(HOTEL)).reused_from is None


async def test_what_may_no_longer_be_read_is_not_repeated(desk: Desk) -> None:
    await desk.ask(HOTEL)
    desk.index.passages = SHELF[1:]
    assert "24 hours" not in (await desk.ask(HOTEL)).text


async def test_a_document_that_moved_is_linked_where_it_is_now(desk: Desk) -> None:
    await desk.ask(HOTEL)
    desk.index.passages = (replace(TRAVEL, url="https://new.example/travel"), SHELF[1])
    again = await desk.ask(HOTEL)
    assert again.reused_from == FIRST_ASKED
    assert again.citations[0].url == "https://new.example/travel"


async def test_what_was_not_found_is_looked_for_again(database: Database) -> None:
    desk = Desk(database, "NOT_FOUND", REPLY)
    assert not (await desk.ask(HOTEL)).found
    assert (await desk.ask(HOTEL)).found


async def test_a_new_answer_that_finds_nothing_ends_the_old_one(database: Database) -> None:
    desk = Desk(database, REPLY, "NOT_FOUND", REPLY)
    await desk.ask(HOTEL)
    await desk.ask(replace(asked(HOTEL), fresh=True))
    assert (await desk.ask(HOTEL)).reused_from is None


@pytest.mark.parametrize("which", ["first", "repeat"])
async def test_an_answer_that_somebody_voted_down_is_not_repeated(desk: Desk, which: str) -> None:
    first = await desk.ask(HOTEL)
    repeat = await desk.ask(HOTEL)
    Feedback(desk.database, lambda: 0.0).vote(
        (first if which == "first" else repeat).trace_id, "T1", "U1", "down"
    )
    assert (await desk.ask(HOTEL)).reused_from is None
    assert desk.times_written == 2


async def test_a_vote_up_leaves_it(desk: Desk) -> None:
    first = await desk.ask(HOTEL)
    Feedback(desk.database, lambda: 0.0).vote(first.trace_id, "T1", "U1", "up")
    assert (await desk.ask(HOTEL)).reused_from == FIRST_ASKED


async def test_the_answer_to_a_deleted_question_is_not_repeated(desk: Desk) -> None:
    first = await desk.ask(HOTEL)
    desk.answers.forget(first.trace_id)
    assert (await desk.ask(HOTEL)).reused_from is None


async def test_a_very_long_question_is_always_answered_anew(desk: Desk) -> None:
    story = f"{HOTEL} {'I booked it in May. ' * (LONGEST_REPEATED // 20)}"
    for _ in range(2):
        assert (await desk.ask(story)).reused_from is None


# --- with a real index ------------------------------------------------------------------------------------


async def put(index: HybridIndex, item: str, text: str) -> None:
    document = Document(
        item, item, f"https://w.example/{item}", b"", "text/markdown", None, frozenset({EVERYONE})
    )
    await index.put("handbook", "1", document, Parsed(item, (Section((), text),)))


async def test_a_sync_that_touches_other_documents_keeps_it_and_one_that_touches_its_own_does_not(
    database: Database,
) -> None:
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    await put(index, "travel.md", TRAVEL.text)
    await put(index, "parking.md", "Cars are parked behind the house.")
    model = ScriptedModel([REPLY] * 3)
    answers = Answers(database)
    footnote = Answering(
        index,
        model,
        morphology=PlainMorphology(),
        answers=answers,
        reuse=Reuse(answers, "m1", PlainMorphology()),
    )

    async def ask() -> Answer:
        return the_answer(await events_of(footnote, asked(HOTEL)))

    assert (await ask()).found
    await put(index, "menu.md", "On Monday there is soup.")
    assert (await ask()).reused_from is not None
    await put(index, "travel.md", TRAVEL.text)  # touched, and says the same
    assert (await ask()).reused_from is not None
    assert len(model.prompts) == 1
    await put(index, "travel.md", f"{TRAVEL.text} Tips are not paid.")
    assert (await ask()).reused_from is None
    Corpus(database).remove("handbook", ["travel.md"])
    assert not (await ask()).found


async def test_who_may_no_longer_read_the_document_gets_no_warm_answer(database: Database) -> None:
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    await put(index, "travel.md", TRAVEL.text)
    answers = Answers(database)
    footnote = Answering(index, ScriptedModel([REPLY] * 2), answers=answers, reuse=Reuse(answers, "m1"))
    assert the_answer(await events_of(footnote, asked(HOTEL))).found
    assert the_answer(await events_of(footnote, asked(HOTEL))).reused_from is not None
    Corpus(database).set_readers("handbook", "travel.md", frozenset({"channel:T1/C9"}))
    events = await events_of(footnote, asked(HOTEL))
    assert events[0] == SourcesFound(())
    assert not the_answer(events).found
    assert "24 hours" not in streamed(events) + the_answer(events).text
