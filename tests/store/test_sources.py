"""What is remembered of a connector, and who changed what."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.contracts import SyncReport
from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.sources import Sources
from connectors.base import Item

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "footnote.db")
    yield opened
    opened.close()


def test_a_connector_never_heard_of_is_active(database: Database) -> None:
    state = Sources(database).state("docs")
    assert (state.is_paused, state.report, state.finished_at) == (False, None, None)


def test_a_report_comes_back_as_it_was(database: Database) -> None:
    sources = Sources(database)
    report = SyncReport("docs", added=2, failed=1, failures=(("가.pdf", "암호가 걸려 있음"),), seconds=1.5)
    sources.started("docs", NOW)
    sources.finished(report, NOW + timedelta(seconds=2), cursor="c7")
    state = sources.state("docs")
    assert state.report == report
    assert state.cursor == "c7"
    assert state.started_at == NOW
    assert state.finished_at == NOW + timedelta(seconds=2)


def test_a_pause_says_why_and_who_until_it_is_lifted(database: Database) -> None:
    sources = Sources(database)
    sources.pause("docs", "token refused")
    assert sources.state("docs").is_paused
    sources.pause("docs", "being moved", by="user:T1/U1")
    state = sources.state("docs")
    assert (state.pause_reason, state.paused_by) == ("being moved", "user:T1/U1")
    sources.resume("docs")
    state = sources.state("docs")
    assert (state.is_paused, state.pause_reason, state.paused_by) == (False, "", "")


def test_a_sync_does_not_lift_a_pause(database: Database) -> None:
    sources = Sources(database)
    sources.pause("docs", "being moved")
    sources.started("docs", NOW)
    sources.finished(SyncReport("docs"), NOW, cursor=None)
    assert sources.state("docs").is_paused


def test_attempts_are_counted_for_each_version(database: Database) -> None:
    sources = Sources(database)
    for minutes in (0, 60):
        sources.quarantine("docs", Item("a", "1"), "broken", NOW + timedelta(minutes=minutes))
    first = sources.set_aside("docs")["a"]
    assert (first.attempts, first.since, first.tried_at) == (2, NOW, NOW + timedelta(minutes=60))
    sources.quarantine("docs", Item("a", "2"), "encrypted", NOW + timedelta(minutes=90))
    second = sources.set_aside("docs")["a"]
    assert (second.attempts, second.reason, second.since) == (1, "encrypted", NOW + timedelta(minutes=90))


def test_only_what_is_named_leaves_the_quarantine(database: Database) -> None:
    sources = Sources(database)
    for item_id in ("a", "b"):
        sources.quarantine("docs", Item(item_id, "1"), "broken", NOW)
        sources.quarantine("wiki", Item(item_id, "1"), "broken", NOW)
    sources.release("docs", ["a"])
    assert set(sources.set_aside("docs")) == {"b"}
    assert set(sources.set_aside("wiki")) == {"a", "b"}
    sources.forget("wiki")
    assert sources.set_aside("wiki") == {}


def test_audit_rows_are_newest_first_and_cannot_be_changed(database: Database) -> None:
    audit = Audit(database)
    audit.append("cli:minji", "pause", "docs")
    audit.append("user:T1/U1", "resume", "docs")
    assert [(entry.who, entry.what) for entry in audit.list()] == [
        ("user:T1/U1", "resume"),
        ("cli:minji", "pause"),
    ]
    for change in ("UPDATE audit SET who = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="never"), database.write() as db:
            db.conn.execute(change)
    assert len(audit.list()) == 2


def test_the_last_sync_without_an_error_is_remembered_while_later_ones_fail(database: Database) -> None:
    sources = Sources(database)
    for minutes, error in ((0, ""), (15, "It does not answer."), (30, "It does not answer.")):
        at = NOW + timedelta(minutes=minutes)
        sources.started("docs", at)
        sources.finished(SyncReport("docs", error=error), at, cursor=None)
    state = sources.state("docs")
    assert (state.failures, state.succeeded_at, state.finished_at) == (2, NOW, NOW + timedelta(minutes=30))
