"""The page in a real browser, with a bot that streams."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright, expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.sandbox.conftest import Json, running
from tests.sandbox.test_interactions import MODAL

browser = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium"),
]
HOSTILE = "<img src=x onerror=alert(1)> <script>alert(1)</script> [click](javascript:alert(1))"


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await chromium.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        await page.goto(sandbox.url)
        yield page
        await chromium.close()
        assert problems == []


def echo(app: AsyncApp) -> None:
    """Streams back what it was asked, word by word."""

    @app.event("app_mention")
    async def answer(event: Json, client: AsyncWebClient) -> None:
        stream = await client.chat_stream(
            channel=event["channel"],
            thread_ts=event["ts"],
            recipient_user_id=event["user"],
            recipient_team_id=event["team"],
            buffer_size=1,
        )
        for word in ("**You** ", "asked: ", event["text"].partition(" ")[2]):
            await stream.append(markdown_text=word)
        await stream.stop()

    @app.command("/footnote")
    async def command(ack, body: Json, client: AsyncWebClient) -> None:  # type: ignore[no-untyped-def]
        await ack(f"You gave {body['text']}")
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)


async def test_a_page_of_another_origin_can_do_nothing(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        body = '{"user": "U01JIWOO00", "channel": "general", "text": "forged"}'
        # a form of another site can send text, but not announce JSON without being asked first
        forged = await session.post(sandbox.url + "/page/do/say", data=body)
        assert forged.status == 415
        page = await session.get(sandbox.url)
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert sandbox.messages("general") == []


class TestInABrowser:
    pytestmark = browser

    async def test_a_question_typed_with_completion_is_answered_by_a_stream(
        self, sandbox: Sandbox, page: Page
    ) -> None:
        async with running(sandbox, echo):
            box = page.locator("#main .composer textarea")
            await box.press_sequentially("@foo")
            await box.press("Enter")
            await expect(box).to_have_value("@footnote ")
            await box.press_sequentially("휴가는 며칠?")
            await box.press("Enter")
            reply = page.locator("#thread .message").nth(1)
            await expect(reply.locator(".markdown")).to_have_text("You asked: 휴가는 며칠?")
            await expect(reply.locator("strong")).to_have_text("You")
        root = sandbox.messages("general")[0]
        assert root["text"] == "<@U09FOOTNOTE> 휴가는 며칠?"

    async def test_what_people_and_bots_write_never_becomes_html(
        self, sandbox: Sandbox, page: Page, client: AsyncWebClient
    ) -> None:
        await sandbox.say("alex", "general", HOSTILE)
        await client.chat_postMessage(channel="C01GENERAL", text=HOSTILE)
        await client.chat_postMessage(channel="C01GENERAL", markdown_text=HOSTILE)
        messages = page.locator("#main .message .body")
        await expect(messages).to_have_count(3)
        for place in range(3):
            await expect(messages.nth(place)).to_contain_text("<script>alert(1)</script>")
        assert await page.locator("#main .message :is(img, script, a)").count() == 0

    async def test_a_slash_command_shows_an_ephemeral_answer_and_a_modal_that_works(
        self, sandbox: Sandbox, page: Page
    ) -> None:
        async with running(sandbox, echo):
            box = page.locator("#main .composer textarea")
            await box.press_sequentially("/footnote add this")
            await box.press("Enter")
            await expect(page.locator(".message.ephemeral")).to_contain_text("You gave add this")
            dialog = page.locator("dialog[open]")
            await dialog.locator("button[type=submit]").click()
            await expect(dialog.locator(".problem")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
        assert sandbox.modal("jiwoo") is None

    async def test_acting_as_somebody_else_changes_language_channels_and_what_is_private(
        self, sandbox: Sandbox, page: Page, client: AsyncWebClient
    ) -> None:
        await client.chat_postEphemeral(channel="C01GENERAL", user="U01JIWOO00", text="for jiwoo only")
        await expect(page.locator(".message.ephemeral")).to_have_count(1)
        await expect(page.locator("#sidebar")).to_contain_text("people-team")
        await page.select_option("#acting-as", "U02ALEX000")
        await expect(page.locator("#sidebar")).to_contain_text("Direct messages")
        await expect(page.locator("#sidebar")).not_to_contain_text("people-team")
        await expect(page.locator(".message.ephemeral")).to_have_count(0)
