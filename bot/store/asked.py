"""Which questions were asked, and which documents came nearest to them: for reports, not for answers."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.database import Database


@dataclass(frozen=True)
class AskedQuestion:
    """One question, and whether the documents had an answer."""

    text: str
    """With the question before it, where it did not stand by itself."""
    asked_at: datetime
    is_found: bool
    is_private: bool
    """Asked in a direct message, or so that only the asker saw it. Also where that is not known."""
    documents: tuple[str, ...]
    """Ids of those found for it, best first, whether or not they are still there."""
    team: str = ""
    channel: str = ""
    """Where the reply to it stands; "" where that is not known: for two weeks it is, and never of the
    command line."""


@dataclass(frozen=True)
class NearDocument:
    """A document that came near a question."""

    document_id: str
    connector: str
    title: str
    url: str


class AskedQuestions:
    """Reads only. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, when: datetime | None = None) -> list[AskedQuestion]:
        """All from then on, oldest first."""
        rows = self._database.rows(
            """
            SELECT question, asked_at, found, is_private, coalesce(trace ->> '$.earlier', '') AS earlier,
                (SELECT json_group_array(value ->> 'document_id') FROM json_each(trace, '$.passages')) AS ids,
                (SELECT json_array(team, channel) FROM outbox
                    WHERE payload ->> 'trace_id' = answers.trace_id LIMIT 1) AS place
            FROM answers WHERE asked_at >= ? ORDER BY asked_at
            """,
            [when.timestamp() if when else 0.0],
        )
        return [
            AskedQuestion(
                f"{row['earlier']} {row['question']}".strip(),
                datetime.fromtimestamp(row["asked_at"], UTC),
                bool(row["found"]),
                bool(row["is_private"]),
                tuple(dict.fromkeys(one for one in json.loads(row["ids"]) if one)),
                *json.loads(row["place"] or '["", ""]'),
            )
            for row in rows
        ]

    def documents(self, document_ids: Collection[str]) -> dict[str, NearDocument]:
        """Those of them that are there now, by id."""
        rows = self._database.rows(
            "SELECT id, connector, title, url FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps([*document_ids])],
        )
        return {row["id"]: NearDocument(*row) for row in rows}
