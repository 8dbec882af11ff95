"""The inbox: written down once, taken in order, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.inbox import DELETED, QUESTION, Inbox, Incoming
from tests.fakes import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000.0)


@pytest.fixture
def inbox(tmp_path: Path, clock: Clock) -> Iterator[Inbox]:
    database = Database(tmp_path / "footnote.db")
    yield Inbox(database, clock)
    database.close()


def asked(number: int, **changes: str) -> Incoming:
    payload = {"thread_ts": f"{number}.0", "text": "?"}
    return replace(Incoming("T1", QUESTION, "C1", f"{number}.0", f"E{number}", payload), **changes)  # type: ignore[arg-type]


def test_the_same_message_is_written_down_once_whatever_event_brings_it(inbox: Inbox) -> None:
    assert inbox.receive(asked(1)) is not None
    assert inbox.receive(asked(1)) is None
    assert inbox.receive(asked(1, event_id="E-twin")) is None
    assert inbox.receive(asked(1, event_id="E-other", ts="9.0")) is not None
    assert inbox.receive(asked(1, team="T2")) is not None
    assert inbox.count_waiting("T1") == 2


def test_questions_are_taken_in_order_and_each_once(inbox: Inbox) -> None:
    for number in (1, 2, 3):
        inbox.receive(asked(number))
    taken = [inbox.take("T1") for _ in range(4)]
    assert [row.ts if row else None for row in taken] == ["1.0", "2.0", "3.0", None]


def test_a_thread_that_is_busy_is_passed_over(inbox: Inbox) -> None:
    inbox.receive(asked(1))
    inbox.receive(asked(2))
    row = inbox.take("T1", {("C1", "1.0")})
    assert row is not None
    assert row.ts == "2.0"


def test_what_a_dead_process_worked_on_waits_again_in_its_old_place(inbox: Inbox) -> None:
    inbox.receive(asked(1))
    inbox.receive(asked(2))
    inbox.receive(asked(3, team="T2"))
    inbox.take("T1")
    inbox.take("T2")
    assert inbox.put_all_back("T1") == 1
    row = inbox.take("T1")
    assert row is not None
    assert (row.ts, row.attempts) == ("1.0", 2)
    assert inbox.take("T2") is None


def test_joining_a_thread_happens_with_the_question_or_not_at_all(inbox: Inbox) -> None:
    inbox.receive(asked(1), joins="1.0")
    inbox.receive(asked(1), joins="7.0")
    assert inbox.is_joined("T1", "C1", "1.0")
    assert not inbox.is_joined("T1", "C1", "7.0")
    assert not inbox.is_joined("T1", "C2", "1.0")


def test_a_question_deleted_before_it_came_is_not_taken_and_its_text_not_kept(inbox: Inbox) -> None:
    inbox.receive(asked(1, kind=DELETED, event_id="E-gone"))
    inbox.receive(asked(1))
    assert inbox.take("T1") is None
    kept = inbox.question("T1", "C1", "1.0")
    assert kept is not None
    assert kept.payload == {"thread_ts": "1.0"}


def test_what_was_not_taken_cannot_be_closed(inbox: Inbox) -> None:
    number = inbox.receive(asked(1))
    assert number is not None
    assert not inbox.close(number)
    inbox.take("T1")
    assert inbox.close(number)
    assert not inbox.close(number)


def test_what_is_finished_is_forgotten_and_what_waits_is_not(inbox: Inbox, clock: Clock) -> None:
    inbox.receive(asked(1))
    inbox.receive(asked(2))
    row = inbox.take("T1")
    assert row is not None
    inbox.close(row.id)
    assert inbox.forget(before=clock.now) == 0
    clock.now += 100
    assert inbox.forget(before=clock.now) == 1
    assert inbox.count_waiting("T1") == 1
