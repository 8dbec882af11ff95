"""What people thought of answers: one vote a person and answer, the last one counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.store.database import Database
from bot.store.notices import Kind, Notices

UP, DOWN = "up", "down"

OTHER, OUTDATED, NOT_FOR_ME = "other", "outdated", "not_for_me"
REASONS = ("wrong", "incomplete", "unsupported", OUTDATED, "missing_source", NOT_FOR_ME, OTHER)
"""Why a vote is DOWN: false; something is missing; the source does not say it; true no more; the document
that says it was not looked at; should not have been shown to this person; something else."""
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


@dataclass(frozen=True)
class VoteCounts:
    """How many votes there are."""

    up: int = 0
    down: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Of REASONS those that were given, the most frequent first. Not every vote DOWN has one."""


class Feedback:
    """The table `feedback`, in verbs. Raises StoreError."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._notices = Notices(database)

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
        """Why an answer did not help somebody. Makes their vote DOWN, whatever it was: they say so now.

        That it was not meant for them is told to admins too: which answer, not who says so nor their words.
        """
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
            if reason == NOT_FOR_ME:
                self._notices.add("", Kind.NOT_FOR_ME, trace_id, datetime.fromtimestamp(self._clock(), UTC))

    def votes(self, trace_id: str) -> list[Vote]:
        """Every vote on one answer, the latest last."""
        rows = self._database.rows(
            "SELECT team, user, vote, reason, comment FROM feedback WHERE trace_id = ? ORDER BY at, user",
            [trace_id],
        )
        return [Vote(**dict(row)) for row in rows]

    def counted(self, since: datetime | None = None) -> VoteCounts:
        """The votes on all answers, those cast from `since` on."""
        rows = self._database.rows(
            "SELECT vote, reason, count(*) AS votes FROM feedback WHERE at >= ? GROUP BY vote, reason",
            [since.timestamp() if since else 0.0],
        )
        votes = {vote: sum(row["votes"] for row in rows if row["vote"] == vote) for vote in (UP, DOWN)}
        given = {row["reason"]: row["votes"] for row in rows if row["vote"] == DOWN and row["reason"]}
        return VoteCounts(votes[UP], votes[DOWN], by_frequency(given))

    def approved(self, since: datetime | None = None) -> int:
        """How many answers have a 👍 and no 👎, the first 👍 after `since`, or were corrected by a person
        after it. A repetition of an answer is that answer: what it got counts for it."""
        return int(
            self._database.value(
                """WITH originals AS (
                    SELECT trace_id, coalesce(nullif(repeats, ''), trace_id) AS original FROM answers)
                SELECT count(*) FROM (
                    SELECT original FROM feedback JOIN originals USING (trace_id) GROUP BY original
                        HAVING min(iif(vote = 'up', at, NULL)) > :since AND max(vote = 'down') = 0
                    UNION
                    SELECT original FROM corrections JOIN originals USING (trace_id) WHERE at > :since)""",
                {"since": since.timestamp() if since else 0.0},
            )
        )

    def counts(self, trace_id: str) -> tuple[int, int]:
        """(👍, 👎) of one answer."""
        row = self._database.row(
            "SELECT count(*) FILTER (WHERE vote = 'up'), count(*) FILTER (WHERE vote = 'down') "
            "FROM feedback WHERE trace_id = ?",
            [trace_id],
        )
        return (0, 0) if row is None else (int(row[0]), int(row[1]))


def by_frequency(reasons: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first; those given as often in the order of REASONS."""
    known = sorted(reasons, key=lambda reason: (-reasons[reason], [*REASONS, reason].index(reason)))
    return {reason: reasons[reason] for reason in known}
