"""What admins are to hear, and what they decide on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.doubts import Doubts
from bot.store.notices import Kind, NoticeMessage, Notices

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "footnote.db")
    yield opened
    opened.close()


def heard(notices: Notices, at: datetime) -> list[tuple[Kind, str]]:
    return [(one.notice.kind, one.notice.connector) for one in notices.due("T1", ["U1"], at)]


def test_a_failure_is_news_once_and_its_recovery_once(database: Database) -> None:
    notices = Notices(database)
    for minute, error in enumerate(("", "away", "away", "still away", "", "")):
        notices.note("docs", error, NOW + timedelta(minutes=minute))
    assert heard(notices, NOW + timedelta(minutes=9)) == [(Kind.FAILING, "docs"), (Kind.RECOVERED, "docs")]


def test_a_source_that_comes_and_goes_is_told_once_an_hour(database: Database) -> None:
    notices = Notices(database)
    for minute in range(120):
        notices.note("docs", "away" if minute % 2 else "", NOW + timedelta(minutes=minute))
    kinds = [kind for kind, _ in heard(notices, NOW + timedelta(hours=2))]
    assert kinds == [Kind.FAILING, Kind.RECOVERED] * 2


def test_each_admin_of_each_workspace_hears_it_once(database: Database) -> None:
    notices = Notices(database)
    notices.note("docs", "away", NOW)

    def due(team: str, *users: str, at: datetime = NOW) -> list[NoticeMessage]:
        return notices.due(team, users, at)

    first, second = due("T1", "U1", "U2")
    notices.attempt(first)
    notices.done(first)
    notices.postpone(second, NOW + timedelta(minutes=5))
    assert due("T1", "U1", "U2") == []
    (again,) = due("T1", "U1", "U2", at=NOW + timedelta(minutes=5))
    assert (again.user, again.attempts) == ("U2", 0)
    assert [one.user for one in due("T2", "U1")] == ["U1"]
    assert due("T1", "U9", at=NOW + timedelta(days=3)) == []  # no news any more


def test_a_question_keeps_its_id_while_it_asks_about_the_same(database: Database) -> None:
    doubts = Doubts(database)
    first = doubts.raise_("docs", ["b", "a"], 10, NOW)
    assert first.gone == ("a", "b")
    assert doubts.raise_("docs", ["a", "b"], 10, NOW + timedelta(hours=1)) == first
    other = doubts.raise_("docs", ["a", "b", "c"], 10, NOW)
    assert other.id != first.id
    assert doubts.get(first.id) is None
    assert doubts.get(other.id) == doubts.of("docs") == other
    doubts.settle("docs")
    assert doubts.of("docs") is None
