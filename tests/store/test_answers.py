from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.contracts import Answer, Citation, Passage, Timings
from bot.errors import NotFound
from bot.store.answers import Answers
from bot.store.database import Database

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ANSWER = Answer(
    text="연차는 15일입니다. [1]",
    citations=(Citation(1, "doc-1", "handbook", "휴가 규정", "https://w.example/1", "연차", "15일", AT),),
    found=True,
    trace_id="abc123",
    language="ko",
    timings=Timings(search_s=0.02, first_token_s=3.5, first_text_s=4.0, total_s=5.0),
)
DECLINED = Answer(
    text="찾지 못했습니다.",
    citations=(),
    found=False,
    trace_id="def456",
    language="ko",
    nearest=(Passage(7, "doc-2", "handbook", "출장", "https://w.example/2", "", "본문", 0.4, None),),
)


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    database = Database(tmp_path / "footnote.db")
    yield Answers(database)
    database.close()


def test_an_answer_comes_back_as_it_was(answers: Answers) -> None:
    answers.record("연차 며칠?", ANSWER, {"reply": "연차는 15일입니다 [1]."}, AT)
    answers.record("출장비?", DECLINED, {}, AT)
    record = answers.get("abc123")
    assert (record.question, record.answer, record.asked_at) == ("연차 며칠?", ANSWER, AT)
    assert record.trace == {"reply": "연차는 15일입니다 [1]."}
    assert answers.get("def456").answer == DECLINED


def test_recording_twice_keeps_one(answers: Answers) -> None:
    for _ in range(2):
        answers.record("연차 며칠?", ANSWER, {}, AT)
    assert answers.counts().asked == 1


def test_counts_tell_found_from_declined_since_a_time(answers: Answers) -> None:
    assert (answers.counts().asked, answers.counts().found) == (0, 0)
    answers.record("연차 며칠?", ANSWER, {}, AT)
    answers.record("출장비?", DECLINED, {}, AT + timedelta(hours=2))
    assert (answers.counts().asked, answers.counts().found) == (2, 1)
    assert answers.counts(since=AT + timedelta(hours=1)).asked == 1


def test_an_unknown_answer_is_named(answers: Answers) -> None:
    with pytest.raises(NotFound, match="nope"):
        answers.get("nope")
