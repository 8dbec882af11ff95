"""How long answers took of late, hence how long those in the line will take."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise

from bot.store.database import Database

LOOKED_AT = 20
ENOUGH = 5
"""Fewer say nothing about the next one."""


class Pace:
    """The times of the answers in the database. Raises StoreError where the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seconds(self) -> float | None:
        """Of the last LOOKED_AT answers that a model wrote, the median of what each took of the machine; None
        until there are ENOUGH.

        That is the time from when the question was taken up to when its answer was complete, of which any
        answers that were made at the same time have equal parts: of two made together in 20 s, each took 10.
        Answers given again, and those that no model was asked for, are left out: they are over at once.
        """
        rows = self._database.rows(
            """SELECT asked_at, answer ->> '$.timings.total_s' FROM answers
            WHERE answer ->> '$.timings.first_token_s' IS NOT NULL
            ORDER BY asked_at DESC LIMIT ?""",
            [LOOKED_AT],
        )
        spans = [(float(began), float(began) + float(took)) for began, took in rows]
        return statistics.median(shares(spans)) if len(spans) >= ENOUGH else None


def shares(spans: Sequence[tuple[float, float]]) -> list[float]:
    """What each of these (begin, end) took where those at the same time have equal parts of it."""
    moments = sorted({moment for span in spans for moment in span})
    taken = [0.0] * len(spans)
    for begin, end in pairwise(moments):
        together = [at for at, span in enumerate(spans) if span[0] <= begin and end <= span[1]]
        for at in together:
            taken[at] += (end - begin) / len(together)
    return taken
