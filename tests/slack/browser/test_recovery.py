"""What goes wrong from the page's drawer of faults; the bot recovers, and says everything once."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from bot.slack.bot import SlackBot
from tests.browser import OpenPage, message, open_drawer, pytestmark_of_browser, trigger
from tests.slack.browser.people import ALEX, ask, replies, sit_down
from tests.slack.cast import Answerer, Workspace, final_replies, ours, said

pytestmark = pytestmark_of_browser


async def answered_once(sandbox: Workspace, page: Page, question: str) -> None:
    (thread,) = [m["ts"] for m in sandbox.messages("general") if question in m["text"]]
    await sandbox.wait_for(
        lambda: "Sources" in "".join(map(said, final_replies(sandbox, "general", thread))), timeout=30
    )
    await sandbox.wait_for(lambda: not sandbox.delivery.delivering, timeout=30)
    (reply,) = ours(sandbox, "general", thread)
    assert ALEX.answer.text in said(reply)
    assert reply.get("streaming_state") != "in_progress"
    await expect(message(page, question)).to_contain_text("1 reply")


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        ("drop", {}),
        ("disconnect", {"reason": "refresh_requested"}),
        ("rate_limit", {"method": "chat.appendStream", "retry_after": "1"}),
        ("rate_limit", {"method": "chat.startStream", "retry_after": "1"}),
        ("rate_limit", {"method": "chat.update", "retry_after": "1"}),
        ("lose_reply", {"method": "chat.update"}),
        ("expire_streams", {}),
    ],
    ids=lambda given: given if isinstance(given, str) else ".".join(given.values()),
)
async def test_what_breaks_while_an_answer_is_written_costs_no_answer_and_makes_no_second(
    sandbox: Workspace,
    bot: SlackBot,
    answerer: Answerer,
    open_page: OpenPage,
    fault: str,
    parameters: dict[str, str],
) -> None:
    page = await sit_down(ALEX, open_page, answerer)
    await open_drawer(page)
    answerer.hold.clear()
    # only an answer that goes on for a while is appended to again
    answerer.pace = 0.2 if "chat.appendStream" in parameters.values() else 0.0
    await ask(page, "First?")
    await expect(replies(page)).to_contain_text(ALEX.answer.text.split(" ")[1])
    await trigger(page, fault, **parameters)
    await ask(page, "Second?")
    answerer.hold.set()
    for question in ("First?", "Second?"):
        await answered_once(sandbox, page, question)
    await expect(page.locator(".armed")).to_have_count(0)


async def test_an_event_that_comes_three_times_is_answered_once(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage
) -> None:
    page = await sit_down(ALEX, open_page, answerer)
    await open_drawer(page)
    await trigger(page, "duplicate", times="2")
    await ask(page, "First?")
    await answered_once(sandbox, page, "First?")
    await page.get_by_role("button", name="Traffic", exact=True).click()
    await expect(
        page.locator("[data-section=deliveries] tr").filter(has_text="acknowledged")
    ).not_to_have_count(0)
    assert len(answerer.asked) == 1
