"""Who changed which file of a repository last, told from the commits that are here."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from connectors.git.errors import GitFailed
from connectors.git.program import GitProgram

_MOST_COMMITS = 200_000
"""So far back the history is walked."""
_PLAIN = ("log", "--no-renames", "--no-mailmap", "--no-show-signature")


@dataclass(frozen=True)
class Change:
    """The last commit that touched a file."""

    at: datetime
    author: str


def last_changes(
    program: GitProgram, directory: Path, commit: str, paths: Collection[bytes], *, since: str = ""
) -> dict[bytes, Change]:
    """The last change of these files, in one walk from `commit` back (to `since`, if given). What it does
    not come upon is left out."""
    found: dict[bytes, Change] = {}
    wanted = set(paths)
    mark = secrets.token_hex(8).encode()  # no path can be taken for it
    walk = [*_PLAIN, "-z", "--name-only", f"--max-count={_MOST_COMMITS}", f"--format={mark.decode()}%ct %an"]
    if not wanted:
        return found
    with program.streaming(directory, *walk, f"{since}..{commit}" if since else commit, "--") as printed:
        change: Change | None = None
        for piece in _pieces(printed):
            path = piece.removeprefix(b"\n")
            if path.startswith(mark):
                change = _change(path.removeprefix(mark))
            elif change and path in wanted:
                found[path] = change
                wanted.remove(path)
                if not wanted:
                    break
    return found


def last_change(program: GitProgram, directory: Path, commit: str, path: bytes) -> Change | None:
    """The last change of one file, None where the history that is here does not say."""
    try:
        said = program.local(directory, *_PLAIN, "-1", "--format=%ct %an", commit, "--", os.fsdecode(path))
    except GitFailed:
        return None
    return _change(said.strip())


def _pieces(printed: IO[bytes]) -> Iterator[bytes]:
    """What stands between NULs."""
    rest = b""
    while block := printed.read(1 << 16):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _change(said: bytes) -> Change | None:
    seconds, _, author = said.partition(b" ")
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):  # a commit may claim any time
        return None
    return Change(at, author.decode(errors="replace").strip())
