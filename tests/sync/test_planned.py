"""The schedule of the whole app: what runs at its start, and what follows a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.config import load_config
from bot.errors import ConfigError
from bot.store.sources import Sources


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    path = tmp_path / "config.toml"
    path.write_text(
        '[connectors.docs]\nkind = "folder"\npath = "docs"\nschedule = "0 2 * * *"\n'
        '[connectors.away]\nkind = "folder"\npath = "away"\nschedule = "0 2 * * *"\n'
    )
    return path


def app_of(settings: Path) -> App:
    return App(load_config(settings, {"FOOTNOTE_DATA_DIR": str(settings.parent / "data")}))


async def test_what_never_ran_runs_at_once_and_after_that_on_schedule(settings: Path) -> None:
    async with app_of(settings) as app:
        app.plan()
        assert all(when <= datetime.now(UTC) for when in app.next_runs().values())
        await app._scheduled_sync("docs")
    async with app_of(settings) as app:  # a restart within the day
        app.plan()
        runs = app.next_runs()
        assert runs["docs"].astimezone(UTC).hour == 2
        assert runs["docs"] > datetime.now(UTC)
        assert runs["away"] <= datetime.now(UTC)


async def test_a_source_that_failed_is_asked_again_in_minutes_and_not_at_once(settings: Path) -> None:
    async with app_of(settings) as app:
        app.plan()
        for failures, minutes in ((1, 5), (2, 10)):
            await app._scheduled_sync("away")
            state = Sources(app.database).state("away")
            assert state.failures == failures
            assert state.finished_at is not None
            wait = app.next_runs()["away"] - state.finished_at
            assert wait == timedelta(minutes=minutes)
        (settings.parent / "away").mkdir()
        before = app.next_runs()["away"]
        await app._scheduled_sync("away")
        assert Sources(app.database).state("away").failures == 0
        assert app.next_runs()["away"] == before  # the running schedule goes on from the run it has


@pytest.fixture
def impossible(settings: Path) -> Path:
    settings.write_text(settings.read_text().replace('"0 2 * * *"', '"0 2 30 2 *"', 1))
    return settings


async def test_a_time_that_never_comes_is_refused(impossible: Path) -> None:
    async with app_of(impossible) as app:
        with pytest.raises(ConfigError, match=r"line 1.*never comes"):
            app.plan()
