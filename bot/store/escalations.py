"""Questions that people are asked where an answer did not help: each once, kept until it is posted, and known
as open until somebody resolves it, perhaps with the right answer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.store.audit import Audit
from bot.store.corrections import Correction, Corrections
from bot.store.database import Database


@dataclass(frozen=True)
class Escalation:
    """One question to people. Once it is posted its words are forgotten here: they stand in Slack."""

    team: str
    trace_id: str
    """Of the answer that did not help."""
    user: str
    """Who asks."""
    channel: str
    """Where people are asked."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What is posted, and where to say that it was; once it is, only where whoever asked is told of it, and
    until they were the `answer` that a person wrote."""
    created_at: float = 0.0
    """Unix seconds."""
    attempts: int = 0
    """How often a message may have been made for what is due."""
    permalink: str = ""
    is_posted: bool = False
    connector: str = ""
    """Whose owner channel that is; empty: it is the one for everything else."""
    ts: str = ""
    """Of the post."""
    resolved_by: str = ""
    """The id of a person; empty while it is open."""
    resolved_at: float | None = None
    changes: int = 0
    """How often it was resolved or reopened."""
    shown: int = 0
    """Up to which of these changes Slack shows it."""
    told_channel: str = ""
    told_ts: str = ""
    """The message that told whoever asked; empty while there is none."""
    said_channel: str = ""
    said_ts: str = ""
    """The message with a person's answer, where it was asked; empty while there was none."""

    @property
    def answer(self) -> str:
        """What the person who resolved it wrote, until Slack shows it; "" where they wrote nothing."""
        return str(self.payload.get("answer") or "")


@dataclass(frozen=True)
class SaidByPerson:
    """The right answer of whoever resolves a question to people."""

    question: str
    """As they were asked it."""
    answer: str
    readers: tuple[str, ...] = ()
    """Principals: who can read it where it is given. Empty: the asker alone, and it is not kept."""


class Escalations:
    """The table `escalations`, in verbs. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._audit = Audit(database)
        self._corrections = Corrections(database)
        self._clock = clock

    # --- asking --------------------------------------------------------------------------------------------

    def add(
        self,
        team: str,
        trace_id: str,
        user: str,
        channel: str,
        payload: Mapping[str, Any],
        connector: str = "",
    ) -> bool:
        """Write it down, to be posted; False where somebody asked people about the same answer before."""
        with self._database.write() as db:
            found = db.conn.execute(
                """INSERT OR IGNORE INTO escalations
                (team, trace_id, user, channel, payload, created_at, connector)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                [
                    team,
                    trace_id,
                    user,
                    channel,
                    json.dumps(payload, ensure_ascii=False),
                    self._clock(),
                    connector,
                ],
            )
            return found.rowcount == 1

    def get(self, team: str, trace_id: str) -> Escalation | None:
        """The one about that answer, if there is one."""
        row = self._database.row(
            "SELECT * FROM escalations WHERE team = ? AND trace_id = ?",
            [team, trace_id],
        )
        return None if row is None else _escalation(row)

    def due(self, team: str) -> list[Escalation]:
        """Those to post now, oldest first."""
        return self._list("NOT is_posted AND not_before <= ?", team, self._clock())

    def next_due(self, team: str) -> float | None:
        """When the next one may be posted, or the next change shown; None if there is none."""
        found = self._database.value(
            "SELECT min(not_before) FROM escalations WHERE team = ? AND (NOT is_posted OR changes != shown)",
            [team],
        )
        return None if found is None else float(found)

    def attempt(self, one: Escalation) -> None:
        """Say BEFORE a message is made that one may now exist."""
        self._set(one, "attempts = attempts + 1")

    def posted(self, one: Escalation, *, ts: str, permalink: str, asked: Mapping[str, Any]) -> None:
        """It stands in Slack. `asked`: where whoever asked is told of it; no word of the question."""
        self._set(
            one,
            "is_posted = 1, attempts = 0, payload = ?, ts = ?, permalink = ?",
            json.dumps(asked, ensure_ascii=False),
            ts,
            permalink,
        )

    def postpone(self, one: Escalation, seconds: float) -> None:
        """Not now: try again in so many seconds."""
        self._set(one, "not_before = ?", self._clock() + seconds)

    def withdraw(self, one: Escalation) -> None:
        """It can never be posted; it may be asked anew."""
        with self._database.write() as db:
            db.conn.execute(
                "DELETE FROM escalations WHERE team = ? AND trace_id = ?", [one.team, one.trace_id]
            )

    def forget(self, before: float) -> int:
        """Remove those posted that were asked before that time. Says how many those were."""
        with self._database.write() as db:
            return int(
                db.conn.execute(
                    "DELETE FROM escalations WHERE is_posted AND created_at < ?", [before]
                ).rowcount
            )

    # --- resolving -----------------------------------------------------------------------------------------

    def open_escalations(self, team: str) -> list[Escalation]:
        """Those that people were asked and nobody resolved, oldest first."""
        return self._list("is_posted AND resolved_by = ''", team)

    def mark(
        self, one: Escalation, *, user: str, who: str, is_resolved: bool, said: SaidByPerson | None = None
    ) -> bool:
        """`user`, of the principal `who`, resolves or reopens what was posted. Leaves an audit row.

        What was `said` is kept until Slack shows it and, where others could read it, as a correction of the
        bot's answer; what is reopened has none any more. False, and nothing happens, where it is so already.
        """
        now = self._clock()
        with self._database.write() as db:
            found = db.conn.execute(
                """UPDATE escalations SET resolved_by = ?, resolved_at = ?, changes = changes + 1,
                payload = json_patch(payload, ?)
                WHERE team = ? AND trace_id = ? AND is_posted AND (resolved_by = '') = ?""",
                [
                    user if is_resolved else "",
                    now if is_resolved else None,
                    json.dumps({"answer": said.answer if said else None}, ensure_ascii=False),
                    one.team,
                    one.trace_id,
                    is_resolved,
                ],
            )
            if found.rowcount != 1:
                return False
            if said is None or not said.readers:
                self._corrections.drop(one.trace_id)
            else:
                at = datetime.fromtimestamp(now, UTC)
                self._corrections.add(
                    Correction(one.trace_id, said.question, said.answer, who, at, said.readers)
                )
            what = "resolve question" if is_resolved else "reopen question"
            self._audit.append(who, what, one.permalink or one.trace_id)
            return True

    def unshown(self, team: str) -> list[Escalation]:
        """Those posted that were resolved or reopened since Slack showed it last, and may be shown now."""
        return self._list("is_posted AND changes != shown AND not_before <= ?", team, self._clock())

    def told(self, one: Escalation, channel: str, ts: str) -> None:
        """This message tells whoever asked."""
        self._set(one, "told_channel = ?, told_ts = ?", channel, ts)

    def said(self, one: Escalation, channel: str, ts: str) -> None:
        """This message has the answer of a person."""
        self._set(one, "said_channel = ?, said_ts = ?", channel, ts)

    def show(self, one: Escalation) -> None:
        """Slack shows it as it is in `one`, with the answer, which is forgotten here; a change since then is
        still due."""
        self._set(
            one,
            """shown = ?, attempts = 0,
            payload = iif(changes = ?, json_remove(payload, '$.answer'), payload)""",
            one.changes,
            one.changes,
        )

    # --- how -----------------------------------------------------------------------------------------------

    def _list(self, condition: str, team: str, *values: object) -> list[Escalation]:
        rows = self._database.rows(
            f"SELECT * FROM escalations WHERE team = ? AND {condition} ORDER BY created_at",  # noqa: S608 - constants
            [team, *values],
        )
        return [_escalation(row) for row in rows]

    def _set(self, one: Escalation, changes: str, *values: object) -> None:
        with self._database.write() as db:
            db.conn.execute(
                f"UPDATE escalations SET {changes} WHERE team = ? AND trace_id = ?",  # noqa: S608 - constants
                [*values, one.team, one.trace_id],
            )


def _escalation(row: sqlite3.Row) -> Escalation:
    return Escalation(
        row["team"],
        row["trace_id"],
        row["user"],
        row["channel"],
        json.loads(row["payload"]),
        row["created_at"],
        row["attempts"],
        row["permalink"],
        bool(row["is_posted"]),
        row["connector"],
        row["ts"],
        row["resolved_by"],
        row["resolved_at"],
        row["changes"],
        row["shown"],
        row["told_channel"],
        row["told_ts"],
        row["said_channel"],
        row["said_ts"],
    )
