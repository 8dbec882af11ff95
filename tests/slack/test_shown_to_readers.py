"""What was allowed when a question was asked is looked at again when its answer is sent."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.slack import delivery, texts
from tests.slack.cast import Answerer, Workspace, connected, final_replies, ours, said
from tests.slack.library import Library, found
from tests.slack.test_access_alone import SHARE, Knowing, actions
from tests.slack.test_revisions import rests

GENERAL = "channel:T01SANDBOX/C01GENERAL"
WITHDRAWN = texts.text("withdrawn_readers", "ko")


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody tells the bot in another process that something is due: it looks."""
    monkeypatch.setattr(delivery, "LONGEST_NAP", 0.1)
    monkeypatch.setattr("bot.slack.people.JUST_NOW_SECONDS", 0.0)


def lose_the_document(_: Workspace, library: Library) -> None:
    library.set_readers(frozenset({"user:T01SANDBOX/U01JIWOO00"}))


def remove_the_document(_: Workspace, library: Library) -> None:
    library.remove()


def let_a_guest_join(sandbox: Workspace, _: Library) -> None:
    sandbox.workspace.channel("general").members.append("U04SAM0000")


def share_the_channel(sandbox: Workspace, _: Library) -> None:
    sandbox.workspace.channel("general").shared_with = "T02PARTNER"


@pytest.mark.parametrize(
    "change", [lose_the_document, remove_the_document, let_a_guest_join, share_the_channel]
)
async def test_what_may_no_longer_be_read_there_when_the_answer_is_done_is_not_left_standing(
    sandbox: Workspace, path: Path, change: Any
) -> None:
    library = Library(path)
    library.put()
    answerer = Answerer(found())
    answerer.hold.clear()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: [one for one in ours(sandbox, "general", ts) if "1년에" in said(one)])
        change(sandbox, library)
        answerer.hold.set()
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
        await rests(sandbox, path)
        (stands,) = ours(sandbox, "general", ts)
    assert reply["ts"] == stands["ts"]
    assert WITHDRAWN in said(stands)
    assert "15일" not in str(stands)
    assert actions(stands) == ["footnote_again"]
    assert "15일" not in str(kept_in_outbox(path))


async def test_what_only_the_asker_sees_is_looked_at_for_them(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put(readers=frozenset({GENERAL}))
    answerer = Answerer(found())
    answerer.hold.clear()
    async with connected(sandbox, path, answerer):
        dm = sandbox.dm("minsu")
        ts = await sandbox.say("minsu", dm, "연차는 며칠이야?")
        await answerer.middle.wait()
        sandbox.workspace.channel("general").members.remove("U03MINSU00")
        answerer.hold.set()
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, dm, ts))
    assert WITHDRAWN in said(reply)


async def test_an_answer_that_everybody_there_may_still_read_stands(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    answerer = Answerer(found())
    answerer.hold.clear()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await answerer.middle.wait()
        library.set_readers(frozenset({GENERAL}))
        answerer.hold.set()
        (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, "general", ts))
    assert "15일" in said(reply)


# --- what somebody shared -----------------------------------------------------------------------------------


async def alone(sandbox: Workspace) -> dict[str, Any]:
    """An answer that only 민수 sees, in #general."""
    await sandbox.command("minsu", "general", "/footnote", "ask 연차는?")
    (private,) = await sandbox.wait_for(
        lambda: [one for one in sandbox.ephemerals("minsu", "general") if SHARE in actions(one)]
    )
    return dict(private)


def shared(sandbox: Workspace) -> list[dict[str, Any]]:
    return [one for one in sandbox.messages("general") if one.get("bot_id")]


@pytest.mark.parametrize("change", [lose_the_document, remove_the_document])
async def test_a_shared_answer_is_taken_back_as_replies_are(
    sandbox: Workspace, path: Path, change: Any
) -> None:
    library = Library(path)
    library.put()
    library.record(found(trace_id="trace-alone"))
    async with connected(sandbox, path, Knowing()):
        private = await alone(sandbox)
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        (before,) = await sandbox.wait_for(lambda: shared(sandbox))
        await rests(sandbox, path)
        change(sandbox, library)
        await sandbox.wait_for(lambda: "거두었어요" in said(shared(sandbox)[0]))
        (after,) = shared(sandbox)
    assert "15일" in said(before)
    assert after["ts"] == before["ts"]
    assert "15일" not in str(after)
    assert actions(after) == []  # it was made for one person: it is not made anew for all
    copies = [payload for payload in kept_in_outbox(path) if "withdrawn" in payload]
    assert len(copies) == 1
    assert "15일" not in copies[0]


async def test_a_second_click_shares_nothing_after_a_restart_either(sandbox: Workspace, path: Path) -> None:
    library = Library(path)
    library.put()
    library.record(found(trace_id="trace-alone"))
    async with connected(sandbox, path, Knowing()):
        private = await alone(sandbox)
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        await sandbox.wait_for(lambda: shared(sandbox))
        await rests(sandbox, path)
    async with connected(sandbox, path, Knowing()):
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        await rests(sandbox, path)
        assert len(shared(sandbox)) == 1


async def test_a_copy_whose_sending_was_not_confirmed_is_found_and_not_posted_twice(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    library.record(found(trace_id="trace-alone"))
    async with connected(sandbox, path, Knowing()):
        private = await alone(sandbox)
        sandbox.faults.lose_reply("chat.postMessage")
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        await sandbox.wait_for(lambda: shared(sandbox))
        await rests(sandbox, path)
        assert len(shared(sandbox)) == 1


async def test_where_slack_refuses_the_copy_the_asker_hears_it_and_may_try_again(
    sandbox: Workspace, path: Path
) -> None:
    library = Library(path)
    library.put()
    library.record(found(trace_id="trace-alone"))
    async with connected(sandbox, path, Knowing()):
        private = await alone(sandbox)
        sandbox.faults.fail("chat.postMessage", "not_in_channel")
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        failed = texts.text("share_failed", "ko")
        await sandbox.wait_for(
            lambda: [o for o in sandbox.ephemerals("minsu", "general") if failed in said(o)]
        )
        await sandbox.click("minsu", "general", private["ts"], SHARE)
        (copy,) = await sandbox.wait_for(lambda: shared(sandbox))
    assert "15일" in said(copy)


def kept_in_outbox(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [str(row[0]) for row in connection.execute("SELECT payload FROM outbox")]
    finally:
        connection.close()
