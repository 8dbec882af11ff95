"""What came from Slack and has to be dealt with, kept until it is. Written before Slack hears an ack."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store.database import Database

QUESTION, EDITED, DELETED = "question", "edited", "deleted"
SHARED = "shared"
"""An answer was put where others read it: a row only so that its copy in the outbox is one."""

LOOK_AHEAD = 200
"""How many waiting rows `take` looks at for one whose thread is free."""


@dataclass(frozen=True)
class Incoming:
    """Something to write down. `ts` and `kind` make it one thing, however often it is delivered."""

    team: str
    kind: str
    channel: str
    ts: str
    event_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class InboxRow:
    """Something that was written down. `attempts` counts this one too."""

    id: int
    team: str
    channel: str
    ts: str
    payload: Mapping[str, Any]
    attempts: int
    received_at: float


class Inbox:
    """The tables `inbox` and `threads`, in verbs. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._turns: dict[str, float] = {}
        """When each person last had a turn. Lost with the process: the turns begin anew then."""

    def receive(self, incoming: Incoming, *, joins: str = "") -> int | None:
        """Write it down, join thread `joins` with it, and return the row's id; None if it was here before.

        A question that was edited or deleted before it came is the edited one, or none.
        """
        with self._database.write() as db:
            payload, state = incoming.payload, "done"
            if incoming.kind == QUESTION:
                payload, state = self._as_revised(incoming)
            found = db.conn.execute(
                """INSERT OR IGNORE INTO inbox
                (team, kind, channel, ts, event_id, payload, state, received_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    incoming.team,
                    incoming.kind,
                    incoming.channel,
                    incoming.ts,
                    incoming.event_id,
                    json.dumps(payload, ensure_ascii=False),
                    state,
                    self._clock(),
                ],
            )
            if found.rowcount != 1:
                return None
            if joins:
                db.conn.execute(
                    "INSERT OR IGNORE INTO threads (team, channel, thread_ts, joined_at) VALUES (?, ?, ?, ?)",
                    [incoming.team, incoming.channel, joins, self._clock()],
                )
            return found.lastrowid

    def is_joined(self, team: str, channel: str, thread_ts: str) -> bool:
        """Is this a thread where a follow-up needs no mention?"""
        found = self._database.row(
            "SELECT 1 FROM threads WHERE team = ? AND channel = ? AND thread_ts = ?",
            [team, channel, thread_ts],
        )
        return found is not None

    def question(self, team: str, channel: str, ts: str) -> InboxRow | None:
        """The question of that message, if it is one."""
        found = self._database.row(
            f"SELECT {_COLUMNS} FROM inbox WHERE team = ? AND channel = ? AND ts = ? AND kind = 'question'",  # noqa: S608
            [team, channel, ts],
        )
        return None if found is None else _row(tuple(found))

    def was_deleted(self, team: str, channel: str, ts: str) -> bool:
        """Has that message been deleted (even before it came, where events were reordered)?"""
        found = self._database.row(
            "SELECT 1 FROM inbox WHERE team = ? AND channel = ? AND ts = ? AND kind = 'deleted'",
            [team, channel, ts],
        )
        return found is not None

    def _as_revised(self, question: Incoming) -> tuple[Mapping[str, Any], str]:
        """Its payload and state after the edits, or the deletion, that came before it."""
        if self.was_deleted(question.team, question.channel, question.ts):
            return {"thread_ts": question.payload.get("thread_ts", "")}, "done"
        edits = self._database.rows(
            """SELECT ts, payload FROM inbox
            WHERE team = ? AND channel = ? AND kind = 'edited' AND payload ->> 'of' = ?""",
            [question.team, question.channel, question.ts],
        )
        if not edits:
            return question.payload, "waiting"
        last = max(edits, key=lambda edit: float(edit["ts"]))
        return json.loads(last["payload"]), "waiting"

    def take(self, team: str, busy_threads: Collection[tuple[str, str]] = ()) -> InboxRow | None:
        """The first waiting question outside `busy_threads` (channel, thread), now being worked on; or None.

        People take turns: see `waiting`. The questions of one thread are answered one after the other,
        because each is history to the next.
        """
        with self._database.write() as db:
            for found in db.conn.execute(_LINE, self._in_line(team)).fetchall():
                row = _row(found)
                if (row.channel, str(row.payload.get("thread_ts", ""))) in busy_threads:
                    continue
                db.conn.execute(
                    "UPDATE inbox SET state = 'working', attempts = attempts + 1 WHERE id = ?", [row.id]
                )
                self._turns[str(row.payload.get("user", ""))] = self._clock()
                return InboxRow(
                    row.id, row.team, row.channel, row.ts, row.payload, row.attempts + 1, row.received_at
                )
        return None

    def put_back(self, row_id: int, *, was_tried: bool = True) -> None:
        """Let a question wait again; its place in the line is the old one. Where it was not even `was_tried`,
        having been taken counts as no attempt."""
        with self._database.write() as db:
            db.conn.execute(
                """UPDATE inbox SET state = 'waiting', attempts = attempts - ?
                WHERE id = ? AND state = 'working'""",
                [0 if was_tried else 1, row_id],
            )

    def put_all_back(self, team: str) -> int:
        """On start: what a process that died was working on waits again. Says how many that were."""
        with self._database.write() as db:
            return int(
                db.conn.execute(
                    "UPDATE inbox SET state = 'waiting' WHERE team = ? AND state = 'working'", [team]
                ).rowcount
            )

    def close(self, row_id: int, *, error: str = "") -> bool:
        """Done with it; with an `error` it is a dead letter.

        False, and nothing is done, where the question is no longer what was taken: edited since, or deleted.
        """
        with self._database.write() as db:
            found = db.conn.execute(
                """UPDATE inbox SET state = ?, error = ?, finished_at = ?
                WHERE id = ? AND state = 'working' RETURNING coalesce(payload ->> 'user', '')""",
                ["dead" if error else "done", error, self._clock(), row_id],
            ).fetchall()
            for (person,) in found:  # a turn lasts until the answer: who asked meanwhile is next
                self._turns[person] = self._clock()
            return bool(found)

    def overtaken(self, working_on: Collection[int]) -> set[int]:
        """Those that were edited or deleted since they were taken: what is being written is not wanted."""
        rows = self._database.rows(
            "SELECT id FROM inbox WHERE state != 'working' AND id IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(working_on))],
        )
        return {int(row[0]) for row in rows}

    def release(self, team: str, working_on: Collection[int]) -> list[InboxRow]:
        """Be done with the deleted questions that nobody works on any more; returns them.

        Until then their replies are not removed: a message may be on its way.
        """
        with self._database.write() as db:
            rows = [
                _row(found)
                for found in db.conn.execute(
                    f"SELECT {_COLUMNS} FROM inbox WHERE team = ? AND state = 'deleted'",  # noqa: S608
                    [team],
                ).fetchall()
            ]
            free = [row for row in rows if row.id not in working_on]
            for row in free:
                db.conn.execute(
                    "UPDATE inbox SET state = 'done', finished_at = ? WHERE id = ?", [self._clock(), row.id]
                )
        return free

    def waiting(self, team: str) -> list[InboxRow]:
        """The first questions in the line: those that were put to us before all others; of these one of each
        person, then a second of each, what is being worked on counted; else by age.

        Within such a round those go first who have waited longest, since their last turn or since they asked.
        """
        return [_row(tuple(row)) for row in self._database.rows(_LINE, self._in_line(team))]

    def _in_line(self, team: str) -> list[Any]:
        return [team, team, json.dumps(self._turns), LOOK_AHEAD]

    def count_waiting(self, team: str) -> int:
        """How many questions wait."""
        sql = "SELECT count(*) FROM inbox WHERE team = ? AND state = 'waiting'"
        return int(self._database.value(sql, [team]))

    def forget(self, before: float) -> int:
        """Remove what was finished before that time, replies included. Says how many rows that were."""
        with self._database.write() as db:
            return int(
                db.conn.execute(
                    """DELETE FROM inbox
                    WHERE state IN ('done', 'dead') AND coalesce(finished_at, received_at) < ?
                    AND NOT EXISTS (SELECT 1 FROM outbox
                        WHERE outbox.inbox_id = inbox.id AND outbox.state NOT IN ('sent', 'dead'))""",
                    [before],
                ).rowcount
            )


_COLUMNS = "id, team, channel, ts, payload, attempts, received_at"

# who asked waits for nobody who did not: see bot.store.channels
_LINE = f"""
WITH line AS (
    SELECT {_COLUMNS}, coalesce(payload ->> 'user', '') AS person,
        coalesce(payload ->> 'is_unasked', 0) AS is_unasked
    FROM inbox WHERE team = ? AND state = 'waiting'
), works AS (
    SELECT coalesce(payload ->> 'user', '') AS person, count(*) AS count
    FROM inbox WHERE team = ? AND state = 'working' GROUP BY 1
), turns AS (SELECT key AS person, value AS at FROM json_each(?))
SELECT {_COLUMNS} FROM line LEFT JOIN works USING (person) LEFT JOIN turns USING (person)
ORDER BY is_unasked,
    coalesce(works.count, 0) + row_number() OVER (PARTITION BY is_unasked, person ORDER BY id),
    max(coalesce(turns.at, 0), min(received_at) OVER (PARTITION BY is_unasked, person)),
    id
LIMIT ?"""  # noqa: S608 - made of the names above alone


def _row(found: tuple[Any, ...] | sqlite3.Row) -> InboxRow:
    number, team, channel, ts, payload, attempts, received_at = found
    return InboxRow(number, team, channel, ts, json.loads(payload), attempts, received_at)


def is_later(ts: object, than: object) -> bool:
    """Is one ts after another? They are numbers with six decimals, whose order as text can differ."""
    try:
        return float(str(ts)) > float(str(than))
    except ValueError:
        return False
