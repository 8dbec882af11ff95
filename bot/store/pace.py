"""How long answers took of late."""

from __future__ import annotations

import statistics

from bot.store.database import Database

LOOKED_AT = 20
ENOUGH = 5
"""Fewer say nothing about the next one."""


class Pace:
    """The times of the answers in the database. Raises StoreError where the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seconds(self) -> float | None:
        """The median of the last LOOKED_AT answers that a model wrote; None until there are ENOUGH.

        A time is that from when the question was taken up to when its answer was complete. Answers given
        again, and those that no model was asked for, are left out: they are over at once.
        """
        rows = self._database.rows(
            """SELECT answer ->> '$.timings.total_s' FROM answers
            WHERE answer ->> '$.timings.first_token_s' IS NOT NULL
            ORDER BY asked_at DESC LIMIT ?""",
            [LOOKED_AT],
        )
        times = [float(row[0]) for row in rows]
        return statistics.median(times) if len(times) >= ENOUGH else None
