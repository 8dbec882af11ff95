"""A question that is edited has one current answer; one that is deleted has none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import AnswerEvent, Question
from bot.store.answers import Answers
from bot.store.database import Database
from tests.slack.cast import (
    Answerer,
    Workspace,
    answer,
    connected,
    final_replies,
    ours,
    over_both_transports,
    said,
)

OLD, NEW = "@footnote 연차는 며칠이야?", "@footnote 병가는 며칠이야?"


class Echo(Answerer):
    """Its answers name the question."""

    async def __call__(self, question: Question) -> AsyncIterator[AnswerEvent]:
        self.answer = answer(f"{question.text} 15일이에요 [1].", trace_id=f"trace-{len(self.asked) + 1}")
        async for event in super().__call__(question):
            yield event


def asked(answerer: Answerer) -> list[str]:
    return [question.text for question in answerer.asked]


def final(sandbox: Workspace, ts: str, text: str) -> Any:
    """The one final reply, once it says that."""
    replies = [reply for reply in ours(sandbox, "general", ts) if "출처" in said(reply)]
    return replies if len(replies) == 1 and text in said(replies[0]) else None


async def rests(sandbox: Workspace, path: Path) -> None:
    """Wait until nothing is to be done any more."""
    await sandbox.wait_for(lambda: not sandbox.delivery.delivering)

    def is_done() -> bool:
        connection = sqlite3.connect(path)
        try:
            found = connection.execute(
                """SELECT 1 FROM inbox WHERE state NOT IN ('done', 'dead')
                UNION SELECT 1 FROM outbox WHERE state NOT IN ('sent', 'dead')"""
            )
            return found.fetchone() is None
        finally:
            connection.close()

    async with asyncio.timeout(15):
        while not is_done():  # noqa: ASYNC110 - it is the database that changes, and it tells nobody
            await asyncio.sleep(0.05)


def calls(sandbox: Workspace, method: str) -> int:
    return sum(call.method == method for call in sandbox.calls)


async def begun(sandbox: Workspace, answerer: Answerer) -> str:
    """A question whose answer is half written, and shown."""
    answerer.hold.clear()
    ts = await sandbox.say("minsu", "general", OLD)
    await answerer.middle.wait()
    await sandbox.wait_for(lambda: ours(sandbox, "general", ts))
    return ts


async def answered(sandbox: Workspace, text: str = OLD) -> str:
    ts = await sandbox.say("minsu", "general", text)
    await sandbox.wait_for(lambda: final(sandbox, ts, "15일"))
    return ts


@over_both_transports
async def test_edited_while_it_is_answered_it_is_answered_anew_in_the_same_message(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await begun(sandbox, answerer)
        (shown,) = ours(sandbox, "general", ts)
        await sandbox.edit("minsu", "general", ts, NEW)
        await sandbox.wait_for(lambda: len(answerer.asked) == 2)
        answerer.hold.set()
        await sandbox.wait_for(lambda: final(sandbox, ts, "병가는"))
        await rests(sandbox, path)
        (reply,) = ours(sandbox, "general", ts)
    assert reply["ts"] == shown["ts"]
    assert "연차는" not in said(reply)
    assert asked(answerer) == ["연차는 며칠이야?", "병가는 며칠이야?"]


@over_both_transports
async def test_edited_after_the_answer_the_same_reply_is_updated(sandbox: Workspace, path: Path) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await answered(sandbox)
        (shown,) = ours(sandbox, "general", ts)
        answerer.begin.clear()
        await sandbox.edit("minsu", "general", ts, NEW)
        await sandbox.wait_for(lambda: "찾고 있어요" in sandbox.status("general", ts))
        answerer.begin.set()
        await sandbox.wait_for(lambda: final(sandbox, ts, "병가는"))
        await rests(sandbox, path)
        await sandbox.wait_for(lambda: not sandbox.status("general", ts))
        (reply,) = ours(sandbox, "general", ts)
    assert reply["ts"] == shown["ts"]
    assert "연차는" not in said(reply)


@over_both_transports
async def test_deleted_while_it_is_answered_nothing_stays_and_nothing_is_written_on(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await begun(sandbox, answerer)
        await sandbox.delete("general", ts)  # with a reply below it, it becomes a tombstone
        await sandbox.wait_for(lambda: not ours(sandbox, "general", ts))
        await rests(sandbox, path)
        # the place of the one that was cut short is free, though nobody let it go on
        answerer.hold.set()
        await answered(sandbox, NEW)
        assert ours(sandbox, "general", ts) == []
    assert "연차는".encode() not in await asyncio.to_thread(path.read_bytes)


@over_both_transports
async def test_deleted_after_the_answer_our_reply_goes_and_those_of_others_stay(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Echo()):
        ts = await answered(sandbox)
        await sandbox.say("alex", "general", "고마워 @minsu", ts)
        await sandbox.delete("general", ts)
        await sandbox.wait_for(lambda: not ours(sandbox, "general", ts))
        await rests(sandbox, path)
        left = [message["text"] for message in sandbox.replies("general", ts)]
    assert "고마워" in left[-1]
    assert calls(sandbox, "chat.delete") == 1


async def test_a_deleted_follow_up_takes_only_its_own_answer_along(sandbox: Workspace, path: Path) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await answered(sandbox)
        second = await sandbox.say("minsu", "general", "그럼 병가는?", ts)
        await sandbox.wait_for(lambda: len(final_replies(sandbox, "general", ts)) == 2)
        await rests(sandbox, path)
        await sandbox.delete("general", second)  # no root: a message_deleted
        await sandbox.wait_for(lambda: len(ours(sandbox, "general", ts)) == 1)
        await rests(sandbox, path)
        assert final(sandbox, ts, "연차는")


async def test_an_edit_of_white_space_and_one_of_another_message_change_nothing(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await answered(sandbox)
        other = await sandbox.say("minsu", "general", "점심 먹을까?")
        await sandbox.edit("minsu", "general", ts, OLD.replace(" ", "   "))
        await sandbox.edit("minsu", "general", other, "저녁 먹을까?")
        await rests(sandbox, path)
        await answered(sandbox, NEW)
    assert asked(answerer) == ["연차는 며칠이야?", "병가는 며칠이야?"]


async def test_a_message_edited_to_mention_the_bot_is_a_question(sandbox: Workspace, path: Path) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "연차는 며칠이야?")
        await sandbox.edit("minsu", "general", ts, OLD)
        await sandbox.wait_for(lambda: final(sandbox, ts, "연차는"))
    assert asked(answerer) == ["연차는 며칠이야?"]


async def test_of_two_quick_edits_the_last_wins(sandbox: Workspace, path: Path) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await begun(sandbox, answerer)
        await sandbox.edit("minsu", "general", ts, "@footnote 출장은?")
        await sandbox.edit("minsu", "general", ts, NEW)
        await sandbox.wait_for(lambda: "병가는 며칠이야?" in asked(answerer))
        answerer.hold.set()
        await sandbox.wait_for(lambda: final(sandbox, ts, "병가는"))
        await rests(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == 1
        assert final(sandbox, ts, "병가는")


async def test_edited_and_then_deleted_it_is_deleted(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Echo()):
        ts = await answered(sandbox)
        await sandbox.edit("minsu", "general", ts, NEW)
        await sandbox.delete("general", ts)
        await rests(sandbox, path)
        assert ours(sandbox, "general", ts) == []


@over_both_transports
async def test_an_edit_delivered_five_times_is_answered_once(sandbox: Workspace, path: Path) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await answered(sandbox)
        await rests(sandbox, path)
        sandbox.faults.duplicate_next_envelope(times=4)
        await sandbox.edit("minsu", "general", ts, NEW)
        await sandbox.wait_for(lambda: final(sandbox, ts, "병가는"))
        await rests(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == 1
    assert len(answerer.asked) == 2


async def test_where_somebody_deleted_the_answer_an_edit_brings_another(
    sandbox: Workspace, path: Path
) -> None:
    async with connected(sandbox, path, Echo()):
        ts = await answered(sandbox)
        await rests(sandbox, path)
        await sandbox.delete("general", ours(sandbox, "general", ts)[0]["ts"])
        await sandbox.edit("minsu", "general", ts, NEW)
        await sandbox.wait_for(lambda: final(sandbox, ts, "병가는"))
        await rests(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == 1


async def test_a_question_may_be_deleted_after_its_answer_was(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Echo()):
        ts = await answered(sandbox)
        await rests(sandbox, path)
        await sandbox.delete("general", ours(sandbox, "general", ts)[0]["ts"])
        await sandbox.delete("general", ts)
        await rests(sandbox, path)
        await answered(sandbox, NEW)


@pytest.mark.parametrize("fault", ["rate_limit", "break_down", "lose_reply"])
async def test_a_removal_that_fails_is_made_up_for(sandbox: Workspace, path: Path, fault: str) -> None:
    async with connected(sandbox, path, Echo()):
        ts = await answered(sandbox)
        if fault == "rate_limit":
            sandbox.faults.rate_limit("chat.delete", retry_after=1)
        else:
            getattr(sandbox.faults, fault)("chat.delete")
        await sandbox.delete("general", ts)
        await rests(sandbox, path)
        assert ours(sandbox, "general", ts) == []


@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_a_half_answer_whose_ts_was_never_learnt_is_found(
    sandbox: Workspace, path: Path, change: str
) -> None:
    sandbox.faults.lose_reply("chat.startStream")
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await begun(sandbox, answerer)
        if change == "edit":
            await sandbox.edit("minsu", "general", ts, NEW)
            answerer.hold.set()
            await sandbox.wait_for(lambda: final(sandbox, ts, "병가는"))
        else:
            await sandbox.delete("general", ts)
        await rests(sandbox, path)
        assert len(ours(sandbox, "general", ts)) == (change == "edit")


async def test_the_trace_of_a_deleted_question_is_gone(sandbox: Workspace, path: Path) -> None:
    answerer = Echo()
    async with connected(sandbox, path, answerer):
        ts = await answered(sandbox)
        database = Database(path)
        Answers(database).record("연차는 며칠이야?", answerer.answer, {}, datetime.now(UTC))
        await sandbox.delete("general", ts)
        await rests(sandbox, path)
        try:
            assert Answers(database).counts().asked == 0
        finally:
            database.close()


@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_what_was_changed_while_the_bot_restarts_is_still_done(path: Path, change: str) -> None:
    answerer = Echo()
    async with Workspace(retry_delays=(0.0, 0.5, 1.0, 2.0, 4.0)) as sandbox:
        async with connected(sandbox, path, answerer):
            ts = await begun(sandbox, answerer)
        answerer.hold.set()
        if change == "edit":
            await sandbox.edit("minsu", "general", ts, NEW)
        else:
            await sandbox.delete("general", ts)
        async with connected(sandbox, path, answerer):
            if change == "edit":
                await sandbox.wait_for(lambda: final(sandbox, ts, "병가는"), timeout=15)
            else:
                await sandbox.wait_for(lambda: not ours(sandbox, "general", ts), timeout=15)
            await rests(sandbox, path)
            assert len(ours(sandbox, "general", ts)) == (change == "edit")
