"""The databases that connectors.sql reads: one connection for one SELECT, that may do nothing else.

That nothing is written is enforced by the database, never by looking at the text of a query: SQLite opens
the file read-only and asks an authorizer, PostgreSQL and MySQL run a read-only transaction. The drivers are
spoken to directly, not by SQLAlchemy: read-only, time limits and rows that come in pieces are said in a
different way to each, and a query that an admin wrote must reach the database letter for letter.
"""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from connectors.addresses import Addresses
from connectors.base import CredentialsRejected, Machine, Secret, SourceUnavailable, Unreachable

_ROWS_AT_ONCE = 200
_CONNECT_SECONDS = 15


@dataclass(frozen=True)
class Rows:
    """What a SELECT gives. The rows come from the database while they are iterated over."""

    columns: list[str]
    rows: Iterator[Sequence[object]]


class Database(Protocol):
    """One of the databases. Its errors are SourceUnavailable or CredentialsRejected."""

    @property
    def placeholder(self) -> str:
        """What stands in a statement for a bound value."""

    def quoted(self, column: str) -> str:
        """The name of a column as it stands in a statement."""

    def select(self, statement: str, values: Sequence[object] = ()) -> AbstractContextManager[Rows]:
        """Run one SELECT over a connection of its own. Without values the statement is sent as it is; with
        them, a "%" of it must stand doubled where the placeholder is "%s"."""


@dataclass(frozen=True)
class SQLite:
    """A file of SQLite."""

    path: Path
    seconds: int
    placeholder: str = "?"

    def quoted(self, column: str) -> str:
        return '"' + column.replace('"', '""') + '"'

    @contextmanager
    def select(self, statement: str, values: Sequence[object] = ()) -> Iterator[Rows]:
        deadline = time.monotonic() + self.seconds

        def rows(cursor: sqlite3.Cursor) -> Iterator[Sequence[object]]:
            nonlocal deadline
            for row in cursor:
                deadline = time.monotonic() + self.seconds  # it is one of an answer, not of all of them
                yield row

        try:
            with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                connection.set_authorizer(_only_reading)
                connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
                cursor = connection.execute(statement, values)
                yield Rows([column[0] for column in cursor.description or ()], rows(cursor))
        except sqlite3.Warning as exc:  # two statements at once; no sqlite3.Error before Python 3.12
            raise SourceUnavailable(f"The query for {self.path} is not one SELECT: {exc}") from exc
        except sqlite3.Error as exc:
            if not self.path.is_file():
                raise SourceUnavailable(
                    f"There is no database file {self.path}. Is its directory mounted, and the name right?"
                ) from exc
            if str(exc) == "interrupted":
                raise _too_slow(str(self.path), self.seconds) from exc
            raise SourceUnavailable(f"The database file {self.path} cannot be read: {exc}.") from exc


def _only_reading(action: int, *_: object) -> int:
    reading = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if action in reading else sqlite3.SQLITE_DENY


@dataclass(frozen=True)
class _Server:
    """A database server, reached only at an address that may be visited."""

    host: str
    port: int
    name: str
    user: str
    password: Secret
    verify: bool
    """Whether the connection must be encrypted, and the certificate one of the host."""
    seconds: int
    machine: Machine
    placeholder: str = "%s"

    @property
    def place(self) -> str:
        return f"{self.name} on {self.host}:{self.port}"

    def addresses(self) -> list[str]:
        try:
            return Addresses(self.machine.private).of(self.host, self.port)
        except (OSError, UnicodeError) as exc:
            raise Unreachable(f"The name {self.host} of the database server is not known.") from exc

    def said(self, text: str) -> str:
        """A driver's message in one line, without the password."""
        if self.password:
            text = text.replace(self.password.value, "(secret)")
        return " ".join(text.split()).rstrip(".")


class PostgreSQL(_Server):
    def quoted(self, column: str) -> str:
        return '"' + column.replace('"', '""') + '"'

    @contextmanager
    def select(self, statement: str, values: Sequence[object] = ()) -> Iterator[Rows]:
        import psycopg

        addresses = self.addresses()
        try:
            with psycopg.connect(
                host=",".join([self.host] * len(addresses)),
                hostaddr=",".join(addresses),
                port=self.port,
                dbname=self.name,
                user=self.user,
                password=self.password.value or None,
                passfile="/dev/null",  # nobody else's password
                sslmode="verify-full" if self.verify else "prefer",
                sslrootcert="system" if self.verify else None,
                connect_timeout=_CONNECT_SECONDS,
                application_name="footnote",
                client_encoding="utf8",
            ) as connection:
                connection.read_only = True
                # inside of the transaction: a pooler refuses it as an option of the connection
                connection.execute(
                    "SELECT set_config('statement_timeout', %s, true)", (str(self.seconds * 1000),)
                )
                # a named cursor is kept by the server, and takes one SELECT and nothing else
                with connection.cursor(name="footnote") as cursor:
                    cursor.itersize = _ROWS_AT_ONCE
                    cursor.execute(statement, values or None)
                    yield Rows([column.name for column in cursor.description or ()], iter(cursor))
        except psycopg.Error as exc:
            self._refused(exc)

    def _refused(self, exc: Any) -> NoReturn:
        said = self.said(exc.diag.message_primary or str(exc))
        if exc.sqlstate == "42501":
            raise CredentialsRejected(
                f"The user {self.user} may not read what the query needs in {self.place}: {said}. "
                "Grant it SELECT there."
            ) from exc
        if exc.sqlstate == "57014":
            raise _too_slow(self.place, self.seconds) from exc
        # without a session there is no code, only the server's words, in whatever language it has
        if exc.sqlstate is None and any(
            word in said for word in ("authentication", "인증", "role", "no password")
        ):
            raise _password_refused(self, said) from exc
        raise SourceUnavailable(f"The database {self.place} refuses: {said}.") from exc


class MySQL(_Server):
    """MySQL and MariaDB."""

    def quoted(self, column: str) -> str:
        return "`" + column.replace("`", "``") + "`"

    @contextmanager
    def select(self, statement: str, values: Sequence[object] = ()) -> Iterator[Rows]:
        import ssl

        import pymysql
        from pymysql.cursors import SSCursor

        try:
            # several statements at once are refused by the server, and LOAD DATA LOCAL by the client
            connection = pymysql.connect(
                host=self.host,
                port=self.port,
                database=self.name,
                user=self.user,
                password=self.password.value.encode(),  # a text would be sent in Latin-1
                charset="utf8mb4",
                ssl=ssl.create_default_context() if self.verify else None,
                ssl_disabled=not self.verify,
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=self.seconds + _CONNECT_SECONDS,
                program_name="footnote",
                defer_connect=True,
            )
            if not self.verify:
                # What the driver does without ssl_disabled, but for the authorities of the system, which it
                # reads for 48 ms a connection and then does not ask.
                unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
                connection.ssl, connection.ctx = True, unchecked  # type: ignore[attr-defined]
            connection.connect(self._socket())
            with closing(connection), connection.cursor() as setting:
                if "MariaDB" in connection.get_server_info():  # type: ignore[no-untyped-call]
                    setting.execute("SET max_statement_time = %s", (self.seconds,))
                else:
                    setting.execute("SET max_execution_time = %s", (self.seconds * 1000,))
                setting.execute("START TRANSACTION READ ONLY")
                with closing(SSCursor(connection)) as cursor:
                    cursor.execute(statement, tuple(values) or None)
                    columns = [column[0] for column in cursor.description or ()]
                    yield Rows(columns, iter(cursor.fetchone, None))
        except pymysql.MySQLError as exc:
            self._refused(exc)

    def _socket(self) -> socket.socket:
        failed: OSError | None = None
        for address in self.addresses():
            try:
                return socket.create_connection((address, self.port), _CONNECT_SECONDS)
            except OSError as exc:
                failed = exc
        raise Unreachable(f"Nobody answers at {self.host}:{self.port}.") from failed

    def _refused(self, exc: Any) -> NoReturn:
        code = exc.args[0] if exc.args else 0
        said = self.said(str(exc.args[1] if len(exc.args) > 1 else exc))
        if code in (1045, 1698):
            raise _password_refused(self, said) from exc
        if code in (1044, 1142, 1143, 1370):
            raise CredentialsRejected(
                f"The user {self.user} may not read what the query needs in {self.place}: {said}. "
                "Grant it SELECT there."
            ) from exc
        if code in (1969, 3024):
            raise _too_slow(self.place, self.seconds) from exc
        raise SourceUnavailable(f"The database {self.place} refuses: {said}.") from exc


def _password_refused(server: _Server, said: str) -> CredentialsRejected:
    return CredentialsRejected(f"The database {server.place} does not accept user and password: {said}.")


def _too_slow(place: str, seconds: int) -> SourceUnavailable:
    return SourceUnavailable(
        f"The query needs more than {seconds} seconds in {place}. Add an index, or raise timeout_seconds."
    )
