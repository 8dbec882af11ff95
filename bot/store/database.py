"""Opens the SQLite file: one writer connection, readers of their own for every thread.

WAL with synchronous=FULL: what was committed survives a power cut. secure_delete: what was deleted is
overwritten. Every write goes through `Database.write()`, which is one transaction; no network call belongs
inside one.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlite_utils

from bot.errors import StoreError
from bot.store.migrations import footnote_schema

BUSY_SECONDS = 30.0


class Database:
    """The file at `path`, created and migrated when it is opened. Raises StoreError.

    Safe to share between threads: writes wait for each other, reads do not wait.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.RLock()
        self._reading = threading.Condition()
        self._reads_under_way = 0
        self._is_closed = False
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = self._connect(f"file:{_quoted(path)}?mode=rwc")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA foreign_keys=ON")
            self._writer = sqlite_utils.Database(connection)
            footnote_schema.apply(self._writer)
        except (sqlite3.Error, OSError) as exc:
            raise StoreError(
                f"The database {path} cannot be opened: {exc}.",
                mend="Check the disk and the rights of its folder; `footnote doctor` shows both.",
            ) from exc

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite_utils.Database]:
        """One transaction: committed at the end of the block, undone if the block raises."""
        with self._writing:
            self._check_open()
            try:
                if self._writer.conn.in_transaction:  # a verb called by another verb joins its transaction
                    yield self._writer
                    return
                self._writer.conn.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                except BaseException:
                    self._writer.conn.rollback()
                    raise
                self._writer.conn.commit()
            except sqlite3.OperationalError as exc:
                if self._writer.conn.in_transaction:
                    self._writer.conn.rollback()
                raise StoreError(
                    f"The database {self.path} cannot be written: {exc}.",
                    mend="Check that the disk has room; `footnote doctor` shows it.",
                ) from exc

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """Run one read on this thread's read-only connection."""
        with self._one_read():
            try:
                return self._reader().execute(sql, parameters).fetchall()
            except sqlite3.OperationalError as exc:
                raise StoreError(f"The database {self.path} cannot be read: {exc}.") from exc

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """The first row of one read, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def value(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """The first column of the first row of one read, or None."""
        row = self.row(sql, parameters)
        return row[0] if row is not None else None

    def checkpoint(self) -> None:
        """Write the log into the file and empty it, so that pages from before a deletion are in neither.

        Waits for reads under way, BUSY_SECONDS at most; where one takes longer, the next time has to do.
        """
        with self._writing:
            self._check_open()
            if not self._writer.conn.in_transaction:
                self._writer.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Wait for what is under way, then close. Reads and writes after it raise StoreError."""
        with self._reading:
            self._is_closed = True
            # SQLite does not survive a connection closed under a thread that reads from it
            self._reading.wait_for(lambda: self._reads_under_way == 0)
        with self._writing:
            for connection in reversed(self._connections):  # the writer last: it folds the WAL into the file
                connection.close()
            self._connections.clear()

    @contextlib.contextmanager
    def _one_read(self) -> Iterator[None]:
        with self._reading:
            self._check_open()
            self._reads_under_way += 1
        try:
            yield
        finally:
            with self._reading:
                self._reads_under_way -= 1
                self._reading.notify_all()

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreError(f"The database {self.path} is closed.")

    def _connect(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=BUSY_SECONDS)
        self._connections.append(connection)
        return connection

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._connect(f"file:{_quoted(self.path)}?mode=ro")
            reader.row_factory = sqlite3.Row
            reader.execute("PRAGMA query_only=ON")
            self._local.reader = reader
        return reader


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
