"""Whatever breaks, a question gets exactly one final reply."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.errors import ConfigError, FootnoteError
from bot.slack.bot import SlackBot
from bot.slack.socket_mode import SocketMode
from bot.store.database import Database
from tests.slack.cast import (
    Answerer,
    NotingAdmin,
    Workspace,
    answer,
    connected,
    final_replies,
    nothing_found,
    ours,
    over_both_transports,
    said,
)


def calls(sandbox: Workspace, method: str) -> int:
    return sum(call.method == method for call in sandbox.calls)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


async def asked_once(sandbox: Workspace, path: Path, answerer: Answerer | None = None) -> str:
    """Ask in #general, then another thing; once that is answered, return the thread of the first."""
    answerer = answerer or Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts), timeout=15)
        last = await sandbox.say("minsu", "general", "@footnote 마지막 질문은?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", last), timeout=15)
    return ts


@over_both_transports
async def test_a_mention_that_comes_as_two_events_is_one_question(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    for _ in range(3):
        ts = await asked_once(sandbox, path, answerer)
        assert len(ours(sandbox, "general", ts)) == 1
    assert len(answerer.asked) == 6


@over_both_transports
async def test_an_event_delivered_five_times_is_one_question(sandbox: Workspace, path: Path) -> None:
    sandbox.faults.duplicate_next_envelope(times=4)
    answerer = Answerer()
    ts = await asked_once(sandbox, path, answerer)
    assert len(ours(sandbox, "general", ts)) == 1
    assert len(answerer.asked) == 2


@over_both_transports
async def test_an_event_retried_because_its_ack_was_lost_is_one_question(
    sandbox: Workspace, path: Path
) -> None:
    sandbox.faults.ignore_acks = True
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await asyncio.sleep(2.5)  # the retries of the sandbox
        assert len(ours(sandbox, "general", ts)) == 1
    assert len(answerer.asked) == 1


@pytest.mark.parametrize(
    "method", ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"]
)
async def test_a_response_lost_after_success_makes_no_second_reply(
    sandbox: Workspace, path: Path, method: str
) -> None:
    sandbox.faults.lose_reply(method)
    ts = await asked_once(sandbox, path)
    (reply,) = ours(sandbox, "general", ts)
    assert "15일" in said(reply)


async def test_a_post_whose_response_is_lost_is_found_and_not_made_again(
    sandbox: Workspace, path: Path
) -> None:
    sandbox.faults.lose_reply("chat.postMessage")
    async with connected(sandbox, path, Answerer()):
        ts = await sandbox.say("minsu", "general", "@footnote")  # a hint, which is posted at once
        await sandbox.wait_for(lambda: calls(sandbox, "chat.update"))
        assert len(ours(sandbox, "general", ts)) == 1
    assert calls(sandbox, "chat.postMessage") == 1


@pytest.mark.parametrize(
    "method", ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"]
)
@pytest.mark.parametrize("fault", ["rate_limit", "break_down", "fail"])
async def test_a_call_that_fails_is_made_up_for(
    sandbox: Workspace, path: Path, method: str, fault: str
) -> None:
    if fault == "rate_limit":
        sandbox.faults.rate_limit(method, retry_after=1, times=2)
    elif fault == "break_down":
        sandbox.faults.break_down(method, times=2)
    else:
        sandbox.faults.fail(method, "internal_error", times=2)
    ts = await asked_once(sandbox, path)
    (reply,) = ours(sandbox, "general", ts)
    assert "15일" in said(reply)


async def test_without_streams_a_message_is_updated(sandbox: Workspace, path: Path) -> None:
    sandbox.faults.fail("chat.startStream", "unknown_method", times=99)
    ts = await asked_once(sandbox, path)
    (reply,) = ours(sandbox, "general", ts)
    assert "15일" in said(reply)
    assert "streaming_state" not in reply


@over_both_transports
async def test_an_answer_interrupted_by_a_restart_is_finished_in_the_same_message(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        (begun,) = await sandbox.wait_for(lambda: ours(sandbox, "general", ts))
        await answerer.middle.wait()
    answerer.hold.set()
    async with connected(sandbox, path, answerer):
        await sandbox.wait_for(lambda: rows(path, "SELECT 1 FROM outbox WHERE state = 'sent'"))
    (reply,) = ours(sandbox, "general", ts)
    assert reply["ts"] == begun["ts"]
    assert "출처" in said(reply)
    assert len(answerer.asked) == 2


async def test_a_stream_whose_ts_was_never_learnt_is_taken_over(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    sandbox.faults.lose_reply("chat.startStream")
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: ours(sandbox, "general", ts))
        await answerer.middle.wait()
    answerer.hold.set()
    async with connected(sandbox, path, answerer):
        await sandbox.wait_for(lambda: rows(path, "SELECT 1 FROM outbox WHERE state = 'sent'"))
    (reply,) = ours(sandbox, "general", ts)
    assert "15일" in said(reply)


async def test_a_question_that_killed_the_process_three_times_gets_one_apology(
    sandbox: Workspace, path: Path
) -> None:
    answerer = Answerer()
    answerer.hold.clear()
    ts = ""
    for _ in range(3):
        answerer.middle.clear()
        async with connected(sandbox, path, answerer):
            ts = ts or await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
            await answerer.middle.wait()
    async with connected(sandbox, path, answerer):
        await sandbox.wait_for(lambda: rows(path, "SELECT 1 FROM outbox WHERE state = 'sent'"))
    (reply,) = ours(sandbox, "general", ts)
    assert "문제가 생겼어요" in said(reply)
    assert rows(path, "SELECT state, error FROM inbox") == [("dead", "gave up")]


@over_both_transports
async def test_what_was_asked_but_not_sent_is_sent_after_a_restart(sandbox: Workspace, path: Path) -> None:
    sandbox.faults.break_down("chat.update", times=99)
    sandbox.faults.break_down("chat.postMessage", times=99)
    sandbox.faults.break_down("chat.startStream", times=99)
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: rows(path, "SELECT 1 FROM outbox WHERE state = 'waiting'"))
        assert ours(sandbox, "general", ts) == []
    for method in ("chat.update", "chat.postMessage", "chat.startStream"):
        while sandbox.faults.next_for(method):
            pass
    async with connected(sandbox, path, answerer):
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert "15일" in said(reply)
    assert len(answerer.asked) == 1


async def test_a_dropped_connection_loses_no_question(path: Path) -> None:
    async with Workspace(retry_delays=(0.0, 10.0)) as sandbox, connected(sandbox, path, Answerer()):
        sandbox.faults.drop_connections()
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts), timeout=25)
        assert len(ours(sandbox, "general", ts)) == 1


async def test_an_event_stamped_by_a_wrong_clock_is_taken_once_the_clock_is_right(path: Path) -> None:
    answerer = Answerer()
    async with (
        Workspace("http", ack_seconds=1.0, retry_delays=(0.1, 1.0, 2.0)) as sandbox,
        connected(sandbox, path, answerer),
    ):
        await sandbox.faults.trigger("clock_skew", seconds=600)
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await asyncio.sleep(0.5)  # the first two deliveries
        assert answerer.asked == []
        sandbox.faults.lift("clock_skew")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts), timeout=15)
        assert len(ours(sandbox, "general", ts)) == 1
    assert len(answerer.asked) == 1


@over_both_transports
async def test_a_database_that_cannot_be_written_sends_no_ack(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await asyncio.sleep(0.3)
        assert not rows(path, "SELECT 1 FROM inbox")
        blocker.execute("ROLLBACK")
        blocker.close()
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts), timeout=15)
    assert "15일" in said(reply)
    assert len(answerer.asked) == 1


async def test_blocks_that_slack_refuses_are_left_out_so_that_the_reply_arrives(
    sandbox: Workspace, path: Path
) -> None:
    sandbox.faults.fail("chat.postMessage", "invalid_blocks")
    async with connected(sandbox, path, Answerer()):
        ts = await sandbox.say("minsu", "general", "@footnote")
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert "무엇을 찾아 드릴까요?" in reply["text"]


@over_both_transports
@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "event_callback"},
        {"type": "event_callback", "event": None, "event_id": "E1"},
        {"type": "event_callback", "event": {"type": "app_mention"}, "event_id": 7},
        {"type": "event_callback", "event": {"type": "message", "channel": 1, "user": "U1"}, "event_id": "E"},
        {"type": "event_callback", "event": {"type": "message", "subtype": "message_changed"}},
        {"type": "event_callback", "event": {"type": "never_heard_of"}, "event_id": "E2"},
        {"type": "something_new"},
    ],
)
async def test_an_envelope_of_any_shape_is_acked(
    sandbox: Workspace, path: Path, payload: dict[str, object]
) -> None:
    async with connected(sandbox, path, Answerer()):
        for kind in ("events_api", "interactive"):
            await sandbox.delivery.ask(kind, payload)  # raises NotAcknowledged if no ack comes
        ts = await sandbox.say("minsu", "general", "@footnote 연차는?")
        await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))


@pytest.mark.parametrize(
    ("bot_token", "app_token", "named"),
    [
        ("", "xapp-1", "SLACK_BOT_TOKEN"),
        ("xapp-1", "xapp-1", "SLACK_BOT_TOKEN"),
        ("xoxb-wrong", "xapp-1", "SLACK_BOT_TOKEN"),
        ("right", "", "SLACK_APP_TOKEN"),
        ("right", "xapp-wrong", "SLACK_APP_TOKEN"),
    ],
)
async def test_a_wrong_token_is_named_with_what_to_do(
    sandbox: Workspace, path: Path, bot_token: str, app_token: str, named: str
) -> None:
    async def start() -> None:
        bot = SlackBot(
            bot_token=sandbox.bot_token if bot_token == "right" else bot_token,
            transport=SocketMode(app_token),
            api_url=sandbox.api_url,
            database=Database(path),
            answer=Answerer(),
            search=nothing_found,
            admin=NotingAdmin(),
        )
        await bot.start()

    with pytest.raises(ConfigError, match=named) as caught:
        await start()
    assert "api.slack.com/apps" in caught.value.mend


async def test_a_slack_that_cannot_be_reached_is_said_to_be(path: Path) -> None:
    bot = SlackBot(
        bot_token="xoxb-1",
        transport=SocketMode("xapp-1"),
        api_url="http://127.0.0.1:9/api/",
        database=Database(path),
        answer=Answerer(answer()),
        search=nothing_found,
        admin=NotingAdmin(),
    )
    with pytest.raises(FootnoteError, match="cannot be reached"):
        await bot.start()
