"""The texts that wait for their vectors, or for their windows: those people asked about last go first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.database import Database

RECENT_ANSWERS = 200
"""So many answers say what is asked for."""


@dataclass(frozen=True)
class Waiting:
    """A text, under its title and headings."""

    text_hash: bytes
    title: str
    section: str
    text: str


def texts_waiting(database: Database, condition: str, values: Sequence[object], limit: int) -> list[Waiting]:
    """Different texts of up to `limit` chunks for which `condition` (SQL over chunks named `c`) holds.

    First those of documents that the last RECENT_ANSWERS answers found or, counted once more, cited, the most
    often first; then those of the documents updated last. Looks at every chunk there is. Raises StoreError.
    """
    rows = database.rows(
        f"""
        WITH recent AS MATERIALIZED (SELECT trace, answer FROM answers ORDER BY rowid DESC LIMIT ?),
        asked AS MATERIALIZED (
            SELECT document_id, count(*) AS times FROM (
                SELECT value ->> 'document_id' AS document_id FROM recent, json_each(trace, '$.passages')
                UNION ALL
                SELECT value ->> 'document_id' FROM recent, json_each(answer, '$.citations')
            ) GROUP BY document_id
        ),
        first AS MATERIALIZED (
            SELECT c.id, asked.times, d.updated_at
            FROM asked CROSS JOIN documents d ON d.id = asked.document_id
                JOIN chunks c ON c.document_id = d.id
            WHERE {condition}
            UNION ALL  -- the asked ones once more, behind: cheaper than telling them apart
            SELECT c.id, 0, d.updated_at FROM chunks c JOIN documents d ON d.id = c.document_id
            WHERE {condition}
            ORDER BY 2 DESC, 3 DESC, 1 LIMIT ?
        )
        SELECT c.text_hash, d.title, c.section, c.text
        FROM first JOIN chunks c ON c.id = first.id JOIN documents d ON d.id = c.document_id
        ORDER BY first.times DESC, first.updated_at DESC, first.id
        """,  # noqa: S608 - conditions are written in bot.store
        [RECENT_ANSWERS, *values, *values, limit],
    )
    found: dict[bytes, Waiting] = {}
    for row in rows:
        found.setdefault(row[0], Waiting(*row))
    return list(found.values())
