"""People are asked about an answer once, and what they are asked is kept until it is posted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.escalations import Escalation, Escalations, SaidByPerson
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


def posted(escalations: Escalations, trace_id: str = "a1") -> Escalation:
    one = asked(escalations, trace_id)
    escalations.posted(one, ts="1.2", permalink="https://slack.example/p1", asked={})
    return again(escalations, trace_id)


def again(escalations: Escalations, trace_id: str = "a1") -> Escalation:
    found = escalations.get("T1", trace_id)
    assert found is not None
    return found


def resolve(escalations: Escalations, *, is_resolved: bool = True) -> bool:
    one = again(escalations)
    return escalations.mark(one, user="U2", who="user:T1/U2", is_resolved=is_resolved)


def test_the_first_who_asks_about_an_answer_is_the_one(escalations: Escalations) -> None:
    asked(escalations)
    assert not escalations.add("T1", "a1", "U2", "C1", {"question": "other"})
    (due,) = escalations.due("T1")
    assert (due.user, due.payload) == ("U1", {"question": "연차는?"})
    assert escalations.due("T2") == []


def test_what_was_posted_is_known_and_its_words_are_gone(escalations: Escalations) -> None:
    one = asked(escalations)
    escalations.posted(one, ts="1.2", permalink="https://slack.example/p1", asked={"channel": "C9"})
    assert escalations.due("T1") == []
    assert escalations.next_due("T1") is None
    found = escalations.get("T1", "a1")
    assert found is not None
    assert (found.is_posted, found.ts, found.permalink) == (True, "1.2", "https://slack.example/p1")
    assert found.payload == {"channel": "C9"}


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
    posted(escalations)
    asked(escalations, "a2")
    assert escalations.forget(clock.now) == 0
    assert escalations.forget(clock.now + 1) == 1
    assert [due.trace_id for due in escalations.due("T1")] == ["a2"]


def test_what_is_resolved_is_no_longer_open_and_each_change_stands_in_the_audit_once(
    escalations: Escalations, tmp_path: Path, clock: Clock
) -> None:
    posted(escalations)
    asked(escalations, "a2")
    assert [one.trace_id for one in escalations.open_escalations("T1")] == ["a1"]
    assert [resolve(escalations) for _ in range(2)] == [True, False]
    assert escalations.open_escalations("T1") == []
    found = again(escalations)
    assert (found.resolved_by, found.resolved_at) == ("U2", clock.now)
    assert [resolve(escalations, is_resolved=False) for _ in range(2)] == [True, False]
    assert [one.resolved_by for one in escalations.open_escalations("T1")] == [""]
    said = [(entry.who, entry.what) for entry in Audit(Database(tmp_path / "footnote.db")).list()]
    assert said == [("user:T1/U2", "reopen question"), ("user:T1/U2", "resolve question")]


def test_what_was_not_posted_cannot_be_resolved(escalations: Escalations) -> None:
    asked(escalations)
    assert not resolve(escalations)
    assert escalations.open_escalations("T1") == []


def test_a_change_is_due_until_it_is_shown_also_one_that_came_while_another_was(
    escalations: Escalations, clock: Clock
) -> None:
    posted(escalations)
    assert escalations.unshown("T1") == []
    assert escalations.next_due("T1") is None
    resolve(escalations)
    (one,) = escalations.unshown("T1")
    resolve(escalations, is_resolved=False)
    escalations.show(one)
    (one,) = escalations.unshown("T1")
    assert one.resolved_by == ""
    escalations.attempt(one)
    escalations.postpone(one, 30)
    assert escalations.unshown("T1") == []
    assert escalations.next_due("T1") == clock.now + 30
    clock.now += 30
    assert [one.attempts for one in escalations.unshown("T1")] == [1]
    escalations.show(one)
    assert escalations.unshown("T1") == []
    assert again(escalations).attempts == 0


def test_a_persons_answer_is_forgotten_here_once_slack_shows_it_and_not_before(
    escalations: Escalations,
) -> None:
    posted(escalations)
    escalations.mark(
        again(escalations), user="U2", who="user:T1/U2", is_resolved=True, said=SaidByPerson("?", "15 days.")
    )
    (one,) = escalations.unshown("T1")
    assert one.answer == "15 days."
    escalations.said(one, "C9", "3.4")
    resolve(escalations, is_resolved=False)
    escalations.mark(
        again(escalations), user="U3", who="user:T1/U3", is_resolved=True, said=SaidByPerson("?", "16 days.")
    )
    escalations.show(one)  # the first: the other one is still due
    assert (again(escalations).answer, again(escalations).said_ts) == ("16 days.", "3.4")
    escalations.show(again(escalations))
    assert again(escalations).answer == ""


def test_what_is_reopened_has_no_answer_to_show(escalations: Escalations) -> None:
    posted(escalations)
    escalations.mark(
        again(escalations), user="U2", who="user:T1/U2", is_resolved=True, said=SaidByPerson("?", "15 days.")
    )
    resolve(escalations, is_resolved=False)
    assert again(escalations).answer == ""
