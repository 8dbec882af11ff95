"""One list of both sorts of connectors, over real files and a real database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.complaints import WrongSetting
from bot.config import load_config
from bot.connector_list import ConnectorList
from bot.errors import ConfigError, FootnoteError, NotAllowed, NotFound
from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.sources import Holdings, Sources
from bot.sync.schedule import parse_schedule
from connectors.base import SourceUnavailable

CANARY = "canary-토큰-5f1d"
WHO = "user:T1/U1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("docs", "more"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.md").write_text(f"# A page of {name}")
    (tmp_path / "config.toml").write_text('[connectors.docs]\nkind = "folder"\npath = "docs"\n')
    return tmp_path


def app_of(folder: Path, **variables: str) -> App:
    return App(load_config(folder / "config.toml", {"FOOTNOTE_DATA_DIR": str(folder / "data"), **variables}))


def list_of(folder: Path, **variables: str) -> ConnectorList:
    config = app_of(folder, **variables).config
    return ConnectorList(config, Database(config.database_path), parse_schedule)


def add(connectors: ConnectorList, name: str, path: str = "more", **more: Any) -> None:
    draft = connectors.draft("folder", name, {"path": [path]}, {}, on_machine=True, **more)
    connectors.save(draft, who=WHO)


def add_wiki(connectors: ConnectorList, token: str = CANARY) -> None:
    settings = {"urls": ["https://wiki.example.com/"], "user": ["bot"]}
    connectors.save(connectors.draft("web", "wiki", settings, {"password": token}, on_machine=True), who=WHO)


def test_both_sorts_are_in_one_list_and_say_who_manages_them(folder: Path) -> None:
    connectors = list_of(folder)
    add(connectors, "more", schedule="every 2 hours", timezone="Asia/Seoul")
    docs, more = connectors.entries().values()
    assert (docs.name, docs.line, docs.added_by) == ("docs", 1, "")
    assert (more.name, more.line, more.added_by) == ("more", 0, WHO)
    assert (more.schedule, more.timezone) == ("every 2 hours", "Asia/Seoul")
    assert connectors["more"].check() == connectors["docs"].check().replace("docs", "more")
    assert list(connectors) == ["docs", "more"]


def test_what_another_process_added_and_removed_counts_at_once(folder: Path) -> None:
    here, there = list_of(folder), list_of(folder)
    assert "more" not in here
    add(there, "more")
    assert here["more"] is here["more"], "what a connector remembers must not be lost"
    there.remove("more", who=WHO)
    assert "more" not in here


def test_what_config_toml_has_cannot_be_changed_and_wins_over_what_was_added(folder: Path) -> None:
    connectors = list_of(folder)
    add(connectors, "more")
    for attempt in (
        lambda: add(connectors, "docs"),
        lambda: connectors.changed("docs", {"url": [""]}, {}, on_machine=True),
        lambda: connectors.remove("docs", who=WHO),
    ):
        with pytest.raises(NotAllowed, match=r"docs is managed by config\.toml.*line 1"):
            attempt()
    with (folder / "config.toml").open("a") as file:
        file.write('[connectors.more]\nkind = "folder"\npath = "docs"\n')
    assert list_of(folder).entries()["more"].line == 4


def test_a_name_that_is_taken_or_unusable_is_refused(folder: Path) -> None:
    connectors = list_of(folder)
    add(connectors, "more")
    for name, said in (("more", "There is a connector 'more' already"), ("../x", "not usable")):
        with pytest.raises(WrongSetting, match=said) as caught:
            add(connectors, name)
        assert caught.value.setting == "name"
    with pytest.raises(NotFound, match="no kind 'wikki'"):
        connectors.draft("wikki", "x", {}, {}, on_machine=True)


def test_an_edit_keeps_the_rest_and_an_empty_text_takes_a_setting_away(folder: Path) -> None:
    connectors = list_of(folder)
    add(connectors, "more", schedule="every 2 hours")
    settings = {"include": ["*.md", "*.txt"], "max_bytes": ["9"]}
    connectors.save(connectors.changed("more", settings, {}, on_machine=True), who=WHO)
    connectors.save(connectors.changed("more", {"max_bytes": [""]}, {}, on_machine=True), who=WHO)
    held = connectors.added("more")
    assert held.settings == {"path": str(folder / "more"), "include": ["*.md", "*.txt"]}
    assert held.schedule == "every 2 hours"


def test_an_owner_channel_is_kept_through_edits_changed_and_taken_away_with_an_audit_row(
    folder: Path,
) -> None:
    connectors = list_of(folder)
    add(connectors, "more", owner_channel="C0123456789")
    connectors.save(connectors.changed("more", {"max_bytes": ["9"]}, {}, on_machine=True), who=WHO)
    assert connectors.entries()["more"].owner_channel == "C0123456789"
    for channel in ("C0987654321", ""):
        draft = connectors.changed("more", {}, {}, owner_channel=channel, on_machine=True)
        connectors.save(draft, who=WHO)
        assert connectors.entries()["more"].owner_channel == channel
    database = Database(app_of(folder).config.database_path)
    said = [entry.detail for entry in Audit(database).list() if "owner channel" in entry.detail]
    assert said[:2] == [
        'more: owner channel: "C0987654321" -> unset',
        'more: owner channel: "C0123456789" -> "C0987654321"',
    ]
    assert 'owner channel = "C0123456789"' in said[2]


@pytest.mark.parametrize(
    ("times", "setting"),
    [
        ({"schedule": "sometimes"}, "schedule"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"owner_channel": "#people-team"}, "owner_channel"),
    ],
)
def test_a_schedule_that_never_comes_or_a_channel_that_cannot_be_is_refused_beside_its_field(
    folder: Path, times: dict[str, str], setting: str
) -> None:
    with pytest.raises(WrongSetting) as caught:
        add(list_of(folder), "more", **times)
    assert caught.value.setting == setting


def test_a_secret_is_sealed_and_found_in_no_file_no_log_and_no_text(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connectors = list_of(folder)
    add_wiki(connectors)
    wiki: Any = connectors["wiki"]
    assert wiki.password.value == CANARY
    texts = [repr(connectors.entries()), repr(connectors.added("wiki")), str(wiki), caplog.text]
    with pytest.raises(FootnoteError) as wrong:
        connectors.draft("web", "x", {"max_pages": ["many"]}, {"password": CANARY}, on_machine=True)
    texts += [str(wrong.value), repr(wrong.value), repr(wrong.value.__cause__)]
    texts += [entry.detail for entry in Audit(Database(folder / "data/footnote.db")).list()]
    assert len(texts) == 8
    assert not any(CANARY in text or "canary" in text for text in texts)
    files = [path for path in (folder / "data").rglob("*") if path.is_file()]
    assert {"footnote.db", "footnote.db-wal", "footnote.key"} <= {path.name for path in files}
    assert not any(CANARY.encode() in path.read_bytes() for path in files)


def test_without_the_right_key_one_connector_waits_and_the_others_go_on(folder: Path) -> None:
    add_wiki(list_of(folder))
    (folder / "data" / "footnote.key").unlink()
    connectors = list_of(folder)
    assert connectors["docs"].items(None).is_complete
    assert connectors["wiki"].kind == "web"
    with pytest.raises(SourceUnavailable, match=r"another key.*edit wiki --secret password"):
        connectors["wiki"].items(None)
    settings = {"password": CANARY}
    connectors.save(connectors.changed("wiki", {}, settings, on_machine=False), who=WHO)
    wiki: Any = connectors["wiki"]
    assert wiki.password.value == CANARY


def test_a_secret_may_be_a_variable_for_who_sits_at_the_machine(folder: Path) -> None:
    connectors = list_of(folder, WIKI=CANARY)
    add_wiki(connectors, "env:WIKI")
    wiki: Any = connectors["wiki"]
    assert wiki.password.value == CANARY
    assert connectors.added("wiki").secrets == {"password": "env:WIKI"}
    with pytest.raises(SourceUnavailable, match="names the variable WIKI, which is not set"):
        list_of(folder)["wiki"].check()


def test_the_key_itself_is_no_secret_of_a_source(folder: Path) -> None:
    key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    with pytest.raises(ConfigError, match="FOOTNOTE_KEY, which is not set"):
        add_wiki(list_of(folder, FOOTNOTE_KEY=key), "env:FOOTNOTE_KEY")


@pytest.mark.parametrize(
    ("kind", "settings", "secrets", "setting"),
    [
        ("folder", {"path": ["/etc"]}, {}, "path"),
        ("sql", {"database": ["sqlite"], "query": ["SELECT 1"], "path": ["/x.db"]}, {}, "path"),
        ("git", {"remote": ["/srv/secret.git"]}, {}, "remote"),
        ("git", {"remote": ["team/docs.git"]}, {}, "remote"),
        ("git", {"remote": ["git@code.example.com:a/b.git"]}, {}, "remote"),
        ("web", {"urls": ["https://x.example.com"], "user": ["u"]}, {"password": "env:HOME"}, "password"),
    ],
)
def test_from_slack_nothing_of_the_machine_can_be_named(
    folder: Path, kind: str, settings: dict[str, list[str]], secrets: dict[str, str], setting: str
) -> None:
    connectors = list_of(folder, HOME="/root")
    if kind == "sql":
        settings = {**settings, "url": ["https://x/{id}"], "everyone_may_read": ["true"]}
    with pytest.raises(WrongSetting, match="somebody at") as caught:
        connectors.draft(kind, "x", settings, secrets, on_machine=False)
    assert caught.value.setting == setting
    connectors.draft(kind, "x", settings, secrets, on_machine=True)


def test_from_slack_a_mistyped_address_of_a_repository_is_told_what_it_has_to_begin_with(
    folder: Path,
) -> None:
    with pytest.raises(WrongSetting, match=r"remote has to begin with https://.*https://git\.example"):
        list_of(folder).draft("git", "x", {"remote": ["team/docs.git"]}, {}, on_machine=False)


def test_a_secret_is_not_sent_to_another_address_without_being_given_again(folder: Path) -> None:
    connectors = list_of(folder)
    add_wiki(connectors)
    elsewhere = {"urls": ["https://elsewhere.example.com/"]}
    with pytest.raises(WrongSetting, match="urls says where password is sent") as caught:
        connectors.changed("wiki", elsewhere, {}, on_machine=True)
    assert caught.value.setting == "password"
    draft = connectors.changed("wiki", elsewhere, {"password": "new"}, on_machine=False)
    made: Any = draft.connector
    assert made.password.value == "new"
    with pytest.raises(WrongSetting, match="urls holds a password"):
        connectors.changed(
            "wiki", {"urls": [f"https://u:{CANARY}@x.org/"]}, {"password": "n"}, on_machine=True
        )


def test_secrets_and_settings_are_not_taken_for_each_other(folder: Path) -> None:
    connectors = list_of(folder)
    with pytest.raises(WrongSetting, match="password is a secret") as caught:
        connectors.draft("web", "x", {"password": [CANARY]}, {}, on_machine=True)
    assert CANARY not in str(caught.value)
    with pytest.raises(WrongSetting, match="user is no secret"):
        connectors.draft("web", "x", {}, {"user": "a"}, on_machine=True)
    with pytest.raises(WrongSetting, match="no setting 'colour'"):
        connectors.draft("web", "x", {}, {"colour": CANARY}, on_machine=True)


async def test_a_running_bot_follows_what_another_process_changes(folder: Path) -> None:
    other = list_of(folder)
    async with app_of(folder) as app:
        sources = Sources(app.database)
        app.plan()
        app.schedule.start()
        add(other, "more")
        app.replan()
        await until(lambda: sources.holdings().get("more") == Holdings(1, 1))
        await settled(app)

        (folder / "docs" / "second.md").write_text("# Another page")
        before = sources.state("more").started_at
        edited = other.changed("more", {"path": ["docs"]}, {}, schedule="0 3 * * *", on_machine=True)
        other.save(edited, who=WHO)
        app.replan()
        await until(lambda: sources.holdings()["more"].documents == 2)
        assert sources.state("more").started_at != before
        assert app.next_runs()["more"].hour == 3
        planned = app.next_runs()
        app.replan()
        assert app.next_runs() == planned, "what did not change is left alone"

        await settled(app)
        removed = app.admin.forget("more", who=WHO, removed_by=lambda: other.remove("more", who=WHO))
        assert removed == 2
        await app._scheduled_sync("more")  # as if it had been due before the schedule heard of that
        app.replan()
        assert set(app.next_runs()) == {"docs"}
        assert [each.name for each in (await app.admin.status()).connectors] == ["docs"]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - another thread changes the file
            await asyncio.sleep(0.05)


async def settled(app: App) -> None:
    async with asyncio.timeout(60):
        while (await app.admin.status()).running:  # noqa: ASYNC110 - a sync says nothing at its end
            await asyncio.sleep(0.05)
