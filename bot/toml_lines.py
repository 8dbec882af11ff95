"""On which line of a TOML file a setting stands, for complaints about it; tomllib does not say."""

from __future__ import annotations

import re
from pathlib import Path

Key = tuple[str, ...]
"""("connectors", "handbook", "path") for path in [connectors.handbook]."""

_HEADER = re.compile(r"^\s*\[\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+?)\s*=")


class TomlLines:
    """The lines of one file, counted from 1."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines: dict[Key, int] = {}
        table: Key = ()
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = _parts(header[1])
                self._lines.setdefault(table, number)
            elif key := _KEY.match(line):
                self._lines.setdefault((*table, *_parts(key[1])), number)

    def line(self, key: Key) -> int:
        """Of a table or a setting; 0 where it is not there."""
        return self._lines.get(key, 0)

    def place(self, key: Key) -> str:
        """ "config.toml, line 3", of what is nearest to the key: itself, or the table it would stand in."""
        for length in range(len(key), 0, -1):
            if line := self.line(key[:length]):
                return f"{self.path.name}, line {line}"
        return self.path.name


def _parts(dotted: str) -> Key:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
