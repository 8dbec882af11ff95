"""What people are told while others are answered before them: their place, and how long, if that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.contracts import Timings
from bot.slack import texts
from bot.store.answers import Answers
from bot.store.database import Database
from bot.store.pace import ENOUGH
from tests.slack.cast import Answerer, Workspace, answer, connected, final_replies, over_both_transports


def answered_before(path: Path, seconds: float, times: int = ENOUGH) -> None:
    """So many answers were made, each in so many seconds."""
    database = Database(path)
    for number in range(times):
        timings = Timings(first_token_s=1.0, total_s=seconds)
        made = replace(answer(), trace_id=f"before-{number}", timings=timings)
        Answers(database).record("?", made, {}, datetime.now(UTC) - timedelta(hours=1, minutes=number))
    database.close()


def statuses(sandbox: Workspace, thread_ts: str) -> list[str]:
    """Everything that was said in a thread while it waited and was answered."""
    return [
        str(call.arguments["status"])
        for call in sandbox.calls
        if call.method == "assistant.threads.setStatus" and call.arguments["thread_ts"] == thread_ts
    ]


@over_both_transports
async def test_who_waits_is_told_place_and_time_and_again_as_the_line_moves(
    sandbox: Workspace, path: Path
) -> None:
    answered_before(path, 13.0)
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        first = await sandbox.say("alex", "general", "@footnote 첫째 질문은?")
        await answerer.middle.wait()
        second = await sandbox.say("minsu", "general", "@footnote 둘째 질문은?")
        third = await sandbox.say("alex", "general", "@footnote And the third?")
        await sandbox.wait_for(lambda: sandbox.status("general", third))
        answerer.pace = 0.05  # so that the second is in the works for a while
        answerer.hold.set()
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", first))
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", third))
    assert statuses(sandbox, second)[0] == "앞에 질문이 1개 있어요. 답까지 약 30초 걸려요."
    told = [status for status in statuses(sandbox, third) if "ahead" in status]
    assert told == [
        "is busy: 2 ahead of you, about 40 seconds until your answer…",
        "is busy: 1 ahead of you, about 30 seconds until your answer…",
    ]


async def test_nothing_is_said_of_the_time_before_enough_answers_were_made(
    sandbox: Workspace, path: Path
) -> None:
    answered_before(path, 13.0, ENOUGH - 1)
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        await sandbox.say("minsu", "general", "@footnote 첫째 질문은?")
        await answerer.middle.wait()
        second = await sandbox.say("minsu", "general", "@footnote 둘째 질문은?")
        await sandbox.wait_for(lambda: sandbox.status("general", second))
        answerer.hold.set()
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", second))
    assert statuses(sandbox, second)[0] == texts.text("queued", "ko", ahead=1)


@pytest.mark.parametrize(
    ("seconds", "korean", "english"),
    [
        (0.2, "약 10초", "about 10 seconds"),
        (30.0, "약 30초", "about 30 seconds"),
        (30.1, "약 40초", "about 40 seconds"),
        (51.0, "약 1분", "about a minute"),
        (60.0, "약 1분", "about a minute"),
        (61.0, "약 2분", "about 2 minutes"),
        (601.0, "약 15분", "about 15 minutes"),
    ],
)
def test_a_time_is_never_rounded_down(seconds: float, korean: str, english: str) -> None:
    assert texts.about(seconds, "ko") == korean
    assert texts.about(seconds, "en") == english


async def test_the_model_learns_who_takes_turns_and_not_who_they_are(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        for who in ("minsu", "alex", "minsu"):
            ts = await sandbox.say(who, "general", "@footnote 연차는?")
            await sandbox.wait_for(lambda ts=ts: final_replies(sandbox, "general", ts))  # type: ignore[misc]
    keys = [question.user for question in answerer.asked]
    assert keys[0] == keys[2] != keys[1]
    assert all(len(key) == 16 and not key.startswith("U") for key in keys)


async def test_who_asks_many_things_is_told_that_others_go_before(sandbox: Workspace, path: Path) -> None:
    answered_before(path, 13.0)
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        await sandbox.say("minsu", "general", "@footnote 첫째 질문은?")
        await answerer.middle.wait()
        second = await sandbox.say("minsu", "general", "@footnote 둘째 질문은?")
        await sandbox.wait_for(lambda: statuses(sandbox, second))
        other = await sandbox.say("alex", "general", "@footnote And the other?")
        await sandbox.wait_for(lambda: statuses(sandbox, other) and len(statuses(sandbox, second)) > 1)
        answerer.hold.set()
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", second))
    assert statuses(sandbox, other)[0] == "is busy: 1 ahead of you, about 30 seconds until your answer…"
    assert statuses(sandbox, second)[:2] == [
        "앞에 질문이 1개 있어요. 답까지 약 30초 걸려요.",
        "앞에 질문이 2개 있어요. 답까지 약 40초 걸려요.",
    ]
    assert [question.text for question in answerer.asked] == [
        "첫째 질문은?",
        "And the other?",
        "둘째 질문은?",
    ]
