"""What people thought of answers: one vote a person and answer, the last one counts."""

from __future__ import annotations

from collections.abc import Callable

from bot.store.database import Database

UP, DOWN = "up", "down"


class Feedback:
    """The table `feedback`, in verbs. Raises StoreError."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def vote(self, trace_id: str, team: str, user: str, vote: str) -> None:
        """Somebody's vote ("up" or "down") on an answer, in the place of an earlier one."""
        if vote not in (UP, DOWN):
            raise ValueError(f"a vote is {UP!r} or {DOWN!r}")
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO feedback (trace_id, team, user, vote, at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (trace_id, team, user) DO UPDATE SET vote = excluded.vote, at = excluded.at""",
                [trace_id, team, user, vote, self._clock()],
            )

    def counts(self, trace_id: str) -> tuple[int, int]:
        """(👍, 👎) of one answer."""
        row = self._database.row(
            "SELECT count(*) FILTER (WHERE vote = 'up'), count(*) FILTER (WHERE vote = 'down') "
            "FROM feedback WHERE trace_id = ?",
            [trace_id],
        )
        return (0, 0) if row is None else (int(row[0]), int(row[1]))
