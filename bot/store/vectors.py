"""The vectors of chunks, kept by what was embedded: equal texts share one, and a moved text keeps its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.contracts import Vectors
from bot.store.changes import note_change
from bot.store.database import Database


@dataclass(frozen=True)
class Waiting:
    """A text that has no vector yet."""

    text_hash: bytes
    title: str
    section: str
    text: str


class CorpusVectors:
    """The table `vectors`, for one model. Raises StoreError."""

    def __init__(self, database: Database, model: str) -> None:
        self._database = database
        self._model = model

    def put(self, text_hashes: Sequence[bytes], vectors: Vectors) -> int:
        """Store one vector a text, in one transaction; texts that are gone meanwhile are left out.

        Says how many were stored.
        """
        stored = 0
        with self._database.write() as db:
            for text_hash, vector in zip(text_hashes, vectors, strict=True):
                stored += db.conn.execute(
                    "INSERT OR REPLACE INTO vectors (text_hash, model, vector) SELECT ?, ?, ?"
                    " WHERE EXISTS (SELECT 1 FROM chunks WHERE text_hash = ?)",
                    (text_hash, self._model, np.asarray(vector, dtype="<f4").tobytes(), text_hash),
                ).rowcount
            note_change(db.conn, _documents_with(db.conn, text_hashes))
        return stored

    def drop(self, document_id: str) -> None:
        """Forget the vectors of one document's chunks, and of equal texts elsewhere."""
        with self._database.write() as db:
            hashes = [
                row[0]
                for row in db.conn.execute(
                    "SELECT text_hash FROM chunks WHERE document_id = ?", [document_id]
                ).fetchall()
            ]
            db.conn.executemany("DELETE FROM vectors WHERE text_hash = ?", [(one,) for one in hashes])
            for old in _documents_with(
                db.conn, hashes
            ):  # a new number each: what mirrors hold of them is void
                new = note_change(db.conn, [old])
                db.conn.execute("UPDATE documents SET number = ? WHERE number = ?", [new, old])

    def missing(self) -> int:
        """How many chunks have no vector."""
        return int(
            self._database.value(
                "SELECT count(*) FROM chunks c WHERE NOT EXISTS"
                " (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.model = ?)",
                [self._model],
            )
        )

    def waiting(self, limit: int) -> list[Waiting]:
        """Up to `limit` different texts without a vector, oldest first."""
        rows = self._database.rows(
            """
            SELECT c.text_hash, d.title, c.section, c.text, min(c.id)
            FROM chunks c JOIN documents d ON d.id = c.document_id
            WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.model = ?)
            GROUP BY c.text_hash ORDER BY min(c.id) LIMIT ?
            """,
            [self._model, limit],
        )
        return [Waiting(row[0], row[1], row[2], row[3]) for row in rows]


def drop_unshared(connection: sqlite3.Connection, text_hashes: Iterable[bytes]) -> None:
    """Forget those of these texts' vectors, of any model, that no chunk needs any more."""
    connection.executemany(
        "DELETE FROM vectors WHERE text_hash = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE text_hash = ?1)",
        [(one,) for one in text_hashes],
    )


def _documents_with(connection: sqlite3.Connection, text_hashes: Iterable[bytes]) -> list[int]:
    """Numbers of the documents that have a chunk with one of these texts."""
    found: set[int] = set()
    for one in text_hashes:
        rows = connection.execute(
            "SELECT number FROM documents WHERE id IN (SELECT document_id FROM chunks WHERE text_hash = ?)",
            [one],
        )
        found.update(row[0] for row in rows.fetchall())
    return sorted(found)
