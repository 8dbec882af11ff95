"""Adapters that were prepared on a schedule: which, since when, and what came of each."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.database import Database

READY = "ready"


@dataclass(frozen=True)
class Preparation:
    """One of them."""

    id: int
    name: str
    """Of its dataset and its run."""
    why: str
    """What it was begun for: "schedule" or "answers"."""
    started_at: datetime
    ended_at: datetime | None
    """None: it is under way, or was cut off and goes on."""
    outcome: str
    """READY: measured, for an admin to decide; else what failed; "" until it ended."""


class Preparations:
    """The table `tuning_preparations`, in verbs. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, name: str, why: str, at: datetime) -> Preparation:
        """Another one."""
        with self._database.write() as db:
            row_id = db.conn.execute(
                "INSERT INTO tuning_preparations (name, why, started_at) VALUES (?, ?, ?)",
                [name, why, at.timestamp()],
            ).lastrowid
        return Preparation(int(row_id or 0), name, why, at, None, "")

    def end(self, preparation: Preparation, outcome: str, at: datetime) -> None:
        """It is READY, or failed of something."""
        with self._database.write() as db:
            db.conn.execute(
                "UPDATE tuning_preparations SET ended_at = ?, outcome = ? WHERE id = ?",
                [at.timestamp(), outcome, preparation.id],
            )

    def last(self) -> Preparation | None:
        """The one that was begun last."""
        row = self._database.row(
            """SELECT id, name, why, started_at, ended_at, outcome
            FROM tuning_preparations ORDER BY id DESC LIMIT 1"""
        )
        return None if row is None else _preparation(row)

    def names(self) -> set[str]:
        """Of all."""
        return {row["name"] for row in self._database.rows("SELECT DISTINCT name FROM tuning_preparations")}


def _preparation(row: sqlite3.Row) -> Preparation:
    ended_at = None if row["ended_at"] is None else datetime.fromtimestamp(row["ended_at"], UTC)
    return Preparation(
        row["id"],
        row["name"],
        row["why"],
        datetime.fromtimestamp(row["started_at"], UTC),
        ended_at,
        row["outcome"],
    )
