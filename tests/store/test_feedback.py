"""One vote a person and answer, with what they said about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.feedback import DOWN, MAX_COMMENT, UP, Feedback, Vote, VoteCounts
from bot.store.notices import Kind, Notices
from tests.fakes import Clock


@pytest.fixture
def feedback(tmp_path: Path) -> Iterator[Feedback]:
    database = Database(tmp_path / "footnote.db")
    ticks = iter(range(100))
    yield Feedback(database, lambda: float(next(ticks)))
    database.close()


def test_the_last_vote_of_a_person_counts(feedback: Feedback) -> None:
    for user, vote in (("U1", UP), ("U1", DOWN), ("U2", DOWN)):
        feedback.vote("t", "T", user, vote)
    assert feedback.counts("t") == (0, 2)


def test_a_reason_stays_with_the_vote_it_explains_until_the_vote_changes(feedback: Feedback) -> None:
    feedback.vote("t", "T", "U1", DOWN)
    feedback.explain("t", "T", "U1", "outdated", "2023년 규정이에요")
    feedback.vote("t", "T", "U1", DOWN)
    assert feedback.votes("t") == [Vote("T", "U1", DOWN, "outdated", "2023년 규정이에요")]
    feedback.vote("t", "T", "U1", UP)
    assert feedback.votes("t") == [Vote("T", "U1", UP)]
    feedback.vote("t", "T", "U1", DOWN)
    assert feedback.votes("t") == [Vote("T", "U1", DOWN)]


def test_a_reason_makes_the_vote_down_even_where_there_was_none_or_another(feedback: Feedback) -> None:
    feedback.vote("t", "T", "U1", UP)
    for user in ("U1", "U2"):
        feedback.explain("t", "T", user, "wrong", "")
    assert feedback.counts("t") == (0, 2)


def test_votes_of_different_workspaces_answers_and_people_do_not_mix(feedback: Feedback) -> None:
    feedback.explain("t", "T", "U1", "wrong", "a")
    feedback.explain("t", "T2", "U1", "incomplete", "b")
    feedback.explain("other", "T", "U1", "not_for_me", "c")
    assert [vote.comment for vote in feedback.votes("t")] == ["a", "b"]


@pytest.mark.parametrize(
    ("reason", "comment"), [("", ""), ("boring", ""), ("other", "가" * (MAX_COMMENT + 1))]
)
def test_what_is_no_reason_is_not_stored(feedback: Feedback, reason: str, comment: str) -> None:
    with pytest.raises(ValueError, match=r"a reason|a comment"):
        feedback.explain("t", "T", "U1", reason, comment)
    assert feedback.votes("t") == []


def test_votes_of_an_older_database_are_kept_without_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "footnote.db"
    database = Database(path)
    with database.write() as db:  # the table as the version before had it
        db.conn.execute("ALTER TABLE feedback DROP COLUMN reason")
        db.conn.execute("ALTER TABLE feedback DROP COLUMN comment")
        db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'reasons_of_votes'")
        db.conn.execute(
            "INSERT INTO feedback (trace_id, team, user, vote, at) VALUES ('t','T','U1','down',1)"
        )
    database.close()
    database = Database(path)
    assert Feedback(database, lambda: 2.0).votes("t") == [Vote("T", "U1", DOWN)]
    database.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "footnote.db")
    yield opened
    opened.close()


def test_votes_are_counted_by_reason_from_a_day_on(database: Database) -> None:
    clock = Clock()
    feedback = Feedback(database, clock)
    feedback.vote("old", "T1", "U1", DOWN)
    clock.now += 86400
    since = datetime.fromtimestamp(clock.now, UTC)
    assert feedback.counted(since) == VoteCounts()
    for user, reason in (("U1", "outdated"), ("U2", "wrong"), ("U3", "outdated")):
        feedback.explain("t1", "T1", user, reason, "")
    feedback.vote("t2", "T1", "U1", DOWN)
    feedback.vote("t2", "T1", "U2", UP)
    counted = feedback.counted(since)
    assert counted == VoteCounts(1, 4, {"outdated": 2, "wrong": 1})
    assert list(counted.reasons) == ["outdated", "wrong"]
    assert feedback.counted().down == 5


def test_what_was_not_meant_for_somebody_is_a_notice_of_that_answer_alone(database: Database) -> None:
    feedback = Feedback(database, lambda: 100.0)
    for user in ("U1", "U2"):
        feedback.explain("t1", "T1", user, "not_for_me", "their words")
    feedback.explain("t2", "T1", "U1", "wrong", "")
    due = Notices(database).due("T1", ["UADMIN"], datetime.fromtimestamp(100.0, UTC))
    assert [(one.notice.kind, one.notice.connector, one.notice.detail) for one in due] == [
        (Kind.NOT_FOR_ME, "", "t1")
    ]
