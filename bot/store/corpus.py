"""Documents, their chunks, full text, readers and vectors, in verbs. Every change raises the corpus epoch."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np

from bot.contracts import Filter, Passage, Readers, Vectors
from bot.store.changes import filter_conditions
from bot.store.database import Database

# SQLite 3.40 allows 32,766 parameters; every list of ids goes in pieces of this size.
_AT_ONCE = 500

CHANGES_KEPT = 100_000
"""A mirror that is further behind than this many changes is built anew."""

_Id = TypeVar("_Id", str, int, bytes)

ChunkTermsById = Mapping[int, tuple[str, str, str]]
"""Chunk id to the terms of its title, section and text, joined by single spaces."""


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
    title_terms: str
    """Terms are joined by single spaces."""
    section_terms: str
    body_terms: str


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


@dataclass(frozen=True)
class Waiting:
    """A text that has no vector yet."""

    text_hash: bytes
    title: str
    section: str
    text: str


@dataclass(frozen=True)
class Holdings:
    """What is stored for one connector, or for all."""

    documents: int
    chunks: int
    embedded: int
    """Chunks that have a vector of the model asked about."""


def document_id(connector: str, item_id: str) -> str:
    """The same for the same item for ever: SHA-256 of the connector's name, NUL and the item's id."""
    return hashlib.sha256(f"{connector}\0{item_id}".encode()).hexdigest()


class Corpus:
    """The tables of the corpus. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._counted: tuple[int, int, dict[str, int]] = (-1, 0, {})  # epoch, chunks, term -> chunks with it

    # --- changing -------------------------------------------------------------------------------------------

    def put(self, document: StoredDocument) -> None:
        """Add a document or replace it whole, in one transaction."""
        with self.database.write() as db:
            old_numbers, old_hashes = self._drop(db.conn, [document.id])
            number = self._changed(db.conn, old_numbers)
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
            for position, chunk in enumerate(document.chunks):
                chunk_id = db.conn.execute(
                    "INSERT INTO chunks (document_id, position, section, anchor, text, language, text_hash)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        document.id,
                        position,
                        chunk.section,
                        chunk.anchor,
                        chunk.text,
                        chunk.language,
                        chunk.text_hash,
                    ),
                ).lastrowid
                db.conn.execute(
                    "INSERT INTO chunk_terms (rowid, title, section, body) VALUES (?, ?, ?, ?)",
                    (chunk_id, chunk.title_terms, chunk.section_terms, chunk.body_terms),
                )
            self._drop_orphans(db.conn, old_hashes)  # only now: what stayed the same keeps its vector

    def remove(self, connector: str, item_ids: Sequence[str]) -> int:
        """Forget these documents: rows, terms, vectors no other text shares. Says how many there were."""
        return self._remove([document_id(connector, item_id) for item_id in item_ids])

    def remove_connector(self, connector: str) -> int:
        """Forget every document of a connector. Says how many there were."""
        rows = self.database.rows("SELECT id FROM documents WHERE connector = ?", [connector])
        return self._remove([row[0] for row in rows])

    def set_readers(self, connector: str, item_id: str, readers: Readers) -> None:
        """Change who may read one document; its text stays as it is."""
        wanted = document_id(connector, item_id)
        with self.database.write() as db:
            db.conn.execute("DELETE FROM document_readers WHERE document_id = ?", [wanted])
            db.conn.executemany(
                "INSERT INTO document_readers SELECT id, ? FROM documents WHERE id = ?",
                [(reader, wanted) for reader in sorted(readers)],
            )
            self._changed(db.conn, _numbers(db.conn, "id = ?", [wanted]))

    def add_vectors(self, model: str, text_hashes: Sequence[bytes], vectors: Vectors) -> int:
        """Store one vector a text, in one transaction; texts that are gone meanwhile are left out.

        Says how many were stored.
        """
        stored = 0
        with self.database.write() as db:
            for text_hash, vector in zip(text_hashes, vectors, strict=True):
                stored += db.conn.execute(
                    "INSERT OR REPLACE INTO vectors (text_hash, model, vector) SELECT ?, ?, ?"
                    " WHERE EXISTS (SELECT 1 FROM chunks WHERE text_hash = ?)",
                    (text_hash, model, np.asarray(vector, dtype="<f4").tobytes(), text_hash),
                ).rowcount
            self._changed(db.conn, _numbers_with(db.conn, text_hashes))
        return stored

    def drop_vectors(self, document_id: str) -> None:
        """Forget the vectors of one document's chunks, and of equal texts elsewhere."""
        with self.database.write() as db:
            hashes = [
                row[0]
                for row in db.conn.execute(
                    "SELECT text_hash FROM chunks WHERE document_id = ?", [document_id]
                ).fetchall()
            ]
            db.conn.executemany("DELETE FROM vectors WHERE text_hash = ?", [(one,) for one in hashes])
            for old in _numbers_with(db.conn, hashes):  # a new number each: what mirrors hold of them is void
                new = self._changed(db.conn, [old])
                db.conn.execute("UPDATE documents SET number = ? WHERE number = ?", [new, old])

    def replace_terms(self, document_id: str, term_rules: str, terms: ChunkTermsById) -> bool:
        """Store other terms for all chunks of one document; texts and vectors stay. False where the document
        is not the same any more."""
        with self.database.write() as db:
            rows = db.conn.execute("SELECT id FROM chunks WHERE document_id = ?", [document_id]).fetchall()
            if {row[0] for row in rows} != terms.keys():
                return False
            db.conn.executemany(
                "UPDATE chunk_terms SET title = ?, section = ?, body = ? WHERE rowid = ?",
                [(*fields, chunk_id) for chunk_id, fields in terms.items()],
            )
            old = _numbers(db.conn, "id = ?", [document_id])
            new = self._changed(db.conn, old)  # what mirrors hold of it is void
            db.conn.execute(
                "UPDATE documents SET term_rules = ?, number = ? WHERE id = ?", [term_rules, new, document_id]
            )
        return True

    # --- asking ---------------------------------------------------------------------------------------------

    def epoch(self) -> int:
        """Raised by every change; the same number means the same corpus."""
        return int(self.database.value("SELECT epoch FROM corpus_epoch"))

    def versions(self, connector: str) -> dict[str, str]:
        """Item id to version, of every document of a connector."""
        rows = self.database.rows("SELECT item_id, version FROM documents WHERE connector = ?", [connector])
        return {row[0]: row[1] for row in rows}

    def item_of(self, document_id: str) -> tuple[str, str] | None:
        """(connector, item id) of a document, or None."""
        row = self.database.row("SELECT connector, item_id FROM documents WHERE id = ?", [document_id])
        return None if row is None else (row[0], row[1])

    def items_of(self, document_ids: Collection[str]) -> dict[str, tuple[str, str]]:
        """Document id to (connector, item id), of those there are."""
        found: dict[str, tuple[str, str]] = {}
        for ids in _in_pieces(sorted(document_ids)):
            rows = self.database.rows(
                f"SELECT id, connector, item_id FROM documents WHERE id IN ({_marks(ids)})",  # noqa: S608
                ids,
            )
            found |= {row[0]: (row[1], row[2]) for row in rows}
        return found

    def connectors(self) -> list[str]:
        """Names of the connectors that have documents."""
        rows = self.database.rows("SELECT DISTINCT connector FROM documents ORDER BY connector")
        return [row[0] for row in rows]

    def holdings(self, model: str, connector: str | None = None) -> Holdings:
        """Counts over one connector, or over all."""
        row = self.database.row(
            """
            SELECT count(DISTINCT d.id), count(c.id), count(v.text_hash)
            FROM documents d
            LEFT JOIN chunks c ON c.document_id = d.id
            LEFT JOIN vectors v ON v.text_hash = c.text_hash AND v.model = :model
            WHERE :connector IS NULL OR d.connector = :connector
            """,
            {"model": model, "connector": connector},
        )
        return Holdings(*row) if row else Holdings(0, 0, 0)

    def unembedded(self, model: str) -> int:
        """How many chunks have no vector of this model."""
        return int(
            self.database.value(
                "SELECT count(*) FROM chunks c WHERE NOT EXISTS"
                " (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.model = ?)",
                [model],
            )
        )

    def waiting(self, model: str, limit: int) -> list[Waiting]:
        """Up to `limit` different texts without a vector of this model, oldest first."""
        rows = self.database.rows(
            """
            SELECT c.text_hash, d.title, c.section, c.text, min(c.id)
            FROM chunks c JOIN documents d ON d.id = c.document_id
            WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.model = ?)
            GROUP BY c.text_hash ORDER BY min(c.id) LIMIT ?
            """,
            [model, limit],
        )
        return [Waiting(row[0], row[1], row[2], row[3]) for row in rows]

    def with_other_terms(self, term_rules: str, limit: int) -> list[str]:
        """Ids of up to `limit` documents whose terms other rules made."""
        rows = self.database.rows(
            "SELECT id FROM documents WHERE term_rules < ?1 OR term_rules > ?1 LIMIT ?2", [term_rules, limit]
        )
        return [row[0] for row in rows]

    def texts_of(self, document_id: str) -> list[tuple[int, str, str, str]]:
        """(chunk id, title, section, text) of every chunk of a document."""
        rows = self.database.rows(
            "SELECT c.id, d.title, c.section, c.text FROM chunks c JOIN documents d ON d.id = c.document_id"
            " WHERE d.id = ? ORDER BY c.position",
            [document_id],
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def vocabulary(self) -> list[tuple[str, int]]:
        """Every term, with the number of chunks that hold it. Takes seconds where chunks are many."""
        return [(row[0], row[1]) for row in self.database.rows("SELECT term, doc FROM chunk_vocabulary")]

    def readable_chunks(self, readers: Readers) -> list[int]:
        """Ids of all chunks that at least one of `readers` may read."""
        rows = self.database.rows(
            f"""
            SELECT id FROM chunks WHERE document_id IN
                (SELECT document_id FROM document_readers WHERE reader IN ({_marks(readers)}))
            """,  # noqa: S608
            list(readers),
        )
        return [row[0] for row in rows]

    def matching(
        self,
        terms: Sequence[str],
        readers: Readers,
        weights: tuple[float, float, float],
        limit: int,
        narrowed: Filter | None = None,
    ) -> list[tuple[int, float]]:
        """(chunk id, BM25) of readable chunks that hold any of `terms`, best first; more is better.

        `weights` are those of title, section and body. Slow where a term is common and chunks are many: it
        is for while there is no mirror (bot.index.full_text) yet.
        """
        question = " OR ".join(map(_quoted, terms))
        if not question:
            return []
        clauses, values = filter_conditions(narrowed or Filter())
        rows = self.database.rows(
            f"""
            SELECT t.rowid, bm25(chunk_terms, ?, ?, ?) AS rank
            FROM chunk_terms t JOIN chunks c ON c.id = t.rowid
            WHERE chunk_terms MATCH ? AND c.document_id IN
                (SELECT d.id FROM document_readers r JOIN documents d ON d.id = r.document_id
                 WHERE r.reader IN ({_marks(readers)}){clauses})
            ORDER BY rank LIMIT ?
            """,  # noqa: S608
            [*weights, question, *readers, *values, limit],
        )
        return [(row[0], -row[1]) for row in rows]

    def frequencies(self, terms: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many chunks each term occurs, and how many chunks there are."""
        epoch = self.epoch()
        if epoch != self._counted[0]:
            self._counted = (epoch, int(self.database.value("SELECT count(*) FROM chunks")), {})
        _, chunks, known = self._counted
        for term in terms:
            if term not in known:
                known[term] = self.database.value(
                    "SELECT count(*) FROM chunk_terms WHERE chunk_terms MATCH ?", [_quoted(term)]
                )
        return {term: known[term] for term in terms}, chunks

    def terms_of(self, chunk_ids: Sequence[int]) -> dict[int, set[str]]:
        """The terms each chunk holds in title, section or text."""
        held: dict[int, set[str]] = {}
        for ids in _in_pieces(chunk_ids):
            rows = self.database.rows(
                f"SELECT rowid, title, section, body FROM chunk_terms WHERE rowid IN ({_marks(ids)})",  # noqa: S608
                ids,
            )
            held |= {row[0]: {*row[1].split(" "), *row[2].split(" "), *row[3].split(" ")} for row in rows}
        return held

    def passages(self, scores: dict[int, float], readers: Readers) -> list[Passage]:
        """The chunks of these ids that `readers` may read at this moment, best score first."""
        found: list[Passage] = []
        for ids in _in_pieces(list(scores)):
            rows = self.database.rows(
                f"""
                SELECT c.id, c.document_id, d.connector, d.title, d.url || c.anchor AS url, c.section, c.text,
                       d.updated_at
                FROM chunks c JOIN documents d ON d.id = c.document_id
                WHERE c.id IN ({_marks(ids)}) AND EXISTS
                    (SELECT 1 FROM document_readers r
                     WHERE r.document_id = d.id AND r.reader IN ({_marks(readers)}))
                """,  # noqa: S608 - only question marks are put in
                [*ids, *readers],
            )
            found += [_passage(row, scores[row["id"]]) for row in rows]
        return sorted(found, key=lambda passage: (-passage.score, passage.chunk_id))

    # --- within a transaction -------------------------------------------------------------------------------

    def _remove(self, ids: Sequence[str]) -> int:
        with self.database.write() as db:
            numbers, old_hashes = self._drop(db.conn, ids)
            if numbers:
                self._drop_orphans(db.conn, old_hashes)
                # FTS5 only marks rows as deleted; merging everything drops their terms from the file.
                db.conn.execute("INSERT INTO chunk_terms (chunk_terms) VALUES ('optimize')")
                self._changed(db.conn, numbers)
        return len(numbers)

    def _drop(self, connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[list[int], list[bytes]]:
        """Numbers of the documents there were, and the hashes of their texts."""
        numbers: list[int] = []
        hashes: list[bytes] = []
        for piece in _in_pieces(ids):
            marks = _marks(piece)
            rows = connection.execute(
                f"SELECT id, text_hash FROM chunks WHERE document_id IN ({marks})",  # noqa: S608
                piece,
            ).fetchall()
            connection.executemany("DELETE FROM chunk_terms WHERE rowid = ?", [(row[0],) for row in rows])
            connection.execute(
                f"DELETE FROM document_readers WHERE document_id IN ({marks})",  # noqa: S608
                piece,
            )
            connection.execute(f"DELETE FROM chunks WHERE document_id IN ({marks})", piece)  # noqa: S608
            numbers += _numbers(connection, f"id IN ({marks})", piece)
            connection.execute(f"DELETE FROM documents WHERE id IN ({marks})", piece)  # noqa: S608
            hashes += [row[1] for row in rows]
        return numbers, hashes

    def _drop_orphans(self, connection: sqlite3.Connection, hashes: Sequence[bytes]) -> None:
        connection.executemany(
            "DELETE FROM vectors WHERE text_hash = ?1"
            " AND NOT EXISTS (SELECT 1 FROM chunks WHERE text_hash = ?1)",
            [(text_hash,) for text_hash in hashes],
        )

    def _changed(self, connection: sqlite3.Connection, numbers: Sequence[int]) -> int:
        """Raise the epoch, and note the documents concerned; the new epoch also serves as a new number."""
        connection.execute("UPDATE corpus_epoch SET epoch = epoch + 1")
        epoch = int(connection.execute("SELECT epoch FROM corpus_epoch").fetchone()[0])
        connection.execute(
            "INSERT INTO corpus_changes VALUES (?, randomblob(8), ?)", [epoch, json.dumps([*numbers])]
        )
        connection.execute("DELETE FROM corpus_changes WHERE epoch <= ?", [epoch - CHANGES_KEPT])
        return epoch


def _numbers(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[int]:
    rows = connection.execute(f"SELECT number FROM documents WHERE {where}", values)  # noqa: S608
    return [row[0] for row in rows.fetchall()]


def _numbers_with(connection: sqlite3.Connection, hashes: Sequence[bytes]) -> list[int]:
    """Numbers of the documents that have a chunk with one of these texts."""
    found: set[int] = set()
    for piece in _in_pieces(hashes):
        marks = _marks(piece)
        found.update(
            _numbers(
                connection,
                f"id IN (SELECT document_id FROM chunks WHERE text_hash IN ({marks}))",  # noqa: S608
                piece,
            )
        )
    return sorted(found)


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


def _quoted(term: str) -> str:
    return '"' + term.replace('"', "") + '"'


def _in_pieces(ids: Sequence[_Id]) -> Iterable[list[_Id]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
