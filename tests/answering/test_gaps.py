from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.answering.answer import Answering
from bot.answering.gaps import Gaps, find_gaps
from bot.contracts import Answer, Question
from bot.store.answers import Answers
from bot.store.asked import AskedQuestions
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from connectors.base import EVERYONE
from tests.answering.cast import SHELF, ScriptedModel, ShelfIndex, events_of
from tests.store.cast import a_document

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
PENSION = "How high is the pension?"


class Office:
    """Questions that were asked, one an hour."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.answers = Answers(database)
        self.corpus = Corpus(database)
        self.count = 0

    def ask(
        self,
        question: str,
        *found_documents: str,
        found: bool = False,
        private: bool = False,
        earlier: str = "",
    ) -> None:
        self.count += 1
        answer = Answer("...", (), found, f"t{self.count}", "en")
        passages = [{"document_id": document_id("wiki", one)} for one in found_documents]
        self.answers.record(
            question,
            answer,
            {"passages": passages, "earlier": earlier},
            MONDAY + timedelta(hours=self.count),
            is_private=private,
        )

    async def gaps(self, since: datetime | None = None) -> Gaps:
        return await find_gaps(AskedQuestions(self.database), None, since)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    database = Database(tmp_path / "footnote.db")
    yield Office(database)
    database.close()


async def test_the_same_question_counts_as_often_as_it_was_asked_the_most_asked_first(office: Office) -> None:
    for question in (
        PENSION,
        "Is there a gym?",
        "how high is the pension",
        "Hi, how high is the pension please?",
    ):
        office.ask(question)
    gaps = (await office.gaps()).gaps
    assert [(gap.question, gap.times) for gap in gaps] == [
        ("Hi, how high is the pension please?", 3),
        ("Is there a gym?", 1),
    ]
    assert (gaps[0].first_asked, gaps[0].last_asked) == (
        MONDAY + timedelta(hours=1),
        MONDAY + timedelta(hours=4),
    )


async def test_an_answered_question_is_no_gap_and_one_answered_since_is_none_any_more(office: Office) -> None:
    office.ask("When is lunch?", found=True)
    office.ask(PENSION)
    office.ask(PENSION, found=True)
    assert (await office.gaps()).gaps == ()
    office.ask(PENSION)
    assert [gap.times for gap in (await office.gaps()).gaps] == [1]


async def test_a_gap_names_the_documents_that_came_nearest_and_are_still_there(office: Office) -> None:
    for item in ("pay.md", "leave.md", "gone.md", "travel.md", "parking.md"):
        office.corpus.put(a_document(item, "Text."))
    office.corpus.remove("wiki", ["gone.md"])
    office.ask(PENSION, "pay.md", "pay.md", "gone.md", "leave.md", "travel.md", "parking.md")
    (gap,) = (await office.gaps()).gaps
    assert [near.url for near in gap.nearest] == [
        f"https://docs.example/{item}" for item in ("pay.md", "leave.md", "travel.md")
    ]


async def test_a_gap_outlives_the_documents_that_came_near_it(office: Office) -> None:
    office.corpus.put(a_document("pay.md", "Text."))
    office.ask(PENSION, "pay.md")
    office.corpus.remove("wiki", ["pay.md"])
    (gap,) = (await office.gaps()).gaps
    assert (gap.question, gap.nearest) == (PENSION, ())


async def test_what_was_asked_in_private_is_counted_and_not_shown(office: Office) -> None:
    office.ask("Does Kim's sick leave end in May?", private=True)
    office.ask("does kim's sick leave end in may", private=True)
    office.ask("Who sees my warning letter?", private=True)
    gaps = await office.gaps()
    assert (gaps.gaps, gaps.private_questions, gaps.private_times) == ((), 2, 3)


async def test_what_was_asked_in_the_open_too_is_shown_in_the_words_that_others_could_read(
    office: Office,
) -> None:
    office.ask(PENSION)
    office.ask("hello, how high is the pension thanks", private=True)
    (gap,) = (await office.gaps()).gaps
    assert (gap.question, gap.times) == (PENSION, 2)


async def test_a_follow_up_is_shown_with_what_it_follows(office: Office) -> None:
    office.ask("And for interns?", earlier=PENSION)
    assert [gap.question for gap in (await office.gaps()).gaps] == [f"{PENSION} And for interns?"]


async def test_only_what_was_asked_since_a_day_counts(office: Office) -> None:
    office.ask(PENSION)
    office.ask("Is there a gym?")
    gaps = await office.gaps(MONDAY + timedelta(hours=2))
    assert [gap.question for gap in gaps.gaps] == ["Is there a gym?"]


async def test_signs_and_smileys_are_no_question(office: Office) -> None:
    office.ask("??")
    assert (await office.gaps()) == Gaps((), 0, 0)


@pytest.mark.parametrize(
    ("readers", "is_private"),
    [
        ({EVERYONE}, False),
        ({EVERYONE, "channel:T1/C1"}, False),
        ({EVERYONE, "user:T1/U1"}, True),
        ({"user:T1/U1"}, True),
    ],
)
async def test_answering_tells_private_questions_by_whom_they_are_answered_for(
    office: Office, readers: set[str], is_private: bool
) -> None:
    footnote = Answering(ShelfIndex(SHELF), ScriptedModel(["NOT_FOUND"]), answers=office.answers)
    await events_of(footnote, Question(PENSION, frozenset(readers)))
    gaps = await office.gaps()
    assert (len(gaps.gaps), gaps.private_times) == ((0, 1) if is_private else (1, 0))


async def test_what_a_search_in_private_found_is_not_named(office: Office) -> None:
    for item in ("public", "secret"):
        office.corpus.put(a_document(item, "text"))
    office.ask(PENSION, "public")
    office.ask(PENSION, "secret", "public", private=True)
    (gap,) = (await office.gaps()).gaps
    assert gap.times == 2
    assert [one.document_id for one in gap.nearest] == [document_id("wiki", "public")]
