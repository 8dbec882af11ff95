"""What admins are to hear of connectors: that one fails, that it works again, that it wants a decision.

Each is said once. A source that comes and goes is reported once an hour at most, and its recovery only where
its failure was. Who hears it, and whether they did, is kept for each workspace and admin.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from bot.store.database import Database

AT_MOST_EVERY = timedelta(hours=1)
KEPT = timedelta(days=90)
TOLD_WITHIN = timedelta(days=2)
"""Older news is no news: somebody who became an admin today does not hear last month's."""


class Kind(Enum):
    """What a notice is about."""

    FAILING = "failing"
    RECOVERED = "recovered"
    DOUBT = "doubt"
    NOT_FOR_ME = "not_for_me"
    """Somebody says that an answer should not have been shown to them."""
    ADAPTER_ROLLED_BACK = "adapter_rolled_back"
    """A tuned adapter was worse than the model without it."""
    ADAPTER_LEARNED = "adapter_learned"
    """A tuned adapter learned from documents that are gone."""
    ADAPTER_PROVEN = "adapter_proven"
    """One that was prepared on the schedule is better, and may be activated."""
    ADAPTER_UNPROVEN = "adapter_unproven"
    """One that was prepared on the schedule is not better, or may have lost something."""
    ADAPTER_FAILED = "adapter_failed"
    """One could not be prepared on the schedule."""


_ONCE = (
    Kind.DOUBT,
    Kind.NOT_FOR_ME,
    Kind.ADAPTER_LEARNED,
    Kind.ADAPTER_PROVEN,
    Kind.ADAPTER_UNPROVEN,
)
"""Said once for each `detail`, whoever brings it up again."""


@dataclass(frozen=True)
class Notice:
    """Something about a connector. `detail` is the reason; of a doubt its id (bot.store.doubts).

    Of NOT_FOR_ME, which is about an answer, `connector` is "" and `detail` the answer's trace_id. Of what is
    about an adapter, `connector` is its name; `detail` of ADAPTER_LEARNED tells how many documents, that of
    ADAPTER_PROVEN and ADAPTER_UNPROVEN is the name again, that of ADAPTER_FAILED the reason.
    """

    id: int
    connector: str
    kind: Kind
    detail: str
    at: datetime


@dataclass(frozen=True)
class NoticeMessage:
    """A notice on its way to one admin."""

    notice: Notice
    team: str
    user: str
    attempts: int
    """How often a message may have been made for it."""


class Notices:
    """The tables `notices` and `notice_messages`, in verbs. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- what there is to hear ------------------------------------------------------------------------------

    def note(self, connector: str, error: str, at: datetime) -> None:
        """A sync ended, with this error or with none. Says so where that is news."""
        with self._database.write() as db:
            if self._is_open_doubt(connector, error):
                return
            last = self._last(connector, Kind.FAILING, Kind.RECOVERED)
            is_known = last is not None and last.kind is Kind.FAILING
            if error and not is_known:
                failed = self._last(connector, Kind.FAILING)
                if failed is None or at - failed.at >= AT_MOST_EVERY:
                    self.add(connector, Kind.FAILING, error, at)
            elif is_known and not error:
                self.add(connector, Kind.RECOVERED, "", at)
            db.conn.execute("DELETE FROM notices WHERE at < ?", [(at - KEPT).timestamp()])

    def add(self, connector: str, kind: Kind, detail: str, at: datetime) -> None:
        """Have admins hear this, once."""
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO notices (connector, kind, detail, at)
                SELECT :connector, :kind, :detail, :at WHERE NOT :once OR NOT EXISTS
                    (SELECT 1 FROM notices WHERE kind = :kind AND detail = :detail)""",
                {
                    "connector": connector,
                    "kind": kind.value,
                    "detail": detail,
                    "at": at.timestamp(),
                    "once": kind in _ONCE,
                },
            )

    def forget(self, connector: str) -> None:
        """Nobody has to hear of it any more."""
        with self._database.write() as db:
            db.conn.execute("DELETE FROM notices WHERE connector = ?", [connector])

    # --- who hears it ---------------------------------------------------------------------------------------

    def is_any(self, now: datetime) -> bool:
        """Whether there is something that somebody may not have heard."""
        found = self._database.value("SELECT 1 FROM notices WHERE at >= ?", [(now - TOLD_WITHIN).timestamp()])
        return found is not None

    def due(self, team: str, admins: Collection[str], now: datetime) -> list[NoticeMessage]:
        """What these admins have not heard, oldest first, and may be told now."""
        found = [self._due_to(user, team, now) for user in sorted(admins)]
        return sorted((one for each in found for one in each), key=lambda one: one.notice.id)

    def attempt(self, message: NoticeMessage) -> None:
        """Say BEFORE a message is made that one may now exist."""
        self._set(message, "attempts = attempts + 1")

    def postpone(self, message: NoticeMessage, until: datetime) -> None:
        """Not now."""
        self._set(message, "not_before = ?", until.timestamp())

    def done(self, message: NoticeMessage) -> None:
        """It stands in Slack, or never will."""
        self._set(message, "is_done = 1")

    def _set(self, message: NoticeMessage, changes: str, *values: object) -> None:
        key = [message.notice.id, message.team, message.user]
        with self._database.write() as db:
            db.conn.execute(
                "INSERT OR IGNORE INTO notice_messages (notice_id, team, user) VALUES (?, ?, ?)", key
            )
            db.conn.execute(
                f"""UPDATE notice_messages SET {changes}
                WHERE notice_id = ? AND team = ? AND user = ?""",  # noqa: S608 - constants
                [*values, *key],
            )

    def _due_to(self, user: str, team: str, now: datetime) -> list[NoticeMessage]:
        rows = self._database.rows(
            """SELECT n.id, n.connector, n.kind, n.detail, n.at, coalesce(m.attempts, 0) AS attempts
            FROM notices n LEFT JOIN notice_messages m ON m.notice_id = n.id AND m.team = ? AND m.user = ?
            WHERE n.at >= ? AND coalesce(m.is_done, 0) = 0 AND coalesce(m.not_before, 0) <= ?""",
            [team, user, (now - TOLD_WITHIN).timestamp(), now.timestamp()],
        )
        return [NoticeMessage(_notice(row), team, user, row["attempts"]) for row in rows]

    def _last(self, connector: str, *kinds: Kind) -> Notice | None:
        row = self._database.row(
            f"""SELECT id, connector, kind, detail, at FROM notices
            WHERE connector = ? AND kind IN ({", ".join("?" * len(kinds))})
            ORDER BY id DESC LIMIT 1""",  # noqa: S608 - only question marks are put in
            [connector, *(kind.value for kind in kinds)],
        )
        return None if row is None else _notice(row)

    def _is_open_doubt(self, connector: str, error: str) -> bool:
        """A sync that ended in a question is no failure: the question itself is what admins hear."""
        return bool(error) and bool(
            self._database.value("SELECT 1 FROM doubts WHERE connector = ?", [connector])
        )


def _notice(row: sqlite3.Row) -> Notice:
    at = datetime.fromtimestamp(row["at"], UTC)
    return Notice(row["id"], row["connector"], Kind(row["kind"]), row["detail"], at)
