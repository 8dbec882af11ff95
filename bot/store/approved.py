"""Answers that people approved. A repetition of an answer is that answer: what it got counts for it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import NotFound
from bot.store.answers import AnswerRecord, Answers
from bot.store.database import Database


@dataclass(frozen=True)
class ApprovedAnswer:
    """An answer with a 👍 and no 👎."""

    record: AnswerRecord
    people: int
    """Who gave it a 👍."""
    is_private: bool
    """Only the asker saw it. Also where that is not known."""


class ApprovedAnswers:
    """Reads only. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answers = Answers(database)

    def all(self) -> list[ApprovedAnswer]:
        """Oldest first, each once however often it was given."""
        rows = self._database.rows(
            """WITH votes AS (
                SELECT coalesce(nullif(a.repeats, ''), a.trace_id) AS original, f.vote, f.team, f.user
                FROM feedback f JOIN answers a USING (trace_id))
            SELECT a.trace_id, a.is_private, count(DISTINCT v.team || '/' || v.user) AS people
            FROM answers a JOIN votes v ON v.original = a.trace_id
            WHERE a.repeats = '' AND v.vote = 'up' AND NOT EXISTS (
                SELECT 1 FROM votes d WHERE d.original = a.trace_id AND d.vote = 'down')
            GROUP BY a.trace_id ORDER BY a.asked_at, a.trace_id"""
        )
        found: list[ApprovedAnswer] = []
        for row in rows:
            try:
                record = self._answers.get(row["trace_id"])
            except NotFound:  # its question was deleted just now
                continue
            found.append(ApprovedAnswer(record, row["people"], bool(row["is_private"])))
        return found
