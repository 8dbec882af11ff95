"""The Home tab at the page: an admin in each language, and a member."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser import OpenPage, go_to, pytestmark_of_browser
from tests.slack.browser.people import ALEX, JIWOO, Person, in_both_languages
from tests.slack.cast import Answerer, Workspace, connected
from tests.slack.office import Office, open_office

pytestmark = pytestmark_of_browser

TAB = {"ko": "홈", "en": "Home"}


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path: Path, path: Path, sandbox: Workspace) -> AsyncIterator[Office]:
    async with open_office(tmp_path, path) as running:
        more = {"admin": running.admin, "admins": ("U02ALEX000",), "models": ("qwen2.5-1.5b",)}
        async with connected(sandbox, path, Answerer(), **more):
            yield running


async def home_of(page: Page, language: str) -> Locator:
    await go_to(page, "footnote")
    await page.get_by_role("button", name=TAB[language], exact=True).click()
    return page.locator(".home")


async def picture(page: Page, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")


@in_both_languages
async def test_an_admin_pauses_resumes_looks_at_what_could_not_be_read_and_forgets(
    office: Office, open_page: OpenPage, person: Person
) -> None:
    page = await open_page(person.name, viewport={"width": 1280, "height": 1400})
    home = await home_of(page, person.language)

    def button(name: str) -> Locator:
        return home.get_by_role("button", name=person.words(name), exact=True)

    await expect(home).to_contain_text(person.words("home_active"))
    await expect(home).to_contain_text("qwen2.5-1.5b")
    await picture(page, f"home-{person.language}")
    await button("home_pause").click()
    await expect(home).to_contain_text(person.words("home_held"))
    await button("home_resume").click()
    await expect(button("home_pause")).to_be_visible()

    await button("home_aside").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("broken.md")
    await expect(dialog).to_contain_text("The file ends in the middle.")
    await picture(page, f"home-aside-{person.language}")
    office.reader.is_mended = True
    await dialog.get_by_role("button", name=person.words("home_retry"), exact=True).click()
    await expect(dialog).to_contain_text(person.words("home_aside_none"))
    await dialog.get_by_role("button", name=person.words("close"), exact=True).last.click()

    await button("home_forget").click()
    asked = page.locator("dialog.confirm")
    await expect(asked).to_contain_text("5")
    await picture(page, f"home-forget-{person.language}")
    await asked.get_by_role("button", name=person.words("home_forget"), exact=True).click()
    await expect(home).to_contain_text(person.words("home_held"))
    assert office.holds() == 0


async def test_a_member_finds_no_button_on_their_home_tab(office: Office, open_page: OpenPage) -> None:
    page = await open_page("minsu", viewport={"width": 1280, "height": 900})
    home = await home_of(page, JIWOO.language)
    await expect(home).to_contain_text(JIWOO.words("home_sources"))
    await expect(home).to_contain_text("docs")
    await picture(page, "home-member")
    await expect(home.get_by_role("button")).to_have_count(0)
    await expect(home).not_to_contain_text(ALEX.words("home_audit"))
    await expect(home).not_to_contain_text(JIWOO.words("home_audit"))
    assert office.holds() == 4
