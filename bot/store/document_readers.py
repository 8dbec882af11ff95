"""Who may read the documents there are, counted for admins by sets of readers."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.contracts import Readers
from bot.store.corpus import document_id
from bot.store.database import Database

MOST_NAMED = 5
"""Documents that one address may stand for: the files in an archive, the rows of a query."""

_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ReaderSet:
    """Documents that the very same readers may read."""

    readers: tuple[str, ...]
    """Principals (bot.access), in order; never empty."""
    documents: int


@dataclass(frozen=True)
class ReaderTable:
    """Some documents, by who may read them."""

    documents: int
    for_nobody: int
    """Those without any reader."""
    sets: tuple[ReaderSet, ...]
    """Those with the most documents first."""
    sets_left_out: int
    documents_left_out: int
    """Of the sets that are left out."""


@dataclass(frozen=True)
class StoredReaders:
    """One document, and who may read it."""

    id: str
    connector: str
    item_id: str
    title: str
    url: str
    readers: tuple[str, ...]
    """Principals, in order; empty: nobody."""


class DocumentReaders:
    """Reads only, whoever asks. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def table(self, connector: str, limit: int) -> ReaderTable:
        """The documents of a connector by their readers, at most `limit` sets of them."""
        return _table(self._counted(connector), limit)

    def tables(self, connector: str, limit: int, readers: Readers) -> tuple[ReaderTable, ReaderTable]:
        """The same, and beside it what of these documents none of `readers` may read."""
        counted = self._counted(connector)
        closed = {each: documents for each, documents in counted.items() if readers.isdisjoint(each)}
        return _table(counted, limit), _table(closed, limit)

    def counts(self, connector: str, readers: Collection[str]) -> dict[str, int]:
        """How many documents of a connector each of `readers` may read, most first; none: left out."""
        rows = self._database.rows(
            """SELECT r.reader, count(*) FROM document_readers r JOIN documents d ON d.id = r.document_id
            WHERE r.reader IN (SELECT value FROM json_each(?)) AND d.connector = ?
            GROUP BY r.reader ORDER BY count(*) DESC, r.reader""",
            [json.dumps(sorted(readers)), connector],
        )
        return {row[0]: row[1] for row in rows}

    def named(self, name: str) -> list[StoredReaders]:
        """The documents that somebody names by id, by CONNECTOR/ITEM or by address, at most five."""
        connector, _, item_id = name.partition("/")
        given = name if _ID.fullmatch(name) else document_id(connector, item_id)
        found = self._where("d.id = ?", [given])
        if found or "://" not in name:
            return found
        whole, _, _ = name.rpartition("#")  # a source names a section of the document
        return self._where("d.url = ?", [name]) or (self._where("d.url = ?", [whole]) if whole else [])

    def _counted(self, connector: str) -> dict[tuple[str, ...], int]:
        rows = self._database.rows(
            """SELECT readers, count(*) FROM (
                SELECT (
                    SELECT json_group_array(reader) FROM document_readers WHERE document_id = d.id
                ) AS readers
                FROM documents d WHERE d.connector = ?
            ) GROUP BY readers""",
            [connector],
        )
        counted: dict[tuple[str, ...], int] = {}
        for row in rows:  # SQLite promises no order within a group
            readers = tuple(sorted(json.loads(row[0])))
            counted[readers] = counted.get(readers, 0) + row[1]
        return counted

    def _where(self, condition: str, values: list[str]) -> list[StoredReaders]:
        rows = self._database.rows(
            f"""SELECT d.id, d.connector, d.item_id, d.title, d.url,
                (SELECT json_group_array(reader) FROM document_readers WHERE document_id = d.id)
            FROM documents d WHERE {condition} ORDER BY d.connector, d.item_id LIMIT {MOST_NAMED}""",  # noqa: S608 - two constants
            values,
        )
        return [
            StoredReaders(row[0], row[1], row[2], row[3], row[4], tuple(sorted(json.loads(row[5]))))
            for row in rows
        ]


def _table(counted: Mapping[tuple[str, ...], int], limit: int) -> ReaderTable:
    most_first = sorted(
        ((readers, documents) for readers, documents in counted.items() if readers),
        key=lambda item: (-item[1], item[0]),
    )
    left_out = most_first[limit:]
    return ReaderTable(
        documents=sum(counted.values()),
        for_nobody=counted.get((), 0),
        sets=tuple(ReaderSet(*item) for item in most_first[:limit]),
        sets_left_out=len(left_out),
        documents_left_out=sum(documents for _, documents in left_out),
    )
