"""Right answers that people wrote where an answer of the bot did not help.

Each is bound to that answer, and goes with it: when its question is edited or deleted, and when one of the
documents found for it goes or says something else (bot.store.quoted), for it may repeat their words.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.errors import NotFound
from bot.store.answers import AnswerRecord, Answers
from bot.store.database import Database


@dataclass(frozen=True)
class Correction:
    """What a person answered."""

    trace_id: str
    """Of the answer that did not help."""
    question: str
    """As people were asked it."""
    answer: str
    who: str
    """A principal."""
    at: datetime
    readers: tuple[str, ...]
    """Principals: who could read it where it was given."""


@dataclass(frozen=True)
class CorrectedAnswer:
    """A correction, and what the bot had found."""

    correction: Correction
    record: AnswerRecord
    """Of the bot's answer; where that was given again, as it was made."""
    documents: Mapping[str, str]
    """Ids of those that had been found, with their versions when the correction was written."""


class Corrections:
    """The table `corrections`, in verbs. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answers = Answers(database)

    def add(self, correction: Correction) -> bool:
        """Keep it in the place of an earlier one, with the versions of now of what had been found.

        False, and nothing is kept, where there is nothing it can be bound to: the bot's answer is gone, lost
        its words with a document, or was for the asker alone.
        """
        with self._database.write() as db:
            self.drop(correction.trace_id)
            added = db.conn.execute(
                """INSERT INTO corrections (trace_id, question, answer, who, at, readers)
                SELECT trace_id, ?, ?, ?, ?, ? FROM answers
                WHERE trace_id = ? AND NOT is_forgotten AND NOT is_private""",
                [
                    correction.question,
                    correction.answer,
                    correction.who,
                    correction.at.timestamp(),
                    json.dumps(sorted(correction.readers)),
                    correction.trace_id,
                ],
            ).rowcount
            db.conn.execute(
                """INSERT INTO correction_documents (trace_id, document_id, version)
                SELECT c.trace_id, d.id, d.version FROM corrections c
                JOIN answer_documents a ON a.trace_id = c.trace_id JOIN documents d ON d.id = a.document_id
                WHERE c.trace_id = ?""",
                [correction.trace_id],
            )
            return added == 1

    def drop(self, trace_id: str) -> None:
        """Keep nothing of what a person wrote in the place of that answer. None is no error."""
        with self._database.write() as db:
            db.conn.execute("DELETE FROM corrections WHERE trace_id = ?", [trace_id])

    def all(self) -> list[CorrectedAnswer]:
        """Oldest first."""
        rows = self._database.rows(
            """SELECT c.*, coalesce(nullif(a.repeats, ''), a.trace_id) AS original
            FROM corrections c JOIN answers a USING (trace_id) ORDER BY c.at, c.trace_id"""
        )
        found: list[CorrectedAnswer] = []
        for row in rows:
            try:
                record = self._answers.get(row["original"])
            except NotFound:  # its question was deleted
                continue
            found.append(CorrectedAnswer(_correction(row), record, self._documents(row["trace_id"])))
        return found

    def _documents(self, trace_id: str) -> dict[str, str]:
        rows = self._database.rows(
            "SELECT document_id, version FROM correction_documents WHERE trace_id = ? ORDER BY document_id",
            [trace_id],
        )
        return {row["document_id"]: row["version"] for row in rows}


def _correction(row: sqlite3.Row) -> Correction:
    return Correction(
        row["trace_id"],
        row["question"],
        row["answer"],
        row["who"],
        datetime.fromtimestamp(row["at"], UTC),
        tuple(json.loads(row["readers"])),
    )
