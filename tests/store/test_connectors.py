"""Connectors that were added at run time, in a file of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import NotFound, Outdated
from bot.store.audit import Audit
from bot.store.connectors import AddedConnector, AddedConnectors
from bot.store.database import Database

WIKI = AddedConnector(
    "wiki", "web", {"urls": ["https://wiki.example.com/인사/"], "max_pages": 50}, {"password": "v1.ab.cd"}
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    yield database
    database.close()


def test_a_connector_is_kept_as_it_was_entered(database: Database) -> None:
    added = AddedConnectors(database)
    added.save(WIKI, None, who="user:T1/U1")
    (held,) = added.list()
    assert (held.kind, held.settings, held.secrets) == (WIKI.kind, WIKI.settings, WIKI.secrets)
    assert held.added_by == held.changed_by == "user:T1/U1"
    assert held.added_at == held.changed_at is not None


def test_an_edit_keeps_who_added_it(database: Database) -> None:
    added = AddedConnectors(database)
    added.save(WIKI, None, who="user:T1/U1")
    added.save(replace(WIKI, schedule="every 2 hours"), added.get("wiki"), who="user:T1/U2")
    held = added.get("wiki")
    assert (held.added_by, held.changed_by, held.schedule) == ("user:T1/U1", "user:T1/U2", "every 2 hours")


def test_the_audit_says_what_changed_and_of_secrets_only_that_they_did(database: Database) -> None:
    added = AddedConnectors(database)
    added.save(WIKI, None, who="user:T1/U1")
    settings = {"urls": ["https://wiki.example.com/인사/"], "max_pages": 60}
    for secrets in ({"password": "v1.ab.zz"}, {}):
        added.save(replace(WIKI, settings=settings, secrets=secrets), added.get("wiki"), who="user:T1/U2")
    added.remove("wiki", who="user:T1/U1")
    said = [(entry.who, entry.what, entry.detail) for entry in reversed(Audit(database).list())]
    assert said == [
        (
            "user:T1/U1",
            "add connector",
            'wiki: kind = "web"; max_pages = 50; urls = ["https://wiki.example.com/인사/"]; '
            "password: a new secret",
        ),
        ("user:T1/U2", "edit connector", "wiki: max_pages: 50 -> 60; password: a new secret"),
        ("user:T1/U2", "edit connector", "wiki: password: no secret any more"),
        ("user:T1/U1", "remove connector", "wiki"),
    ]


def test_who_is_slower_than_somebody_else_saves_nothing(database: Database) -> None:
    added = AddedConnectors(database)
    added.save(WIKI, None, who="user:T1/U1")
    with pytest.raises(Outdated, match="wiki was added by somebody else"):
        added.save(replace(WIKI, kind="git"), None, who="user:T1/U2")
    seen = added.get("wiki")
    added.save(replace(WIKI, schedule="every 2 hours"), seen, who="user:T1/U1")
    with pytest.raises(Outdated, match="wiki was changed by somebody else"):
        added.save(replace(WIKI, schedule="every 3 hours"), seen, who="user:T1/U2")
    assert (added.get("wiki").kind, added.get("wiki").schedule) == ("web", "every 2 hours")
    seen = added.get("wiki")
    added.remove("wiki", who="user:T1/U1")
    with pytest.raises(NotFound, match="wiki was removed meanwhile"):
        added.save(replace(WIKI, schedule="every 3 hours"), seen, who="user:T1/U2")
    assert added.list() == []
    assert [entry.who for entry in Audit(database).list()] == ["user:T1/U1"] * 3


def test_what_was_never_added_cannot_be_removed_or_shown(database: Database) -> None:
    added = AddedConnectors(database)
    for attempt in (lambda: added.remove("wiki", who="cli"), lambda: added.get("wiki")):
        with pytest.raises(NotFound, match=r"'wiki'.*connectors list"):
            attempt()
    assert Audit(database).list() == []
