"""The Socket Mode connection: every envelope gets its ack, but for one the inbox could not write down."""

from __future__ import annotations

import json
import logging
from time import time
from typing import Any

from aiohttp import WSMessage, WSMsgType
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

log = logging.getLogger(__name__)

ACKED = 200
NOT_STORED = 500
PING_SECONDS = 5.0
"""Also how long a connection that was cut goes unnoticed."""


class Socket(AsyncSocketModeHandler):
    """Bolt's aiohttp handler (the builtin one acks too late around a reconnect), acking what Bolt would not.

    Bolt leaves an envelope that no listener matches without an ack, and Slack then sends it again.
    """

    def __init__(self, app: AsyncApp, app_token: str, *, uses_proxy: bool = True) -> None:
        super().__init__(app, app_token, ping_interval=PING_SECONDS)
        if not uses_proxy:
            self.client.proxy = None
        self.client.on_message_listeners.append(_watch_for_the_end)

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        start = time()
        try:
            response: BoltResponse = await run_async_bolt_app(self.app, req)
        except (TypeError, ValueError, AttributeError, KeyError) as exc:
            log.warning("an envelope of an unknown shape was set aside: %s", type(exc).__name__)
            response = BoltResponse(status=ACKED, body="")
        if response.status not in (ACKED, NOT_STORED):
            response = BoltResponse(status=ACKED, body="")
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
