"""One sandbox and one running app for each client, shared by all tests of a module: starting Node is slow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
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


@dataclass(frozen=True)
class Stage:
    """A sandbox and the app that plays on it."""

    sandbox: Sandbox
    app: ScriptedApp


@pytest_asyncio.fixture(params=CLIENTS, scope="module", loop_scope="module")
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A sandbox and each of the apps in turn."""
    shortcuts = (
        Shortcut("global", "Write a note", "write_note"),
        Shortcut("message", "Keep", "keep_message"),
    )
    installed = App(scopes=App.scopes | {"files:read"}, shortcuts=shortcuts)
    async with AsyncExitStack() as running:
        sandbox = await running.enter_async_context(Sandbox(app=installed, retry_delays=(0.0, 0.5, 2.0, 5.0)))
        app: ScriptedApp
        match request.param.split()[0], request.param.endswith("HTTP"):
            case "node", http:
                node: Node = request.getfixturevalue("node")
                app = await running.enter_async_context(node_app(sandbox, node, http=http))
            case _, True:
                app = await running.enter_async_context(async_app(sandbox, http=True))
            case _ if "builtin" in request.param:
                app = await running.enter_async_context(sync_app(sandbox))
            case _:
                app = await running.enter_async_context(async_app(sandbox))
        if app.request_url:
            await sandbox.use_request_url(app.request_url)
        else:
            await sandbox.wait_for(lambda: sandbox.connections)
        yield Stage(sandbox, app)
