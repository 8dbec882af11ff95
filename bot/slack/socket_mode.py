"""Socket Mode: the bot opens connections to Slack, and events come in over them."""

from __future__ import annotations

import json
import logging
from time import time
from typing import Any

from aiohttp import WSMessage, WSMsgType
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.calls import SLACK_FAILURES, refusal_of
from bot.slack.transport import acknowledged, check_secret

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
"""Also how long a connection that was cut goes unnoticed."""

_NAME = "SLACK_APP_TOKEN"
_WHERE = (
    "Make one at api.slack.com/apps > your app > Basic Information > App-Level Tokens, with the scope "
    "connections:write (it begins with xapp-)."
)


class SocketMode:
    """The Transport that needs no public address, only an app-level token."""

    request_url = ""

    def __init__(self, app_token: str) -> None:
        self._app_token = app_token
        self._handler: _Handler | None = None

    def check(self) -> None:
        """Raises ConfigError where this is no app-level token."""
        check_secret(_NAME, self._app_token, _WHERE, prefix="xapp-")

    async def start(self, app: AsyncApp) -> None:
        """Connect. Raises ConfigError where Slack refuses the token, FootnoteError where it is not there."""
        try:  # the SDK would go on for ever with a wrong one
            await app.client.apps_connections_open(app_token=self._app_token)
        except SLACK_FAILURES as exc:
            raise refusal_of(_NAME, _WHERE, app.client.base_url, exc) from exc
        self._handler = _Handler(app, self._app_token)
        await self._handler.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Disconnect."""
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]


class _Handler(AsyncSocketModeHandler):
    """Bolt's aiohttp handler: the builtin one acks too late around a reconnect."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        super().__init__(app, app_token, ping_interval=PING_SECONDS)
        # given to the constructor, None would mean "look into the environment"
        self.client.proxy = app.client.proxy
        self.client.on_message_listeners.append(_watch_for_the_end)

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        start = time()
        response = await acknowledged(
            self.app,
            lambda: AsyncBoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req)),
        )
        await send_async_response(client, req, response, start)


async def _watch_for_the_end(message: WSMessage) -> None:
    """Socket Mode was switched off for the app: the SDK would reconnect for ever without saying why."""
    if message.type is not WSMsgType.TEXT or '"link_disabled"' not in str(message.data):
        return
    try:
        envelope = json.loads(message.data)
    except ValueError:
        return
    if isinstance(envelope, dict) and envelope.get("reason") == "link_disabled":
        log.error(
            "Slack closed the connection because Socket Mode is switched off for this app. "
            "Switch it on at api.slack.com/apps > Socket Mode; Footnote goes on trying to connect."
        )
