"""The doctor looks at what the chosen transport needs, and at nothing that only the other one does."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.config import load_config
from bot.connector_list import ConnectorList
from bot.doctor import Finding, examine
from bot.sandbox import Sandbox
from bot.slack.http_events import HttpEvents
from bot.store.database import Database
from bot.sync.schedule import parse_schedule

NOWHERE = "http://127.0.0.1:9/api/"
"""An api_url at which nobody answers: what Slack would say is not looked at here."""


async def findings(folder: Path, port: int, **secrets: str) -> dict[str, Finding]:
    (folder / "config.toml").write_text(
        f'data_dir = "data"\n[slack]\ntransport = "http"\nhttp_port = {port}\napi_url = "{NOWHERE}"\n'
    )
    config = load_config(folder / "config.toml", {"SLACK_BOT_TOKEN": "xoxb-1", **secrets})
    return {finding.subject: finding for finding in await examine(config)}


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


async def test_with_http_the_app_token_is_not_asked_for_but_the_signing_secret_is(tmp_path: Path) -> None:
    found = await findings(tmp_path, free_port())
    assert found["signing secret"].verdict == "error"
    assert "SLACK_SIGNING_SECRET" in found["signing secret"].message
    assert "App Credentials" in found["signing secret"].mend
    assert "app token" not in found


async def test_a_token_in_the_place_of_the_signing_secret_is_noticed(tmp_path: Path) -> None:
    found = await findings(tmp_path, free_port(), SLACK_SIGNING_SECRET="xapp-1-A1")
    assert "is a token" in found["signing secret"].message


async def test_a_free_port_is_said_to_be_free(tmp_path: Path) -> None:
    found = await findings(tmp_path, free_port(), SLACK_SIGNING_SECRET="abc")
    assert found["signing secret"].verdict == "ok"
    assert found["http"].verdict == "ok"
    assert "is free" in found["http"].message


async def test_a_bot_that_runs_is_recognised(tmp_path: Path) -> None:
    events = HttpEvents("abc", "127.0.0.1", 0)
    await events.start(AsyncApp(token="xoxb-1"))
    try:
        port = int(events.request_url.split(":")[2].partition("/")[0])
        found = await findings(tmp_path, port, SLACK_SIGNING_SECRET="abc")
    finally:
        await events.close()
    assert found["http"].verdict == "ok"
    assert "the bot listens" in found["http"].message


@pytest.mark.parametrize("answer", ["hello", '{"ok": false}'])
async def test_a_port_taken_by_something_else_is_an_error(tmp_path: Path, answer: str) -> None:
    async def other(_: web.Request) -> web.Response:
        return web.Response(text=answer)

    app = web.Application()
    app.router.add_get("/health", other)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        found = await findings(tmp_path, runner.addresses[0][1], SLACK_SIGNING_SECRET="abc")
    finally:
        await runner.cleanup()
    assert found["http"].verdict == "error"
    assert "slack.http_port" in found["http"].mend


@pytest.mark.parametrize(
    ("channel", "verdict", "message", "mend"),
    [
        ("", "ok", "no slack.experts_channel", ""),
        ("C01GENERAL", "ok", "people are asked in #general", ""),
        ("C03RANDOM0", "error", "the bot is not in #random", "/invite @footnote"),
        ("C0NOWHERE0", "error", "channel_not_found", "right id"),
    ],
)
async def test_whether_people_can_be_asked_is_looked_at(
    tmp_path: Path, channel: str, verdict: str, message: str, mend: str
) -> None:
    async with Sandbox() as sandbox:
        (tmp_path / "config.toml").write_text(
            f'data_dir = "data"\n[slack]\napi_url = "{sandbox.api_url}"\nexperts_channel = "{channel}"\n'
        )
        secrets = {"SLACK_BOT_TOKEN": sandbox.bot_token, "SLACK_APP_TOKEN": sandbox.app_token}
        config = load_config(tmp_path / "config.toml", secrets)
        found = {finding.subject: finding for finding in await examine(config)}["experts"]
    assert found.verdict == verdict
    assert message in found.message
    assert mend in found.mend


@pytest.mark.parametrize(
    ("digest", "verdict", "message", "mend"),
    [
        ("0 9 * * mon", "ok", "0 9 * * mon", ""),
        ("mondays", "error", "config.toml: slack.digest: 'mondays' is no schedule", '"0 9 * * mon"'),
        ("never", None, "", ""),
    ],
)
async def test_when_the_weekly_digest_is_sent_is_looked_at(
    tmp_path: Path, digest: str, verdict: str | None, message: str, mend: str
) -> None:
    (tmp_path / "config.toml").write_text(f'data_dir = "data"\n[slack]\ndigest = "{digest}"\n')
    config = load_config(tmp_path / "config.toml", {})
    found = {finding.subject: finding for finding in await examine(config)}.get("digest")
    assert (found and found.verdict) == verdict
    assert found is None or (message in found.message and mend in found.mend)


async def test_owner_channels_of_connectors_of_both_sorts_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    async with Sandbox() as sandbox:
        (tmp_path / "config.toml").write_text(
            f'data_dir = "data"\n[slack]\napi_url = "{sandbox.api_url}"\n'
            '[connectors.docs]\nkind = "folder"\npath = "docs"\nowner_channel = "C01GENERAL"\n'
        )
        secrets = {"SLACK_BOT_TOKEN": sandbox.bot_token, "SLACK_APP_TOKEN": sandbox.app_token}
        config = load_config(tmp_path / "config.toml", secrets)
        database = Database(config.database_path)
        connectors = ConnectorList(config, database, parse_schedule)
        for name, channel in (("more", "C03RANDOM0"), ("wrong", "C0NOWHERE0")):
            draft = connectors.draft(
                "folder", name, {"path": ["docs"]}, {}, owner_channel=channel, on_machine=True
            )
            connectors.save(draft, who="cli:minji")
        database.close()
        found = {finding.subject: finding for finding in await examine(config)}
    assert found["owners of docs"].message == "people are asked in #general"
    assert found["owners of more"].message == "the bot is not in #random"
    assert "/invite @footnote" in found["owners of more"].mend
    assert "connectors.wrong.owner_channel C0NOWHERE0" in found["owners of wrong"].message
    assert "footnote connectors edit" in found["owners of wrong"].mend
    assert "experts" not in found


async def test_connectors_of_both_sorts_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "config.toml").write_text(
        'data_dir = "data"\n[connectors.docs]\nkind = "folder"\npath = "docs"\n'
    )
    config = load_config(tmp_path / "config.toml", {})
    database = Database(config.database_path)
    connectors = ConnectorList(config, database, parse_schedule)
    draft = connectors.draft("folder", "more", {"path": ["nowhere"]}, {}, on_machine=True)
    connectors.save(draft, who="cli:minji")
    database.close()

    found = {finding.subject: finding for finding in await examine(config, with_slack=False)}
    assert found["connector docs"].verdict == "ok"
    assert found["connector more"].verdict == "error"
    assert "footnote connectors edit more" in found["connector more"].mend


async def test_a_set_may_name_a_connector_that_was_added_and_one_that_is_not_there_is_one_warning(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text(
        'data_dir = "data"\n[sets]\npeople = ["docs", "more/hr/"]\nwrong = ["docs", "moer/hr/", "moer"]\n'
        '[connectors.docs]\nkind = "folder"\npath = "."\n'
    )
    config = load_config(tmp_path / "config.toml", {})
    database = Database(config.database_path)
    connectors = ConnectorList(config, database, parse_schedule)
    connectors.save(connectors.draft("folder", "more", {"path": ["."]}, {}, on_machine=True), who="cli:minji")
    database.close()

    found = [one for one in await examine(config, with_slack=False) if one.subject.startswith("set ")]
    assert [(one.subject, one.verdict, one.message) for one in found] == [
        ("set wrong", "warning", "there is no connector moer")
    ]
    assert "There are: docs, more" in found[0].mend
