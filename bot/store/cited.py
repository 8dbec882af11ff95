"""What cited documents say now, for those who may read them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.contracts import Citation, Readers
from bot.store.database import Database


@dataclass(frozen=True)
class CitedPassage:
    """The place that a citation names, as it reads now. Its quote is `text[start:end]`."""

    title: str
    url: str
    section: str
    text: str
    start: int
    end: int
    updated_at: datetime | None
    is_changed: bool = False
    """The document does not hold the quote any more; the text is the quote alone."""


class CitedDocuments:
    """Looks up the documents that answers name. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def readable(self, document_ids: Collection[str], readers: Readers) -> frozenset[str]:
        """Of these documents those that are there and that at least one of `readers` may read."""
        rows = self._database.rows(
            """SELECT DISTINCT document_id FROM document_readers
            WHERE document_id IN (SELECT value FROM json_each(?))
            AND reader IN (SELECT value FROM json_each(?))""",
            [json.dumps([*document_ids]), json.dumps(sorted(readers))],
        )
        return frozenset(row[0] for row in rows)

    def lost(self, document_ids: Collection[str], readers: Readers) -> frozenset[str]:
        """Of documents that an answer was made from, those that none of `readers` may read now, or that went.

        An id that was never in the index is none of them.
        """
        rows = self._database.rows(
            """SELECT wanted.value FROM json_each(?) wanted
            WHERE NOT EXISTS (SELECT 1 FROM document_readers WHERE document_id = wanted.value
                AND reader IN (SELECT value FROM json_each(?)))
            AND (EXISTS (SELECT 1 FROM documents WHERE id = wanted.value)
                OR EXISTS (SELECT 1 FROM dropped_documents WHERE document_id = wanted.value))""",
            [json.dumps([*document_ids]), json.dumps(sorted(readers))],
        )
        return frozenset(row[0] for row in rows)

    def known(self, document_ids: Collection[str]) -> frozenset[str]:
        """Of these documents those that are there, whoever may read them."""
        rows = self._database.rows(
            "SELECT id FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps([*document_ids])],
        )
        return frozenset(row[0] for row in rows)

    def passage(self, citation: Citation) -> CitedPassage:
        """The passage that holds the quote, in the cited section if several do. Checks no reader."""
        row = self._database.row(
            """SELECT d.title, d.url || c.anchor AS url, c.section, c.text, d.updated_at,
                instr(c.text, :quote) - 1 AS start
            FROM chunks c JOIN documents d ON d.id = c.document_id
            WHERE d.id = :document AND instr(c.text, :quote)
            ORDER BY c.section != :section, c.position LIMIT 1""",
            {"document": citation.document_id, "quote": citation.quote, "section": citation.section},
        )
        if row is None:
            return CitedPassage(
                citation.title,
                citation.url,
                citation.section,
                citation.quote,
                0,
                len(citation.quote),
                citation.updated_at,
                is_changed=True,
            )
        updated_at = None if row["updated_at"] is None else datetime.fromtimestamp(row["updated_at"], UTC)
        return CitedPassage(
            row["title"],
            row["url"],
            row["section"],
            row["text"],
            row["start"],
            row["start"] + len(citation.quote),
            updated_at,
        )
