"""The terms of chunks: what full text looks for. One row of FTS5 a chunk, kept in step with the documents.

FTS5 only marks what is deleted; the terms themselves go when everything is merged into one, which takes as
long as there are chunks: hence once for many deletions (`CorpusTerms.sweep`). SQLite 3.42 can delete terms at
once ("secure-delete"), but an older one, which many a Python has, could not open the file after that.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.contracts import Filter, Readers
from bot.store.changes import CorpusChanges, filter_conditions, note_change
from bot.store.database import Database

SWEPT_PAGES = 500
"""4 kB each; 100,000 chunks have some 8,000."""

_DROPPED = "UPDATE corpus_epoch SET terms_dropped_at = epoch + 1"


class TermFields(NamedTuple):
    """The terms of one chunk by field, each joined by single spaces."""

    title: str
    section: str
    body: str


class CorpusTerms:
    """The table `chunk_terms`, in verbs. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changes = CorpusChanges(database)
        self._counted: tuple[int, int, dict[str, int]] = (-1, 0, {})  # epoch, chunks, term -> chunks with it

    # --- changing -------------------------------------------------------------------------------------------

    def add(self, connection: sqlite3.Connection, chunk_id: int, fields: TermFields) -> None:
        """Within the transaction that adds the chunk."""
        connection.execute(
            "INSERT INTO chunk_terms (rowid, title, section, body) VALUES (?, ?, ?, ?)",
            [chunk_id, *fields],
        )

    def drop(self, connection: sqlite3.Connection, chunk_ids: Sequence[int]) -> None:
        """Within the transaction that drops the chunks. What they said stays in the file until `sweep`."""
        if chunk_ids:
            connection.executemany("DELETE FROM chunk_terms WHERE rowid = ?", [(one,) for one in chunk_ids])
            connection.execute(_DROPPED)

    def replace(self, document_id: str, rules: str, fields: Mapping[int, TermFields]) -> bool:
        """Store other terms for all chunks of one document, by chunk id; texts and vectors stay. False where
        the document is not the same any more."""
        with self._database.write() as db:
            rows = db.conn.execute("SELECT id FROM chunks WHERE document_id = ?", [document_id]).fetchall()
            if {row[0] for row in rows} != fields.keys():
                return False
            db.conn.executemany(
                "UPDATE chunk_terms SET title = ?, section = ?, body = ? WHERE rowid = ?",
                [(*one, chunk_id) for chunk_id, one in fields.items()],
            )
            db.conn.execute(_DROPPED)
            old = db.conn.execute("SELECT number FROM documents WHERE id = ?", [document_id]).fetchall()
            new = note_change(db.conn, [row[0] for row in old])  # what mirrors hold of it is void
            db.conn.execute(
                "UPDATE documents SET term_rules = ?, number = ? WHERE id = ?", [rules, new, document_id]
            )
        return True

    def sweep(self, pages: int = SWEPT_PAGES) -> None:
        """Let no term stay in the file that was dropped; at once where none is there.

        In transactions of so many pages (0.1 s each), so that others may write in between. After a kill the
        next sweep does it.
        """
        dropped_at = self._database.value("SELECT terms_dropped_at FROM corpus_epoch")
        if not dropped_at:
            return
        step = -pages  # negative at first: everything shall become one, however large
        while self._merge(step):
            step = pages
        with self._database.write() as db:  # unless more was dropped meanwhile
            db.conn.execute(
                "UPDATE corpus_epoch SET terms_dropped_at = 0 WHERE terms_dropped_at = ?", [dropped_at]
            )
        self._database.checkpoint()

    def _merge(self, pages: int) -> bool:
        """Whether there was something to merge, hence may be more."""
        began = time.monotonic()
        with self._database.write() as db:
            before = db.conn.total_changes
            db.conn.execute("INSERT INTO chunk_terms (chunk_terms, rank) VALUES ('merge', ?)", [pages])
            has_merged = db.conn.total_changes - before >= 2  # as FTS5's documentation says
        time.sleep((time.monotonic() - began) / 2)  # another process that waits only looks now and then
        return has_merged

    # --- asking ---------------------------------------------------------------------------------------------

    def made_by_others(self, rules: str, limit: int) -> list[str]:
        """Ids of up to `limit` documents whose terms other rules made."""
        rows = self._database.rows(
            "SELECT id FROM documents WHERE term_rules < ?1 OR term_rules > ?1 LIMIT ?2", [rules, limit]
        )
        return [row[0] for row in rows]

    def vocabulary(self) -> list[tuple[str, int]]:
        """Every term, with the number of chunks that hold it. Takes seconds where chunks are many."""
        return [(row[0], row[1]) for row in self._database.rows("SELECT term, doc FROM chunk_vocabulary")]

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
        rows = self._database.rows(
            f"""
            SELECT t.rowid, bm25(chunk_terms, ?, ?, ?) AS rank
            FROM chunk_terms t JOIN chunks c ON c.id = t.rowid
            WHERE chunk_terms MATCH ? AND c.document_id IN
                (SELECT d.id FROM document_readers r JOIN documents d ON d.id = r.document_id
                 WHERE r.reader IN (SELECT value FROM json_each(?)){clauses})
            ORDER BY rank LIMIT ?
            """,  # noqa: S608
            [*weights, question, json.dumps(sorted(readers)), *values, limit],
        )
        return [(row[0], -row[1]) for row in rows]

    def frequencies(self, terms: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many chunks each term occurs, and how many chunks there are."""
        epoch = self._changes.epoch()
        if epoch != self._counted[0]:
            self._counted = (epoch, self._changes.chunks(), {})
        _, chunks, known = self._counted
        for term in terms:
            if term not in known:
                known[term] = self._database.value(
                    "SELECT count(*) FROM chunk_terms WHERE chunk_terms MATCH ?", [_quoted(term)]
                )
        return {term: known[term] for term in terms}, chunks

    def of_chunks(self, chunk_ids: Sequence[int]) -> dict[int, set[str]]:
        """The terms each chunk holds in title, section or text."""
        rows = self._database.rows(
            "SELECT rowid, title, section, body FROM chunk_terms"
            " WHERE rowid IN (SELECT value FROM json_each(?))",
            [json.dumps([int(one) for one in chunk_ids])],
        )
        return {row[0]: {*row[1].split(" "), *row[2].split(" "), *row[3].split(" ")} for row in rows}


def _quoted(term: str) -> str:
    return '"' + term.replace('"', "") + '"'
