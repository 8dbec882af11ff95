"""The child process that trains: `bot.children` speaks to it.

It gives way to everybody else, and what it takes of memory is gone when it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.children.serving import give_way, serve
from bot.tuning.training.runs import Run
from bot.tuning.training.session import prepare, train
from bot.tuning.training.settings import TrainingSettings


def check(base: str, dataset: str, settings: dict[str, Any], folder: str) -> dict[str, Any]:
    """What a run would be."""
    found = prepare(Path(base), Path(dataset), TrainingSettings.from_json(settings), Path(folder))
    return found.as_json()


def do(run: str, base: str, dataset: str, pause: str) -> Iterator[dict[str, Any]]:
    """What happens in a run."""
    return train(Run.open(Path(run)), Path(base), Path(dataset), Path(pause) if pause else None)


_M_MMAP_THRESHOLD = -3
"""As malloc.h of glibc has it."""


def _prepare() -> None:
    give_way(19)
    # Batches are of other lengths each time, and what was freed between smaller blocks is not given back:
    # after 16 steps of SmolLM2 2.7 GB were taken instead of 1.7. Where there is no glibc, that stays so.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)


if __name__ == "__main__":
    serve({"check": check, "train": do}, prepare=_prepare)
