"""The sandbox's page in a real browser: one Chromium for all tests, windows of its own for each.

A test module says `pytestmark = pytestmark_of_browser`, and its package has a fixture `sandbox`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.sandbox import Sandbox
from bot.sandbox.faults.catalogue import CATALOGUE

pytestmark_of_browser = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(shutil.which("chromium") is None and "CI" not in os.environ, reason="needs chromium"),
]

expect.set_options(timeout=20_000)  # the five seconds of playwright are too few on a busy machine

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
        # drawn, connected, and drawn anew after that
        await expect(page.locator("#sidebar .lamp:not(.off)")).to_have_count(1)
        await expect(page.locator("#main h1")).not_to_be_empty()
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert problems == []


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


async def open_drawer(page: Page) -> None:
    """The drawer of faults."""
    await page.get_by_role("button", name="Faults and traffic").click()
    await expect(page.locator(".fault")).to_have_count(len(CATALOGUE))


async def trigger(page: Page, name: str, **parameters: str) -> None:
    """Let a fault happen, or arm it, in the open drawer."""
    fault = page.locator(f"[data-fault={name}]")
    await fault.locator("summary").click()
    for parameter, value in parameters.items():
        target: Any = fault.locator(f"[name={parameter}]")
        is_select = await target.evaluate("node => node.localName === 'select'")
        await (target.select_option(value) if is_select else target.fill(value))
    await fault.locator("button").click()


def _note_error(kind: str, text: str, problems: list[str]) -> None:
    if kind == "error":
        problems.append(text)


def _note_stranger(url: str, home: str, problems: list[str]) -> None:
    if urlsplit(url).scheme in ("http", "https") and not url.startswith(home):
        problems.append(f"the page asked {url}")
