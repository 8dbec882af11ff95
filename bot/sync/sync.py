"""One sync of one connector.

    list -> compare with the versions we hold -> fetch (several at once) -> parse -> put -> remove -> report

The order is what makes an interruption harmless: every document is put in a transaction of its own, with the
version it was read from, and the cursor and the report are written last. What was put is not read again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.contracts import Index, Progress, SyncReport
from bot.errors import ChildDied, ParseError, StoreError
from bot.parsing.parsed import Parsed
from bot.store.sources import SetAside, Sources
from connectors.base import (
    Connector,
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    SourceError,
)

log = logging.getLogger(__name__)

FETCH_AT_ONCE = 4
REMOVED_SHARE = 0.2
REMOVED_AT_LEAST = 5
"""A listing that lacks more than this share, and more than this many, of what we hold waits for an admin."""
RETRY_FIRST = timedelta(hours=1)
RETRY_LONGEST = timedelta(days=1)


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
    ) -> SyncReport:
        """Bring the index to what the source has now.

        Never raises for what the source or a document does: the report says it. Raises StoreError and
        ChildDied, since then nothing can be synced. Cancelling keeps what was put. `force` reads unchanged
        documents too; `allow_removals` deletes even if the listing lacks many.
        """
        began = time.monotonic()
        state = await asyncio.to_thread(self.sources.state, name)
        if state.is_paused and not (force or allow_removals):
            return SyncReport(name, error=f"paused: {state.pause_reason}")
        await asyncio.to_thread(self.sources.started, name, self.now())
        had_failed = bool(state.report and state.report.error)
        try:
            report, cursor = await self._sync(
                name, connector, state.cursor, progress or _quiet, force, allow_removals
            )
        except SourceError as exc:
            report, cursor = SyncReport(name, error=str(exc)), state.cursor
            if isinstance(exc, CredentialsRejected):
                await asyncio.to_thread(self.sources.pause, name, str(exc))
        except (StoreError, ChildDied):
            raise
        except Exception:
            # a boundary: a fault in one connector must not end the syncs of the others
            log.exception("the sync of %s failed", name)
            error = "something went wrong in this connector; the log has the details"
            report, cursor = SyncReport(name, error=error), state.cursor
        report = replace(report, seconds=time.monotonic() - began)
        if report.error and not had_failed:
            log.warning("connector %s: %s", name, report.error)
        elif had_failed and not report.error:
            log.warning("connector %s works again", name)
        await asyncio.to_thread(self.sources.finished, report, self.now(), cursor=cursor)
        return report

    async def _sync(
        self,
        name: str,
        connector: Connector,
        cursor: str | None,
        progress: Progress,
        force: bool,
        allow_removals: bool,
    ) -> tuple[SyncReport, str | None]:
        progress(f"listing {name}", 0, 0)
        listing = await asyncio.to_thread(connector.items, cursor)
        held = await asyncio.to_thread(self.versions, name)
        aside = await asyncio.to_thread(self.sources.set_aside, name)
        plan = compare(listing, held, aside, now=self.now(), force=force)

        removed = list(plan.gone)
        error = ""
        too_many = len(removed) > REMOVED_AT_LEAST and len(removed) > REMOVED_SHARE * len(held)
        if too_many and not allow_removals:
            error = (
                f"{len(removed)} of {len(held)} documents are gone from the source; nothing was deleted. "
                f"If that is right: footnote sync {name} --allow-removals"
            )
            await asyncio.to_thread(self.sources.pause, name, error)
            removed = []

        failures = dict(listing.unreadable)
        failures |= {item_id: aside[item_id].reason for item_id in plan.left_aside}
        failures |= await self._take_in(name, connector, plan.wanted, progress)
        if removed:
            await self.index.remove(name, removed)
        settled = (set(aside) - {item.id for item in listing.items}) if listing.is_complete else set()
        settled |= {item.id for item in plan.wanted if item.id not in failures}
        await asyncio.to_thread(self.sources.release, name, settled & set(aside))
        if allow_removals:
            await asyncio.to_thread(self.sources.resume, name)

        done = [item.id for item in plan.wanted if item.id not in failures]
        report = SyncReport(
            name,
            added=sum(item_id not in held for item_id in done),
            changed=sum(item_id in held for item_id in done),
            removed=len(removed),
            skipped=plan.unchanged,
            failed=len(failures),
            failures=tuple(sorted(failures.items())),
            error=error,
        )
        return report, listing.cursor

    async def _take_in(
        self, name: str, connector: Connector, wanted: Sequence[Item], progress: Progress
    ) -> dict[str, str]:
        """Fetch ahead, parse and put in order; item id -> reason of those that could not be read.

        Raises SourceUnavailable once fetching shows that the source is gone; what was put before stays.
        """
        failures: dict[str, str] = {}
        if not wanted:
            return failures
        ahead = asyncio.Semaphore(FETCH_AT_ONCE)

        async def fetch(item: Item) -> Document:
            await ahead.acquire()  # given back once the document is indexed, so that few are in memory
            return await asyncio.to_thread(connector.fetch, item)

        fetching = [asyncio.create_task(fetch(item)) for item in wanted]
        try:
            for number, (item, task) in enumerate(zip(wanted, fetching, strict=True)):
                progress(f"reading {name}", number, len(wanted))
                try:
                    document = await task
                    parsed = await self.parser.parse(document)
                    await self.index.put(name, item.version, document, parsed)
                except (ItemUnreadable, ParseError) as exc:
                    failures[item.id] = str(exc)
                    await asyncio.to_thread(self.sources.quarantine, name, item, str(exc), self.now())
                finally:
                    ahead.release()
        finally:
            for task in fetching:
                task.cancel()
            await asyncio.gather(*fetching, return_exceptions=True)
        progress(f"reading {name}", len(wanted), len(wanted))
        return failures


@dataclass(frozen=True)
class Plan:
    """What a sync has to do."""

    wanted: tuple[Item, ...]
    gone: tuple[str, ...]
    """Item ids we hold that a complete listing lacks."""
    unchanged: int
    left_aside: tuple[str, ...]
    """Unreadable in this very version, and not yet due for another try."""


def compare(
    listing: Listing,
    held: Mapping[str, str],
    aside: Mapping[str, SetAside],
    *,
    now: datetime,
    force: bool = False,
) -> Plan:
    """Compare a listing with the versions we hold. Only a complete listing makes anything gone."""
    wanted: list[Item] = []
    left_aside: list[str] = []
    unchanged = 0
    for item in listing.items:
        failed = aside.get(item.id)
        if not force and failed and failed.version == item.version and now < retry_at(failed):
            left_aside.append(item.id)
        elif force or held.get(item.id) != item.version:
            wanted.append(item)
        else:
            unchanged += 1
    gone: tuple[str, ...] = ()
    if listing.is_complete:
        there = {item.id for item in listing.items} | {item_id for item_id, _ in listing.unreadable}
        gone = tuple(sorted(set(held) - there))
    return Plan(tuple(wanted), gone, unchanged, tuple(left_aside))


def retry_at(failed: SetAside) -> datetime:
    """When an unreadable item is tried again: after 1 h, doubling up to a day."""
    doublings = min(failed.attempts - 1, 10)
    return failed.tried_at + min(RETRY_FIRST * (1 << doublings), RETRY_LONGEST)


def _quiet(_what: str, _done: int, _total: int) -> None:
    pass
