"""Which weekly digests were sent where: each once a week and place, whatever dies in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from bot.store.database import Database


class State(Enum):
    """What became of one."""

    WAITING = "waiting"
    SENT = "sent"
    QUIET = "quiet"
    """There was nothing to tell, or nobody to tell it to any more."""
    REFUSED = "refused"
    """Slack does not let us in there."""


@dataclass(frozen=True)
class SentDigest:
    """The digest of one week for one place."""

    team: str
    week: str
    """Of the moment it was due, as in "2026-W47"."""
    place: str
    """The id of a channel or a person."""
    state: State = State.WAITING
    attempts: int = 0
    """How often a message may have been made for it."""
    attempted_at: datetime | None = None
    """The first time."""
    not_before: datetime | None = None


_WEEK_ITSELF = ""
"""The place that stands for all of them."""


class Digests:
    """The table `digests`, in verbs. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_week(self, team: str, week: str) -> Mapping[str, SentDigest]:
        """Those of which something is known, by place."""
        rows = self._database.rows(
            "SELECT * FROM digests WHERE team = ? AND week = ? AND place != ?", [team, week, _WEEK_ITSELF]
        )
        return {row["place"]: _digest(row) for row in rows}

    def is_over(self, team: str, week: str) -> bool:
        """Is nothing to be sent any more in that week, to whomever?"""
        return (
            self._database.value(
                "SELECT 1 FROM digests WHERE team = ? AND week = ? AND place = ?", [team, week, _WEEK_ITSELF]
            )
            is not None
        )

    def end_week(self, team: str, week: str) -> None:
        """Everybody has what there was to tell: who comes to be told later is, next week."""
        self.settle(SentDigest(team, week, _WEEK_ITSELF), State.SENT)

    def attempt(self, digest: SentDigest, now: datetime) -> None:
        """Say BEFORE a message is made that one may now exist."""
        self._set(
            digest,
            "attempts = attempts + 1, attempted_at = coalesce(attempted_at, ?)",
            now.timestamp(),
        )

    def postpone(self, digest: SentDigest, until: datetime) -> None:
        """Not now."""
        self._set(digest, "not_before = ?", until.timestamp())

    def settle(self, digest: SentDigest, state: State) -> None:
        """This is what became of it."""
        self._set(digest, "state = ?", state.value)

    def _set(self, digest: SentDigest, changes: str, *values: object) -> None:
        key = [digest.team, digest.week, digest.place]
        with self._database.write() as db:
            db.conn.execute("INSERT OR IGNORE INTO digests (team, week, place) VALUES (?, ?, ?)", key)
            db.conn.execute(
                f"UPDATE digests SET {changes} "  # noqa: S608 - constants
                "WHERE team = ? AND week = ? AND place = ?",
                [*values, *key],
            )


def _digest(row: sqlite3.Row) -> SentDigest:
    return SentDigest(
        row["team"],
        row["week"],
        row["place"],
        State(row["state"]),
        row["attempts"],
        _moment(row["attempted_at"]),
        _moment(row["not_before"]),
    )


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
