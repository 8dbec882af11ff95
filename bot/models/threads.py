"""How many threads the chat model has where `[models] threads` is 0: as many as `footnote models fit` found
best here, else one for each core.

What was found is kept beside the models and holds for one file on a machine with so many cores: with another
file or other cores it is not used.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from bot.durable import write_whole
from bot.models.weights import verified_hash

NOTE = "threads.json"


def remember_threads(path: Path, models_directory: Path, threads: int) -> bool:
    """Note what was found best for a model file; whether it could be noted."""
    noted = {**_noted(models_directory), str(path.absolute()): {**_circumstances(path), "threads": threads}}
    try:
        write_whole(models_directory / NOTE, json.dumps(noted, indent=1).encode())
    except OSError:
        return False  # it stays at one for each core
    return True


def remembered_threads(path: Path, models_directory: Path) -> int:
    """0 where nothing was found yet for this file, or the machine has other cores now."""
    found = _noted(models_directory).get(str(path.absolute()))
    if not isinstance(found, dict):
        return 0
    threads = found.pop("threads", 0)
    with contextlib.suppress(OSError):
        if found == _circumstances(path) and isinstance(threads, int) and 0 < threads <= cores():
            return threads
    return 0


def cores() -> int:
    """Logical cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _circumstances(path: Path) -> dict[str, object]:
    """What the measurement depends on. A file that was not verified is told by size and date."""
    state = path.stat()
    return {"cores": cores(), "file": verified_hash(path) or f"{state.st_size} {state.st_mtime_ns}"}


def _noted(models_directory: Path) -> dict[str, Any]:
    try:
        noted = json.loads((models_directory / NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}
