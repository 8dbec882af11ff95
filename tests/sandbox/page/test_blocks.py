"""Blocks where their place counts: buttons that do the same to different things, and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.browser import OpenPage, go_to, message, pytestmark_of_browser
from tests.sandbox.conftest import Json, running
from tests.sandbox.page.forms import plain

pytestmark = pytestmark_of_browser


def pauses(*names: str) -> list[Json]:
    """A block with a button for each."""
    buttons = [
        {"type": "button", "action_id": "pause", "value": name, "text": plain(f"Pause {name}")}
        for name in names
    ]
    return [{"type": "actions", "elements": [button]} for button in buttons]


async def test_of_several_buttons_with_one_action_id_the_one_that_was_clicked_is_told(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    told: list[tuple[str, str]] = []

    def prepare(app: AsyncApp) -> None:
        @app.action("pause")
        async def use(ack: Any, action: Json) -> None:
            await ack()
            told.append((action["value"], action["block_id"]))

    blocks = pauses("docs", "wiki", "guide")
    await client.views_publish(user_id="U02ALEX000", view={"type": "home", "blocks": blocks})
    posted = await client.chat_postMessage(channel="C01GENERAL", text="which?", blocks=blocks)
    ids = {
        "home": [block["block_id"] for block in (sandbox.home("alex") or {})["blocks"]],
        "message": [block["block_id"] for block in posted["message"]["blocks"]],
    }
    async with running(sandbox, prepare):
        await page.locator("#main").get_by_role("button", name="Pause guide").click()
        await sandbox.wait_for(lambda: told == [("guide", ids["message"][2])])
        await go_to(page, "footnote")
        await page.get_by_role("button", name="Home").click()
        await page.locator(".home").get_by_role("button", name="Pause wiki").click()
        await sandbox.wait_for(lambda: told[1:] == [("wiki", ids["home"][1])])


async def test_moments_are_written_as_each_person_reads_them(
    sandbox: Sandbox, open_page: OpenPage, client: AsyncWebClient
) -> None:
    def moment(at: datetime, form: str) -> Json:
        return {"type": "date", "timestamp": int(at.timestamp()), "format": form, "fallback": "then"}

    now = datetime.now(UTC)
    then = datetime(2024, 3, 2, 9, 30, tzinfo=UTC)
    elements = [
        moment(then, "{date_short_pretty} {time} ({date_num}, {unknown})"),
        {"type": "text", "text": "; "},
        moment(now + timedelta(days=1), "{date_short_pretty}"),
    ]
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
    await client.chat_postMessage(channel="C01GENERAL", text="when", blocks=[block])
    for person, words in (
        ("alex", "Mar 2, 2024 9:30 AM (2024-03-02, {unknown}); tomorrow"),
        ("jiwoo", "2024년 3월 2일 오전 9:30 (2024-03-02, {unknown}); 내일"),
    ):
        page = await open_page(person, timezone_id="UTC")
        await expect(message(page, words)).to_have_count(1)
