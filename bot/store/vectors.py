"""The vectors of chunks, kept by what was embedded: equal texts share one, and a moved text keeps its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import numpy as np

from bot.contracts import Vectors
from bot.store.changes import CorpusChanges, note_change
from bot.store.database import Database
from bot.store.waiting import Waiting, texts_waiting

# NOT IN makes one list of what has a vector; NOT EXISTS looked up each chunk (0.9 s for 100,000, this 0.1 s).
_NO_VECTOR = "c.text_hash NOT IN (SELECT text_hash FROM vectors WHERE model = ?)"


class CorpusVectors:
    """The table `vectors`, for one model. Raises StoreError."""

    def __init__(self, database: Database, model: str) -> None:
        self._database = database
        self._model = model
        self._changes = CorpusChanges(database)
        self._complete_at: int | None = None  # the epoch

    def put(self, text_hashes: Sequence[bytes], vectors: Vectors) -> int:
        """Store one vector a text, in one transaction; texts that are gone meanwhile are left out.

        Says how many chunks have these texts.
        """
        chunks = 0
        with self._database.write() as db:
            for text_hash, vector in zip(text_hashes, vectors, strict=True):
                db.conn.execute(
                    "INSERT OR REPLACE INTO vectors (text_hash, model, vector) SELECT ?, ?, ?"
                    " WHERE EXISTS (SELECT 1 FROM chunks WHERE text_hash = ?)",
                    (text_hash, self._model, np.asarray(vector, dtype="<f4").tobytes(), text_hash),
                )
                chunks += db.conn.execute(
                    "SELECT count(*) FROM chunks WHERE text_hash = ?", [text_hash]
                ).fetchone()[0]
            note_change(db.conn, _documents_with(db.conn, text_hashes))
        return chunks

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
        """How many chunks have no vector. Looks at every chunk, but not twice where none lacked one."""
        epoch = self._changes.epoch()
        if epoch == self._complete_at:
            return 0
        missing = int(
            self._database.value(f"SELECT count(*) FROM chunks c WHERE {_NO_VECTOR}", [self._model])  # noqa: S608
        )
        self._complete_at = None if missing else epoch
        return missing

    def waiting(self, limit: int) -> list[Waiting]:
        """Different texts, of up to `limit` chunks, without a vector: see `texts_waiting`."""
        epoch = self._changes.epoch()
        if epoch == self._complete_at:
            return []
        found = texts_waiting(self._database, _NO_VECTOR, [self._model], limit)
        self._complete_at = None if found else epoch
        return found


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
