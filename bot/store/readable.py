"""Documents that some readers may read, to name a few of them to people."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.contracts import Readers
from bot.store.database import Database


@dataclass(frozen=True)
class Example:
    """A document that somebody may read."""

    title: str
    url: str


class ReadableDocuments:
    """Reads only. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, readers: Readers, language: str, limit: int) -> list[Example]:
        """Those with a title that one of `readers` may read: in `language` first, then the newest."""
        # not EXISTS: with many readers, a look into each of 100,000 documents takes ten seconds
        rows = self._database.rows(
            """SELECT title, url FROM documents WHERE trim(title) != '' AND id IN (
                SELECT document_id FROM document_readers WHERE reader IN (SELECT value FROM json_each(?))
            ) ORDER BY language != ?, coalesce(updated_at, 0) DESC, id LIMIT ?""",
            [json.dumps(sorted(readers)), language, limit],
        )
        return [Example(row["title"], row["url"]) for row in rows]
