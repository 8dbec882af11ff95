"""Can Footnote speak to Slack, and Slack to Footnote?"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config, ConnectorConfig
from bot.doctor.finding import Finding
from bot.errors import ConfigError
from bot.slack.http_events import HEALTH_PATH, HEALTHY, HttpEvents
from bot.slack.manifest import bot_scopes
from bot.sync.schedule import digest_trigger

CLOCK_SECONDS = 60.0
SLACK_SECONDS = 10.0
HEALTH_SECONDS = 3.0


async def examine_slack(config: Config, entries: Mapping[str, ConnectorConfig]) -> list[Finding]:
    """Tokens, scopes and channels, and whether Slack reaches us over HTTP; never raises for what it finds."""
    findings = list(_digest(config))
    is_http = config.slack.transport == "http"
    second = ("SLACK_SIGNING_SECRET", config.slack_signing_secret) if is_http else (
        "SLACK_APP_TOKEN", config.slack_app_token
    )  # fmt: skip
    if not config.slack_bot_token and not second[1]:
        return [
            *findings,
            Finding(
                "slack", "warning", "no tokens, so only the sandbox can be used",
                f"Put SLACK_BOT_TOKEN and {second[0]} into .env; the README shows where they come from.",
            )
        ]  # fmt: skip
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


def _digest(config: Config) -> Iterator[Finding]:
    """When the weekly digest is due; where it is switched off there is nothing to look at."""
    try:
        trigger = digest_trigger(config)
    except ConfigError as exc:
        yield Finding("digest", "error", exc.message, exc.mend)
        return
    if trigger is not None:
        yield Finding("digest", "ok", f"sent at {config.slack.digest} ({config.sync.timezone})")


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
