"""One sync of one connector.

    list -> compare with the versions we hold -> fetch (several at once) -> parse -> put -> remove -> report

The order is what makes an interruption harmless: every document is put in a transaction of its own, with the
version it was read from, and the cursor and the report are written last. What was put is not read again; what
was to be removed is removed the next time; a cursor is never ahead of the documents.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

from bot.contracts import Index, Progress, SyncReport, unwatched
from bot.errors import FootnoteError, ModelUnavailable, ParseError, StoreError
from bot.parsing.parsed import Parsed
from bot.store.notices import Kind
from bot.store.sources import Sources, SourceState
from bot.sync.plan import Plan, compare, cursor_for
from connectors.base import Connector, CredentialsRejected, Document, Item, ItemUnreadable, SourceError

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 4
"""Documents on their way from the source to the index: as many are in memory. A connector whose source bears
less, or more, says so by an attribute `at_once`."""
MOST_AT_ONCE = 16
UNINDEXABLE_IN_A_ROW = 3
"""So many documents, one after another, that the index cannot take: then it is the index that is broken."""


class Parses(Protocol):
    """What reads a document: `bot.parsing.parser.Parser`, or a fake."""

    async def parse(self, document: Document) -> Parsed: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Syncing:
    """The collaborators of a sync. `versions` gives item id -> version of what the index holds."""

    index: Index
    parser: Parses
    sources: Sources
    versions: Callable[[str], Mapping[str, str]]
    now: Callable[[], datetime] = utc_now

    async def run(
        self,
        name: str,
        connector: Connector,
        *,
        progress: Progress | None = None,
        force: bool = False,
        allow_removals: bool = False,
        agreed: Collection[str] = (),
        despite_pause: bool = False,
    ) -> SyncReport:
        """Bring the index to what the source has now. Whatever goes wrong, the report says it.

        A document that cannot be read is set aside; an older version of it stays in the index, and goes only
        when the source no longer lists it. Cancelling keeps what was put; the next run goes on from there.

        `force` lists the whole source and reads unchanged documents too. `allow_removals` believes a listing
        that lacks many documents, `agreed` one that lacks these (item ids) and few others; both try a
        connector that a sync paused, and `despite_pause` tries any. Success lifts a sync's pause.
        """
        began = time.monotonic()
        run = _Run(self, name, connector, progress or unwatched)
        had_failed = False
        try:
            state = await asyncio.to_thread(self.sources.state, name)
            had_failed = bool(state.report and state.report.error)
            may_try = despite_pause or (bool(allow_removals or agreed) and not state.paused_by)
            if state.is_paused and not may_try:
                return SyncReport(name, error=f"paused: {state.pause_reason}")
            run.cursor = state.cursor
            await asyncio.to_thread(self.sources.started, name, self.now())
            error = await run.through(state, force=force, allow_removals=allow_removals, agreed=agreed)
        except (SourceError, FootnoteError) as exc:
            error = str(exc)
        except Exception as exc:
            # a boundary: a fault in one connector must not end the syncs of the others
            log.exception("connector %s: the sync broke", name)
            error = f"Something unexpected went wrong ({type(exc).__name__}); the log has the details."
        finally:
            run.close()
        report = run.report(error, time.monotonic() - began)
        _log_change(report, had_failed)
        try:
            await asyncio.to_thread(
                self.sources.finished, report, self.now(), cursor=run.cursor, whole_at=run.whole_at
            )
        except StoreError as exc:
            log.error("connector %s: the report could not be stored: %s", name, exc)
        return report


@dataclass
class _Run:
    """What one sync of one connector has done so far."""

    with_: Syncing
    name: str
    connector: Connector
    progress: Progress
    cursor: str | None = None
    whole_at: datetime | None = None
    """When the listing was asked for that was taken in whole, if it was."""
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    unindexable: int = 0
    """In a row."""
    failures: dict[str, str] = field(default_factory=dict)
    threads: ThreadPoolExecutor = field(init=False)
    """Of this source alone: one that is slow to answer takes no thread that Slack or another source needs."""
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.threads = ThreadPoolExecutor(at_once(self.connector), thread_name_prefix=f"sync-{self.name}")

    def close(self) -> None:
        """Wait for nothing: a request under way may take long, and what it brings is not put any more."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def report(self, error: str, seconds: float) -> SyncReport:
        return SyncReport(
            self.name,
            added=self.added,
            changed=self.changed,
            removed=self.removed,
            skipped=self.unchanged,
            failed=len(self.failures),
            failures=tuple(sorted(self.failures.items())),
            error=error,
            seconds=seconds,
        )

    async def through(
        self, state: SourceState, *, force: bool, allow_removals: bool, agreed: Collection[str]
    ) -> str:
        """The whole way. Returns why nothing was believed, or ""; raises what ended it before its time."""
        sources = self.with_.sources
        asked_at = self.with_.now()
        since = cursor_for(state, now=asked_at, force=force)
        try:
            self.progress(f"listing {self.name}", 0, 0)
            listing = await self._asked(partial(self.connector.items, since))
            held = await asyncio.to_thread(self.with_.versions, self.name)
            aside = await asyncio.to_thread(sources.set_aside, self.name)
            forgotten = await asyncio.to_thread(sources.forgotten, self.name)
            now = self.with_.now()
            plan = compare(listing, held, aside, now=now, force=force, agreed=agreed, forgotten=forgotten)
            if plan.loses_too_much and not allow_removals:
                # Nothing is taken in either: it may well be another folder that is mounted there now.
                return await self._doubt(state, plan)
            self.unchanged = plan.unchanged
            self.failures |= dict(listing.unreadable)
            self.failures |= {item_id: aside[item_id].reason for item_id in plan.left_aside}
            await self._take_in(plan.wanted, held)
        except CredentialsRejected as exc:
            await self._pause(state, str(exc))
            raise
        if plan.gone:  # last, so that a renamed document is found all the while
            await self.with_.index.remove(self.name, plan.gone)
            self.removed = len(plan.gone)
        done = {item.id for item in plan.wanted} - self.failures.keys()
        settled = (done | set(plan.outdated)) & (aside.keys() - self.failures.keys())
        await asyncio.to_thread(sources.release, self.name, settled)
        await asyncio.to_thread(sources.doubts.settle, self.name)
        if state.is_paused and not state.paused_by:
            await asyncio.to_thread(sources.resume, self.name)
        if since is None:
            self.whole_at = asked_at
        # Changes that could not even be listed have no version to remember them by: they are listed again.
        if since is None or not listing.unreadable:
            self.cursor = listing.cursor
        return ""

    async def _take_in(self, wanted: Sequence[Item], held: Mapping[str, str]) -> None:
        """Index these items, several at once. Raises what ends the sync once those under way are done."""
        waiting = deque(wanted)
        finished = 0

        async def work() -> None:
            nonlocal finished
            while waiting:
                item = waiting.popleft()
                try:
                    await self._take_in_one(item)
                except (ItemUnreadable, ParseError, ModelUnavailable) as exc:
                    if isinstance(exc, ModelUnavailable):
                        self.unindexable += 1
                        if self.unindexable >= UNINDEXABLE_IN_A_ROW:
                            waiting.clear()
                            raise
                    await self._set_aside(item, _without_name(str(exc), item))
                except BaseException:
                    waiting.clear()
                    raise
                else:
                    self.unindexable = 0
                    self.added += item.id not in held
                    self.changed += item.id in held
                finished += 1
                self.progress(f"reading {self.name}", finished, len(wanted))

        if wanted:
            self.progress(f"reading {self.name}", 0, len(wanted))
            workers = (work() for _ in range(at_once(self.connector)))
            outcomes = await asyncio.gather(*workers, return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _take_in_one(self, item: Item) -> None:
        document = await self._asked(partial(self.connector.fetch, item))
        if document.id != item.id:  # it could never be told apart from one that is gone
            raise ItemUnreadable("the connector returned another document than the one asked for")
        parsed = await self.with_.parser.parse(document)
        try:
            await self._put(item, document, parsed)
        except ModelUnavailable:
            # The index's child died: perhaps of this document, perhaps of one that was indexed beside it.
            async with self.alone:
                await self._put(item, document, parsed)

    async def _asked(self, question: Callable[[], T]) -> T:
        """What the source says, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, question)

    async def _put(self, item: Item, document: Document, parsed: Parsed) -> None:
        """Put it, to the end even if cancelled: what a thread writes must not land after the lock is free."""
        put = asyncio.create_task(self.with_.index.put(self.name, item.version, document, parsed))
        try:
            await asyncio.shield(put)
        except asyncio.CancelledError:
            await asyncio.gather(put, return_exceptions=True)
            raise

    async def _set_aside(self, item: Item, reason: str) -> None:
        self.failures[item.id] = reason
        await asyncio.to_thread(self.with_.sources.quarantine, self.name, item, reason, self.with_.now())

    async def _doubt(self, state: SourceState, plan: Plan) -> str:
        """Change nothing, and ask an admin. Returns what to say."""
        doubts, notices = self.with_.sources.doubts, self.with_.sources.notices
        now = self.with_.now()
        doubt = await asyncio.to_thread(doubts.raise_, self.name, plan.gone, plan.held, now)
        await self._pause(state, doubt.reason)
        await asyncio.to_thread(notices.add, self.name, Kind.DOUBT, doubt.id, now)
        return doubt.reason

    async def _pause(self, state: SourceState, reason: str) -> None:
        if not state.paused_by:  # a person's pause is not ours to change
            await asyncio.to_thread(self.with_.sources.pause, self.name, reason)


def at_once(connector: Connector) -> int:
    """How many items of it may be fetched at the same time."""
    return max(1, min(int(getattr(connector, "at_once", AT_ONCE)), MOST_AT_ONCE))


def _without_name(reason: str, item: Item) -> str:
    """Reports name the item before its reason."""
    return reason.removeprefix(f"{item.id}: ").removeprefix(f"{item.id} ")


def _log_change(report: SyncReport, had_failed: bool) -> None:
    """Once when a connector begins to fail and once when it works again."""
    if report.error and not had_failed:
        log.warning("connector %s: %s", report.connector, report.error)
    elif had_failed and not report.error:
        log.warning("connector %s works again", report.connector)
