"""The files of runs and datasets, read as an admin would want to hear of them where they cannot be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError
from bot.tuning.folders import EXPORT

_Looks = tuple[int, int, int]


class AdapterError(FootnoteError):
    """A tuned adapter cannot be used so."""


def folders_in(path: Path) -> list[Path]:
    """By name; none where there is no such folder. Raises AdapterError."""
    try:
        return sorted(each for each in path.iterdir() if each.is_dir()) if path.is_dir() else []
    except OSError as exc:
        raise _unreadable(path, exc, "Mend the rights of that folder.") from exc


def read_object(path: Path) -> Mapping[str, Any]:
    """What a JSON file holds. Raises AdapterError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise AdapterError(f"{path} cannot be read: {exc}.", mend="Put it back, or make it anew.") from exc
    if not isinstance(found, dict):
        raise AdapterError(f"{path} is not what it should be.", mend="Put it back, or make it anew.")
    return found


def served_base(folder: Path, config: Mapping[str, Any]) -> tuple[str, str]:
    """Name and SHA-256 of the file that the adapter of a run serves beside; "" where not known.

    `config`: of the run. What it was trained on is another file where that was a folder of transformers, so
    what was named when it was exported goes before it. Raises AdapterError.
    """
    path = folder / EXPORT
    exported = read_object(path) if path.is_file() else {}
    known = exported if exported.get("base_sha256") else config
    return str(known.get("base", "")), str(known.get("base_sha256", ""))


def sha256(path: Path) -> str:
    """Of a file. Raises AdapterError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise _unreadable(path, exc) from exc


class Digests:
    """The SHA-256 of files that are looked at again and again: one that looks as it did is not read anew."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_Looks, str]] = {}

    def get(self, path: Path, *, anew: bool = False) -> str:
        """Of a file, read `anew` or not. Raises AdapterError."""
        looks = _looks(path)
        known = self._known.get(path)
        if anew or known is None or known[0] != looks:
            known = looks, sha256(path)
            self._known[path] = known
        return known[1]


def _looks(path: Path) -> _Looks:
    """Inode, size and time: what changes whenever a file is replaced or written."""
    try:
        stat = path.stat()
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _unreadable(path: Path, exc: OSError, mend: str = "Put it back.") -> AdapterError:
    return AdapterError(f"{path} cannot be read: {exc.strerror}.", mend=mend)
