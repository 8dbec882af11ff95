"""One sync at a time on one data directory, whichever process asks."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import Busy


@contextmanager
def sync_lock(data_dir: Path) -> Iterator[None]:
    """Hold `sync.lock` for the length of the block. Raises Busy naming the process that holds it.

    The system frees it when its holder ends, however it ends; the file itself stays.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(data_dir / "sync.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise Busy(
                f"A sync is running already (process {holder}).", mend="Try again when it is done."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
