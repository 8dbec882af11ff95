"""Rows of one CSV, TSV or JSONL file, of this machine or of a web server: each row is a document."""

from __future__ import annotations

import re
import tempfile
import threading
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, ClassVar, Literal
from urllib.parse import quote, urlsplit

import httpx

from connectors.base import (
    EVERYONE,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
    reader_by_email,
)
from connectors.http import TooLarge, checked, polite_client
from connectors.rows.files import Row, RowFile, RowsUnreadable, rendered

_SEPARATORS = re.compile(r"[\s,;|]+")


@dataclass(frozen=True)
class Rows:
    """Rows of one CSV, TSV or JSONL file.

    An item's id is what the id column says, which must be there in every row and in no two; its version is a
    digest of the row, so it changes with any of its cells.
    """

    path: Path | None = None
    """The file on this machine. Give this or `url`."""
    url: str = ""
    """The address of the file. Give this or `path`."""
    id_column: str = "id"
    """The column that tells rows apart for good. No row number: rows move."""
    title_column: str = ""
    """Empty: the id is the title."""
    text_columns: tuple[str, ...] = ()
    """What is read: one column as it is, several with their names. Empty: all but the others named here."""
    url_column: str = ""
    """A column with the address where people find the row."""
    link: str = ""
    """Where people find a row without such a column: `https://erp.example.com/items/{id}`."""
    updated_column: str = ""
    """A column with dates (2024-05-01, 2024-05-01 09:00, with or without a time zone)."""
    readers_column: str = ""
    """A column with e-mail addresses of those who may read the row, or `everyone`; empty cells let nobody.
    Without this setting everyone may read every row."""
    format: Literal["", "csv", "tsv", "jsonl"] = ""
    """Empty: by the name of the file."""
    delimiter: str = ""
    """What stands between cells of a CSV file. Empty: comma, semicolon, tab or bar, as its first line has."""
    encoding: str = ""
    """Empty: UTF-8, UTF-16 with its mark, or CP949 (EUC-KR), whichever it is."""
    token: Secret = Secret("")
    """Sent to the address in `url` as `Authorization: Bearer`."""
    max_bytes: int = 500_000_000
    """A larger file is not read."""
    max_characters: int = 1_000_000
    """A row with more text is set aside."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "rows"

    def check(self) -> str:
        listing = self.items(None)
        said = f"{len(listing.items)} rows in {self._name}"
        if listing.unreadable:
            place, reason = listing.unreadable[0]
            said += f"; {len(listing.unreadable)} not readable, first {place}: {reason}"
        return f"{said}."

    def items(self, cursor: str | None) -> Listing:  # noqa: ARG002 - a file is read whole, and quickly
        found = self._scan()
        # A row whose id cannot be read is there, but nobody knows which it is.
        return Listing(
            tuple(Item(id_, version) for id_, (_, _, version) in found.places.items()),
            is_complete=not found.nameless,
            unreadable=tuple(found.nameless),
        )

    def fetch(self, item: Item) -> Document:
        with self._state.lock:
            file = self._state.file
            if file is None or self._has_changed(file):
                file = self._scan()
            try:
                row = file.row(item.id)
            except RowsUnreadable as exc:
                raise ItemUnreadable(f"{item.id}: {exc}") from exc
            modified = file.modified
        if row is None:
            raise ItemUnreadable(f"{item.id}: is no longer in {self._name}")
        return self._document(item, row, modified)

    def _document(self, item: Item, row: Row, modified: datetime | None) -> Document:
        named = {self.id_column, self.title_column, self.url_column, self.updated_column, self.readers_column}
        columns = self.text_columns or tuple(column for column in row if column not in named)
        text = rendered(row, columns)
        if len(text) > self.max_characters:
            raise ItemUnreadable(
                f"{item.id}: has {len(text):,} characters, more than"
                f" max_characters = {self.max_characters:,} allows"
            )
        return Document(
            id=item.id,
            title=unicodedata.normalize("NFC", row.get(self.title_column, "").strip()) or item.id,
            url=self._url_of(item, row),
            content=text.encode(),
            media_type="text/plain",
            updated_at=_moment(row.get(self.updated_column, "")) or modified,
            readers=_readers(row.get(self.readers_column, ""))
            if self.readers_column
            else frozenset({EVERYONE}),
        )

    def _url_of(self, item: Item, row: Row) -> str:
        given = row.get(self.url_column, "").strip() if self.url_column else ""
        if re.match(r"https?://[^\s/]", given):
            return str(httpx.URL(quote(given, safe="%/:=&?~#+!$,;'@()*[]")))
        if self.link:
            return self.link.replace("{id}", quote(item.id, safe=""))
        return self.url or (self.path or Path()).expanduser().absolute().as_uri()

    @property
    def _name(self) -> str:
        return str(self.path) if self.path else urlsplit(self.url)._replace(query="").geturl()

    @cached_property
    def _state(self) -> _State:
        return _State()

    def _scan(self) -> RowFile:
        """Read the file once, from its beginning to its end; `fetch` finds rows where this saw them."""
        wanted = (
            *(self.id_column, *self.text_columns),
            *(each for each in (self.title_column, self.url_column, self.updated_column) if each),
            *((self.readers_column,) if self.readers_column else ()),
        )
        stream, modified, stamp = self._opened()
        try:
            found = RowFile(stream, self._format, self.delimiter, self.encoding, modified, stamp)
            found.read(self.id_column, wanted)
        except RowsUnreadable as exc:
            stream.close()
            raise SourceUnavailable(f"{self._name}: {exc}") from exc
        with self._state.lock:
            self._state.file = found
        return found

    def _opened(self) -> tuple[IO[bytes], datetime | None, object]:
        if bool(self.path) == bool(self.url):
            raise SourceUnavailable("Exactly one of path and url must be set.")
        if self.path is None:
            return self._downloaded()
        try:
            stream = self.path.expanduser().open("rb")
            status = self.path.expanduser().stat()
        except OSError as exc:
            raise SourceUnavailable(f"{self.path} cannot be read ({exc.strerror}). Is it there?") from exc
        if status.st_size > self.max_bytes:
            stream.close()
            raise SourceUnavailable(
                f"{self.path} has {status.st_size:,} bytes, more than max_bytes = {self.max_bytes:,} allows."
            )
        changed = datetime.fromtimestamp(status.st_mtime, UTC)
        return stream, changed, (status.st_size, status.st_mtime_ns, status.st_ino)

    def _downloaded(self) -> tuple[IO[bytes], datetime | None, object]:
        try:
            response = checked(self._client.get(self.url), self._name)
        except TooLarge as exc:
            raise SourceUnavailable(str(exc)) from exc
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the RowFile
        stream.write(response.content)
        stream.seek(0)
        return stream, None, None

    def _has_changed(self, file: RowFile) -> bool:
        if self.path is None:
            return False
        try:
            status = self.path.expanduser().stat()
        except OSError as exc:
            raise SourceUnavailable(f"{self.path} cannot be read ({exc.strerror}). Is it there?") from exc
        return file.stamp != (status.st_size, status.st_mtime_ns, status.st_ino)

    @cached_property
    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token.value}"} if self.token else {}
        return polite_client(self.machine, headers=headers, max_bytes=self.max_bytes)

    @property
    def _format(self) -> Literal["csv", "tsv", "jsonl"]:
        if self.format:
            return self.format
        name = str(self.path or urlsplit(self.url).path).lower()
        if name.endswith((".jsonl", ".ndjson")):
            return "jsonl"
        return "tsv" if name.endswith((".tsv", ".tab")) else "csv"


class _State:
    """Where the last scan saw the rows: an optimisation of `fetch`, which scans by itself without it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.file: RowFile | None = None


def _readers(said: str) -> frozenset[str]:
    """E-mail addresses and "everyone"; whatever else stands there grants nothing."""
    found = [each for each in _SEPARATORS.split(said) if each]
    return frozenset(
        EVERYONE if each.lower() == EVERYONE else reader_by_email(each)
        for each in found
        if each.lower() == EVERYONE or re.fullmatch(r"[^@\s]+@[^@\s]+", each)
    )


def _moment(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said.strip().replace("/", "-").replace(". ", "-").rstrip("."))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        return None
