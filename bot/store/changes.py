"""What mirrors of the corpus read: which state it is in, what changed since another, and the rows themselves.

Whatever changes the corpus notes it here, in its own transaction. Documents go by their numbers. A number is
never used for two documents, nor for two texts of one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.contracts import Filter, Vectors
from bot.store.database import Database

CHANGES_KEPT = 100_000
"""A mirror that is further behind than this many changes is built anew."""

_AT_ONCE = 500


@dataclass(frozen=True)
class State:
    """One state of the corpus. Equal states hold the same, also across copies and restored backups."""

    epoch: int
    token: str


@dataclass(frozen=True)
class ChunkTerms:
    """The terms of one chunk, joined by single spaces, by field."""

    chunk_id: int
    number: int
    fields: tuple[str, str, str]
    """Title, section, body."""


@dataclass(frozen=True)
class ChunkVectors:
    """Vectors of some chunks, row by row."""

    ids: NDArray[np.int64]
    numbers: NDArray[np.int64]
    """Of the chunks' documents."""
    languages: list[str]
    vectors: Vectors


class CorpusChanges:
    """Reads only. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def epoch(self) -> int:
        """Raised by every change; the same number means the same corpus."""
        return int(self._database.value("SELECT epoch FROM corpus_epoch"))

    def state(self) -> State:
        """The state the corpus is in."""
        row = self._database.row("SELECT epoch, hex(token) FROM corpus_changes ORDER BY epoch DESC LIMIT 1")
        return State(int(row[0]), str(row[1])) if row else State(0, "")

    def since(self, state: State) -> set[int] | None:
        """Numbers of documents that came, went or changed; None where `state` is none of its past ones."""
        rows = self._database.rows(
            "SELECT epoch, hex(token), documents FROM corpus_changes WHERE epoch >= ? ORDER BY epoch",
            [state.epoch],
        )
        if not rows or State(rows[0][0], rows[0][1]) != state:
            return None
        changed = {int(row[0]) for row in rows[1:]}  # a new document's number is the epoch it came with
        for row in rows[1:]:
            changed.update(json.loads(row[2]))
        return changed

    def chunks(self) -> int:
        """How many chunks there are, roughly at once: no document is looked at."""
        return int(self._database.value("SELECT count(*) FROM chunks"))

    def numbers(self) -> NDArray[np.int64]:
        """Of all documents there are, in order."""
        return _column(self._database.rows("SELECT number FROM documents ORDER BY number"))

    def readers(self, among: Sequence[int] | None = None) -> list[tuple[int, str]]:
        """Number of each document that anybody may read, and its readers as a JSON list: the same text for
        the same readers, mostly. With `among`, only these documents are looked at."""
        chosen = "" if among is None else "WHERE d.number IN (SELECT value FROM json_each(?))"
        sql = f"""
            SELECT d.number, json_group_array(r.reader)
            FROM documents d CROSS JOIN document_readers r ON r.document_id = d.id {chosen} GROUP BY d.number
            """  # noqa: S608 - of two constants
        rows = self._database.rows(sql, [] if among is None else [json.dumps([*among])])
        return [(row[0], row[1]) for row in rows]

    def within(self, narrowed: Filter, among: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Numbers of the documents that the filter lets through, whoever may read them.

        With `among`, only these documents are looked at.
        """
        clauses, values = filter_conditions(narrowed)
        if among is not None:
            clauses += " AND d.number IN (SELECT value FROM json_each(?))"
            values = [*values, json.dumps([*among])]
        sql = f"SELECT d.number FROM documents d WHERE TRUE{clauses}"  # noqa: S608 - constants and question marks
        return _column(self._database.rows(sql, values))

    def terms(self, numbers: Sequence[int]) -> Iterator[ChunkTerms]:
        """The terms of these documents' chunks, in the order of their ids."""
        for start in range(0, len(numbers), _AT_ONCE):
            rows = self._database.rows(
                """
                SELECT c.id, d.number, t.title, t.section, t.body
                FROM documents d JOIN chunks c ON c.document_id = d.id JOIN chunk_terms t ON t.rowid = c.id
                WHERE d.number IN (SELECT value FROM json_each(?)) ORDER BY c.id
                """,
                [json.dumps([int(number) for number in numbers[start : start + _AT_ONCE]])],
            )
            for row in rows:
                yield ChunkTerms(row[0], row[1], (row[2], row[3], row[4]))

    def vectors(self, model: str, dimensions: int, numbers: Sequence[int]) -> ChunkVectors:
        """The vectors there are for chunks of these documents."""
        rows = self._database.rows(
            """
            SELECT c.id, d.number, c.language, v.vector
            FROM documents d JOIN chunks c ON c.document_id = d.id
            JOIN vectors v ON v.text_hash = c.text_hash AND v.model = ?
            WHERE d.number IN (SELECT value FROM json_each(?)) ORDER BY c.id
            """,
            [model, json.dumps([int(number) for number in numbers])],
        )
        rows = [row for row in rows if len(row[3]) == 4 * dimensions]
        return ChunkVectors(
            np.array([row[0] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.int64),
            [row[2] for row in rows],
            np.frombuffer(b"".join(row[3] for row in rows), "<f4").reshape(len(rows), dimensions),
        )

    def vectors_of_chunks(self, model: str, dimensions: int, ids: Sequence[int]) -> ChunkVectors:
        """The vectors there are for these chunks."""
        rows = self._database.rows(
            """
            SELECT c.id, c.language, v.vector FROM json_each(?) wanted
            CROSS JOIN chunks c ON c.id = wanted.value
            CROSS JOIN vectors v ON v.text_hash = c.text_hash AND v.model = ?
            """,
            [json.dumps([int(one) for one in ids]), model],
        )
        rows = [row for row in rows if len(row[2]) == 4 * dimensions]
        return ChunkVectors(
            np.array([row[0] for row in rows], np.int64),
            np.empty(0, np.int64),
            [row[1] for row in rows],
            np.frombuffer(b"".join(row[2] for row in rows), "<f4").reshape(len(rows), dimensions),
        )


def note_change(connection: sqlite3.Connection, numbers: Sequence[int]) -> int:
    """Raise the epoch, and note the documents concerned; the new epoch also serves as a new number."""
    connection.execute("UPDATE corpus_epoch SET epoch = epoch + 1")
    epoch = int(connection.execute("SELECT epoch FROM corpus_epoch").fetchone()[0])
    connection.execute(
        "INSERT INTO corpus_changes VALUES (?, randomblob(8), ?)", [epoch, json.dumps([*numbers])]
    )
    connection.execute("DELETE FROM corpus_changes WHERE epoch <= ?", [epoch - CHANGES_KEPT])
    return epoch


def filter_conditions(narrowed: Filter) -> tuple[str, list[object]]:
    """SQL to append to a WHERE over documents named `d`, and its values."""
    clauses, values = "", list[object]()
    if narrowed.within:
        parts = []
        for scope in narrowed.within:
            connector, _, beginning = scope.partition("/")
            parts.append("(d.connector = ? AND substr(d.item_id, 1, ?) = ?)")
            values += [connector, len(beginning), beginning]
        clauses += f" AND ({' OR '.join(parts)})"
    if narrowed.since is not None:
        clauses += " AND d.updated_at >= ?"
        values.append(narrowed.since.timestamp())
    if narrowed.before is not None:
        clauses += " AND d.updated_at < ?"
        values.append(narrowed.before.timestamp())
    return clauses, values


def _column(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    return np.fromiter((row[0] for row in rows), np.int64, len(rows))
