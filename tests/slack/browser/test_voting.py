"""👍 and 👎 below an answer, and the form that asks why."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Locator, Page, expect

from bot.slack.bot import SlackBot
from bot.store.database import Database
from bot.store.feedback import DOWN, UP, Feedback
from tests.browser import OpenPage, pytestmark_of_browser
from tests.slack.browser.people import Person, ask, in_both_languages, is_answered, sit_down
from tests.slack.cast import Answerer

pytestmark = pytestmark_of_browser


def votes(path: Path) -> list[tuple[str, str, str]]:
    database = Database(path)
    try:
        found = Feedback(database, lambda: 0.0).votes("trace-1")
        return [(vote.vote, vote.reason, vote.comment) for vote in found]
    finally:
        database.close()


def thumb(reply: Locator, person: Person, name: str) -> Locator:
    return reply.get_by_role("button", name=person.words(name), exact=True)


async def thanked(page: Page, person: Person, name: str) -> None:
    thanks = page.locator("#thread .message.ephemeral").filter(has_text=person.words(name))
    await expect(thanks).to_have_count(1)
    await expect(thanks).to_contain_text(person.only_you)


@in_both_languages
async def test_a_thumb_down_is_asked_why_and_told_what_is_missing(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    await ask(page, person.question)
    reply = await is_answered(page, person)
    await thumb(reply, person, "unhelpful").click()

    form = page.locator("dialog[open]")
    await expect(form.get_by_role("heading")).to_have_text(person.words("reason_title"))
    send = form.get_by_role("button", name=person.words("send"), exact=True)
    await send.click()
    reasons, comment = form.locator("[data-block=reason]"), form.locator("[data-block=comment]")
    await expect(reasons.locator(".problem")).to_have_count(1)
    await expect(comment.locator(".problem")).to_have_count(0)

    await form.get_by_label(person.words("reason_other")).check()
    await send.click()
    await expect(comment.locator(".problem")).to_have_text(person.words("comment_needed"))
    await expect(reasons.locator(".problem")).to_have_count(0)
    await expect(form.get_by_label(person.words("reason_other"))).to_be_checked()

    await form.get_by_label(person.words("comment_label")).fill("글꼴 / the font")
    await send.click()
    await expect(form).to_have_count(0)
    await thanked(page, person, "thanks_down")
    await expect(thumb(reply, person, "unhelpful")).to_have_attribute("aria-pressed", "true")
    assert votes(path) == [(DOWN, "other", "글꼴 / the font")]


@in_both_languages
async def test_a_thumb_up_is_thanked_for_at_once(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    await ask(page, person.question)
    reply = await is_answered(page, person)
    await thumb(reply, person, "helpful").click()
    await thanked(page, person, "thanks_up")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await expect(thumb(reply, person, "helpful")).to_have_attribute("aria-pressed", "true")
    assert votes(path) == [(UP, "", "")]
