"""The real bot in a workspace it was installed into by its own manifest, and people at its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox import App
from bot.slack.bot import SlackBot
from bot.slack.manifest import manifest
from tests.slack.browser.company import Company, open_company
from tests.slack.cast import Answerer, Workspace, connected


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(transport: str) -> AsyncIterator[Workspace]:
    installed = App.from_manifest(manifest())
    # a browser on a busy machine takes its time: what is slow here must not look like an ack that never came
    async with Workspace(transport, app=installed, ack_seconds=3.0, retry_delays=(0.0, 0.1)) as running:
        yield running


@pytest.fixture
def answerer() -> Answerer:
    return Answerer()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: Workspace, path: Path, answerer: Answerer) -> AsyncIterator[SlackBot]:
    async with connected(sandbox, path, answerer) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def company(
    tmp_path: Path, path: Path, sandbox: Workspace, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Company]:
    """With the bot in it; Alex is an admin of the workspace besides 지우."""
    # a sync that runs is looked at more often than in life, and a source that fails asked again at once
    monkeypatch.setattr("bot.slack.home.LOOK_SECONDS", 0.2)
    monkeypatch.setattr("connectors.http.BACKOFF_FIRST", 0.001)
    sandbox.workspace.user("alex").is_admin = True
    async with open_company(tmp_path, path) as opened:
        parts = {"admin": opened.admin, "connectors": opened.connectors, "models": ("qwen2.5-1.5b",)}
        async with connected(sandbox, path, Answerer(), **parts):
            yield opened
