"""kill -9 around every call that a reply makes: one visible final reply, whatever was under way."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.slack.cast import Workspace, ours, said


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


async def spawn(sandbox: Workspace, path: Path, port: int) -> asyncio.subprocess.Process:
    over_http = sandbox.transport == "http"
    secrets = [sandbox.signing_secret, str(port)] if over_http else [sandbox.app_token]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.slack.bot_process",
        sandbox.api_url,
        sandbox.bot_token,
        str(path),
        *secrets,
        cwd=Path(__file__).parents[2],
    )


async def listening(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return


def is_sent(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return bool(connection.execute("SELECT 1 FROM outbox WHERE state = 'sent'").fetchone())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("transport", "moment"),
    [
        ("socket", "agents.sessions.setStatus"),
        ("socket", "users.info"),
        ("socket", "chat.startStream"),
        ("socket", "chat.stopStream"),
        ("socket", "chat.update"),
        ("http", "agents.sessions.setStatus"),
        ("http", "chat.startStream"),
    ],
)
async def test_one_final_reply_stands_after_a_kill_at(path: Path, transport: str, moment: str) -> None:
    port = free_port()
    async with Workspace(transport, ack_seconds=1.0, retry_delays=(0.0, 2.0, 4.0, 8.0)) as sandbox:
        first = await spawn(sandbox, path, port)
        if transport == "http":
            await listening(port)
            await sandbox.use_request_url(f"http://127.0.0.1:{port}/slack/events")
        else:
            await sandbox.wait_for(lambda: sandbox.connections, timeout=30)
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: any(call.method == moment for call in sandbox.calls), timeout=30)
        first.kill()
        await first.wait()
        second = await spawn(sandbox, path, port)
        try:
            await sandbox.wait_for(lambda: is_sent(path), timeout=30)
        finally:
            second.kill()
            await second.wait()
        (reply,) = ours(sandbox, "general", ts)
        assert "출처" in said(reply)
        assert reply.get("streaming_state") != "in_progress"


def is_done_with(path: Path, kind: str) -> bool:
    """Has an event of that kind come, and is nothing left to do?"""
    connection = sqlite3.connect(path)
    try:
        return bool(
            connection.execute(
                """SELECT 1 FROM inbox WHERE kind = ?
                AND NOT EXISTS (SELECT 1 FROM inbox WHERE state NOT IN ('done', 'dead'))
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE state NOT IN ('sent', 'dead'))""",
                [kind],
            ).fetchone()
        )
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "moment"),
    [
        ("edited", "agents.sessions.setStatus"),
        ("edited", "chat.stopStream"),
        ("edited", "chat.update"),
        ("deleted", "chat.delete"),
    ],
)
async def test_a_changed_question_has_its_one_answer_or_none_after_a_kill_at(
    path: Path, kind: str, moment: str
) -> None:
    async with Workspace(ack_seconds=1.0, retry_delays=(0.0, 2.0, 4.0, 8.0)) as sandbox:
        first = await spawn(sandbox, path, 0)
        await sandbox.wait_for(lambda: sandbox.connections, timeout=30)
        ts = await sandbox.say("minsu", "general", "@footnote 연차는 며칠이야?")
        await sandbox.wait_for(lambda: is_sent(path), timeout=30)
        (shown,) = ours(sandbox, "general", ts)
        before = len(sandbox.calls)
        if kind == "edited":
            await sandbox.edit("minsu", "general", ts, "@footnote 병가는 며칠이야?")
        else:
            await sandbox.delete("general", ts)
        await sandbox.wait_for(
            lambda: any(call.method == moment for call in sandbox.calls[before:]), timeout=30
        )
        first.kill()
        await first.wait()
        second = await spawn(sandbox, path, 0)
        try:
            await sandbox.wait_for(lambda: is_done_with(path, kind), timeout=30)
        finally:
            second.kill()
            await second.wait()
        left = ours(sandbox, "general", ts)
    assert [reply["ts"] for reply in left] == ([shown["ts"]] if kind == "edited" else [])
    assert all("출처" in said(reply) for reply in left)
