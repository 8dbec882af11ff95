"""What is on the disk once it is said to be there: whole files, and lines."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Make or replace a file: whoever reads it sees the old or the new one, also after a kill or a power cut.

    Raises OSError; the old one stays then.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def append_line(path: Path, line: str) -> None:
    """Add a line to a file, which may be missing with its folder: it is on the disk when this returns.

    Raises OSError; part of the line may stand there then, as after a power cut.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def whole_lines(path: Path) -> bytes:
    """What append_line wrote: the lines of a file; a last one that was cut off is taken out of it. Nothing
    where there is no file. Raises OSError."""
    raw = path.read_bytes() if path.is_file() else b""
    whole = raw[: raw.rfind(b"\n") + 1]
    if whole != raw:
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return whole
