"""Rows of a SQL database as documents: one SELECT a document set."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.sql.databases import Database, MySQL, PostgreSQL, Rows, SQLite
from connectors.sql.values import id_of, moment_of, readers_of, text_of

_MEDIA_TYPES = {"plain": "text/plain", "markdown": "text/markdown", "html": "text/html"}
_PORTS = {"postgresql": 5432, "mysql": 3306}


@dataclass(frozen=True)
class Sql:
    """The rows of one query, each a document.

    An item's id is the text of its id column in Unicode form NFC. Its version is a hash of the columns that
    are named here, or, with `version_column`, of all of them but the text. A row is fetched by the same
    query with a condition on the id around it.
    """

    database: Literal["sqlite", "postgresql", "mysql"]
    """mysql: MariaDB as well."""
    query: str
    """One SELECT without parameters. It is run in a read-only transaction."""
    path: Path | None = None
    """SQLite: the file."""
    host: str = ""
    """PostgreSQL and MySQL: the server."""
    port: int = 0
    """0: 5432 for PostgreSQL, 3306 for MySQL."""
    dbname: str = ""
    """The database on that server."""
    user: str = ""
    """A user who may do nothing but SELECT what the query reads."""
    password: Secret = Secret("")
    """The password of `user`."""
    tls: Literal["prefer", "verify"] = "prefer"
    """prefer: encrypted if the server can. verify: always, and the certificate must be one of the host."""
    id_column: str = "id"
    """The column that tells rows apart for good."""
    title_column: str = "title"
    """Empty: the text has its own title."""
    text_column: str = "text"
    """The column that is read."""
    text_format: Literal["plain", "markdown", "html"] = "plain"
    """What the text is written in."""
    url: str = ""
    """Where people open a row: {id} is replaced by its quoted id. Needed without url_column."""
    url_column: str = ""
    """The column with the address where people open the row."""
    updated_at_column: str = ""
    """The column that says when the row changed."""
    author_column: str = ""
    """The column that names who wrote it."""
    readers_column: str = ""
    """E-mail addresses of who may read the row, separated by commas; "everyone" for all; empty for nobody."""
    everyone_may_read: bool = False
    """Without readers_column: whether everybody in the workspace may read all rows."""
    version_column: str = ""
    """Changes whenever the text does: a revision, or a time. With it the text is not read to list."""
    timezone: str = "UTC"
    """In which times are that say no time zone."""
    timeout_seconds: int = 60
    """How long the database may take for the next rows; MySQL counts those of a whole listing together."""
    max_bytes: int = 50_000_000
    """A row with a longer text is set aside."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "sql"

    def __post_init__(self) -> None:
        if self.database == "sqlite" and self.path is None:
            raise ValueError("database sqlite needs path, the file")
        if self.database != "sqlite" and not (self.host and self.dbname):
            raise ValueError(f"database {self.database} needs host and dbname")
        if not self.url and not self.url_column:
            raise ValueError(
                'url or url_column must say where people open a row, for example "https://hr.example.com/rules/{id}"'
            )
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as exc:
            raise ValueError('timezone must be one such as "Asia/Seoul"') from exc

    def check(self) -> str:
        self._check_readers()
        self._check_columns()
        with self._database.select(f"SELECT count(*) FROM {self._rows}") as found:  # noqa: S608
            (count,) = next(iter(found.rows))
        return f"{count} rows in {self._place}."

    def items(self, cursor: str | None) -> Listing:  # noqa: ARG002 - a database has no feed of changes
        self._check_readers()
        listed = self._version_columns
        versions: dict[str, str] = {}
        twice: set[str] = set()
        unreadable: list[tuple[str, str]] = []
        nameless = 0
        with self._select(listed) as found:
            for row in found.rows:
                id_ = id_of(row[0])
                if not id_:
                    nameless += 1
                elif id_ in versions:
                    twice.add(id_)
                else:
                    versions[id_] = _version(row)
        for id_ in sorted(twice):  # which of them would be the document changes with the order of rows
            del versions[id_]
            unreadable.append((id_, f"several rows of {self._place} have this id"))
        if nameless:
            unreadable.append(
                (self.id_column, f"{nameless} rows of {self._place} have no id that is a number or a text")
            )
        return Listing.complete(
            (Item(id_, version) for id_, version in sorted(versions.items())), unreadable=unreadable
        )

    def fetch(self, item: Item) -> Document:
        self._check_readers()
        columns = self._columns
        with self._select(list(columns), item.id) as found:
            rows = [row for row in found.rows if id_of(row[0]) == item.id]  # a collation may find more
        if not rows:
            raise ItemUnreadable(f"{item.id}: no row of {self._place} has this id any more")
        if len(rows) > 1:
            raise ItemUnreadable(f"{item.id}: several rows of {self._place} have this id")
        row = dict(zip(columns, rows[0], strict=True))
        try:
            text = text_of(row[self.text_column])
        except UnicodeDecodeError as exc:
            raise ItemUnreadable(f"{item.id}: {self.text_column} is not text in UTF-8") from exc
        content = text.encode("utf-8", "replace")
        if not text.strip():
            raise ItemUnreadable(f"{item.id}: {self.text_column} is empty")
        if len(content) > self.max_bytes:
            raise ItemUnreadable(
                f"{item.id}: has {len(content):,} bytes, more than max_bytes = {self.max_bytes:,} allows"
            )
        return Document(
            id=item.id,
            title=unicodedata.normalize("NFC", _short(row.get(self.title_column))),
            url=self._url_of(item.id, _short(row.get(self.url_column))),
            content=content,
            media_type=_MEDIA_TYPES[self.text_format],
            updated_at=moment_of(row.get(self.updated_at_column), ZoneInfo(self.timezone)),
            readers=readers_of(row[self.readers_column]) if self.readers_column else frozenset({EVERYONE}),
            authors=tuple(filter(None, [_short(row.get(self.author_column))])),
        )

    @property
    def _place(self) -> str:
        return str(self.path) if self.database == "sqlite" else f"{self.dbname} on {self.host}"

    @cached_property
    def _database(self) -> Database:
        if self.database == "sqlite":
            assert self.path is not None  # noqa: S101 - __post_init__ saw to it
            return SQLite(self.path.expanduser().absolute(), self.timeout_seconds)
        server = PostgreSQL if self.database == "postgresql" else MySQL
        return server(
            self.host,
            self.port or _PORTS[self.database],
            self.dbname,
            self.user,
            self.password,
            self.tls == "verify",
            self.timeout_seconds,
            self.machine,
        )

    @property
    def _rows(self) -> str:
        # lines of their own: the query may end with a comment
        return f"(\n{self.query.strip().removesuffix(';')}\n) AS footnote_rows"

    @property
    def _columns(self) -> dict[str, None]:
        """The columns that are read, each once and the id first."""
        named = (
            self.id_column,
            self.title_column,
            self.text_column,
            self.url_column,
            self.updated_at_column,
            self.author_column,
            self.readers_column,
        )
        return dict.fromkeys(filter(None, named))

    @property
    def _version_columns(self) -> list[str]:
        if not self.version_column:
            return list(self._columns)
        rest = [column for column in self._columns if column != self.text_column]
        return [*rest, self.version_column]

    @cached_property
    def _real_names(self) -> dict[str, str]:
        """The columns of the query by their name in small letters, or as they are where that is not one."""
        with self._database.select(f"SELECT * FROM {self._rows} WHERE 1 = 0") as found:  # noqa: S608
            names = found.columns
        return {**{name.lower(): name for name in names}, **{name: name for name in names}}

    def _check_columns(self) -> None:
        names = self._real_names
        for setting in ("id", "title", "text", "url", "updated_at", "author", "readers", "version"):
            column: str = getattr(self, f"{setting}_column")
            if column and column not in names and column.lower() not in names:
                raise SourceUnavailable(
                    f"The query for {self._place} has no column {column}; it has "
                    f"{', '.join(dict.fromkeys(names.values()))}. Name the right one in {setting}_column."
                )

    def _check_readers(self) -> None:
        if not self.readers_column and not self.everyone_may_read:
            raise CredentialsRejected(
                f"Nothing says who may read the rows of {self._place}: name the column with e-mail addresses "
                "in readers_column, or set everyone_may_read = true."
            )

    @contextmanager
    def _select(self, columns: Sequence[str], id_: str | None = None) -> Iterator[Rows]:
        """These columns of all rows, or of those that may have this id."""
        self._check_columns()
        names = [self._database.quoted(self._real(column)) for column in columns]
        statement = f"SELECT {', '.join(names)} FROM {self._rows}"  # noqa: S608 - the admin's own query
        if id_ is None:
            with self._database.select(statement) as found:
                yield found
            return
        values: list[object] = list(dict.fromkeys([id_, unicodedata.normalize("NFD", id_)]))
        if self.database == "sqlite":  # compares no text with a number or a blob
            values.append(id_.encode())
            with suppress(ValueError):
                values.append(float(id_) if "." in id_ else int(id_[:19]))  # 64 bits have no more digits
        if self._database.placeholder == "%s":
            statement = statement.replace("%", "%%")
        places = ", ".join([self._database.placeholder] * len(values))
        with self._database.select(f"{statement} WHERE {names[0]} IN ({places})", values) as found:
            yield found

    def _real(self, column: str) -> str:
        names = self._real_names
        return names.get(column) or names[column.lower()]

    def _url_of(self, id_: str, given: str) -> str:
        url = given or self.url.replace("{id}", quote(id_, safe=""))
        if not url.startswith(("http://", "https://")):
            raise ItemUnreadable(f"{id_}: its address does not begin with http:// or https://")
        return quote(url, safe="%:/?#[]@!$&'()*+,;=~")


def _short(value: object) -> str:
    try:
        return " ".join(text_of(value).split())
    except UnicodeDecodeError:
        return ""


def _version(row: Sequence[object]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for value in row:
        if isinstance(value, dict | list):
            value = json.dumps(value, sort_keys=True, default=str)
        raw = (
            bytes(value)
            if isinstance(value, bytes | bytearray | memoryview)
            else str(value).encode("utf-8", "replace")
        )
        digest.update(f"{type(value).__name__} {len(raw)} ".encode() + raw)
    return digest.hexdigest()
