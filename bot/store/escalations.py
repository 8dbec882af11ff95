"""Questions that people are asked where an answer did not help: each once, and kept until it is posted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store.database import Database


@dataclass(frozen=True)
class Escalation:
    """One question to people. Once it is posted its words are forgotten here: they stand in Slack."""

    team: str
    trace_id: str
    """Of the answer that did not help."""
    user: str
    """Who asks."""
    channel: str
    """Where people are asked."""
    payload: Mapping[str, Any]
    """What is posted, and where to say that it was."""
    created_at: float
    attempts: int = 0
    """How often a message may have been made for it."""
    permalink: str = ""
    is_posted: bool = False


class Escalations:
    """The table `escalations`, in verbs. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(self, team: str, trace_id: str, user: str, channel: str, payload: Mapping[str, Any]) -> bool:
        """Write it down, to be posted; False where somebody asked people about the same answer before."""
        with self._database.write() as db:
            found = db.conn.execute(
                """INSERT OR IGNORE INTO escalations (team, trace_id, user, channel, payload, created_at)
                VALUES (?, ?, ?, ?, ?, ?)""",
                [team, trace_id, user, channel, json.dumps(payload, ensure_ascii=False), self._clock()],
            )
            return found.rowcount == 1

    def get(self, team: str, trace_id: str) -> Escalation | None:
        """The one about that answer, if there is one."""
        row = self._database.row(
            f"{_SELECT} WHERE team = ? AND trace_id = ?",
            [team, trace_id],
        )
        return None if row is None else _escalation(row)

    def due(self, team: str) -> list[Escalation]:
        """Those to post now, oldest first."""
        rows = self._database.rows(
            f"{_SELECT} WHERE team = ? AND NOT is_posted AND not_before <= ? ORDER BY created_at",
            [team, self._clock()],
        )
        return [_escalation(row) for row in rows]

    def next_due(self, team: str) -> float | None:
        """When the next one may be posted; None if there is none."""
        found = self._database.value(
            "SELECT min(not_before) FROM escalations WHERE team = ? AND NOT is_posted", [team]
        )
        return None if found is None else float(found)

    def attempt(self, one: Escalation) -> None:
        """Say BEFORE a message is made that one may now exist."""
        self._set(one, "attempts = attempts + 1")

    def posted(self, one: Escalation, permalink: str) -> None:
        """It stands in Slack."""
        self._set(one, "is_posted = 1, payload = '{}', permalink = ?", permalink)

    def postpone(self, one: Escalation, seconds: float) -> None:
        """Not now: try again in so many seconds."""
        self._set(one, "not_before = ?", self._clock() + seconds)

    def withdraw(self, one: Escalation) -> None:
        """It can never be posted; it may be asked anew."""
        with self._database.write() as db:
            db.conn.execute(
                "DELETE FROM escalations WHERE team = ? AND trace_id = ?", [one.team, one.trace_id]
            )

    def forget(self, before: float) -> int:
        """Remove those posted that were asked before that time. Says how many those were."""
        with self._database.write() as db:
            return int(
                db.conn.execute(
                    "DELETE FROM escalations WHERE is_posted AND created_at < ?", [before]
                ).rowcount
            )

    def _set(self, one: Escalation, changes: str, *values: object) -> None:
        with self._database.write() as db:
            db.conn.execute(
                f"UPDATE escalations SET {changes} WHERE team = ? AND trace_id = ?",  # noqa: S608 - constants
                [*values, one.team, one.trace_id],
            )


_SELECT = """SELECT team, trace_id, user, channel, payload, created_at, attempts, permalink, is_posted
    FROM escalations"""


def _escalation(row: sqlite3.Row) -> Escalation:
    return Escalation(
        row["team"],
        row["trace_id"],
        row["user"],
        row["channel"],
        json.loads(row["payload"]),
        row["created_at"],
        row["attempts"],
        row["permalink"],
        bool(row["is_posted"]),
    )
