"""A sandbox with short waits, Slack's own clients, and a small bot over real sockets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox

Json = dict[str, Any]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(retry_delays=(0.0, 0.1)) as running:
        yield running


@pytest.fixture
def impatient(sandbox: Sandbox) -> Sandbox:
    """`sandbox`, which repeats an event after half a second instead of Slack's three.

    Only for what waits for repetitions: on a busy machine an honest ack may take as long.
    """
    sandbox.delivery.ack_seconds = 0.5
    return sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])


class Heard:
    """Everything a bot was told, in order of arrival."""

    def __init__(self) -> None:
        self.events: list[Json] = []
        self.bodies: list[Json] = []

    async def note(self, body: Json, next: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.bodies.append(body)
        if "event" in body:
            self.events.append(body["event"])
        await next()

    def acknowledge_the_rest(self, app: AsyncApp) -> None:
        async def take() -> None: ...

        app.event(re.compile(".*"))(take)

    def of(self, kind: str, subtype: str | None = None) -> list[Json]:
        return [event for event in self.events if event["type"] == kind and event.get("subtype") == subtype]


@asynccontextmanager
async def running(
    sandbox: Sandbox, prepare: Callable[[AsyncApp], None] | None = None, heard: Heard | None = None
) -> AsyncIterator[AsyncApp]:
    """An unmodified bolt app, connected to `sandbox`. What `prepare` does not take is only acknowledged."""
    app = AsyncApp(client=AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url))
    heard = heard or Heard()
    app.use(heard.note)
    if prepare:
        prepare(app)
    heard.acknowledge_the_rest(app)
    handler = AsyncSocketModeHandler(app, sandbox.app_token, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await sandbox.wait_for(lambda: sandbox.connections)
    try:
        yield app
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        # bolt runs listeners in tasks of its own that outlive the handler
        await asyncio.sleep(0)
