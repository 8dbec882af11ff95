"""A workspace for the page, with an app that has shortcuts; tests/browser.py has the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.team.app import App, Shortcut
from tests.browser import OpenPage

APP = App(
    shortcuts=(
        Shortcut("global", "Ask the documents", "ask_documents", "Opens a form"),
        Shortcut("message", "Explain this", "explain"),
    )
)


@pytest.fixture
def app() -> App:
    return APP


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(app: App) -> AsyncIterator[Sandbox]:
    async with Sandbox(app=app, ack_seconds=0.7, retry_delays=(0.0, 0.1)) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])


@pytest_asyncio.fixture(loop_scope="session")
async def page(open_page: OpenPage) -> Page:
    """Alex, who reads English, in #general."""
    return await open_page()
