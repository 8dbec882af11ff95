"""What becomes of a question whose message is edited or deleted, or that is to be answered again.

The question, its reply and its trace change in one transaction, so that a process may die at any moment: an
edited question waits again and its reply is open again, to be written over where it stands; the reply to a
deleted one is unwanted, and its words are gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.store.answers import Answers
from bot.store.database import Database
from bot.store.inbox import Inbox, InboxRow, Incoming, is_later


class Revisions:
    """Edits and deletions, in verbs. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database, inbox: Inbox) -> None:
        self._database = database
        self._inbox = inbox
        self._answers = Answers(database)

    def amend(self, edit: Incoming, question_ts: str) -> None:
        """A message was edited; where it is a question, it is answered anew in the place of the old answer.

        An edit of white space alone, an older one than is known, and one of a deleted message change nothing.
        One that comes before its question is kept for it: see `Inbox.receive`.
        """
        payload = {**edit.payload, "of": question_ts, "edited": edit.ts}
        with self._database.write() as db:
            question = self._inbox.question(edit.team, edit.channel, question_ts)
            is_deleted = self._inbox.was_deleted(edit.team, edit.channel, question_ts)
            is_early = question is None and not is_deleted
            if self._inbox.receive(replace(edit, payload=payload if is_early else {})) is None:
                return
            if question is None or is_deleted or not is_later(edit.ts, question.payload.get("edited", "0")):
                return
            if not _reads_alike(question.payload, payload):
                self._forget_answers(question)
                db.conn.execute(
                    """UPDATE inbox SET state = 'waiting', attempts = 0, finished_at = NULL, error = ''
                    WHERE id = ?""",
                    [question.id],
                )
                db.conn.execute(
                    """UPDATE outbox SET state = 'open', payload = '{}', not_before = 0, error = ''
                    WHERE inbox_id = ?""",
                    [question.id],
                )
            db.conn.execute(
                "UPDATE inbox SET payload = ? WHERE id = ?",
                [json.dumps(payload, ensure_ascii=False), question.id],
            )

    def retract(self, deletion: Incoming) -> None:
        """A message was deleted: what was written down of it is forgotten, and its reply unwanted.

        `deletion.ts` is that of the message. Whoever works on it has to let go first: `Inbox.release`.
        """
        with self._database.write() as db:
            if self._inbox.receive(replace(deletion, payload={})) is None:
                return
            db.conn.execute(
                """UPDATE inbox SET payload = '{}'
                WHERE team = ? AND channel = ? AND kind = 'edited' AND payload ->> 'of' = ?""",
                [deletion.team, deletion.channel, deletion.ts],
            )
            question = self._inbox.question(deletion.team, deletion.channel, deletion.ts)
            if question is None:
                return
            self._forget_answers(question)
            db.conn.execute(
                """UPDATE outbox SET state = 'unwanted', payload = '{}', not_before = 0, error = ''
                WHERE inbox_id = ?""",
                [question.id],
            )
            db.conn.execute(
                """UPDATE inbox SET payload = ?,
                state = iif(state IN ('waiting', 'working'), 'deleted', state) WHERE id = ?""",
                [json.dumps({"thread_ts": question.payload.get("thread_ts", "")}), question.id],
            )

    def question_of(self, team: str, channel: str, ts: str, trace_id: str) -> InboxRow | None:
        """The question whose reply stands at `ts`, or shows that answer where nobody else sees it."""
        found = self._database.row(
            """SELECT inbox.channel, inbox.ts FROM inbox JOIN outbox ON outbox.inbox_id = inbox.id
            WHERE outbox.team = ? AND outbox.channel = ? AND inbox.kind = 'question'
            AND ((outbox.ts != '' AND outbox.ts = ?) OR outbox.payload ->> 'trace_id' = ?)""",
            [team, channel, ts, trace_id],
        )
        return None if found is None else self._inbox.question(team, found["channel"], found["ts"])

    def renew(self, question: InboxRow, *, response_url: str = "") -> bool:
        """Let a question be answered again, in the place of its reply; False while that is being made.

        The old answer stays in the records, with the votes on it. `response_url`: where a reply that only the
        asker sees can be replaced.
        """
        payload = {**question.payload, "fresh": True, "response_url": response_url}
        with self._database.write() as db:
            renewed = db.conn.execute(
                """UPDATE inbox SET state = 'waiting', attempts = 0, finished_at = NULL, error = '',
                payload = ?
                WHERE id = ? AND state IN ('done', 'dead')
                AND EXISTS (SELECT 1 FROM outbox WHERE inbox_id = inbox.id AND state = 'sent')""",
                [json.dumps(payload, ensure_ascii=False), question.id],
            )
            if renewed.rowcount != 1:
                return False
            # by the trace_id the reply is known as long as it shows the old answer
            db.conn.execute(
                """UPDATE outbox SET state = 'open', not_before = 0, error = '',
                payload = json_object('trace_id', coalesce(payload ->> 'trace_id', ''))
                WHERE inbox_id = ?""",
                [question.id],
            )
        return True

    def _forget_answers(self, question: InboxRow) -> None:
        shown = self._database.value(
            "SELECT payload ->> 'trace_id' FROM outbox WHERE inbox_id = ?", [question.id]
        )
        self._answers.forget(str(shown or ""))
        self._answers.forget_unshown(str(question.payload.get("text", "")), question.received_at)


def _reads_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """The same but for white space? Of a text that is too long, only the length is known.

    Nor is it the same where we are asked now what nobody had put to us.
    """
    if one.get("is_unasked") != other.get("is_unasked"):
        return False
    words = [str(payload.get("text", "")).split() for payload in (one, other)]
    return words[0] == words[1] and (bool(words[0]) or one.get("length") == other.get("length"))
