"""Slack's clients without Bolt, and a WebSocket without a client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from bot.sandbox import Sandbox
from tests.sandbox.conftest import Json


@asynccontextmanager
async def builtin_client(sandbox: Sandbox, events: list[Json]) -> AsyncIterator[SocketModeClient]:
    """slack_sdk's threaded client, which acknowledges everything and notes the events."""

    def take(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        events.append(request.payload["event"])

    web_client = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
    client = SocketModeClient(sandbox.app_token, web_client=web_client, ping_interval=0.2)
    client.socket_mode_request_listeners.append(take)
    await asyncio.to_thread(client.connect)
    await sandbox.wait_for(lambda: sandbox.connections)
    try:
        yield client
    finally:
        await asyncio.to_thread(client.close)


@asynccontextmanager
async def bare_socket(
    sandbox: Sandbox, session: aiohttp.ClientSession, *, autoping: bool = True
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket before its hello, which acknowledges nothing."""
    headers = {"Authorization": f"Bearer {sandbox.app_token}"}
    async with session.post(sandbox.api_url + "apps.connections.open", headers=headers) as response:
        address = (await response.json())["url"]
    async with session.ws_connect(address, autoping=autoping) as socket:
        yield socket
