"""When the bot speaks in which channel, and questions that it takes up though nobody put them to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.outbox import OutboxRow


class Speaks(StrEnum):
    """When the bot answers in a channel."""

    MENTION = "mention"
    """When it is mentioned, and in threads where it was."""
    QUESTIONS = "questions"
    """Also every question that nobody in particular was asked."""
    SURE = "sure"
    """Those too, but only with an answer that was found; otherwise nobody notices that it looked."""


@dataclass(frozen=True)
class ChannelSetting:
    """What somebody set for a channel. `set_by` is a principal."""

    team: str
    channel: str
    speaks: Speaks
    set_by: str
    set_at: datetime


class Channels:
    """The table `channels`, in verbs. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._audit = Audit(database)

    def speaks(self, team: str, channel: str) -> Speaks:
        """When the bot answers there: MENTION unless somebody set it otherwise."""
        found = self._database.value(
            "SELECT speaks FROM channels WHERE team = ? AND channel = ?", [team, channel]
        )
        return Speaks(found) if found else Speaks.MENTION

    def change(self, team: str, channel: str, speaks: Speaks, *, who: str) -> None:
        """Set it from now on, and leave an audit row, in one transaction."""
        with self._database.write() as db:
            db.conn.execute("DELETE FROM channels WHERE team = ? AND channel = ?", [team, channel])
            if speaks is not Speaks.MENTION:
                db.conn.execute(
                    "INSERT INTO channels (team, channel, speaks, set_by, set_at) VALUES (?, ?, ?, ?, ?)",
                    [team, channel, speaks.value, who, self._clock()],
                )
            self._audit.append(who, "channel", f"{channel}: {speaks.value}")

    def settings(self, team: str = "") -> list[ChannelSetting]:
        """Every channel (of one team) where it is not MENTION."""
        rows = self._database.rows(
            """SELECT team, channel, speaks, set_by, set_at FROM channels
            WHERE ? IN ('', team) ORDER BY team, channel""",
            [team],
        )
        return [
            ChannelSetting(
                row["team"],
                row["channel"],
                Speaks(row["speaks"]),
                row["set_by"],
                datetime.fromtimestamp(row["set_at"], UTC),
            )
            for row in rows
        ]


class Unasked:
    """Questions that were put to nobody in particular, in verbs. Every method raises StoreError."""

    def __init__(self, database: Database, inbox: Inbox) -> None:
        self._database = database
        self._inbox = inbox

    def has_answered(self, team: str, channel: str, thread_ts: str) -> bool:
        """Does a reply of ours stand in that thread, or is one on its way? Then it may be asked on."""
        found = self._database.row(
            """SELECT 1 FROM outbox WHERE team = ? AND channel = ? AND thread_ts = ?
            AND state IN ('waiting', 'sent')""",
            [team, channel, thread_ts],
        )
        return found is not None

    def withdraw(self, reply: OutboxRow) -> bool:
        """Say nothing after all: the question is done, and what stands in Slack for it is to be removed.

        False, and nothing is done, where the question was edited or deleted since it was taken.
        """
        with self._database.write() as db:
            if not self._inbox.close(reply.inbox_id):
                return False
            db.conn.execute(
                """UPDATE outbox SET payload = '{}', state = 'unwanted', not_before = 0
                WHERE id = ? AND state = 'open'""",
                [reply.id],
            )
        return True
