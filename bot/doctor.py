"""`footnote doctor`: is everything here that Footnote needs, and if not, what is to be done?"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

import aiohttp
import psutil
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config, ConnectorConfig
from bot.connector_list import ConnectorList
from bot.contracts import Filter
from bot.errors import ConfigError, FootnoteError
from bot.index.synonyms import read_rules
from bot.models.weights import locate
from bot.slack.http_events import HEALTH_PATH, HEALTHY, HttpEvents
from bot.slack.manifest import bot_scopes
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.schedule import parse_schedule
from connectors.base import SourceError

GIB = 1 << 30
NEEDED_MEMORY = 3.2 * GIB
NEEDED_DISK = 2 * GIB
CLOCK_SECONDS = 60.0
SLACK_SECONDS = 10.0
HEALTH_SECONDS = 3.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` is empty where there is nothing to do."""

    subject: str
    verdict: Literal["ok", "warning", "error"]
    message: str
    mend: str = ""


async def examine(config: Config, *, with_slack: bool = True) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = [Finding("settings", "ok", f"{config.path} reads well")]
    findings += _machine(config)
    findings += _database(config)
    findings += _models(config)
    findings += _synonyms(config)
    entries, unread = await asyncio.to_thread(_entries, config)
    findings += unread
    findings += await asyncio.to_thread(lambda: list(_connectors(config, entries)))
    if with_slack:
        findings += await _slack(config, entries)
    return findings


def _machine(config: Config) -> Iterator[Finding]:
    folder = next(place for place in (config.data_dir, *config.data_dir.parents) if place.exists())
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        "ok" if free >= NEEDED_DISK else "error",
        f"{free / GIB:.1f} GB free under {folder}",
        "" if free >= NEEDED_DISK else "Free at least 2 GB, or name another data_dir in config.toml.",
    )
    memory = psutil.virtual_memory()
    enough = memory.available >= NEEDED_MEMORY
    yield Finding(
        "memory",
        "ok" if enough else "warning",
        f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GB available",
        ""
        if enough
        else "Footnote with both models takes up to 3.2 GB: close something, or choose a smaller model.",
    )


def _database(config: Config) -> Iterator[Finding]:
    try:
        database = Database(config.database_path)
    except FootnoteError as exc:
        yield Finding("database", "error", exc.message, exc.mend)
        return
    try:
        verdict = database.value("PRAGMA quick_check(1)")
        documents = database.value("SELECT count(*) FROM documents")
        sources = Sources(database)
        empty = [name for name, within in config.sets.items() if not sources.count(Filter(within))]
    except FootnoteError as exc:
        yield Finding("database", "error", exc.message, exc.mend)
        return
    finally:
        database.close()
    if verdict != "ok":
        yield Finding(
            "database", "error", f"{config.database_path} is damaged: {verdict}",
            "Stop Footnote, move the file away and run `footnote sync`: every document is read again.",
        )  # fmt: skip
    elif not documents:
        yield Finding("documents", "warning", "nothing is indexed yet", "Run: footnote sync")
    else:
        yield Finding("documents", "ok", f"{documents:,} in {config.database_path}")
        for name in empty:
            yield Finding(
                f"set {name}", "warning", f"no document is within {', '.join(config.sets[name])}",
                f"Mend sets.{name} in {config.path.name}: `footnote status` shows what the sets have.",
            )  # fmt: skip


def _models(config: Config) -> Iterator[Finding]:
    for purpose, name in (("chat model", config.models.chat), ("embedding model", config.models.embedding)):
        try:
            path = locate(name, config.models_dir)
        except FootnoteError as exc:
            yield Finding(purpose, "error", exc.message, exc.mend)
        else:
            yield Finding(purpose, "ok", f"{name} ({path.stat().st_size // (1 << 20):,} MB)")


def _synonyms(config: Config) -> Iterator[Finding]:
    """The company's own list; without one there is nothing to look at."""
    if not config.search.synonyms:
        return
    try:
        rules = read_rules(Path(config.search.synonyms))
    except ConfigError as exc:
        yield Finding("synonyms", "error", exc.message, exc.mend or f"Mend it in {config.search.synonyms}.")
        return
    if rules:
        yield Finding("synonyms", "ok", f"{len(rules):,} groups in {config.search.synonyms}")
    else:
        yield Finding(
            "synonyms", "warning", f"{config.search.synonyms} holds no group",
            "Write one a line: 연차, 연차휴가, annual leave, PTO",
        )  # fmt: skip


def _entries(config: Config) -> tuple[Mapping[str, ConnectorConfig], list[Finding]]:
    """The connectors of the file and those added at run time, and why these cannot be read."""
    try:
        database = Database(config.database_path)
        try:
            return ConnectorList(config, database, parse_schedule).entries(), []
        finally:
            database.close()
    except FootnoteError as exc:
        return config.connectors, [Finding("added connectors", "error", exc.message, exc.mend)]


def _connectors(config: Config, entries: Mapping[str, ConnectorConfig]) -> Iterator[Finding]:
    if not entries:
        yield Finding(
            "connectors", "warning", "none",
            "Add a [connectors.NAME] table to config.toml, or run: footnote connectors add",
        )  # fmt: skip
    for name, entry in entries.items():
        if entry.added_by:
            where = f"See: footnote connectors edit {name}"
        else:
            where = f"Its settings start in {config.path.name}, line {entry.line}."
        try:
            parse_schedule(entry.schedule, entry.timezone)
            yield Finding(f"connector {name}", "ok", entry.connector.check())
        except (ValueError, SourceError) as exc:
            yield Finding(f"connector {name}", "error", str(exc), where)


async def _slack(config: Config, entries: Mapping[str, ConnectorConfig]) -> list[Finding]:
    is_http = config.slack.transport == "http"
    second = ("SLACK_SIGNING_SECRET", config.slack_signing_secret) if is_http else (
        "SLACK_APP_TOKEN", config.slack_app_token
    )  # fmt: skip
    if not config.slack_bot_token and not second[1]:
        return [
            Finding(
                "slack", "warning", "no tokens, so only the sandbox can be used",
                f"Put SLACK_BOT_TOKEN and {second[0]} into .env; the README shows where they come from.",
            )
        ]  # fmt: skip
    findings: list[Finding] = []
    client = AsyncWebClient(
        token=config.slack_bot_token,
        base_url=config.slack.api_url,
        timeout=int(SLACK_SECONDS),
        retry_handlers=[],
    )
    try:
        reply = await client.auth_test()
        findings += _clock(reply.headers.get("date", ""))
        granted = {scope.strip() for scope in reply.headers.get("x-oauth-scopes", "").split(",")}
        wanted = bot_scopes()
        missing = sorted(wanted - granted)
        findings.append(Finding("bot token", "ok", f"{reply['user']} in {reply['team']}"))
        findings += await _experts(config, entries, client)
        findings.append(
            Finding("scopes", "error", f"missing: {', '.join(missing)}",
                    "Update the app from `footnote manifest` and install it to the workspace again.")
            if missing else Finding("scopes", "ok", f"all {len(wanted)} granted")
        )  # fmt: skip
    except SlackApiError as exc:
        findings.append(
            Finding("bot token", "error", f"Slack says {exc.response['error']}",
                    "SLACK_BOT_TOKEN starts with xoxb- and stands under OAuth & Permissions of your app.")
        )  # fmt: skip
    except (aiohttp.ClientError, TimeoutError) as exc:
        findings.append(
            Finding("slack", "error", f"{config.slack.api_url} does not answer ({type(exc).__name__})",
                    "Check the network, the proxy and the clock of this machine.")
        )  # fmt: skip
        return [*findings, *await _http(config)] if is_http else findings
    return [*findings, *(await _http(config) if is_http else [await _app_token(config, client)])]


async def _experts(
    config: Config, entries: Mapping[str, ConnectorConfig], client: AsyncWebClient
) -> list[Finding]:
    """Can people be asked where the documents give no answer?"""
    settings = config.path.name
    places = [(f"owners of {name}", entry.owner_channel, f"connectors.{name}.owner_channel", entry.added_by)
              for name, entry in entries.items() if entry.owner_channel]  # fmt: skip
    if config.slack.experts_channel:
        places.insert(0, ("experts", config.slack.experts_channel, "slack.experts_channel", ""))
    if not places:
        return [Finding(
            "experts", "ok",
            f"nobody can be asked what the documents do not answer: no slack.experts_channel in {settings}, "
            "and no owner_channel of a connector",
        )]  # fmt: skip
    return [
        await _asked(client, subject, channel, setting, "`footnote connectors edit`" if added else settings)
        for subject, channel, setting, added in places
    ]


async def _asked(client: AsyncWebClient, subject: str, channel: str, setting: str, settings: str) -> Finding:
    """Can people be asked in that channel, which `setting` in `settings` names?"""
    invite = "Type /invite @footnote in that channel."
    try:
        found = (await client.conversations_info(channel=channel))["channel"]
    except SlackApiError as exc:
        error = exc.response["error"]
        return Finding(
            subject, "error", f"Slack says {error} of {setting} {channel}",
            f"Is it the right id, in {settings}? If it is a private channel: {invite}",
        )  # fmt: skip
    except (aiohttp.ClientError, TimeoutError) as exc:
        return Finding(subject, "error", f"no answer ({type(exc).__name__})", "Check the network.")
    name = f"#{found.get('name') or channel}"
    if found.get("is_archived"):
        return Finding(subject, "error", f"{name} is archived", f"Name another channel in {settings}.")
    if not found.get("is_member"):
        return Finding(subject, "error", f"the bot is not in {name}", invite)
    return Finding(subject, "ok", f"people are asked in {name}")


async def _app_token(config: Config, client: AsyncWebClient) -> Finding:
    try:
        await client.apps_connections_open(app_token=config.slack_app_token)
    except SlackApiError as exc:
        return Finding(
            "app token", "error", f"Slack says {exc.response['error']}",
            "SLACK_APP_TOKEN starts with xapp- and has connections:write (Basic Information).",
        )  # fmt: skip
    except (aiohttp.ClientError, TimeoutError) as exc:
        return Finding("app token", "error", f"no answer ({type(exc).__name__})", "Check the network.")
    return Finding("app token", "ok", "Socket Mode can be opened")


async def _http(config: Config) -> list[Finding]:
    """The secret, and whether the bot listens or could. That Slack reaches it shows only at Slack."""
    slack = config.slack
    findings = []
    try:
        HttpEvents(config.slack_signing_secret, slack.http_host, slack.http_port).check()
        findings.append(Finding("signing secret", "ok", "set; the first event shows whether it is the app's"))
    except ConfigError as exc:
        findings.append(Finding("signing secret", "error", exc.message, exc.mend))
    where = f"{slack.http_host}:{slack.http_port}"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(slack.http_host, slack.http_host)  # noqa: S104
    address = f"[{host}]" if ":" in host else host
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=HEALTH_SECONDS)) as session,
            session.get(f"http://{address}:{slack.http_port}{HEALTH_PATH}") as answer,
        ):
            is_ours = answer.status == 200 and await answer.content.read(64) == HEALTHY
        findings.append(
            Finding("http", "ok", f"the bot listens on {where}") if is_ours
            else Finding("http", "error", f"something else listens on {where}",
                         f"Choose another slack.http_port in {config.path.name}.")
        )  # fmt: skip
    except aiohttp.ClientConnectorError:
        findings.append(_can_listen(slack.http_host, slack.http_port, config.path.name))
    except (aiohttp.ClientError, TimeoutError) as exc:
        findings.append(
            Finding("http", "error", f"{where} gives no sensible answer ({type(exc).__name__})",
                    f"Choose another slack.http_port in {config.path.name}.")
        )  # fmt: skip
    return findings


def _can_listen(host: str, port: int, settings: str) -> Finding:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as asyncio's servers do
            tried.bind(address)
    except OSError as exc:
        return Finding(
            "http", "error", f"{host}:{port} cannot be listened on: {exc.strerror or exc}",
            f"Choose another slack.http_host or slack.http_port in {settings}.",
        )  # fmt: skip
    return Finding("http", "ok", f"{host}:{port} is free; the bot is not running")


def _clock(date: str) -> list[Finding]:
    try:
        apart = abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds())
    except ValueError:  # no usable Date header: a proxy took it
        return []
    if apart <= CLOCK_SECONDS:
        return [Finding("clock", "ok", f"within {CLOCK_SECONDS:.0f} s of Slack's")]
    return [
        Finding(
            "clock",
            "error",
            f"{apart:.0f} s away from Slack's",
            "Set this machine's clock (NTP); signatures fail.",
        )
    ]
