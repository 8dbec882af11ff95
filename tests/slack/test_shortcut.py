""" "Ask Footnote about this" in the menu of a message: asked and answered for whoever used it alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.team.app import App
from bot.slack.commands.shortcut import ASK_ABOUT, MessageShortcut
from bot.slack.inbox import Me
from bot.slack.manifest import manifest
from tests.slack.cast import Answerer, Workspace, answer, connected, over_both_transports, said


@pytest.fixture
async def sandbox(transport: str) -> AsyncIterator[Workspace]:
    app = App.from_manifest(manifest())
    async with Workspace(transport, app=app, ack_seconds=1.0, retry_delays=(0.0, 0.1, 0.2)) as running:
        yield running


def seen(sandbox: Workspace, user: str, channel: str) -> str:
    return "\n".join(map(said, sandbox.ephemerals(user, channel)))


@over_both_transports
@pytest.mark.parametrize(
    ("user", "channel", "text", "first"),
    [
        ("alex", "general", "@민수 연차는\n며칠이야?", "연차는 며칠이야?” 찾아볼게요"),
        ("minsu", "random", "How many days off do we get?", "Looking up “How many days off do we get?”"),
    ],
)
async def test_a_message_is_asked_and_answered_to_whoever_used_it_alone(
    sandbox: Workspace, path: Path, user: str, channel: str, text: str, first: str
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("jiwoo", channel, text)
        await sandbox.shortcut(user, ASK_ABOUT, channel, ts)
        await sandbox.wait_for(lambda: "15일" in seen(sandbox, user, channel))
    shown = seen(sandbox, user, channel)
    assert first in shown
    assert shown.index(first) < shown.index("15일")
    (asked,) = answerer.asked
    who = sandbox.workspace.user(user)
    assert {reader for reader in asked.readers if reader.startswith("user:")} == {
        f"user:{who.team_id}/{who.id}"
    }
    assert [m for m in sandbox.messages(channel) if m.get("user") == sandbox.bot_user_id] == []
    assert sandbox.replies(channel, ts) == []
    assert seen(sandbox, "jiwoo", channel) == ""


@pytest.mark.parametrize(
    ("user", "channel", "expected"),
    [
        ("minsu", "handbook-ko", "물어볼 글이 없어요"),
        ("sam", "handbook-ko", "There are no words in this message"),
    ],
)
@pytest.mark.parametrize("text", ["", ":tada: :tada:", "@footnote"])
async def test_a_message_without_words_is_said_to_have_none(
    sandbox: Workspace, path: Path, user: str, channel: str, text: str, expected: str
) -> None:
    answerer = Answerer()
    async with connected(sandbox, path, answerer):
        ts = await sandbox.upload("jiwoo", channel, "scan.png", b"\x89PNG", comment=text)
        sandbox.workspace.message(sandbox.workspace.channel(channel).id, ts).text = text.replace(
            "@footnote", f"<@{sandbox.bot_user_id}>"
        )
        await sandbox.shortcut(user, ASK_ABOUT, channel, ts)
        await sandbox.wait_for(lambda: expected in seen(sandbox, user, channel))
    assert not any(asked.text == text for asked in answerer.asked)


async def test_a_message_that_is_too_long_is_said_to_be(sandbox: Workspace, path: Path) -> None:
    async with connected(sandbox, path, Answerer()):
        ts = await sandbox.say("jiwoo", "general", "연차 " * 2_000)
        await sandbox.shortcut("minsu", ASK_ABOUT, "general", ts)
        await sandbox.wait_for(lambda: "질문이 너무 길어요" in seen(sandbox, "minsu", "general"))
    assert "찾아볼게요" not in seen(sandbox, "minsu", "general")


async def test_a_guest_is_answered_from_what_was_granted_to_them(sandbox: Workspace, path: Path) -> None:
    answerer = Answerer(answer("I did not find it.", citations=(), found=False))
    async with connected(sandbox, path, answerer):
        ts = await sandbox.say("jiwoo", "handbook-ko", "What do we all earn?")
        await sandbox.shortcut("sam", ASK_ABOUT, "handbook-ko", ts)
        await sandbox.wait_for(lambda: "did not find" in seen(sandbox, "sam", "handbook-ko"))
    assert "everyone" not in answerer.asked[0].readers


@pytest.mark.parametrize(
    "payload", [{}, {"user": {"id": "U1"}}, {"response_url": "u", "channel": "C1"}, {"message": None}]
)
async def test_a_payload_of_an_unknown_shape_is_acked_and_set_aside(payload: dict[str, Any]) -> None:
    acked: list[object] = []

    async def ack() -> None:
        acked.append(None)

    shortcut = MessageShortcut(None, None, Me("T1", "U1", "B1"), None, lambda: None)  # type: ignore[arg-type]
    await shortcut.used(payload, ack)
    assert len(acked) == 1
