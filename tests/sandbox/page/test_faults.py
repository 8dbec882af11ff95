"""The drawer of faults: what is triggered there happens, and one sees why something failed."""

from __future__ import annotations

from playwright.async_api import Page, expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.faults.catalogue import CATALOGUE
from tests.browser import OpenPage, box, message, open_drawer, pytestmark_of_browser, trigger
from tests.sandbox.conftest import Heard, Json, running

pytestmark = pytestmark_of_browser


def answering(app: AsyncApp) -> None:
    """Answers each question once, however often it is told of it, and again after a 429."""
    seen: set[str] = set()

    @app.event("app_mention")
    async def answer(event: Json, client: AsyncWebClient) -> None:
        if event["ts"] in seen:
            return
        seen.add(event["ts"])
        client.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=2)]
        await client.chat_postMessage(
            channel=event["channel"], thread_ts=event["ts"], text="Answer to " + event["text"].split()[-1]
        )


async def ask(page: Page, what: str) -> None:
    await box(page).fill(f"@footnote {what}")
    await box(page).press("Enter")


async def test_the_bot_recovers_from_three_faults_and_the_page_shows_each(
    sandbox: Sandbox, page: Page
) -> None:
    heard = Heard()
    async with running(sandbox, answering, heard):
        await open_drawer(page)
        await trigger(page, "duplicate", times="2")
        await expect(page.locator(".armed")).to_contain_text("2 uses left")
        await ask(page, "first")
        await expect(message(page, "Answer to first", "thread")).to_have_count(1)
        await sandbox.wait_for(lambda: len(heard.of("app_mention")) == 3)
        await expect(page.locator(".armed")).to_have_count(0)

        await trigger(page, "rate_limit", method="chat.postMessage", retry_after="1")
        await expect(page.locator(".armed")).to_contain_text("chat.postMessage")
        await ask(page, "second")
        await page.get_by_role("button", name="Traffic", exact=True).click()
        refused = page.locator("[data-section=calls] tr").filter(has_text="ratelimited")
        await expect(refused).to_contain_text("chat.postMessage")
        await sandbox.wait_for(lambda: "Answer to second" in str(sandbox.workspace.history))

        await page.get_by_role("button", name="Faults", exact=True).click()
        await trigger(page, "drop")
        await sandbox.wait_for(lambda: sandbox.connections, timeout=30)
        await ask(page, "third")
        await sandbox.wait_for(lambda: "Answer to third" in str(sandbox.workspace.history), timeout=30)
    answers = [one.text for one in sandbox.workspace.history["C01GENERAL"].values() if one.bot_id]
    assert sorted(answers) == ["Answer to first", "Answer to second", "Answer to third"]


async def test_a_standing_fault_shows_its_retries_until_it_is_lifted(sandbox: Sandbox, page: Page) -> None:
    async with running(sandbox):
        await open_drawer(page)
        await trigger(page, "ignore_acks")
        await expect(page.locator(".armed")).to_contain_text("until lifted")
        await ask(page, "anything")
        await page.get_by_role("button", name="Traffic", exact=True).click()
        sent = page.locator("[data-section=deliveries] tr").filter(has_text="app_mention")
        await expect(sent.filter(has_text="retry 1")).to_contain_text("timeout")
        await page.get_by_role("button", name="Faults", exact=True).click()
        await page.get_by_role("button", name="Lift").click()
        await expect(page.locator(".armed")).to_have_count(0)
    assert not sandbox.faults.ignore_acks


async def test_a_wrong_value_is_refused_with_the_reason(sandbox: Sandbox, page: Page) -> None:
    await open_drawer(page)
    await page.locator("[data-fault=duplicate] input").evaluate("node => node.removeAttribute('min')")
    await trigger(page, "duplicate", times="0")
    await expect(page.locator(".toast")).to_contain_text("times")
    assert sandbox.faults.active() == []


async def test_every_fault_is_explained_in_the_readers_language(open_page: OpenPage) -> None:
    page = await open_page("jiwoo")
    await page.locator("[data-key=faults]").click()
    await expect(page.locator(".fault summary b")).to_have_text([fault.title["ko"] for fault in CATALOGUE])
