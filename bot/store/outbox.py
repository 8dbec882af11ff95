"""What is to be said in Slack, kept until Slack has it. A reply is written down together with "answered".

A row is opened when a question is taken up, so that its id can go out with the very first piece of text;
completed with the final reply; then sent. Its id travels as metadata.outbox_id, by which a message whose
sending was never confirmed is found again.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store.answers import Answers
from bot.store.database import Database
from bot.store.inbox import SHARED, Inbox, InboxRow, Incoming
from bot.store.quoted import forget_sent


@dataclass(frozen=True)
class OutboxRow:
    """One reply. state: "open" (being written), "waiting" (final, to be sent), "sent", "unwanted" (to be
    removed from Slack, since its question was deleted) or "dead" (given up, or removed)."""

    id: str
    inbox_id: int
    team: str
    channel: str
    thread_ts: str
    question_ts: str
    ts: str
    """Of our message; empty while Slack has not told us one."""
    payload: Mapping[str, Any]
    state: str
    attempts: int
    """How often a message may have been made for it: 0 means that surely none stands in Slack."""


class Outbox:
    """The table `outbox`, in verbs. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database, inbox: Inbox, clock: Callable[[], float]) -> None:
        self._database = database
        self._inbox = inbox
        self._clock = clock
        self._answers = Answers(database)

    def open(self, question: InboxRow, thread_ts: str) -> OutboxRow | None:
        """The reply to a question: the one begun by an earlier attempt, or a new one.

        None where the question was edited or deleted since it was taken.
        """
        with self._database.write() as db:
            if question.id in self._inbox.overtaken({question.id}):
                return None
            db.conn.execute(
                """INSERT OR IGNORE INTO outbox
                (id, inbox_id, team, channel, thread_ts, payload, state, created_at)
                VALUES (?, ?, ?, ?, ?, '{}', 'open', ?)""",
                [
                    secrets.token_hex(12),
                    question.id,
                    question.team,
                    question.channel,
                    thread_ts,
                    self._clock(),
                ],
            )
            found = db.conn.execute(f"{_SELECT} WHERE outbox.inbox_id = ?", [question.id]).fetchone()
        return _row(found)

    def share(
        self, team: str, channel: str, thread_ts: str, click_ts: str, payload: Mapping[str, Any]
    ) -> bool:
        """An answer that its asker shares, to be posted into that channel (and thread); `click_ts` is a ts of
        Slack from before. False where it stands there already, or is on its way.
        """
        key = f"{SHARED}:{payload['trace_id']}:{channel}:{thread_ts}"
        content = json.dumps(payload, ensure_ascii=False)
        with self._database.write() as db:
            shared = self._inbox.receive(Incoming(team, SHARED, channel, click_ts, key, {}))
            if shared is None:  # one that Slack did not take may be tried again
                tried = db.conn.execute(
                    """UPDATE outbox SET state = 'waiting', not_before = 0, error = '', payload = ?
                    WHERE state = 'dead' AND ts = '' AND inbox_id =
                        (SELECT id FROM inbox WHERE team = ? AND event_id = ?)""",
                    [content, team, key],
                )
                return tried.rowcount == 1
            db.conn.execute(
                """INSERT INTO outbox (id, inbox_id, team, channel, thread_ts, payload, state, created_at)
                VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?)""",
                [secrets.token_hex(12), shared, team, channel, thread_ts, content, self._clock()],
            )
        return True

    def withdraw(self, row: OutboxRow, language: str) -> None:
        """What waits may no longer be shown where it was to go: say so in its place, in "ko" or "en".

        Where nobody asked for it, or nothing stands in Slack of what somebody shared, nothing is said.
        """
        kept = ("trace_id", "response_url", "user", "shown_in_thread", "replaces")
        payload = {name: row.payload[name] for name in kept if name in row.payload}
        payload |= {"withdrawn": language, "reason": "readers", "text": ""}
        is_unwanted = bool(row.payload.get("is_unasked") or row.payload.get("shared"))
        with self._database.write() as db:
            db.conn.execute(
                "UPDATE outbox SET payload = ?, state = ?, not_before = 0 WHERE id = ? AND state = 'waiting'",
                [json.dumps(payload), "unwanted" if is_unwanted else "waiting", row.id],
            )

    def attempt(self, outbox_id: str) -> None:
        """Say BEFORE a message is made that one may now exist."""
        with self._database.write() as db:
            db.conn.execute("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?", [outbox_id])

    def note_ts(self, outbox_id: str, ts: str) -> None:
        """Our message for it stands at `ts`; "" if it is gone."""
        with self._database.write() as db:
            db.conn.execute("UPDATE outbox SET ts = ? WHERE id = ?", [ts, outbox_id])

    def complete(self, row: OutboxRow, payload: Mapping[str, Any], *, error: str = "") -> bool:
        """The final reply, and its question done (a dead letter with `error`), in one transaction.

        False where the question was edited or deleted meanwhile: then the reply, and its trace, are nothing.
        """
        with self._database.write() as db:
            if not self._inbox.close(row.inbox_id, error=error):
                self._answers.forget(str(payload.get("trace_id", "")))
                return False
            db.conn.execute(
                "UPDATE outbox SET payload = ?, state = 'waiting' WHERE id = ? AND state = 'open'",
                [json.dumps(payload, ensure_ascii=False), row.id],
            )
        return True

    def due(self, team: str) -> list[OutboxRow]:
        """The final replies to send now, and the unwanted ones to remove, oldest first."""
        rows = self._database.rows(
            f"""{_SELECT} WHERE outbox.team = ? AND {_TO_DO} AND outbox.not_before <= ?
            ORDER BY outbox.created_at""",
            [team, self._clock()],
        )
        return [_row(tuple(row)) for row in rows]

    def next_due(self, team: str) -> float | None:
        """When the next reply may be sent or removed; None if there is none."""
        found = self._database.value(
            f"SELECT min(outbox.not_before) {_FROM} WHERE outbox.team = ? AND {_TO_DO}",
            [team],
        )
        return None if found is None else float(found)

    def get(self, outbox_id: str) -> OutboxRow | None:
        """One reply as it stands now."""
        row = self._database.row(f"{_SELECT} WHERE outbox.id = ?", [outbox_id])
        return None if row is None else _row(tuple(row))

    def at(self, team: str, channel: str, ts: str) -> OutboxRow | None:
        """The reply that stands at `ts`, if it is one of ours."""
        row = self._database.row(
            f"{_SELECT} WHERE outbox.team = ? AND outbox.channel = ? AND outbox.ts = ?", [team, channel, ts]
        )
        return None if row is None else _row(tuple(row))

    def in_thread(self, team: str, channel: str, thread_ts: str) -> list[OutboxRow]:
        """Every reply to a question of one thread, oldest question first."""
        rows = self._database.rows(
            f"""{_SELECT} WHERE outbox.team = ? AND outbox.channel = ? AND outbox.thread_ts = ?
            AND inbox.kind = 'question' ORDER BY inbox.id""",
            [team, channel, thread_ts],
        )
        return [_row(tuple(row)) for row in rows]

    def sent(self, outbox_id: str, ts: str) -> None:
        """Slack has it, at `ts`; where its question was edited or deleted meanwhile, that is not the end."""
        with self._database.write() as db:
            self.note_ts(outbox_id, ts)
            db.conn.execute(
                """UPDATE outbox SET state = 'sent', sent_at = ?, error = ''
                WHERE id = ? AND state = 'waiting'""",
                [self._clock(), outbox_id],
            )
            forget_sent(db.conn, outbox_id)

    def postpone(self, row: OutboxRow, seconds: float, error: str) -> None:
        """Not now: try again in so many seconds."""
        with self._database.write() as db:
            db.conn.execute(
                "UPDATE outbox SET not_before = ?, error = ? WHERE id = ? AND state = ?",
                [self._clock() + seconds, error, row.id, row.state],
            )

    def bury(self, row: OutboxRow, error: str) -> None:
        """It can never be sent, or never be removed; or it has been."""
        with self._database.write() as db:
            db.conn.execute(
                "UPDATE outbox SET state = 'dead', error = ? WHERE id = ? AND state = ?",
                [error, row.id, row.state],
            )


_FROM = "FROM outbox JOIN inbox ON inbox.id = outbox.inbox_id"
_SELECT = f"""SELECT outbox.id, outbox.inbox_id, outbox.team, outbox.channel, outbox.thread_ts, inbox.ts,
    outbox.ts, outbox.payload, outbox.state, outbox.attempts {_FROM}"""
# what is unwanted is not touched before whoever writes it has let go of it: see Inbox.release
_TO_DO = "(outbox.state = 'waiting' OR (outbox.state = 'unwanted' AND inbox.state != 'deleted'))"


def _row(found: tuple[Any, ...] | sqlite3.Row) -> OutboxRow:
    number, inbox_id, team, channel, thread_ts, question_ts, ts, payload, state, attempts = found
    return OutboxRow(
        number, inbox_id, team, channel, thread_ts, question_ts, ts, json.loads(payload), state, attempts
    )
