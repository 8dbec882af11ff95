"""Documents, their chunks and who may read them, in verbs. Every change raises the corpus epoch.

A document changes whole: its chunks, their terms (bot.store.terms) and readers in one transaction; vectors
(bot.store.vectors) that no other text shares go with it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.contracts import Passage, Readers
from bot.store.changes import CorpusChanges, note_change
from bot.store.database import Database
from bot.store.quoted import forget_documents, withdraw_replies, withdraw_unreadable
from bot.store.terms import CorpusTerms, TermFields
from bot.store.vectors import drop_unshared


@dataclass(frozen=True)
class Chunk:
    """A piece of a document as it is stored."""

    section: str
    """The headings above it, joined by " > "."""
    anchor: str
    """What to append to the document's url, "#" included, or empty."""
    text: str
    language: str
    """"ko" or "en"."""
    text_hash: bytes
    """SHA-256 of what is embedded."""
    terms: TermFields


@dataclass(frozen=True)
class StoredDocument:
    """A document with its chunks in order, ready for one transaction."""

    connector: str
    item_id: str
    version: str
    title: str
    url: str
    language: str
    updated_at: datetime | None
    readers: Readers
    chunks: tuple[Chunk, ...]
    term_rules: str = ""
    """Which rules made the terms of its chunks."""

    @property
    def id(self) -> str:
        return document_id(self.connector, self.item_id)


def document_id(connector: str, item_id: str) -> str:
    """The same for the same item for ever: SHA-256 of the connector's name, NUL and the item's id."""
    return hashlib.sha256(f"{connector}\0{item_id}".encode()).hexdigest()


class Corpus:
    """The tables of documents, chunks and readers; `terms` are the chunks' terms. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.terms = CorpusTerms(database)
        self._changes = CorpusChanges(database)

    # --- changing -------------------------------------------------------------------------------------------

    def put(self, document: StoredDocument) -> None:
        """Add a document or replace it whole, in one transaction; after replacing some: `terms.sweep()`.

        Answers forget what it said where it says something else now. What an admin had forgotten is left out.
        """
        with self.database.write() as db:
            if _is_forgotten(db.conn, document):  # since it was listed: a sync may have it in its hands
                return
            if self._says_otherwise(db.conn, document):
                forget_documents(db.conn, [document.id])
            old_numbers, old_hashes = self._drop(db.conn, [document.id])
            number = note_change(db.conn, old_numbers)
            db.conn.execute(
                "INSERT INTO documents (id, connector, item_id, version, title, url, language, updated_at,"
                " synced_at, number, term_rules) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    document.id,
                    document.connector,
                    document.item_id,
                    document.version,
                    document.title,
                    document.url,
                    document.language,
                    document.updated_at.timestamp() if document.updated_at else None,
                    time.time(),
                    number,
                    document.term_rules,
                ),
            )
            db.conn.executemany(
                "INSERT INTO document_readers VALUES (?, ?)",
                [(document.id, reader) for reader in sorted(document.readers)],
            )
            withdraw_unreadable(db.conn, document.id)
            for position, chunk in enumerate(document.chunks):
                self._add(db.conn, document.id, position, chunk)
            drop_unshared(db.conn, old_hashes)  # only now: what stayed the same keeps its vector

    def remove(self, connector: str, item_ids: Sequence[str]) -> int:
        """Forget these documents: rows, terms, vectors no other text shares. Says how many there were.

        None of their text is left in the file then, in answers and traces neither, nor of documents that were
        replaced before.
        """
        return self._remove([document_id(connector, item_id) for item_id in item_ids])

    def remove_connector(self, connector: str) -> int:
        """Forget every document of a connector, as `remove` does. Says how many there were."""
        rows = self.database.rows("SELECT id FROM documents WHERE connector = ?", [connector])
        return self._remove([row[0] for row in rows])

    def set_readers(self, connector: str, item_id: str, readers: Readers) -> None:
        """Change who may read one document; its text stays as it is. Replies are withdrawn from channels that
        may read it no more."""
        wanted = document_id(connector, item_id)
        with self.database.write() as db:
            db.conn.execute("DELETE FROM document_readers WHERE document_id = ?", [wanted])
            db.conn.executemany(
                "INSERT INTO document_readers SELECT id, ? FROM documents WHERE id = ?",
                [(reader, wanted) for reader in sorted(readers)],
            )
            withdraw_unreadable(db.conn, wanted)
            rows = db.conn.execute("SELECT number FROM documents WHERE id = ?", [wanted]).fetchall()
            note_change(db.conn, [row[0] for row in rows])

    # --- asking ---------------------------------------------------------------------------------------------

    def epoch(self) -> int:
        """Raised by every change; the same number means the same corpus."""
        return self._changes.epoch()

    def versions(self, connector: str) -> dict[str, str]:
        """Item id to version, of every document of a connector."""
        rows = self.database.rows("SELECT item_id, version FROM documents WHERE connector = ?", [connector])
        return {row[0]: row[1] for row in rows}

    def item_of(self, document_id: str) -> tuple[str, str] | None:
        """(connector, item id) of a document, or None."""
        return self.items_of([document_id]).get(document_id)

    def items_of(self, document_ids: Collection[str]) -> dict[str, tuple[str, str]]:
        """Document id to (connector, item id), of those there are."""
        rows = self.database.rows(
            "SELECT id, connector, item_id FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(document_ids))],
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def connectors(self) -> list[str]:
        """Names of the connectors that have documents."""
        rows = self.database.rows("SELECT DISTINCT connector FROM documents ORDER BY connector")
        return [row[0] for row in rows]

    def texts_of(self, document_id: str) -> list[tuple[int, str, str, str]]:
        """(chunk id, title, section, text) of every chunk of a document."""
        rows = self.database.rows(
            "SELECT c.id, d.title, c.section, c.text FROM chunks c JOIN documents d ON d.id = c.document_id"
            " WHERE d.id = ? ORDER BY c.position",
            [document_id],
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def readable_chunks(self, readers: Readers) -> list[int]:
        """Ids of all chunks that at least one of `readers` may read."""
        rows = self.database.rows(
            """
            SELECT id FROM chunks WHERE document_id IN
                (SELECT document_id FROM document_readers WHERE reader IN (SELECT value FROM json_each(?)))
            """,
            [json.dumps(sorted(readers))],
        )
        return [row[0] for row in rows]

    def passages(self, scores: dict[int, float], readers: Readers) -> list[Passage]:
        """The chunks of these ids that `readers` may read at this moment, best score first."""
        # question marks rather than json_each, which takes twice as long for the 30 principals of a person
        principals = ", ".join("?" * len(readers))
        rows = self.database.rows(
            f"""
            SELECT c.id, c.document_id, d.connector, d.title, d.url || c.anchor AS url, c.section, c.text,
                   d.updated_at
            FROM chunks c JOIN documents d ON d.id = c.document_id
            WHERE c.id IN (SELECT value FROM json_each(?)) AND EXISTS
                (SELECT 1 FROM document_readers r WHERE r.document_id = d.id AND r.reader IN ({principals}))
            """,  # noqa: S608 - only question marks are put in
            [json.dumps([int(chunk_id) for chunk_id in scores]), *sorted(readers)],
        )
        found = [_passage(row, scores[row["id"]]) for row in rows]
        return sorted(found, key=lambda passage: (-passage.score, passage.chunk_id))

    # --- within a transaction -------------------------------------------------------------------------------

    def _add(self, connection: sqlite3.Connection, document: str, position: int, chunk: Chunk) -> None:
        ((chunk_id,),) = connection.execute(
            "INSERT INTO chunks (document_id, position, section, anchor, text, language, text_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (document, position, chunk.section, chunk.anchor, chunk.text, chunk.language, chunk.text_hash),
        ).fetchall()
        self.terms.add(connection, chunk_id, chunk.terms)

    def _says_otherwise(self, connection: sqlite3.Connection, document: StoredDocument) -> bool:
        """Whether there is an older one of it, with another text."""
        title = connection.execute("SELECT title FROM documents WHERE id = ?", [document.id]).fetchone()
        if title is None:
            return False
        old = connection.execute(
            "SELECT section, text FROM chunks WHERE document_id = ? ORDER BY position", [document.id]
        ).fetchall()
        new = [(chunk.section, chunk.text) for chunk in document.chunks]
        return bool(title[0] != document.title or [tuple(row) for row in old] != new)

    def _remove(self, ids: Sequence[str]) -> int:
        with self.database.write() as db:
            withdraw_replies(db.conn, ids)
            numbers, old_hashes = self._drop(db.conn, ids)
            forget_documents(db.conn, ids)
            if numbers:
                drop_unshared(db.conn, old_hashes)
                note_change(db.conn, numbers)
        self.terms.sweep()
        return len(numbers)

    def _drop(self, connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[list[int], list[bytes]]:
        """Numbers of the documents there were, and the hashes of their texts."""
        given = [json.dumps(list(ids))]
        these = "(SELECT value FROM json_each(?))"
        chunks = connection.execute(
            f"SELECT id, text_hash FROM chunks WHERE document_id IN {these}",  # noqa: S608 - a constant
            given,
        ).fetchall()
        documents = connection.execute(
            f"SELECT number FROM documents WHERE id IN {these}",  # noqa: S608 - as above
            given,
        ).fetchall()
        self.terms.drop(connection, [row[0] for row in chunks])
        connection.execute(
            f"DELETE FROM documents WHERE id IN {these}",  # noqa: S608 - as above; readers and chunks go with it
            given,
        )
        return [row[0] for row in documents], [row[1] for row in chunks]


def _is_forgotten(connection: sqlite3.Connection, document: StoredDocument) -> bool:
    found = connection.execute(
        "SELECT 1 FROM forgotten_items WHERE connector = ? AND item_id = ?",
        [document.connector, document.item_id],
    )
    return found.fetchone() is not None


def _passage(row: sqlite3.Row, score: float) -> Passage:
    return Passage(
        chunk_id=row["id"],
        document_id=row["document_id"],
        connector=row["connector"],
        title=row["title"],
        url=row["url"],
        section=row["section"],
        text=row["text"],
        score=score,
        updated_at=None if row["updated_at"] is None else datetime.fromtimestamp(row["updated_at"], UTC),
    )
