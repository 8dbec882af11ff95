"""One sandbox and one running app for each client, shared by all tests of a module: starting Node is slow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.sandbox import App, Sandbox, Shortcut
from tests.clients.async_app import async_app
from tests.clients.node_app import node_app
from tests.clients.scripted import ScriptedApp
from tests.clients.sync_app import sync_app
from tests.node import Node

CLIENTS = (
    "node over Socket Mode",
    "node over HTTP",
    "python builtin",
    "python aiohttp",
    "python aiohttp over HTTP",
)

SCOPES = App.scopes | {"files:read"}
SHORTCUTS = (Shortcut("global", "Write a note", "write_note"), Shortcut("message", "Keep", "keep_message"))


@dataclass(frozen=True)
class Stage:
    """A sandbox and the app that plays on it."""

    sandbox: Sandbox
    app: ScriptedApp


@pytest_asyncio.fixture(params=CLIENTS, scope="module", loop_scope="module")
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A sandbox and each of the apps in turn."""
    async with staged(request, App(scopes=SCOPES, shortcuts=SHORTCUTS)) as ready:
        yield ready


@pytest_asyncio.fixture(params=CLIENTS, scope="module", loop_scope="module")
async def older_stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The same with the older assistant_view."""
    threads = {"assistant_thread_started", "assistant_thread_context_changed"}
    installed = App(scopes=SCOPES, events=App.events | threads, surface="assistant_view")
    async with staged(request, installed) as ready:
        yield ready


@asynccontextmanager
async def staged(request: pytest.FixtureRequest, installed: App) -> AsyncIterator[Stage]:
    """A sandbox in which `installed` is, played by the client that the fixture has as its parameter."""
    client = str(request.param)
    over_http = client.endswith("HTTP")
    async with AsyncExitStack() as running:
        sandbox = await running.enter_async_context(Sandbox(app=installed, retry_delays=(0.0, 0.5, 2.0, 5.0)))
        app: ScriptedApp
        if client.startswith("node"):
            node: Node = request.getfixturevalue("node")
            app = await running.enter_async_context(node_app(sandbox, node, http=over_http))
        elif "builtin" in client:
            app = await running.enter_async_context(sync_app(sandbox))
        else:
            app = await running.enter_async_context(async_app(sandbox, http=over_http))
        if over_http:
            await sandbox.use_request_url(app.request_url)
        else:
            await sandbox.wait_for(lambda: sandbox.connections)
        yield Stage(sandbox, app)
