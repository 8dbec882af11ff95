"""Edits and deletions: question, reply and trace change together, in whatever order the events come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.store.answers import Answers
from bot.store.database import Database
from bot.store.inbox import DELETED, EDITED, QUESTION, Inbox, InboxRow, Incoming
from bot.store.outbox import Outbox, OutboxRow
from bot.store.revisions import Revisions
from tests.slack.cast import answer

NOW = 1_000.0


class Parts:
    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.inbox = Inbox(self.database, lambda: NOW)
        self.outbox = Outbox(self.database, self.inbox, lambda: NOW)
        self.answers = Answers(self.database)
        self.revisions = Revisions(self.database, self.inbox)

    def ask(self, text: str = "old") -> None:
        self.inbox.receive(Incoming("T1", QUESTION, "C1", "1.0", "E1", payload(text)))

    def edit(self, text: str, ts: str = "2.0", event_id: str = "") -> None:
        incoming = Incoming("T1", EDITED, "C1", ts, event_id or f"E{ts}", payload(text))
        self.revisions.amend(incoming, "1.0")

    def delete(self) -> None:
        self.revisions.retract(Incoming("T1", DELETED, "C1", "1.0", "E9", {}))

    def take(self) -> InboxRow | None:
        return self.inbox.take("T1")

    def work(self) -> tuple[InboxRow, OutboxRow]:
        row = self.take()
        assert row is not None
        reply = self.outbox.open(row, "1.0")
        assert reply is not None
        return row, reply

    def answered(self) -> OutboxRow:
        """A question whose reply stands in Slack."""
        self.ask()
        row, reply = self.work()
        self.answers.record(str(row.payload["text"]), answer(), {}, datetime.fromtimestamp(NOW + 1, UTC))
        assert self.outbox.complete(reply, {"text": "an answer", "trace_id": "trace-1"})
        self.outbox.sent(reply.id, "5.0")
        return reply

    def holds(self, text: str) -> bool:
        """Is it in any row of any table that holds what people wrote?"""
        tables = ("inbox", "outbox", "answers")
        return any(
            text in str(tuple(row))
            for table in tables
            for row in self.database.rows(f"SELECT * FROM {table}")
        )


def payload(text: str) -> dict[str, Any]:
    return {"thread_ts": "1.0", "text": text, "length": len(text), "user": "U1"}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path / "footnote.db")
    yield parts
    parts.database.close()


def text_of(row: InboxRow | None) -> str:
    assert row is not None
    return str(row.payload["text"])


def test_an_edited_question_that_waits_is_taken_as_edited(parts: Parts) -> None:
    parts.ask()
    parts.edit("new")
    assert text_of(parts.take()) == "new"
    assert not parts.holds("old")


def test_a_question_edited_in_the_works_waits_again_and_what_was_written_is_nothing(parts: Parts) -> None:
    parts.ask()
    row, reply = parts.work()
    parts.edit("new")
    assert parts.inbox.overtaken([row.id]) == {row.id}
    assert parts.outbox.open(row, "1.0") is None
    assert not parts.outbox.complete(reply, {"text": "an answer to the old"})
    assert parts.outbox.due("T1") == []
    assert text_of(parts.take()) == "new"


def test_an_answered_question_that_is_edited_is_answered_in_the_same_message(parts: Parts) -> None:
    reply = parts.answered()
    parts.edit("new")
    again, opened = parts.work()
    assert (text_of(again), again.attempts) == ("new", 1)
    assert (opened.id, opened.ts, opened.state, opened.payload) == (reply.id, "5.0", "open", {})
    assert not parts.holds("old")


def test_a_reply_edited_away_while_it_is_sent_is_not_sent_yet_but_known_to_stand(parts: Parts) -> None:
    parts.ask()
    _, reply = parts.work()
    parts.outbox.complete(reply, {"text": "an answer"})
    (due,) = parts.outbox.due("T1")
    parts.edit("new")
    parts.outbox.sent(due.id, "5.0")
    parts.outbox.bury(due, "late")
    parts.outbox.postpone(due, 60.0, "late")
    _, opened = parts.work()
    assert (opened.state, opened.ts) == ("open", "5.0")
    assert parts.outbox.complete(opened, {"text": "another"})
    assert [row.payload["text"] for row in parts.outbox.due("T1")] == ["another"]


@pytest.mark.parametrize("changed", ["  old ", "old", "\nold"])
def test_an_edit_of_white_space_does_nothing(parts: Parts, changed: str) -> None:
    parts.answered()
    parts.edit(changed)
    assert parts.take() is None
    assert parts.answers.get("trace-1").question == "old"


def test_an_edit_that_is_delivered_again_does_nothing(parts: Parts) -> None:
    parts.answered()
    parts.edit("new")
    _, reply = parts.work()
    parts.outbox.complete(reply, {})
    parts.edit("new")
    assert parts.take() is None


def test_of_two_edits_the_later_one_counts_in_whatever_order_they_come(parts: Parts) -> None:
    parts.ask()
    parts.edit("last", ts="3.0")
    parts.edit("between", ts="2.0")
    assert text_of(parts.take()) == "last"


def test_edits_that_come_before_their_question_are_kept_for_it(parts: Parts) -> None:
    parts.edit("last", ts="10.0")
    parts.edit("between", ts="9.0")
    parts.ask()
    assert text_of(parts.take()) == "last"


def test_a_deleted_question_leaves_no_text_anywhere(parts: Parts) -> None:
    parts.answered()
    parts.delete()
    assert not parts.holds("old")
    assert not parts.holds("an answer")
    (unwanted,) = parts.outbox.due("T1")
    assert (unwanted.state, unwanted.ts) == ("unwanted", "5.0")
    parts.outbox.bury(unwanted, "")
    assert parts.outbox.next_due("T1") is None


def test_an_edit_before_the_question_is_forgotten_when_it_is_deleted(parts: Parts) -> None:
    parts.edit("secret")
    parts.delete()
    parts.edit("secret again", ts="3.0")
    parts.ask("secret once more")
    assert parts.take() is None
    assert not parts.holds("secret")


def test_an_edit_of_a_deleted_question_does_nothing(parts: Parts) -> None:
    parts.answered()
    parts.delete()
    parts.edit("new")
    assert parts.take() is None
    assert not parts.holds("new")


def test_a_reply_is_not_removed_before_whoever_writes_it_has_let_go(parts: Parts) -> None:
    parts.ask()
    row, reply = parts.work()
    parts.delete()
    assert parts.inbox.release("T1", {row.id}) == []
    assert parts.outbox.due("T1") == []
    assert parts.outbox.next_due("T1") is None
    assert not parts.outbox.complete(reply, {"text": "too late"})
    assert [free.id for free in parts.inbox.release("T1", ())] == [row.id]
    assert [unwanted.id for unwanted in parts.outbox.due("T1")] == [reply.id]


def test_a_question_deleted_in_the_works_is_not_taken_up_by_the_next_start(parts: Parts) -> None:
    parts.ask()
    parts.work()
    parts.delete()
    parts.inbox.put_all_back("T1")
    assert parts.take() is None


def test_answers_that_no_reply_shows_are_forgotten_with_their_question(parts: Parts) -> None:
    parts.ask()
    _, reply = parts.work()
    later = datetime.fromtimestamp(NOW + 1, UTC)
    parts.answers.record("old", answer(trace_id="cut-short"), {}, later)
    parts.answers.record("another", answer(trace_id="other"), {}, later)
    parts.delete()
    parts.answers.record("old", answer(trace_id="late"), {}, later)
    parts.outbox.complete(reply, {"text": "too late", "trace_id": "late"})
    assert [row[0] for row in parts.database.rows("SELECT trace_id FROM answers")] == ["other"]


def test_a_question_is_renewed_once_until_its_new_answer_is_sent(parts: Parts) -> None:
    reply = parts.answered()
    question = parts.revisions.question_of("T1", "C1", "5.0", "")
    assert question is not None
    assert parts.revisions.renew(question)
    assert not parts.revisions.renew(question)
    # known by the old answer too, which its reply shows until the new one comes
    assert parts.revisions.question_of("T1", "C1", "", "trace-1") is not None
    row, again = parts.work()
    assert (row.payload["text"], row.payload["fresh"], row.attempts) == ("old", True, 1)
    assert (again.id, again.ts, again.state) == (reply.id, "5.0", "open")
    assert not parts.revisions.renew(question)
    assert parts.outbox.complete(again, {"text": "another", "trace_id": "trace-2"})
    assert not parts.revisions.renew(question)
    parts.outbox.sent(again.id, "5.0")
    assert parts.answers.get("trace-1").question == "old"  # with the votes on it
    assert parts.revisions.question_of("T1", "C1", "", "trace-1") is None
    assert parts.revisions.renew(question)


def test_a_renewed_question_that_is_deleted_leaves_neither_answer(parts: Parts) -> None:
    parts.answered()
    question = parts.revisions.question_of("T1", "C1", "5.0", "trace-1")
    assert question is not None
    parts.revisions.renew(question)
    parts.delete()
    assert parts.answers.counts().asked == 0
    assert not parts.revisions.renew(question)


def test_what_was_never_answered_cannot_be_renewed(parts: Parts) -> None:
    parts.ask()
    parts.work()
    assert parts.revisions.question_of("T1", "C1", "", "trace-1") is None
    assert parts.revisions.question_of("T1", "C1", "5.0", "") is None
