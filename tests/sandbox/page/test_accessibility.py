"""axe-core finds nothing to complain of, in light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.browser import OpenPage, box, go_to, message, pytestmark_of_browser
from tests.node import Node
from tests.sandbox.conftest import Json, running
from tests.sandbox.page.forms import FEEDBACK, HOME
from tests.sandbox.page.test_modal import Form, run_command

pytestmark = pytestmark_of_browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => {
    const { violations } = await axe.run(document, { runOnly: rules });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}"""
ANSWER: list[Json] = [
    {"type": "header", "text": {"type": "plain_text", "text": "Leave"}},
    {
        "type": "markdown",
        "text": "### Days\n**15**, see [the rules](https://example.com).\n\n| a | b |\n|-|-|\n| 1 | 2 |\n",
    },
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "s", "text": {"type": "plain_text", "text": "Sources"}},
            {
                "type": "button",
                "action_id": "d",
                "style": "danger",
                "text": {"type": "plain_text", "text": "Forget"},
            },
        ],
    },
]


@pytest.fixture(scope="session")
def axe(node: Node) -> str:
    return Path(node.modules, "axe-core", "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(
    sandbox: Sandbox, open_page: OpenPage, client: AsyncWebClient, axe: str, scheme: str, width: int
) -> None:
    root = await sandbox.say("alex", "general", "@footnote leave? :+1: `code` https://example.com")
    await sandbox.react("alex", "general", root, "eyes")
    await sandbox.upload("jiwoo", "general", "report.pdf", b"report", comment="for @alex")
    await client.chat_postMessage(channel="C01GENERAL", thread_ts=root, text="15", blocks=ANSWER)
    await client.chat_postEphemeral(channel="C01GENERAL", user="U02ALEX000", text="only you")
    await client.assistant_threads_setStatus(channel_id="C01GENERAL", thread_ts=root, status="is thinking")
    await client.views_publish(user_id="U02ALEX000", view=HOME)
    await sandbox.faults.trigger("ignore_acks")
    sandbox.faults.lift("ignore_acks")
    page = await open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    is_narrow = width < 760

    async def check() -> None:
        if await page.evaluate("typeof axe === 'undefined'"):
            await page.evaluate(axe)
        assert await page.evaluate(RUN, RULES) == []

    async def sidebar() -> None:
        if is_narrow:
            await page.get_by_role("button", name="Channels").click()

    await expect(message(page, "only you")).to_have_count(1)
    await check()
    await box(page).press_sequentially("@")
    await check()
    await box(page).fill("")
    await choose_more(page)
    await check()
    await page.keyboard.press("Escape")
    await page.locator(".thread-summary").click()
    await check()
    await page.locator("#thread header button").last.click()
    async with running(sandbox, Form(FEEDBACK)):
        await run_command(page)
        await page.locator("dialog[open]").get_by_role("button", name="Send").click()
        await expect(page.locator(".problem")).to_have_count(2)
        await check()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)
    await sidebar()
    await check()
    await page.locator("[data-key=faults]").click()
    await sandbox.faults.trigger("token_revoked")
    await expect(page.locator(".armed")).to_have_count(1)
    await page.locator(".fault summary").nth(1).click()
    await check()
    await page.get_by_role("button", name="Traffic", exact=True).click()
    await check()
    sandbox.faults.lift_all()
    await page.keyboard.press("Escape")
    await sidebar()
    await go_to(page, "footnote")
    await page.get_by_role("button", name="Home").click()
    await expect(page.locator(".home h2")).to_have_count(1)
    await check()


async def choose_more(page: Page) -> None:
    await message(page, "leave?").hover()
    await message(page, "leave?").get_by_role("button", name="More actions").click()
    await expect(page.get_by_role("menu")).to_have_count(1)
