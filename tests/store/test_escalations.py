"""People are asked about an answer once, and what they are asked is kept until it is posted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.escalations import Escalation, Escalations
from tests.fakes import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def escalations(tmp_path: Path, clock: Clock) -> Escalations:
    return Escalations(Database(tmp_path / "footnote.db"), clock)


def asked(escalations: Escalations, trace_id: str = "a1", user: str = "U1") -> Escalation:
    assert escalations.add("T1", trace_id, user, "C1", {"question": "연차는?"})
    found = escalations.get("T1", trace_id)
    assert found is not None
    return found


def test_the_first_who_asks_about_an_answer_is_the_one(escalations: Escalations) -> None:
    asked(escalations)
    assert not escalations.add("T1", "a1", "U2", "C1", {"question": "other"})
    (due,) = escalations.due("T1")
    assert (due.user, due.payload) == ("U1", {"question": "연차는?"})
    assert escalations.due("T2") == []


def test_what_was_posted_is_known_and_its_words_are_gone(escalations: Escalations) -> None:
    one = asked(escalations)
    escalations.posted(one, "https://slack.example/p1")
    assert escalations.due("T1") == []
    assert escalations.next_due("T1") is None
    found = escalations.get("T1", "a1")
    assert found is not None
    assert (found.is_posted, found.permalink, found.payload) == (True, "https://slack.example/p1", {})


def test_what_is_put_off_is_due_later_and_says_that_a_message_may_exist(
    escalations: Escalations, clock: Clock
) -> None:
    one = asked(escalations)
    escalations.attempt(one)
    escalations.postpone(one, 30)
    assert escalations.due("T1") == []
    assert escalations.next_due("T1") == clock.now + 30
    clock.now += 30
    assert [due.attempts for due in escalations.due("T1")] == [1]


def test_what_can_never_be_posted_may_be_asked_anew(escalations: Escalations) -> None:
    escalations.withdraw(asked(escalations))
    assert escalations.get("T1", "a1") is None
    asked(escalations)


def test_only_what_was_posted_is_forgotten_in_time(escalations: Escalations, clock: Clock) -> None:
    escalations.posted(asked(escalations), "")
    asked(escalations, "a2")
    assert escalations.forget(clock.now) == 0
    assert escalations.forget(clock.now + 1) == 1
    assert [due.trace_id for due in escalations.due("T1")] == ["a2"]
