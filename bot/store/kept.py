"""Answers kept to be given again: for each wording of a question and audience the last one, if it was found.

What makes it fit to be given again is checked by who gives it (bot.answering.reuse); here only what the
database knows: a document behind it is as it was, and nobody said that it was wrong.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from bot.store.database import Database


@dataclass(frozen=True)
class QuestionKey:
    """Questions with the same key may share an answer."""

    audience: str
    """Who may read it, what it was narrowed to, and what made it, as one digest."""
    wording: str
    """What is asked: that of bot.answering.wording."""


def keep(connection: sqlite3.Connection, key: QuestionKey, trace_id: str, *, is_found: bool) -> None:
    """Within the transaction that records an answer made anew: it takes the place of the one before."""
    connection.execute(
        "DELETE FROM kept_answers WHERE audience = ? AND wording = ?", [key.audience, key.wording]
    )
    if is_found:
        connection.execute("INSERT INTO kept_answers VALUES (?, ?, ?)", [key.audience, key.wording, trace_id])


def kept_trace_id(database: Database, key: QuestionKey) -> str | None:
    """Of the answer kept for a question; None also where somebody voted it, or a repetition of it, down, or
    wrote the right answer in its place."""
    trace_id = database.value(
        """
        SELECT trace_id FROM kept_answers k JOIN answers USING (trace_id)
        WHERE audience = ? AND wording = ? AND NOT is_forgotten AND NOT EXISTS (
            SELECT 1 FROM feedback WHERE vote = 'down' AND (
                trace_id = k.trace_id
                OR trace_id IN (SELECT trace_id FROM answers WHERE repeats = k.trace_id)))
        AND NOT EXISTS (SELECT 1 FROM corrections WHERE trace_id = k.trace_id
            OR trace_id IN (SELECT trace_id FROM answers WHERE repeats = k.trace_id))
        """,
        [key.audience, key.wording],
    )
    return None if trace_id is None else str(trace_id)
