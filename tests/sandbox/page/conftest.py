"""The page in a real browser: one Chromium for all tests, one workspace and one window for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.team.app import App, Shortcut

pytestmark_of_browser = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(shutil.which("chromium") is None and "CI" not in os.environ, reason="needs chromium"),
]

APP = App(
    shortcuts=(
        Shortcut("global", "Ask the documents", "ask_documents", "Opens a form"),
        Shortcut("message", "Explain this", "explain"),
    )
)

OpenPage = Callable[..., Awaitable[Page]]
"""Opens a window: `acting_as` a user's name, and what playwright's new_context takes."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


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
async def open_page(sandbox: Sandbox, chromium: Browser) -> AsyncIterator[OpenPage]:
    """Every window it opened must end without an error, without a word to another host."""
    problems: list[str] = []
    contexts = []

    async def open_(acting_as: str = "alex", path: str = "/", **options: object) -> Page:
        context = await chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.on("console", lambda message: _note_error(message.type, message.text, problems))
        page.on("request", lambda request: _note_stranger(request.url, sandbox.url, problems))
        user = sandbox.workspace.user(acting_as).id
        remember = f"sessionStorage.getItem('acting-as') ?? sessionStorage.setItem('acting-as', '{user}')"
        await page.add_init_script(remember)
        await page.goto(sandbox.url + path)
        # connected, and the first state is drawn
        await expect(page.locator("#sidebar .lamp.off")).to_have_count(0)
        await expect(page.locator("#main h1")).not_to_be_empty()
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert problems == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(open_page: OpenPage) -> Page:
    """Alex, who reads English, in #general."""
    return await open_page()


def box(page: Page, pane: str = "main") -> Locator:
    """What one writes in."""
    return page.locator(f"#{pane} .composer textarea")


def message(page: Page, text: str, pane: str = "main") -> Locator:
    """The message with this text."""
    return page.locator(f"#{pane} .message").filter(has_text=text)


def offers(page: Page) -> Locator:
    """What a list under, or over, a text field offers."""
    return page.locator(".choices-list [role=option]")


async def go_to(page: Page, name: str) -> None:
    """Open a channel by its name in the list."""
    await page.locator("#sidebar li .grow").get_by_text(name, exact=True).click()


async def choose(page: Page, of: Locator, entry: str) -> None:
    """An entry of the menu behind a message's last button."""
    await of.hover()
    await of.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name=entry).click()


def _note_error(kind: str, text: str, problems: list[str]) -> None:
    if kind == "error":
        problems.append(text)


def _note_stranger(url: str, home: str, problems: list[str]) -> None:
    if urlsplit(url).scheme in ("http", "https") and not url.startswith(home):
        problems.append(f"the page asked {url}")
