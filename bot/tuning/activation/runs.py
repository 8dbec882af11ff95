"""How far each training run has come, read off its folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

from bot.errors import FootnoteError
from bot.tuning.activation.files import folders_in
from bot.tuning.activation.registry import AdapterRegistry, AdapterStatus
from bot.tuning.folders import ADAPTER_FILE, CONFIG, RESULT, SCORECARD


class Stage(IntEnum):
    """The last of its steps that is done."""

    BEGUN = 0
    TRAINED = 1
    EXPORTED = 2
    MEASURED = 3


_LEFT_BY = {
    Stage.BEGUN: CONFIG,
    Stage.TRAINED: RESULT,
    Stage.EXPORTED: ADAPTER_FILE,
    Stage.MEASURED: SCORECARD,
}


@dataclass(frozen=True)
class TunedRun:
    """A run, and its adapter once it is exported."""

    name: str
    stage: Stage
    at: datetime
    """When that step was done; of an adapter whose folder is gone, when it was first seen."""
    adapter: AdapterStatus | None
    trouble: str = ""
    """Why it has none, though it was exported."""

    @property
    def is_active(self) -> bool:
        """Whether it answers anybody."""
        return self.adapter is not None and bool(self.adapter.activations)


def all_runs(registry: AdapterRegistry) -> list[TunedRun]:
    """Those of the disk and the adapters whose folder is gone: what answers first, then the newest.

    Raises AdapterError, StoreError.
    """
    statuses = {status.adapter.name: status for status in registry.statuses()}
    found = []
    for folder in folders_in(registry.folders.runs):
        if (reached := _stage(folder)) is None:
            continue
        status, trouble = statuses.pop(folder.name, None), ""
        if status is None and (folder / ADAPTER_FILE).is_file():
            trouble = _trouble(folder.name, registry)
        found.append(TunedRun(folder.name, *reached, status, trouble))
    found += [
        TunedRun(name, Stage.EXPORTED, status.adapter.created_at, status) for name, status in statuses.items()
    ]
    return sorted(found, key=lambda run: (not run.is_active, -run.at.timestamp(), run.name))


def _trouble(name: str, registry: AdapterRegistry) -> str:
    """Why it cannot be entered."""
    try:
        registry.get(name)
    except FootnoteError as exc:
        return str(exc)
    return ""


def _stage(folder: Path) -> tuple[Stage, datetime] | None:
    """The furthest step whose file is there; None: it is no run."""
    for stage in sorted(Stage, reverse=True):
        path = folder / _LEFT_BY[stage]
        if path.is_file():
            return stage, datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return None
