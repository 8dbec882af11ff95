"""Files of rows: read once from end to end, and each row found again by its place."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
import shutil
import tempfile
import unicodedata
import weakref
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Literal

Row = dict[str, str]
"""Cells by the name of their column."""

_LOOKED_AT = 1 << 20
_LONGEST_LINE = 50_000_000
_CELL_LONGEST = 20_000_000
_DELIMITERS = ",;\t|"
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class RowsUnreadable(Exception):
    """The file, or one row of it, cannot be read; the message says why and what to do."""


class RowFile:
    """One file of rows. `read` comes first; then `places` is id -> (offset, line, version)."""

    def __init__(
        self,
        stream: IO[bytes],
        format: Literal["csv", "tsv", "jsonl"],
        delimiter: str,
        encoding: str,
        modified: datetime | None,
        stamp: object,
    ) -> None:
        self.modified = modified
        self.stamp = stamp
        self.places: dict[str, tuple[int, int, str]] = {}
        self.nameless: list[tuple[str, str]] = []
        """(place, reason) of rows that are there and cannot be read, so that their ids are not known."""
        self._format = format
        self._stream, self._encoding = _in_bytes_of_lines(stream, encoding)
        # A connector has no moment at which it is done, so the file is closed when this is collected.
        weakref.finalize(self, self._stream.close)
        self._start = 3 if self._stream.read(3) == codecs.BOM_UTF8 else 0
        self._stream.seek(self._start)
        self._header: list[str] = []
        self._after_header = self._start
        self._delimiter = "\t" if format == "tsv" else delimiter
        if format != "jsonl":
            self._read_header()

    def read(self, id_column: str, wanted: tuple[str, ...]) -> None:
        """Find every row. Raises RowsUnreadable for a missing column, or an id that stands in two rows."""
        self._id_column = id_column
        if self._format != "jsonl":
            for column in wanted:
                if column not in self._header:
                    raise RowsUnreadable(f"there is no column {column!r}. It has: {', '.join(self._header)}.")
        for offset, line, row in self._rows(self._after_header):
            if isinstance(row, str):
                self.nameless.append((f"line {line}", row))
                continue
            id_ = _id_of(row, id_column)
            if not id_:
                self.nameless.append((f"line {line}", f"has nothing in the column {id_column!r}"))
                continue
            if id_ in self.places:
                raise RowsUnreadable(
                    f"{id_!r} stands in the column {id_column!r} of line {self.places[id_][1]} and of line"
                    f" {line}. Ids must differ: mend the file, or name another id_column."
                )
            cells = json.dumps(row, ensure_ascii=False, sort_keys=True)
            version = hashlib.sha256(cells.encode("utf-8", "replace")).hexdigest()[:32]
            self.places[id_] = (offset, line, version)

    def row(self, id_: str) -> Row | None:
        """The row of an id; None if there is none. For one thread at a time."""
        if id_ not in self.places:
            return None
        offset, line, _ = self.places[id_]
        for _, _, row in self._rows(offset):
            if isinstance(row, str):
                raise RowsUnreadable(f"line {line} {row}")
            if _id_of(row, self._id_column) != id_:
                raise RowsUnreadable(f"line {line} has changed; the next sync reads it")
            return row
        return None

    def _read_header(self) -> None:
        csv.field_size_limit(_CELL_LONGEST)
        lines = _Lines(self._stream, self._start, self._encoding)
        first = next(iter(lines), "")
        if not first.strip():
            raise RowsUnreadable("is empty: its first line must name the columns.")
        if not self._delimiter:
            self._delimiter = max(_DELIMITERS, key=lambda each: (first.count(each), each == ","))
        try:
            self._header = [
                _nfc(name) for name in next(csv.reader([first], delimiter=self._delimiter, strict=True))
            ]
        except (csv.Error, TypeError, StopIteration) as exc:
            raise RowsUnreadable(f"its first line does not name columns ({exc}).") from exc
        twice = {name for name in self._header if name and self._header.count(name) > 1}
        if twice:
            raise RowsUnreadable(f"its first line names the column {min(twice)!r} twice.")
        self._after_header = lines.offset

    def _rows(self, start: int) -> Iterator[tuple[int, int, Row | str]]:
        """(offset, line, row) from an offset on; text instead of a row says what is wrong with it."""
        lines = _Lines(self._stream, start, self._encoding, number=0 if start <= self._start else 1)
        yield from self._objects(lines) if self._format == "jsonl" else self._records(lines)

    def _objects(self, lines: _Lines) -> Iterator[tuple[int, int, Row | str]]:
        for text in lines:
            if lines.damaged:
                yield lines.began, lines.number, "is not text in the encoding of the file"
                continue
            if not text.strip():
                continue
            try:
                found = json.loads(text)
            except (ValueError, RecursionError):
                yield lines.began, lines.number, "is no JSON"
                continue
            if not isinstance(found, dict):
                yield lines.began, lines.number, "is no JSON object"
                continue
            yield lines.began, lines.number, {_nfc(key): _cell(value) for key, value in found.items()}

    def _records(self, lines: _Lines) -> Iterator[tuple[int, int, Row | str]]:
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            offset, line = lines.offset, lines.number + 1
            lines.damaged = False
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as exc:
                yield offset, line, f"cannot be read ({exc})"
                continue
            if lines.damaged:
                yield offset, line, "is not text in the encoding of the file"
            elif any(cell.strip() for cell in cells):
                if len(cells) != len(self._header):
                    yield offset, line, f"has {len(cells)} cells, and the first line {len(self._header)}"
                else:
                    yield offset, line, dict(zip(self._header, cells, strict=True))


class _Lines:
    """Lines of a file as text, with the place of the last one. For one at a time: they share its position."""

    def __init__(self, stream: IO[bytes], start: int, encoding: str, number: int = 0) -> None:
        self.offset = start
        """Where the next line begins."""
        self.began = start
        self.number = number
        self.damaged = False
        self._stream = stream
        self._encoding = encoding
        stream.seek(start)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self.began = self.offset
        self.offset += len(line)
        self.number += 1
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError:
            self.damaged = True
            return line.decode(self._encoding, "replace")


def rendered(row: Row, columns: tuple[str, ...]) -> str:
    """The text of these columns: of one as it is, of several with their names."""
    if len(columns) == 1:
        return row.get(columns[0], "")
    return "\n\n".join(f"{column}: {row[column]}" for column in columns if row.get(column, "").strip())


def _in_bytes_of_lines(stream: IO[bytes], encoding: str) -> tuple[IO[bytes], str]:
    """The file in an encoding whose lines end with one byte, and the name of that."""
    start = stream.read(_LOOKED_AT)
    stream.seek(0)
    if not encoding and (wide := _WIDE.get(start[:2])):
        encoding = wide
    if encoding:
        try:
            is_wide = "\n".encode(encoding) != b"\n"
        except LookupError:
            raise RowsUnreadable(f"the encoding {encoding!r} is not known.") from None
        return (_narrow(stream, encoding), "utf-8") if is_wide else (stream, encoding)
    for guess in ("utf-8", "cp949"):
        try:
            codecs.getincrementaldecoder(guess)().decode(start, final=len(start) < _LOOKED_AT)
        except UnicodeDecodeError:
            continue
        return stream, guess
    # a few damaged rows do not make another encoding
    if start.decode("utf-8", "replace").count("\ufffd") <= max(2, len(start) // 100):
        return stream, "utf-8"
    raise RowsUnreadable("is in neither UTF-8 nor CP949. Name its encoding in the setting `encoding`.")


def _narrow(stream: IO[bytes], encoding: str) -> IO[bytes]:
    narrow = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the RowFile
    try:
        with stream:
            reading = io.TextIOWrapper(stream, encoding=encoding, newline="")
            writing = codecs.getwriter("utf-8")(narrow)
            shutil.copyfileobj(reading, writing)
    except (UnicodeDecodeError, UnicodeEncodeError) as exc:
        narrow.close()
        raise RowsUnreadable(f"is not in {encoding}: {exc.reason}.") from exc
    narrow.seek(0)
    return narrow


def _id_of(row: Row, column: str) -> str:
    return " ".join(_nfc(row.get(column, "")).split())


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().removeprefix("\ufeff")
