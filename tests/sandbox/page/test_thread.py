"""Threads and the assistant: streams, the stop button, status, titles, what is offered to ask."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.team.app import App
from tests.browser import OpenPage, box, go_to, message, pytestmark_of_browser
from tests.sandbox.conftest import Heard, Json, running

pytestmark = pytestmark_of_browser


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


async def begin_stream(client: AsyncWebClient, thread_ts: str, words: str) -> str:
    answer = await client.api_call(
        "chat.startStream",
        json={
            "channel": "C01GENERAL",
            "thread_ts": thread_ts,
            "recipient_user_id": "U02ALEX000",
            "recipient_team_id": "T01SANDBOX",
            "markdown_text": words,
        },
    )
    return str(answer["ts"])


async def test_a_question_typed_with_completion_is_answered_by_a_stream(sandbox: Sandbox, page: Page) -> None:
    async with running(sandbox, echo):
        await box(page).press_sequentially("@foo")
        await box(page).press("Enter")
        await expect(box(page)).to_have_value("@footnote ")
        await box(page).press_sequentially("휴가는 며칠?")
        await box(page).press("Enter")
        reply = page.locator("#thread .message").nth(1)
        await expect(reply.locator(".markdown")).to_have_text("You asked: 휴가는 며칠?")
        await expect(reply.locator("strong")).to_have_text("You")
        await expect(page.locator("#announcer")).to_have_text("footnote: **You** asked: 휴가는 며칠?")
    root = sandbox.messages("general")[0]
    assert root["text"] == "<@U09FOOTNOTE> 휴가는 며칠?"


async def test_an_answer_is_announced_when_it_is_finished_and_not_before(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    root = await sandbox.say("alex", "general", "Well?")
    stream = await begin_stream(client, root, "One")
    await client.api_call(
        "chat.appendStream", json={"channel": "C01GENERAL", "ts": stream, "markdown_text": " two"}
    )
    await expect(message(page, "One two", "thread")).to_have_count(1)
    assert await page.locator("#announcer").inner_text() == ""
    await client.api_call("chat.stopStream", json={"channel": "C01GENERAL", "ts": stream})
    await expect(page.locator("#announcer")).to_have_text("footnote: One two")


async def test_stop_ends_the_answer_and_tells_the_bot(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        root = await sandbox.say("alex", "general", "Tell me everything")
        stream = await begin_stream(client, root, "Everything begins")
        await page.locator("#thread").get_by_role("button", name="Stop").click()
        await expect(message(page, "Everything begins", "thread")).to_contain_text("Stopped")
        await expect(page.locator("#thread .stop")).to_have_count(0)
        await sandbox.wait_for(lambda: heard.of("agent_session_stopped"))
        with pytest.raises(SlackApiError, match="stopped_by_user"):
            await client.api_call(
                "chat.appendStream", json={"channel": "C01GENERAL", "ts": stream, "markdown_text": "more"}
            )


async def test_what_the_bot_is_doing_stands_in_the_thread(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    root = await sandbox.say("alex", "general", "Search, please")
    await client.assistant_threads_setStatus(
        channel_id="C01GENERAL",
        thread_ts=root,
        status="is searching…",
        loading_messages=["Reading 870 files…"],
    )
    await expect(page.locator("#main .status")).to_have_text("Reading 870 files…")
    await client.assistant_threads_setStatus(channel_id="C01GENERAL", thread_ts=root, status="")
    await expect(page.locator("#main .status")).to_have_count(0)


async def test_a_session_has_a_title_that_people_can_change(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        root = await sandbox.say("alex", "general", "@footnote leave?")
        session = {
            "channel_id": "C01GENERAL",
            "thread_ts": root,
            "status": "active",
            "title": "Days of leave",
        }
        await client.api_call("agents.sessions.setStatus", json=session)
        await message(page, "leave?").hover()
        await page.get_by_role("button", name="Reply in thread").click()
        await expect(page.locator("#thread h1")).to_have_text("Days of leave")
        await page.get_by_role("button", name="Rename").click()
        await page.locator("#thread header input").fill("Leave in 2026")
        await page.keyboard.press("Enter")
        await expect(page.locator("#thread h1")).to_have_text("Leave in 2026")
        await sandbox.wait_for(lambda: heard.of("agent_session_title_changed"))


async def test_what_the_bot_offers_to_ask_is_asked_by_one_click(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    prompts = [{"title": "Leave?", "message": "How many days of leave?"}]
    channel = sandbox.dm("alex")
    await client.api_call(
        "assistant.threads.setSuggestedPrompts", json={"channel_id": channel, "prompts": prompts}
    )
    await go_to(page, "footnote")
    await page.get_by_role("button", name="Leave?").click()
    await expect(message(page, "How many days of leave?")).to_have_count(1)
    await expect(page.locator(".chip")).to_have_count(0)


async def test_a_thread_tells_who_replied_and_opens_from_its_root(sandbox: Sandbox, page: Page) -> None:
    root = await sandbox.say("jiwoo", "general", "Who comes along?")
    await sandbox.say("minsu", "general", "I do", root)
    await sandbox.say("jiwoo", "general", "Fine", root)
    summary = page.locator(".thread-summary")
    await expect(summary).to_have_text(re.compile("2 replies.*Last reply just now"))
    await expect(summary.locator(".avatar")).to_have_count(2)
    await summary.click()
    await box(page, "thread").fill("Me too")
    await page.get_by_label("Also send to the channel").check()
    await box(page, "thread").press("Enter")
    await expect(message(page, "Me too", "main")).to_contain_text("replied to a thread")
    await page.keyboard.press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()
    await expect(page.locator(".thread-summary").first).to_be_focused()


class TestTheOlderAssistantView:
    @pytest.fixture
    def app(self) -> App:
        events = App().events | {"assistant_thread_started"}
        return App(surface="assistant_view", events=events)

    async def test_opening_the_messages_begins_a_thread_that_offers_what_to_ask(
        self, sandbox: Sandbox, open_page: OpenPage
    ) -> None:
        def prepare(app: AsyncApp) -> None:
            @app.event("assistant_thread_started")
            async def start(event: Json, client: AsyncWebClient) -> None:
                thread = event["assistant_thread"]
                await client.assistant_threads_setSuggestedPrompts(
                    channel_id=thread["channel_id"],
                    thread_ts=thread["thread_ts"],
                    prompts=[{"title": "VPN", "message": "How do I use the VPN?"}],
                )

        async with running(sandbox, prepare):
            page = await open_page()
            await go_to(page, "footnote")
            await page.locator("#thread").get_by_role("button", name="VPN").click()
            await expect(message(page, "How do I use the VPN?", "thread")).to_have_count(1)
            await expect(page.locator("#thread .chip")).to_have_count(0)


async def test_a_click_on_a_feedback_button_reaches_the_bot_and_is_shown(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    clicked: asyncio.Queue[str] = asyncio.Queue()

    def prepare(app: AsyncApp) -> None:
        @app.action("vote")
        async def vote(ack, action) -> None:  # type: ignore[no-untyped-def]
            await ack()
            clicked.put_nowait(action["value"])

    def side(face: str, value: str, label: str) -> Json:
        return {"text": {"type": "plain_text", "text": face}, "value": value, "accessibility_label": label}

    buttons = {
        "type": "feedback_buttons",
        "action_id": "vote",
        "positive_button": side("👍", "up", "Helpful"),
        "negative_button": side("👎", "down", "Not helpful"),
    }
    async with running(sandbox, prepare):
        await client.chat_postMessage(
            channel="C01GENERAL", text="x", blocks=[{"type": "context_actions", "elements": [buttons]}]
        )
        button = page.get_by_role("button", name="Not helpful")
        await button.click()
        assert await asyncio.wait_for(clicked.get(), 5) == "down"
        await expect(button).to_have_attribute("aria-pressed", "true")
