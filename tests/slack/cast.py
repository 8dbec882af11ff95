"""Who plays along in the tests of the Slack side: an answerer with its lines, and an admin that notes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.admin import Status
from bot.connector_status import ConnectorStatus
from bot.contracts import (
    Answer,
    AnswerEvent,
    Citation,
    Finished,
    Passage,
    Progress,
    Question,
    Readers,
    SourcesFound,
    SyncReport,
    TextAdded,
)
from bot.errors import NotFound
from bot.sandbox import Sandbox
from bot.slack.bot import SlackBot
from bot.slack.http_events import HttpEvents
from bot.slack.socket_mode import SocketMode
from bot.slack.transport import Transport
from bot.store.audit import AuditEntry
from bot.store.database import Database
from bot.store.doubts import Doubt
from bot.store.sources import SetAside
from bot.sync.lock import Running
from bot.sync.preview import SyncPreview

Json = dict[str, Any]
NOW = datetime.now(UTC)


def passage(title: str = "휴가", **changes: Any) -> Passage:
    return replace(
        Passage(1, "d1", "handbook", title, "https://wiki.example.com/leave", "연차", "…", 1.0, NOW),
        **{"document_id": title, **changes},
    )


def citation(number: int = 1, **changes: Any) -> Citation:
    three_days_ago = NOW - timedelta(days=3, minutes=1)
    return replace(
        Citation(
            number, "d1", "handbook", "휴가", "https://wiki.example.com/leave", "연차", "15일", three_days_ago
        ),
        **changes,
    )


def answer(text: str = "연차는 1년에 15일이에요 [1]. 남은 연차는 이월돼요 [1].", **changes: Any) -> Answer:
    return replace(Answer(text, (citation(),), True, "trace-1", "ko"), **changes)


@dataclass
class Answerer:
    """Streams `answer`, word by word. Tests may hold it up, or have it fail."""

    answer: Answer = field(default_factory=answer)
    asked: list[Question] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    begin: asyncio.Event = field(default_factory=asyncio.Event)
    """Not set: wait for it before anything is found."""
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    """Not set: stop in the middle and wait for it."""
    middle: asyncio.Event = field(default_factory=asyncio.Event)
    pace: float = 0.0
    """Seconds before each word."""

    def __post_init__(self) -> None:
        self.begin.set()
        self.hold.set()

    async def __call__(self, question: Question) -> AsyncIterator[AnswerEvent]:
        self.asked.append(question)
        if self.failures:
            raise self.failures.pop(0)
        await self.begin.wait()
        yield SourcesFound((passage(),))
        words = self.answer.text.split(" ")
        for place, word in enumerate(words):
            if place == len(words) // 2:
                self.middle.set()
                await self.hold.wait()
            await asyncio.sleep(self.pace)
            yield TextAdded(word + " ")
        yield Finished(self.answer)


def source(name: str, documents: int, finished_at: datetime | None = None) -> ConnectorStatus:
    return ConnectorStatus(name, "folder", False, "", documents, documents * 7, 0, finished_at, None, "")


@dataclass
class NotingAdmin:
    """Knows two connectors, and notes who had what synced and on whose behalf was read."""

    synced: list[tuple[str | None, str]] = field(default_factory=list)
    read_by: list[Readers] = field(default_factory=list)
    doubted: Doubt | None = None
    decided: list[tuple[str, str]] = field(default_factory=list)
    may_end: asyncio.Event | None = None
    """Given and not set: a sync waits for it."""

    async def sync(
        self, name: str | None = None, *, who: str, progress: Progress | None = None
    ) -> Sequence[SyncReport]:
        if name not in (None, "handbook", "wiki"):
            raise NotFound(f"There is no connector {name!r}.", mend="Known: handbook, wiki.")
        self.synced.append((name, who))
        if progress:
            progress("reading handbook", 1, 2)
        if self.may_end:
            await self.may_end.wait()
        return [SyncReport(name or "handbook", added=3, skipped=4, seconds=0.5)]

    async def preview(self, name: str | None = None) -> Sequence[SyncPreview]:
        return [SyncPreview(name or "handbook", added=("a", "b"), removed=("c",), unchanged=1200)]

    def doubt(self, doubt_id: str) -> Doubt:
        if self.doubted is None or self.doubted.id != doubt_id:
            raise NotFound("That is settled, or other documents are missing by now.")
        return self.doubted

    def keep_paused(self, doubt_id: str, *, who: str) -> Doubt:
        self.decided.append(("keep", who))
        return self.doubt(doubt_id)

    async def remove_doubted(
        self, doubt_id: str, *, who: str, progress: Progress | None = None
    ) -> SyncReport:
        doubt = self.doubt(doubt_id)
        self.decided.append(("remove", who))
        self.doubted = None
        return SyncReport(doubt.connector, removed=len(doubt.gone))

    def sources(self, readers: Readers) -> Sequence[ConnectorStatus]:
        self.read_by.append(readers)
        if "everyone" not in readers:
            return []
        return [source("handbook", 1234, NOW - timedelta(hours=2)), source("wiki", 1)]

    def pause(self, name: str, *, who: str, reason: str = "") -> None:
        self.decided.append((f"pause {name} {reason}".strip(), who))

    def resume(self, name: str, *, who: str) -> None:
        self.decided.append((f"resume {name}", who))

    def resume_accepted(self, name: str, *, who: str) -> bool:
        return True

    def forget(self, name: str, *, who: str, removed_by: Callable[[], None] | None = None) -> int:
        self.decided.append((f"forget {name}", who))
        return 5

    def retry(self, name: str, *, who: str) -> int:
        self.decided.append((f"retry {name}", who))
        return 1

    def set_aside(self, name: str) -> Sequence[SetAside]:
        return [SetAside("half.pdf", "1", "The file ends in the middle.", NOW, 3, NOW)]

    def doubt_about(self, name: str) -> Doubt | None:
        return self.doubted if self.doubted and self.doubted.connector == name else None

    def audited(self, limit: int) -> Sequence[AuditEntry]:
        return [AuditEntry(NOW, who, what, "") for what, who in reversed(self.decided)][:limit]

    def forget_document(self, name: str, item_id: str, *, who: str) -> bool:
        self.decided.append((f"forget {name}/{item_id}", who))
        return True

    def place_of(self, document_id: str) -> tuple[str, str]:
        raise NotFound(f"There is no document {document_id}.")

    async def status(self) -> Status:
        broken = replace(source("secret", 5), error="The wiki refuses the token.", failures=2)
        return Status((broken,), 9000, 50, (Running("reading", 1, 2, None),))


async def nothing_found(_text: str, _readers: Readers, _limit: int) -> Sequence[Passage]:
    """The search of an empty house."""
    return []


class Workspace(Sandbox):
    """A sandbox that says how the bot is to be reached in a test: "socket" or "http"."""

    def __init__(self, transport: str = "socket", **more: Any) -> None:
        super().__init__(**more)
        self.transport = transport


over_both_transports = pytest.mark.parametrize("transport", ["socket", "http"])
"""For a test that uses the fixture `sandbox`, or `transport` itself."""


@asynccontextmanager
async def connected(
    sandbox: Workspace, path: Path, answerer: Callable[[Question], AsyncIterator[AnswerEvent]], **more: Any
) -> AsyncIterator[SlackBot]:
    """The bot, connected to the sandbox over its transport, with its database at `path`."""
    database = Database(path)
    more = {"admin": NotingAdmin(), "search": nothing_found, **more}
    transport: Transport = (
        HttpEvents(sandbox.signing_secret, "127.0.0.1", 0)
        if sandbox.transport == "http"
        else SocketMode(sandbox.app_token)
    )
    bot = SlackBot(
        bot_token=sandbox.bot_token,
        transport=transport,
        api_url=sandbox.api_url,
        database=database,
        answer=answerer,
        **more,
    )
    await bot.start()
    try:
        if transport.request_url:
            await sandbox.use_request_url(transport.request_url)
        else:
            await sandbox.wait_for(lambda: sandbox.connections)
        yield bot
    finally:
        await bot.close()
        database.close()


def final_replies(sandbox: Sandbox, channel: str, thread_ts: str) -> list[Json]:
    """The messages of the bot in a thread that are final: they carry metadata, and nobody writes on them."""
    return [
        message
        for message in sandbox.replies(channel, thread_ts)
        if message.get("metadata") and message.get("streaming_state") != "in_progress"
    ]


def ours(sandbox: Sandbox, channel: str, thread_ts: str) -> list[Json]:
    """Every message of the bot in a thread."""
    return [m for m in sandbox.replies(channel, thread_ts) if m.get("user") == sandbox.bot_user_id]


def said(message: Json) -> str:
    """Every text in a message's blocks."""

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["text"]] if isinstance(value.get("text"), str) else []
            return own + [t for key, item in value.items() if key != "text" or not own for t in texts(item)]
        return [t for item in value for t in texts(item)] if isinstance(value, list) else []

    return "".join(texts(message.get("blocks") or [])) or str(message.get("text", ""))
