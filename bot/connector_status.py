"""How each connector stands: what it holds, how its last sync went, when the next one is, who manages it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.store.doubts import Doubt
from bot.store.sources import Holdings, Sources, SourceState
from connectors.base import Connector

if TYPE_CHECKING:
    from bot.config import ConnectorConfig


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
    paused_by: str = ""
    """Who paused it; empty where the sync itself did."""
    added_by: str = ""
    """Who added it at run time; empty where config.toml has it, or nothing has it any more."""
    line: int = 0
    """Where it stands in config.toml; 0 where it does not."""
    doubt: Doubt | None = None
    """The open question to admins that `pause_reason` or `error` tells of; None where they tell of other
    things, though a question may be open beside."""


class ConnectorStatuses:
    """Looks them up anew each time it is asked."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        sources: Sources,
        next_runs: Callable[[], Mapping[str, datetime]],
        entries: Callable[[], Mapping[str, ConnectorConfig]],
    ) -> None:
        self._connectors = connectors
        self._sources = sources
        self._next_runs = next_runs
        self._entries = entries

    def all(self) -> tuple[ConnectorStatus, ...]:
        """Those that are in the list, in its order, then those of which only documents are left.

        Raises StoreError.
        """
        holdings = self._sources.holdings()
        runs, entries = self._next_runs(), self._entries()
        names = list(self._connectors) + [n for n in self._sources.names() if n not in self._connectors]
        return tuple(
            self._status_of(name, holdings.get(name, Holdings()), runs.get(name), entries.get(name))
            for name in names
        )

    def _status_of(
        self, name: str, holds: Holdings, next_run: datetime | None, entry: ConnectorConfig | None
    ) -> ConnectorStatus:
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
            paused_by=state.paused_by,
            added_by=entry.added_by if entry else "",
            line=entry.line if entry else 0,
            doubt=self._told_of(name, state),
        )

    def _told_of(self, name: str, state: SourceState) -> Doubt | None:
        error = state.report.error if state.report else ""
        reason = state.pause_reason if state.is_paused else error
        if not reason or state.paused_by:
            return None
        doubt = self._sources.doubts.of(name)
        return doubt if doubt is not None and doubt.reason == reason else None
