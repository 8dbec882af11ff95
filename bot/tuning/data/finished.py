"""What a model has made of each thing it was asked, on the disk before the next: it is never asked twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.durable import append_line, whole_lines
from bot.tuning.data.dataset import DatasetError
from bot.tuning.rows import Row, RowError, parse_row


@dataclass(frozen=True)
class Made:
    """What came of one thing asked: a row, or why there is none."""

    row: Row | None
    reason: str = ""
    masked: Mapping[str, int] | None = None


class Finished:
    """What came of each so far, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Made] | None = None

    async def once(self, key: str, make: Callable[[], Awaitable[Made]]) -> Made:
        """What came of that before, or what `make` makes of it, which is on the disk when this returns.

        Raises DatasetError, and what `make` raises.
        """
        if self._known is None:
            self._known = self.read()
        if key not in self._known:
            made = await make()
            self.add(key, made)
            self._known[key] = made
        return self._known[key]

    def read(self) -> dict[str, Made]:
        """By key; a last line that was cut off is taken out. Raises DatasetError."""
        found: dict[str, Made] = {}
        try:
            for line in whole_lines(self.path).splitlines():
                given = json.loads(line)
                row = None if given["row"] is None else parse_row(given["row"])
                found[given["key"]] = Made(row, given["reason"], given["masked"])
        except (OSError, ValueError, KeyError, TypeError, RowError) as exc:
            raise DatasetError(
                f"What was generated before cannot be read from {self.path}: {exc}.",
                mend="Remove that file, and the model is asked for all of it anew.",
            ) from exc
        return found

    def add(self, key: str, made: Made) -> None:
        """It is on the disk when this returns. Raises DatasetError."""
        row: Any = None if made.row is None else json.loads(made.row.line())
        line = {"key": key, "row": row, "reason": made.reason, "masked": dict(made.masked or {})}
        try:
            append_line(self.path, json.dumps(line, ensure_ascii=False))
        except OSError as exc:
            raise DatasetError(
                f"{self.path} cannot be written: {exc.strerror}.",
                mend="Make room, or mend the rights of its folder; the same command goes on then.",
            ) from exc


def key_of(*parts: str) -> str:
    """The key of what is asked: another one where any of it differs."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
