"""What an admin does with connectors. Slack and the command line call the same functions.

Who may call them is decided before (bot.access); every change leaves an audit row.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.connector_status import ConnectorStatus, ConnectorStatuses
from bot.contracts import Index, Progress, Readers, SyncReport
from bot.errors import Busy, NotFound
from bot.store.audit import Audit, AuditEntry
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.doubts import Doubt
from bot.store.sources import SetAside, Sources
from bot.sync.lock import Lock, Running, busy, running, sync_lock
from bot.sync.preview import SyncPreview, preview
from bot.sync.sync import Parses, Syncing, utc_now
from connectors.base import Connector, cache_of

if TYPE_CHECKING:
    from bot.config import ConnectorConfig

SCHEDULE = "schedule"
"""Who asks for the syncs nobody asked for: they leave paused connectors alone, and no audit row."""
PAUSED = "an admin paused it"
FORGOTTEN = "its documents were forgotten"
"""Reasons of a pause where nobody gave words of their own. Slack says them in the language of who reads;
who it was stands apart from them."""
SYNCS_AT_ONCE = 3
"""Connectors that are synced at the same time: a slow source must not hold up the others."""


@dataclass(frozen=True)
class Status:
    """Everything there is to know about the documents."""

    connectors: tuple[ConnectorStatus, ...]
    chunks: int
    unembedded: int
    """Chunks that are found by their words alone, until their vectors are made."""
    running: tuple[Running, ...]
    """The syncs under way, also those of other processes."""


class Admin:
    """The connectors of this Footnote. Each runs one sync at a time, whoever asks, in whichever process."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        *,
        index: Index,
        parser: Parses,
        database: Database,
        data_dir: Path,
        next_runs: Callable[[], Mapping[str, datetime]],
        entries: Callable[[], Mapping[str, ConnectorConfig]] = dict,
    ) -> None:
        """`entries` tells where each of `connectors` is managed."""
        self._connectors = connectors
        self._index = index
        self._sources = Sources(database)
        self._audit = Audit(database)
        self._corpus = Corpus(database)
        self._syncing = Syncing(index, parser, self._sources, self._corpus.versions)
        self._data_dir = data_dir
        self._statuses = ConnectorStatuses(connectors, self._sources, next_runs, entries)
        self._running: dict[str, Running] = {}
        self._turn = asyncio.Semaphore(SYNCS_AT_ONCE)

    async def sync(
        self,
        name: str | None = None,
        *,
        who: str,
        progress: Progress | None = None,
        force: bool = False,
        allow_removals: bool = False,
    ) -> list[SyncReport]:
        """Sync one connector, or all, some at the same time. Raises NotFound, StoreError.

        Raises Busy (with how far it is) where the one named is being synced already; among all, the report
        of that one says so. Once it returns, nothing is left in the file of documents that went or were
        replaced. A person who names a paused connector has it tried; all others that are paused only say so.
        `force` and `allow_removals` are those of bot.sync.
        """
        names = [self._known(name)] if name else list(self._connectors)
        options = [word for word, is_on in (("force", force), ("removals allowed", allow_removals)) if is_on]
        if name and name in self._running:
            raise busy(name, self._running[name])
        if who != SCHEDULE:
            await asyncio.to_thread(self._audit.append, who, "sync", ", ".join([*names, *options]))

        async def one(each: str) -> SyncReport:
            try:
                return await self._sync_one(
                    each,
                    progress=progress,
                    force=force,
                    allow_removals=allow_removals,
                    despite_pause=name is not None and who != SCHEDULE,
                )
            except (Busy, NotFound) as exc:  # NotFound: it was removed meanwhile
                if name:
                    raise
                return SyncReport(each, error=str(exc))

        outcomes = await asyncio.gather(*(one(each) for each in names), return_exceptions=True)
        reports = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return reports

    async def preview(self, name: str | None = None, *, force: bool = False) -> list[SyncPreview]:
        """What `sync` would do, without doing it. Raises NotFound, StoreError."""
        names = [self._known(name)] if name else list(self._connectors)
        versions = self._corpus.versions
        return [
            await preview(each, self._connectors[each], self._sources, versions, now=utc_now(), force=force)
            for each in names
        ]

    def doubt(self, doubt_id: str) -> Doubt:
        """What an admin was asked about. Raises NotFound where that is settled, or another question now."""
        found = self._sources.doubts.get(doubt_id)
        if found is None or found.connector not in self._connectors:
            raise NotFound(
                "That is settled, or other documents are missing by now.", mend="See: /footnote status"
            )
        return found

    def doubt_about(self, name: str) -> Doubt | None:
        """What an admin has to decide about a connector, if anything. Raises StoreError."""
        return self._sources.doubts.of(name)

    async def remove_doubted(
        self, doubt_id: str, *, who: str, progress: Progress | None = None
    ) -> SyncReport:
        """Sync, and believe that the documents of this question are gone; of others only a few.

        Raises NotFound where the question is settled, Busy, StoreError.
        """
        doubt = await asyncio.to_thread(self.doubt, doubt_id)
        if doubt.connector in self._running:
            raise busy(doubt.connector, self._running[doubt.connector])
        detail = f"{doubt.connector}: {len(doubt.gone)} documents"
        await asyncio.to_thread(self._audit.append, who, "allow removals", detail)
        return await self._sync_one(doubt.connector, progress=progress, agreed=doubt.gone, despite_pause=True)

    def keep_paused(self, doubt_id: str, *, who: str) -> Doubt:
        """Leave the documents where they are, and the connector paused. Raises NotFound, StoreError."""
        doubt = self.doubt(doubt_id)
        self._audit.append(who, "keep paused", f"{doubt.connector}: {len(doubt.gone)} documents")
        return doubt

    def pause(self, name: str, *, who: str, reason: str = "") -> None:
        """Sync it on schedule no more; its documents stay. Admins are shown the `reason`, and who it was.

        Raises NotFound, StoreError.
        """
        self._sources.pause(self._known(name), reason or PAUSED, by=who)
        self._audit.append(who, "pause", name)

    def resume(self, name: str, *, who: str) -> None:
        """Sync it on schedule again. Raises NotFound, StoreError."""
        self._sources.resume(self._known(name))
        self._audit.append(who, "resume", name)

    def resume_accepted(self, name: str, *, who: str) -> bool:
        """Its source accepted what it refused before: sync it on schedule again, if nothing but that refusal
        paused it. One that a person paused, or that an admin is asked about, stays so.

        Returns whether it is synced on schedule. Raises NotFound, StoreError.
        """
        state = self._sources.state(self._known(name))
        if not state.is_paused:
            return True
        if state.paused_by or self._sources.doubts.of(name) is not None:
            return False
        self.resume(name, who=who)
        return True

    def forget(self, name: str, *, who: str, removed_by: Callable[[], None] | None = None) -> int:
        """Delete every document of a connector and what is known of it; says how many there were.

        One that is still there is paused, else its next sync would bring them all back. `removed_by` takes
        the connector itself away, while no sync can begin.
        Raises NotFound, Busy while a sync runs, StoreError, and what `removed_by` does: nothing is done then.
        """
        if name not in self._connectors and name not in self._sources.names():
            raise NotFound(f"There is no connector {name!r}.", mend="See: footnote status")
        with sync_lock(self._data_dir, name):
            if removed_by:
                removed_by()
            removed = self._corpus.remove_connector(name)
            self._sources.forget(name)
            self._empty_cache(name)
            if name in self._connectors:
                self._sources.pause(name, FORGOTTEN, by=who)
            self._audit.append(who, "forget", f"{name}: {removed} documents")
        return removed

    def forget_document(self, name: str, item_id: str, *, who: str) -> bool:
        """Delete one document, whatever its source says; whether there was one. It does not come back.

        It may run beside a sync, which may fail of it once, for what the connector keeps for itself goes too.
        Raises NotFound where the connector is not known, StoreError.
        """
        if name not in self._connectors and name not in self._sources.names():
            raise NotFound(f"There is no connector {name!r}.", mend="See: footnote status")
        self._sources.forget_item(name, item_id)
        removed = self._corpus.remove(name, [item_id])
        self._empty_cache(name)
        self._audit.append(who, "forget", f"{name}/{item_id}")
        return bool(removed)

    def allow_document(self, name: str, item_id: str, *, who: str) -> None:
        """Let the next sync take in a document that was forgotten. Raises NotFound, StoreError."""
        if not self._sources.allow_item(name, item_id):
            raise NotFound(f"{name}/{item_id} was not forgotten.", mend=f"See: footnote forget --list {name}")
        self._audit.append(who, "allow again", f"{name}/{item_id}")

    def place_of(self, document_id: str) -> tuple[str, str]:
        """The connector and the item id of a document. Raises NotFound, StoreError."""
        place = self._corpus.item_of(document_id)
        if place is None:
            raise NotFound(f"There is no document {document_id}.", mend="See: footnote search --json")
        return place

    def forgotten(self, name: str) -> Sequence[str]:
        """Ids of the items of a connector that were forgotten, in order. Raises StoreError."""
        return sorted(self._sources.forgotten(name))

    def set_aside(self, name: str) -> Sequence[SetAside]:
        """The items of a connector that could not be read, in order, and why. Raises StoreError."""
        return list(self._sources.set_aside(name).values())

    def retry(self, name: str, *, who: str) -> int:
        """Have the next sync try every item that was set aside; how many. Raises NotFound, StoreError."""
        count = self._sources.try_again(self._known(name))
        self._audit.append(who, "try again", f"{name}: {count} items")
        return count

    def audited(self, limit: int) -> Sequence[AuditEntry]:
        """Who changed what last, the newest first. Raises StoreError."""
        return self._audit.list(limit)

    async def status(self) -> Status:
        """Raises StoreError."""
        unembedded = await self._index.unembedded()
        connectors = await asyncio.to_thread(self._statuses.all)
        under_way = await asyncio.to_thread(self._under_way)
        return Status(connectors, sum(each.chunks for each in connectors), unembedded, under_way)

    def sources(self, readers: Readers) -> Sequence[ConnectorStatus]:
        """The connectors with documents that `readers` may read; `documents` counts those alone."""
        readable = self._sources.readable(readers)
        return [
            replace(status, documents=readable[status.name])
            for status in self._statuses.all()
            if status.name in readable
        ]

    def _known(self, name: str) -> str:
        if name not in self._connectors:
            known = ", ".join(self._connectors) or "none"
            raise NotFound(f"There is no connector {name!r}.", mend=f"There are: {known}.")
        return name

    def _empty_cache(self, name: str) -> None:
        """A connector's cache (a clone, pages of a site) may hold what was forgotten, and is made anew."""
        shutil.rmtree(cache_of(self._data_dir, name), ignore_errors=True)

    async def _sync_one(
        self,
        name: str,
        *,
        progress: Progress | None,
        force: bool = False,
        allow_removals: bool = False,
        agreed: Collection[str] = (),
        despite_pause: bool = False,
    ) -> SyncReport:
        """Raises Busy, NotFound where it was removed meanwhile, StoreError."""
        async with self._turn:
            with sync_lock(self._data_dir, name) as lock:
                try:
                    report = await self._syncing.run(
                        name,
                        self._connectors[self._known(name)],
                        progress=self._following(name, lock, progress),
                        force=force,
                        allow_removals=allow_removals,
                        agreed=agreed,
                        despite_pause=despite_pause,
                    )
                    await asyncio.to_thread(self._corpus.terms.sweep)
                finally:
                    self._running.pop(name, None)
        return report

    def _following(self, name: str, lock: Lock, progress: Progress | None) -> Progress:
        """A Progress that keeps `_running` up to date, lets other processes see it and passes all on."""
        began: dict[str, float] = {}
        self._running[name] = Running("starting", 0, 0, None, os.getpid())

        def follow(what: str, done: int, total: int) -> None:
            is_new = what not in began
            seconds = time.monotonic() - began.setdefault(what, time.monotonic())
            left = seconds / done * (total - done) if done and total else None
            self._running[name] = Running(what, done, total, left, os.getpid())
            lock.note(self._running[name], at_once=is_new or done == total)
            if progress:
                progress(what, done, total)

        return follow

    def _under_way(self) -> tuple[Running, ...]:
        found = (self._running.get(name) or running(self._data_dir, name) for name in self._connectors)
        return tuple(one for one in found if one is not None)
