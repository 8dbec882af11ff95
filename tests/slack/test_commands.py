"""/footnote, every word of it, by an admin, a member and a guest."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.slack import sync_line
from tests.slack.cast import (
    Answerer,
    NotingAdmin,
    Workspace,
    connected,
    over_both_transports,
    said,
)

pytestmark = over_both_transports

ADMIN, MEMBER, GUEST = "jiwoo", "alex", "sam"


async def told(
    sandbox: Workspace, path: Path, user: str, text: str, expected: str, admin: NotingAdmin
) -> str:
    """All that `user` is told, once `expected` is among it."""
    channel = sandbox.dm(user)

    def shown() -> str:
        return "\n".join(map(said, sandbox.ephemerals(user, channel)))

    async with connected(sandbox, path, Answerer(), admin=admin):
        await sandbox.command(user, channel, "/footnote", text)
        await sandbox.wait_for(lambda: expected in shown())
    return shown()


@pytest.mark.parametrize(
    ("user", "text", "expected"),
    [
        (ADMIN, "help", "출처와 함께 알려 드려요"),
        (MEMBER, "help", "I answer from your documents"),
        (GUEST, "", "I answer from your documents"),
        (ADMIN, "reindex", "추가 3"),
        (ADMIN, "reindex wiki", "**wiki**: 추가 3"),
        (ADMIN, "reindex wiki dry-run", "**wiki**: 추가할 문서 2, 바뀐 문서 0, 지울 문서 1, 그대로 1,200"),
        (MEMBER, "reindex dry-run", "Only admins may"),
        (ADMIN, "reindex nowhere", "There is no connector 'nowhere'"),
        (ADMIN, "reindex wiki handbook", "커넥터 이름은 하나만"),
        (MEMBER, "reindex", "Only admins may"),
        (GUEST, "reindex handbook", "Only admins may"),
        (ADMIN, "sources", "**handbook** – 문서 1,234개, 2시간 전에 읽음"),
        (MEMBER, "sources", "**handbook** – 1,234 documents, read 2 hours ago"),
        (MEMBER, "sources", "**wiki** – 1 document, not read yet"),
        (GUEST, "sources", "There are no documents for you yet"),
        (ADMIN, "status", "지금 동기화 중: reading 1/2"),
        (MEMBER, "status", "Questions waiting: 0"),
        (GUEST, "status", "Documents you can ask: 0"),
        (MEMBER, "ask", "Please say what to ask"),
        (MEMBER, "ask How many days off?", "15일"),
        (MEMBER, "sources please", "Nothing follows this command"),
        (ADMIN, "frobnicate <!channel>", "`frobnicate`은(는) 모르는 명령이에요"),
    ],
)
async def test_a_command_is_answered_to_the_asker_alone(
    sandbox: Workspace, path: Path, user: str, text: str, expected: str
) -> None:
    admin = NotingAdmin()
    shown = await told(sandbox, path, user, text, expected, admin)
    assert "<!" not in shown
    assert [m for m in sandbox.messages(sandbox.dm(user)) if m.get("bot_id")] == []
    if user != ADMIN:
        assert admin.synced == []
        assert "secret" not in shown
        assert "9,000" not in shown


async def test_a_member_whom_config_names_may_reindex_and_is_named_in_the_audit(
    sandbox: Workspace, path: Path
) -> None:
    admin = NotingAdmin()
    channel = sandbox.dm(MEMBER)
    async with connected(sandbox, path, Answerer(), admin=admin, admins=("U02ALEX000",)):
        await sandbox.command(MEMBER, channel, "/footnote", "reindex handbook")
        await sandbox.wait_for(lambda: admin.synced)
    assert admin.synced == [("handbook", f"user:{sandbox.team_id}/U02ALEX000")]


async def test_a_long_reindex_goes_on_in_one_live_line_of_a_direct_message(
    sandbox: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_line, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(sync_line, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(sync_line, "LIVE_SECONDS", 0.05)
    admin = NotingAdmin(may_end=asyncio.Event())
    channel = sandbox.dm(ADMIN)

    def lines() -> list[str]:
        return [said(m) for m in sandbox.messages(channel) if m.get("bot_id")]

    async with connected(sandbox, path, Answerer(), admin=admin):
        await sandbox.command(ADMIN, channel, "/footnote", "reindex")
        await sandbox.wait_for(lambda: lines() and "handbook 문서를 읽는 중 `██████████░" in lines()[0])
        assert admin.may_end is not None
        admin.may_end.set()
        await sandbox.wait_for(lambda: "추가 3" in lines()[0])
        await sandbox.wait_for(lambda: "추가 3" in "".join(map(said, sandbox.ephemerals(ADMIN, channel))))
    assert len(lines()) == 1


async def test_ask_in_a_channel_is_answered_on_behalf_of_the_asker(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        await sandbox.command(MEMBER, "general", "/footnote", "ask How many days off?")
        await sandbox.wait_for(lambda: "15일" in "".join(map(said, sandbox.ephemerals(MEMBER, "general"))))
    assert answerer.asked[0].readers >= {"everyone", f"user:{sandbox.team_id}/U02ALEX000"}
    assert [m for m in sandbox.messages("general") if m.get("bot_id")] == []
