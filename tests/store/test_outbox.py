"""The outbox: the reply and "answered" are one transaction, and a reply is known before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.inbox import QUESTION, Inbox, InboxRow, Incoming
from bot.store.outbox import Outbox, OutboxRow


class Parts:
    def __init__(self, path: Path) -> None:
        self.now = 1_000.0
        self.database = Database(path)
        self.inbox = Inbox(self.database, lambda: self.now)
        self.outbox = Outbox(self.database, self.inbox, lambda: self.now)

    def reply(self) -> OutboxRow:
        """To a question that is being worked on."""
        reply = self.outbox.open(self.question(), "1.0")
        assert reply is not None
        return reply

    def question(self, number: int = 1) -> InboxRow:
        self.inbox.receive(
            Incoming("T1", QUESTION, "C1", f"{number}.0", f"E{number}", {"thread_ts": f"{number}.0"})
        )
        row = self.inbox.take("T1")
        assert row is not None
        return row


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path / "footnote.db")
    yield parts
    parts.database.close()


def test_a_question_has_one_reply_however_often_it_is_taken_up(parts: Parts) -> None:
    question = parts.question()
    first = parts.outbox.open(question, "1.0")
    assert first is not None
    parts.outbox.attempt(first.id)
    parts.outbox.note_ts(first.id, "5.0")
    again = parts.outbox.open(question, "1.0")
    assert again is not None
    assert (again.id, again.ts, again.attempts, again.question_ts) == (first.id, "5.0", 1, "1.0")


def test_an_open_reply_is_not_due_and_a_completed_one_is(parts: Parts) -> None:
    reply = parts.reply()
    assert parts.outbox.due("T1") == []
    parts.outbox.complete(reply, {"text": "답"})
    (due,) = parts.outbox.due("T1")
    assert due.payload == {"text": "답"}
    assert parts.database.value("SELECT state FROM inbox") == "done"


def test_completing_is_all_or_nothing(parts: Parts) -> None:
    reply = parts.reply()
    with pytest.raises(TypeError):
        parts.outbox.complete(reply, {"text": object()})
    assert parts.database.value("SELECT state FROM inbox") == "working"
    with parts.database.write() as db:
        db.conn.execute(
            "CREATE TRIGGER fails BEFORE UPDATE OF state ON inbox BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        parts.outbox.complete(reply, {"text": "답"})
    assert parts.outbox.due("T1") == []


def test_a_completed_reply_is_not_replaced(parts: Parts) -> None:
    reply = parts.reply()
    parts.outbox.complete(reply, {"text": "first"})
    parts.outbox.complete(reply, {"text": "second"})
    assert parts.outbox.due("T1")[0].payload == {"text": "first"}


def test_a_postponed_reply_is_due_when_its_time_comes(parts: Parts) -> None:
    reply = parts.reply()
    parts.outbox.complete(reply, {})
    (reply,) = parts.outbox.due("T1")
    parts.outbox.postpone(reply, 30.0, "ratelimited")
    assert parts.outbox.due("T1") == []
    assert parts.outbox.next_due("T1") == 1_030.0
    parts.now += 30
    assert [row.id for row in parts.outbox.due("T1")] == [reply.id]


@pytest.mark.parametrize("end", ["sent", "bury"])
def test_what_is_sent_or_given_up_is_never_due_again(parts: Parts, end: str) -> None:
    reply = parts.reply()
    parts.outbox.complete(reply, {})
    match end:
        case "sent":
            parts.outbox.sent(reply.id, "5.0")
        case "bury":
            parts.outbox.bury(parts.outbox.due("T1")[0], "channel_not_found")
    assert parts.outbox.due("T1") == []
    assert parts.outbox.next_due("T1") is None


def test_a_reply_is_found_by_where_it_stands_and_by_its_thread(parts: Parts) -> None:
    reply = parts.reply()
    parts.outbox.note_ts(reply.id, "5.0")
    found = parts.outbox.at("T1", "C1", "5.0")
    assert found is not None
    assert found.id == reply.id
    assert [row.id for row in parts.outbox.in_thread("T1", "C1", "1.0")] == [reply.id]
    assert parts.outbox.at("T1", "C2", "5.0") is None


def test_an_unsent_reply_keeps_its_question_from_being_forgotten(parts: Parts) -> None:
    reply = parts.reply()
    parts.outbox.complete(reply, {})
    assert parts.inbox.forget(before=9_999.0) == 0
    parts.outbox.sent(reply.id, "5.0")
    assert parts.inbox.forget(before=9_999.0) == 1
