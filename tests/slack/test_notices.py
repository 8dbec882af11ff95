"""What admins hear of connectors, and the two buttons where too many documents are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.store.database import Database
from bot.store.doubts import Doubt
from bot.store.notices import Kind, Notices
from tests.slack.cast import Answerer, NotingAdmin, Workspace, connected, over_both_transports, said

Json = dict[str, Any]
ADMIN, MEMBER = "alex", "minsu"
ADMIN_ID = "U02ALEX000"
DOUBT = Doubt(
    "0123456789abcdef",
    "handbook",
    datetime(2026, 11, 21, tzinfo=UTC),
    40,
    ("<!channel>.md", *(f"연차/{number}.md" for number in range(11))),
)


@pytest.fixture
def notices(path: Path) -> Iterator[Notices]:
    database = Database(path)
    yield Notices(database)
    database.close()


def told(sandbox: Workspace, user: str = ADMIN) -> list[Json]:
    return [m for m in sandbox.messages(sandbox.dm(user)) if m.get("bot_id")]


def button(message: Json, action: str) -> Json:
    actions = next(block for block in message["blocks"] if block["type"] == "actions")
    return next(one for one in actions["elements"] if one["action_id"] == action)


@over_both_transports
async def test_a_failing_source_is_told_once_and_so_is_its_recovery(
    sandbox: Workspace, path: Path, notices: Notices
) -> None:
    now = datetime.now(UTC)
    for minutes in (9, 6, 3):
        notices.note("handbook", "The wiki does not answer. <!channel>", now - timedelta(minutes=minutes))
    notices.note("handbook", "", now)
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID, "somebody@example.com")):
        await sandbox.wait_for(lambda: len(told(sandbox)) == 2)
    failing, recovered = map(said, told(sandbox))
    assert "The wiki does not answer" in failing
    assert "<!channel>" not in failing
    assert "works again" in recovered
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID,)):
        await sandbox.command(ADMIN, sandbox.dm(ADMIN), "/footnote", "help")
        await sandbox.wait_for(lambda: sandbox.ephemerals(ADMIN, sandbox.dm(ADMIN)))
    assert len(told(sandbox)) == 2
    assert told(sandbox, MEMBER) == []


@over_both_transports
async def test_an_admin_sees_what_would_go_and_has_it_removed(
    sandbox: Workspace, path: Path, notices: Notices
) -> None:
    notices.add("handbook", Kind.DOUBT, DOUBT.id, datetime.now(UTC))
    admin = NotingAdmin(doubted=DOUBT)
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID,), admin=admin):
        (asked,) = await sandbox.wait_for(lambda: told(sandbox))
        assert "12 of 40 documents are gone" in said(asked)
        assert "연차/8.md" in said(asked)
        assert "연차/9.md" not in said(asked)
        assert "and 2 more" in said(asked)
        await sandbox.click(ADMIN, sandbox.dm(ADMIN), asked["ts"], "footnote_doubt_remove")
        await sandbox.wait_for(lambda: "12 removed" in said(told(sandbox)[0]))
    assert admin.decided == [("remove", f"user:{sandbox.team_id}/{ADMIN_ID}")]
    assert len(told(sandbox)) == 1


async def test_an_admin_may_keep_it_paused_and_names_are_only_names(
    sandbox: Workspace, path: Path, notices: Notices
) -> None:
    notices.add("handbook", Kind.DOUBT, DOUBT.id, datetime.now(UTC))
    admin = NotingAdmin(doubted=DOUBT)
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID,), admin=admin):
        (asked,) = await sandbox.wait_for(lambda: told(sandbox))
        assert "<!" not in asked["text"]
        names = next(block for block in asked["blocks"] if block["type"] == "rich_text")
        first = names["elements"][0]["elements"][0]["elements"]
        assert first == [{"type": "text", "text": "<!channel>.md"}]
        assert button(asked, "footnote_doubt_remove")["confirm"]
        await sandbox.click(ADMIN, sandbox.dm(ADMIN), asked["ts"], "footnote_doubt_keep")
        await sandbox.wait_for(lambda: "stays paused" in said(told(sandbox)[0]))
    assert [what for what, _ in admin.decided] == ["keep"]


async def test_a_click_on_what_is_settled_says_so(sandbox: Workspace, path: Path, notices: Notices) -> None:
    notices.add("handbook", Kind.DOUBT, DOUBT.id, datetime.now(UTC))
    admin = NotingAdmin(doubted=DOUBT)
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID,), admin=admin):
        (asked,) = await sandbox.wait_for(lambda: told(sandbox))
        admin.doubted = None
        await sandbox.click(ADMIN, sandbox.dm(ADMIN), asked["ts"], "footnote_doubt_remove")
        await sandbox.wait_for(lambda: "settled" in said(told(sandbox)[0]))
    assert admin.decided == []


async def test_somebody_who_is_no_admin_any_more_decides_nothing(
    sandbox: Workspace, path: Path, notices: Notices
) -> None:
    notices.add("handbook", Kind.DOUBT, DOUBT.id, datetime.now(UTC))
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID,), admin=NotingAdmin(doubted=DOUBT)):
        (asked,) = await sandbox.wait_for(lambda: told(sandbox))
    later = NotingAdmin(doubted=DOUBT)
    async with connected(sandbox, path, Answerer(), admin=later):  # config.toml names nobody now
        await sandbox.click(ADMIN, sandbox.dm(ADMIN), asked["ts"], "footnote_doubt_remove")
        refusals = await sandbox.wait_for(lambda: sandbox.ephemerals(ADMIN, sandbox.dm(ADMIN)))
    assert "Only admins" in said(refusals[0])
    assert later.decided == []


async def test_somebody_demoted_while_the_question_stands_decides_nothing(
    sandbox: Workspace, path: Path, notices: Notices
) -> None:
    notices.add("handbook", Kind.DOUBT, DOUBT.id, datetime.now(UTC))
    admin = NotingAdmin(doubted=DOUBT)
    async with connected(sandbox, path, Answerer(), admin=admin):
        (asked,) = await sandbox.wait_for(lambda: told(sandbox, "jiwoo"))
        sandbox.workspace.user("jiwoo").is_admin = False
        await sandbox.click("jiwoo", sandbox.dm("jiwoo"), asked["ts"], "footnote_doubt_remove")
        refusals = await sandbox.wait_for(lambda: sandbox.ephemerals("jiwoo", sandbox.dm("jiwoo")))
    assert "관리자만" in said(refusals[0])
    assert admin.decided == []


async def test_where_the_settings_name_nobody_the_admins_of_the_workspace_are_told(
    sandbox: Workspace, path: Path, notices: Notices
) -> None:
    notices.note("handbook", "It does not answer.", datetime.now(UTC))
    async with connected(sandbox, path, Answerer()):
        await sandbox.wait_for(lambda: told(sandbox, "jiwoo"))
    assert "다시 읽을 수 있게 되면" in said(told(sandbox, "jiwoo")[0])
    assert told(sandbox) == []


async def test_a_message_that_slack_made_without_saying_so_is_not_made_twice(
    sandbox: Workspace, path: Path, notices: Notices
) -> None:
    notices.note("handbook", "It does not answer.", datetime.now(UTC))
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID,)):
        await sandbox.wait_for(lambda: told(sandbox))
    database = Database(path)
    with database.write() as db:  # as a kill before the answer of Slack would leave it
        db.conn.execute("UPDATE notice_messages SET is_done = 0")
    database.close()
    notices.note("wiki", "It does not answer either.", datetime.now(UTC))
    async with connected(sandbox, path, Answerer(), admins=(ADMIN_ID,)):
        await sandbox.wait_for(lambda: "either" in said(told(sandbox)[-1]))
    assert len(told(sandbox)) == 2
