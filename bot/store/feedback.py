"""What people thought of answers: one vote a person and answer, the last one counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.store.database import Database

UP, DOWN = "up", "down"

OTHER = "other"
REASONS = ("wrong", "incomplete", "unsupported", "outdated", "not_for_me", OTHER)
"""Why a vote is DOWN: false; something is missing; the source does not say it; true no more; should not have
been shown to this person; something else."""
MAX_COMMENT = 3_000
"""Characters of a comment."""


@dataclass(frozen=True)
class Vote:
    """What one person thought of one answer. `reason` and `comment` are "" where nothing was said."""

    team: str
    user: str
    vote: str
    reason: str = ""
    comment: str = ""


class Feedback:
    """The table `feedback`, in verbs. Raises StoreError."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def vote(self, trace_id: str, team: str, user: str, vote: str) -> None:
        """Somebody's vote ("up" or "down") on an answer, in the place of an earlier one.

        The same vote again keeps what was said about it; another one forgets it.
        """
        if vote not in (UP, DOWN):
            raise ValueError(f"a vote is {UP!r} or {DOWN!r}")
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO feedback (trace_id, team, user, vote, at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (trace_id, team, user) DO UPDATE SET
                    reason = iif(vote = excluded.vote, reason, ''),
                    comment = iif(vote = excluded.vote, comment, ''),
                    vote = excluded.vote,
                    at = excluded.at""",
                [trace_id, team, user, vote, self._clock()],
            )

    def explain(self, trace_id: str, team: str, user: str, reason: str, comment: str) -> None:
        """Why an answer did not help somebody. Makes their vote DOWN, whatever it was: they say so now."""
        if reason not in REASONS:
            raise ValueError(f"a reason is one of {REASONS}")
        if len(comment) > MAX_COMMENT:
            raise ValueError(f"a comment has at most {MAX_COMMENT} characters")
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO feedback (trace_id, team, user, vote, at, reason, comment)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (trace_id, team, user) DO UPDATE SET
                    vote = excluded.vote, at = excluded.at,
                    reason = excluded.reason, comment = excluded.comment""",
                [trace_id, team, user, DOWN, self._clock(), reason, comment],
            )

    def votes(self, trace_id: str) -> list[Vote]:
        """Every vote on one answer, the latest last."""
        rows = self._database.rows(
            "SELECT team, user, vote, reason, comment FROM feedback WHERE trace_id = ? ORDER BY at, user",
            [trace_id],
        )
        return [Vote(**dict(row)) for row in rows]

    def counts(self, trace_id: str) -> tuple[int, int]:
        """(👍, 👎) of one answer."""
        row = self._database.row(
            "SELECT count(*) FILTER (WHERE vote = 'up'), count(*) FILTER (WHERE vote = 'down') "
            "FROM feedback WHERE trace_id = ?",
            [trace_id],
        )
        return (0, 0) if row is None else (int(row[0]), int(row[1]))
