"""What answers of some days say about the documents they were made from: for whoever keeps these up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.database import Database
from bot.store.feedback import OUTDATED


@dataclass(frozen=True)
class UsedDocument:
    """A document that is there now and that answers cite."""

    document_id: str
    connector: str
    title: str
    updated_at: datetime | None
    """When it last changed at its source; None where that is not known."""
    times: int
    """Answers, or votes, that it is about."""


@dataclass(frozen=True)
class CastVote:
    """A vote, without who cast it."""

    vote: str
    reason: str
    connectors: frozenset[str]
    """Of the documents that the answer cites or, where it cites none, that came near; perhaps none."""


class Upkeep:
    """Reads only. `since` is part of what is asked for, `until` is not. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cited(self, since: datetime, until: datetime) -> list[UsedDocument]:
        """The documents that answers cite, the most cited first."""
        return self._used(
            """SELECT d.id, d.connector, d.title, d.updated_at, count(DISTINCT a.trace_id) AS times
            FROM answers a JOIN cited_documents c ON c.trace_id = a.trace_id
            JOIN documents d ON d.id = c.document_id WHERE a.asked_at >= ? AND a.asked_at < ?
            GROUP BY d.id ORDER BY times DESC, d.updated_at, d.id""",
            [since.timestamp(), until.timestamp()],
        )

    def outdated(self, since: datetime, until: datetime) -> list[UsedDocument]:
        """The documents of answers that were voted down as outdated, those of most such votes first."""
        return self._used(
            """SELECT d.id, d.connector, d.title, d.updated_at,
                count(DISTINCT f.trace_id || ' ' || f.team || ' ' || f.user) AS times
            FROM feedback f JOIN cited_documents c ON c.trace_id = f.trace_id
            JOIN documents d ON d.id = c.document_id
            WHERE f.vote = 'down' AND f.reason = ? AND f.at >= ? AND f.at < ?
            GROUP BY d.id ORDER BY times DESC, d.updated_at, d.id""",
            [OUTDATED, since.timestamp(), until.timestamp()],
        )

    def votes(self, since: datetime, until: datetime) -> list[CastVote]:
        """All of them, in no order."""
        rows = self._database.rows(
            """SELECT vote, reason,
                (SELECT json_group_array(DISTINCT d.connector) FROM cited_documents c
                    JOIN documents d ON d.id = c.document_id WHERE c.trace_id = f.trace_id) AS cited,
                (SELECT json_group_array(DISTINCT d.connector)
                    FROM answers a, json_each(a.answer, '$.nearest') n
                    JOIN documents d ON d.id = n.value ->> 'document_id'
                    WHERE a.trace_id = f.trace_id) AS near
            FROM feedback f WHERE at >= ? AND at < ?""",
            [since.timestamp(), until.timestamp()],
        )
        return [
            CastVote(
                row["vote"],
                row["reason"],
                frozenset(json.loads(row["cited"]) or json.loads(row["near"])),
            )
            for row in rows
        ]

    def waiting(self, team: str = "") -> dict[str, int]:
        """How many questions to people are open, of all times, by connector; "" for those of none."""
        rows = self._database.rows(
            """SELECT connector, count(*) FROM escalations
            WHERE is_posted AND resolved_by = '' AND ? IN (team, '') GROUP BY connector""",
            [team],
        )
        return {row[0]: row[1] for row in rows}

    def languages(self) -> dict[tuple[str, str], int]:
        """(connector, language) -> how many documents."""
        rows = self._database.rows(
            "SELECT connector, language, count(*) FROM documents GROUP BY connector, language"
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def _used(self, sql: str, values: list[object]) -> list[UsedDocument]:
        return [
            UsedDocument(
                row["id"],
                row["connector"],
                row["title"],
                None if row["updated_at"] is None else datetime.fromtimestamp(row["updated_at"], UTC),
                row["times"],
            )
            for row in self._database.rows(sql, values)
        ]
