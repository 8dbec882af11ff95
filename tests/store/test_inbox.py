"""The inbox: written down once, taken in order, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.inbox import DELETED, LOOK_AHEAD, QUESTION, Inbox, Incoming
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


def asked_by(person: str, number: int) -> Incoming:
    return replace(asked(number), payload={"thread_ts": f"{number}.0", "text": "?", "user": person})


def taken(inbox: Inbox, clock: Clock, times: int, *, at_once: int) -> list[str]:
    """Who asked what is taken, one after the other, while `at_once` are in the works."""
    working, people = [], []
    for _ in range(times):
        clock.now += 1
        row = inbox.take("T1")
        if row is None:
            break
        people.append(str(row.payload["user"]))
        working.append(row.id)
        if len(working) >= at_once:
            inbox.close(working.pop(0))
    return people


@pytest.mark.parametrize("at_once", [1, 4])
def test_who_asks_twenty_things_does_not_hold_up_who_asks_one(
    inbox: Inbox, clock: Clock, at_once: int
) -> None:
    for number in range(20):
        inbox.receive(asked_by("flooder", number))
    first = taken(inbox, clock, 5, at_once=at_once)
    clock.now += 1
    for number, person in enumerate(["minsu", "alex", "minsu"], start=100):
        inbox.receive(asked_by(person, number))
    then = taken(inbox, clock, 6, at_once=at_once)
    assert first == ["flooder"] * 5
    # everybody has had a turn before anybody has a second one
    assert sorted(then[:3]) == ["alex", "flooder", "minsu"] or then[:2] == ["minsu", "alex"]
    assert then.index("alex") <= 2
    assert then.count("minsu") == 2


def test_people_with_one_question_each_are_served_in_the_order_they_came(inbox: Inbox, clock: Clock) -> None:
    inbox.receive(asked_by("early", 1))
    assert taken(inbox, clock, 1, at_once=1) == ["early"]
    for number, person in enumerate(["early", "new", "other"], start=2):
        clock.now += 1
        inbox.receive(asked_by(person, number))
    assert taken(inbox, clock, 3, at_once=1) == ["early", "new", "other"]


def test_the_line_that_people_are_told_is_the_one_they_are_taken_in(inbox: Inbox, clock: Clock) -> None:
    for number, person in enumerate(["a", "a", "a", "b", "c", "b"]):
        clock.now += 1
        inbox.receive(asked_by(person, number))
    assert [row.payload["user"] for row in inbox.waiting("T1")] == ["a", "b", "c", "a", "b", "a"]
    assert taken(inbox, clock, 6, at_once=1) == ["a", "b", "c", "a", "b", "a"]


def test_those_beyond_what_is_looked_at_get_their_turn_beside_a_flood(inbox: Inbox, clock: Clock) -> None:
    for number in range(LOOK_AHEAD + 20):
        inbox.receive(asked_by("flooder", number))
    inbox.receive(asked_by("minsu", 900))
    assert "minsu" in taken(inbox, clock, 2, at_once=4)
