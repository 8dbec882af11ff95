"""What an admin does with connectors. Slack and the command line call the same functions.

Who may call them is decided before (bot.access); every change leaves an audit row.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.contracts import Index, Progress, Readers, SyncReport
from bot.errors import Busy, NotFound
from bot.store.audit import Audit
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Holdings, Sources
from bot.sync.lock import sync_lock
from bot.sync.sync import Parses, Syncing
from connectors.base import Connector

SCHEDULE = "schedule"
"""Who asks for the syncs nobody asked for: they leave paused connectors alone, and no audit row."""


@dataclass(frozen=True)
class ConnectorStatus:
    """One connector, as an admin sees it."""

    name: str
    kind: str
    """Empty where config.toml no longer has it."""
    is_paused: bool
    pause_reason: str
    documents: int
    chunks: int
    failures: int
    finished_at: datetime | None
    next_run: datetime | None
    error: str


@dataclass(frozen=True)
class Running:
    """The sync that runs now in this process."""

    what: str
    done: int
    total: int
    seconds_left: float | None
    """As the work so far lets one expect; None while that says nothing."""


@dataclass(frozen=True)
class Status:
    """Everything there is to know about the documents."""

    connectors: tuple[ConnectorStatus, ...]
    chunks: int
    unembedded: int
    """Chunks that are found by their words alone, until their vectors are made."""
    running: Running | None


class Admin:
    """The connectors of this Footnote. One sync runs at a time, whoever asks, in whichever process."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        *,
        index: Index,
        parser: Parses,
        database: Database,
        data_dir: Path,
        next_runs: Callable[[], Mapping[str, datetime]],
    ) -> None:
        self._connectors = connectors
        self._index = index
        self._sources = Sources(database)
        self._audit = Audit(database)
        self._corpus = Corpus(database)
        self._syncing = Syncing(index, parser, self._sources, self._corpus.versions)
        self._data_dir = data_dir
        self._next_runs = next_runs
        self._running: Running | None = None

    async def sync(
        self,
        name: str | None = None,
        *,
        who: str,
        progress: Progress | None = None,
        force: bool = False,
        allow_removals: bool = False,
    ) -> list[SyncReport]:
        """Sync one connector, or all. Raises NotFound, Busy (with how far the other sync is), StoreError.

        Once it returns, nothing is left in the file of documents that went or were replaced. A person who
        names a paused connector has it tried; all others that are paused only say so. `force` and
        `allow_removals` are those of bot.sync.
        """
        names = [self._known(name)] if name else list(self._connectors)
        options = [word for word, is_on in (("force", force), ("removals allowed", allow_removals)) if is_on]
        if self._running:
            raise _busy(self._running)
        with sync_lock(self._data_dir):
            following = self._following(progress)
            self._running = Running("starting", 0, 0, None)
            try:
                if who != SCHEDULE:
                    await asyncio.to_thread(self._audit.append, who, "sync", ", ".join([*names, *options]))
                reports = [
                    await self._syncing.run(
                        each,
                        self._connectors[each],
                        progress=following,
                        force=force,
                        allow_removals=allow_removals,
                        despite_pause=name is not None and who != SCHEDULE,
                    )
                    for each in names
                ]
                await asyncio.to_thread(self._corpus.terms.sweep)
            finally:
                self._running = None
        return reports

    def pause(self, name: str, *, who: str, reason: str = "") -> None:
        """Sync it on schedule no more; its documents stay. Raises NotFound, StoreError."""
        self._sources.pause(self._known(name), reason or f"paused by {who}", by=who)
        self._audit.append(who, "pause", name)

    def resume(self, name: str, *, who: str) -> None:
        """Sync it on schedule again. Raises NotFound, StoreError."""
        self._sources.resume(self._known(name))
        self._audit.append(who, "resume", name)

    def forget(self, name: str, *, who: str) -> int:
        """Delete every document of a connector and what is known of it; says how many there were.

        One that config.toml still has is paused, else its next sync would bring them all back.
        Raises NotFound, Busy while a sync runs, StoreError.
        """
        if name not in self._connectors and name not in self._sources.names():
            raise NotFound(f"There is no connector {name!r}.", mend="See: footnote status")
        if self._running:
            raise _busy(self._running)
        with sync_lock(self._data_dir):
            removed = self._corpus.remove_connector(name)
            self._sources.forget(name)
            if name in self._connectors:
                self._sources.pause(name, f"its documents were forgotten by {who}", by=who)
            self._audit.append(who, "forget", f"{name}: {removed} documents")
        return removed

    async def status(self) -> Status:
        """Raises StoreError."""
        unembedded = await self._index.unembedded()
        connectors = await asyncio.to_thread(self._statuses)
        return Status(connectors, sum(each.chunks for each in connectors), unembedded, self._running)

    def sources(self, readers: Readers) -> Sequence[ConnectorStatus]:
        """The connectors with documents that `readers` may read; `documents` counts those alone."""
        readable = self._sources.readable(readers)
        return [
            replace(status, documents=readable[status.name])
            for status in self._statuses()
            if status.name in readable
        ]

    def _statuses(self) -> tuple[ConnectorStatus, ...]:
        holdings = self._sources.holdings()
        runs = self._next_runs()
        names = list(self._connectors) + [n for n in self._sources.names() if n not in self._connectors]
        return tuple(self._status_of(name, holdings.get(name, Holdings()), runs.get(name)) for name in names)

    def _status_of(self, name: str, holds: Holdings, next_run: datetime | None) -> ConnectorStatus:
        state = self._sources.state(name)
        connector = self._connectors.get(name)
        return ConnectorStatus(
            name=name,
            kind=connector.kind if connector else "",
            is_paused=state.is_paused,
            pause_reason=state.pause_reason,
            documents=holds.documents,
            chunks=holds.chunks,
            failures=state.report.failed if state.report else 0,
            finished_at=state.finished_at,
            next_run=next_run,
            error=state.report.error if state.report else "",
        )

    def _known(self, name: str) -> str:
        if name not in self._connectors:
            known = ", ".join(self._connectors) or "none"
            raise NotFound(f"There is no connector {name!r}.", mend=f"In config.toml: {known}.")
        return name

    def _following(self, progress: Progress | None) -> Progress:
        """A Progress that keeps `_running` up to date and passes everything on."""
        began: dict[str, float] = {}

        def follow(what: str, done: int, total: int) -> None:
            seconds = time.monotonic() - began.setdefault(what, time.monotonic())
            left = seconds / done * (total - done) if done and total else None
            self._running = Running(what, done, total, left)
            if progress:
                progress(what, done, total)

        return follow


def _busy(running: Running) -> Busy:
    so_far = f": {running.done} of {running.total}" if running.total else ""
    return Busy(f"A sync is running already ({running.what}{so_far}).", mend="Try again when it is done.")
