"""One sync of a connector at a time on one data directory, whichever process asks; and how far it is.

Connectors do not wait for each other: documents are written one transaction at a time, and the database
settles who writes when, also between processes.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.errors import Busy

_TRIES = 3
_BETWEEN = 0.02
"""Seconds. Who only looks holds the file for an instant."""
_NOTED_EVERY = 0.5
_MOST_BYTES = 1000


@dataclass(frozen=True)
class Running:
    """A sync that runs now, in this process or another."""

    what: str
    done: int
    total: int
    seconds_left: float | None
    """As the work so far lets one expect; None while that says nothing."""
    process: int = 0


class Lock:
    """What a holder may say of its work, for others to see."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._noted_at = 0.0

    def note(self, running: Running, *, at_once: bool = False) -> None:
        """Say how far the work is; twice a second at most, unless it is to be known at once."""
        now = time.monotonic()
        if not at_once and now - self._noted_at < _NOTED_EVERY:
            return
        self._noted_at = now
        text = json.dumps({**asdict(running), "process": os.getpid()}).encode()[:_MOST_BYTES]
        os.pwrite(self._descriptor, text.ljust(_MOST_BYTES), 0)  # one write of one length: never half a text


@contextmanager
def sync_lock(data_dir: Path, connector: str) -> Iterator[Lock]:
    """Hold the lock of a connector for the length of the block. Raises Busy that tells how far its holder is.

    The system frees it when its holder ends, however it ends; the file itself stays.
    """
    path = _path(data_dir, connector)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(descriptor, fcntl.LOCK_EX, _TRIES):
            raise busy(connector, _read(descriptor))
        lock = Lock(descriptor)
        lock.note(Running("starting", 0, 0, None), at_once=True)
        yield lock
    finally:
        os.close(descriptor)


def running(data_dir: Path, connector: str) -> Running | None:
    """The sync of a connector that runs now, in whichever process."""
    try:
        descriptor = os.open(_path(data_dir, connector), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _locked(descriptor, fcntl.LOCK_SH, 1) else _read(descriptor)
    finally:
        os.close(descriptor)


def busy(connector: str, found: Running) -> Busy:
    """What to tell somebody who wants to sync what is being synced."""
    so_far = f": {found.done} of {found.total}" if found.total else ""
    return Busy(
        f"A sync of {connector!r} is running already ({found.what}{so_far}; process {found.process}).",
        mend="Try again when it is done.",
    )


def _path(data_dir: Path, connector: str) -> Path:
    return data_dir / "locks" / f"{connector}.lock"


def _locked(descriptor: int, how: int, tries: int) -> bool:
    for left in reversed(range(tries)):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return True
        if left:
            time.sleep(_BETWEEN)
    return False


def _read(descriptor: int) -> Running:
    with suppress(ValueError, TypeError):
        return Running(**json.loads(os.pread(descriptor, _MOST_BYTES, 0)))
    return Running("working", 0, 0, None)
