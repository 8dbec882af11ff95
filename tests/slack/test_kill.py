"""kill -9 around every call that a reply makes: one visible final reply, whatever was under way."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.slack.cast import ours, said


async def spawn(sandbox: Sandbox, path: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.slack.bot_process",
        sandbox.api_url,
        sandbox.bot_token,
        sandbox.app_token,
        str(path),
        cwd=Path(__file__).parents[2],
    )


def is_sent(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return bool(connection.execute("SELECT 1 FROM outbox WHERE state = 'sent'").fetchone())
    finally:
        connection.close()


@pytest.mark.parametrize(
    "moment",
    ["agents.sessions.setStatus", "users.info", "chat.startStream", "chat.stopStream", "chat.update"],
)
async def test_one_final_reply_stands_after_a_kill_at(path: Path, moment: str) -> None:
    async with Sandbox(ack_seconds=1.0, retry_delays=(0.0, 2.0, 4.0, 8.0)) as sandbox:
        first = await spawn(sandbox, path)
        await sandbox.wait_for(lambda: sandbox.connections, timeout=30)
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: any(call.method == moment for call in sandbox.calls), timeout=30)
        first.kill()
        await first.wait()
        second = await spawn(sandbox, path)
        try:
            await sandbox.wait_for(lambda: is_sent(path), timeout=30)
        finally:
            second.kill()
            await second.wait()
        (reply,) = ours(sandbox, "general", ts)
        assert "출처" in said(reply)
        assert reply.get("streaming_state") != "in_progress"
