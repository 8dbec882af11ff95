"""Documents as something that rows of training data are made from: version, readers, texts."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.contracts import Readers
from bot.store.database import Database


@dataclass(frozen=True)
class SourceDocument:
    """A document of the index, without its text."""

    id: str
    connector: str
    version: str
    readers: Readers
    """Principals (bot.access); empty: nobody."""


@dataclass(frozen=True)
class SourceChunk:
    """A piece of a document."""

    document_id: str
    title: str
    section: str
    text: str
    language: str


class SourceDocuments:
    """Reads only, whoever may read what. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, SourceDocument]:
        """By id."""
        rows = self._database.rows(
            """SELECT id, connector, version, (
                SELECT json_group_array(reader) FROM document_readers WHERE document_id = d.id) AS readers
            FROM documents d ORDER BY id"""
        )
        return {
            row["id"]: SourceDocument(
                row["id"], row["connector"], row["version"], frozenset(json.loads(row["readers"]))
            )
            for row in rows
        }

    def chunks(self, document_id: str) -> list[SourceChunk]:
        """Of a document, in order; none where it is gone."""
        rows = self._database.rows(
            """SELECT d.id, d.title, c.section, c.text, c.language
            FROM chunks c JOIN documents d ON d.id = c.document_id WHERE d.id = ? ORDER BY c.position""",
            [document_id],
        )
        return [SourceChunk(*row) for row in rows]
