"""The Home tab of an admin and its modals, as somebody at the page uses them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from bot.slack import texts
from tests.browser import OpenPage, go_to
from tests.slack.browser.people import Person

TAB = {"ko": "홈", "en": "Home"}
AT_LENGTH = 20_000
"""Milliseconds that a source, asked on a busy machine, may take."""


@dataclass(frozen=True)
class Form:
    """The modal that is open."""

    page: Page
    person: Person

    @property
    def dialog(self) -> Locator:
        return self.page.locator("#modal[open]")

    def field(self, name: str) -> Locator:
        """An input with its label, hint and problem."""
        return self.dialog.locator(f'[data-block="{name}"]')

    async def choose(self, kind: str, name: str) -> None:
        """Go on from the first modal to the form of a kind."""
        await self.field("kind").locator("select").select_option(kind)
        await self.fill({"name": name})
        await self.press("connector_form_next")
        await expect(self.button("connector_save")).to_be_visible()  # both modals have the same title

    async def fill(self, given: Mapping[str, str]) -> None:
        for name, value in given.items():
            await self.field(name).locator("input, textarea").fill(value)

    def button(self, name: str) -> Locator:
        """One of the bot's buttons, by the name of its text."""
        return self.dialog.get_by_role("button", name=self.person.words(name), exact=True)

    async def press(self, name: str) -> None:
        await self.button(name).click()

    async def save(self, **given: str) -> None:
        """Fill in these fields and submit it."""
        await self.fill(given)
        await self.press("connector_save")

    async def says(self, *words: str) -> None:
        """Wait until all of this stands in it."""
        for each in words:
            await expect(self.dialog).to_contain_text(each, timeout=AT_LENGTH)

    async def says_beside(self, name: str, words: str) -> None:
        """Wait until this stands beside one field, and at no other."""
        problem = self.field(name).locator(".problem")
        await expect(problem).to_contain_text(words, timeout=AT_LENGTH)
        await expect(self.dialog.locator(".problem")).to_have_count(1)

    async def close(self) -> None:
        await self.dialog.locator("footer .button").first.click()
        await expect(self.dialog).to_have_count(0)


@dataclass(frozen=True)
class Desk:
    """The Home tab, open."""

    page: Page
    person: Person

    @property
    def home(self) -> Locator:
        return self.page.locator(".home")

    @property
    def form(self) -> Form:
        return Form(self.page, self.person)

    async def open(self) -> None:
        await go_to(self.page, "footnote")
        await self.page.get_by_role("button", name=TAB[self.person.language], exact=True).click()
        await expect(self.home).to_contain_text(self.person.words("home_lead"))

    async def add(self, kind: str, name: str) -> Form:
        """The empty form of a kind."""
        await self.home.get_by_role("button", name=self.person.words("connector_add"), exact=True).click()
        await expect(self.form.field("kind")).to_have_count(1)
        await self.form.choose(kind, name)
        return self.form

    def counts(self, name: str, state: str, documents: int) -> str:
        """How the desk begins to tell of a connector; `state` is the name of a text."""
        said = texts.text(state, self.person.language)
        counted = {"state": said, "documents": documents, "s": texts.plural(documents)}
        return name + texts.text("home_counts", self.person.language, **counted)

    async def shows(self, name: str, state: str, documents: int) -> None:
        """Wait until the desk tells this of a connector."""
        await self.says(self.counts(name, state, documents))

    async def says(self, words: str) -> None:
        await expect(self.home).to_contain_text(words, timeout=AT_LENGTH)

    async def says_no_more(self, words: str) -> None:
        await expect(self.home).not_to_contain_text(words, timeout=AT_LENGTH)

    def button(self, connector: str, name: str) -> Locator:
        """A button below what is told of a connector, by the name of its text."""
        # connectors begin with their name in bold, and their buttons stand below it
        told = 'preceding-sibling::div[contains(@class, "rich")][p/strong][1]'
        below = f'xpath=.//div[contains(@class, "actions")][{told}/p[1]/strong/span = "{connector}"]'
        return self.home.locator(below).get_by_role("button", name=self.person.words(name), exact=True)

    async def press(self, connector: str, name: str) -> None:
        await self.button(connector, name).click()

    async def confirm(self, name: str, *words: str) -> None:
        """Say yes to what is asked, which says these words."""
        asked = self.page.locator("dialog.confirm")
        for each in words:
            await expect(asked).to_contain_text(each)
        await picture(self.page, f"confirm-{name}-{self.person.language}")
        await asked.get_by_role("button", name=self.person.words(name), exact=True).click()
        await expect(asked).to_have_count(0)

    async def picture(self, name: str) -> None:
        await picture(self.page, f"{name}-{self.person.language}")


async def sit_at_desk(person: Person, open_page: OpenPage) -> Desk:
    """Their window, with the Home tab open."""
    page = await open_page(person.name, viewport={"width": 1280, "height": 1400})
    desk = Desk(page, person)
    await desk.open()
    return desk


async def picture(page: Page, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")
