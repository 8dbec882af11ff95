"""A question in a channel: asked, answered while one looks on, stopped, changed, taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.async_api import Page, expect

from bot.slack.bot import SlackBot
from tests.browser import OpenPage, box, go_to, message, pytestmark_of_browser
from tests.slack.browser.people import (
    ALEX,
    JIWOO,
    Person,
    ask,
    in_both_languages,
    is_answered,
    replies,
    sit_down,
)
from tests.slack.cast import Answerer, Workspace, connected, ours, over_both_transports

pytestmark = pytestmark_of_browser


@in_both_languages
async def test_an_answer_is_searched_for_streamed_and_gives_sources_that_open(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    answerer.begin.clear()
    answerer.hold.clear()
    await ask(page, person.question)
    await expect(page.locator("#main .status")).to_contain_text(person.words("searching"))

    answerer.begin.set()
    first_half = person.answer.text.split(" ")[1]
    await expect(replies(page)).to_contain_text(first_half)
    await expect(page.locator("#thread .streaming")).to_have_count(1)
    await expect(page.locator("#thread .thumb")).to_have_count(0)

    answerer.hold.set()
    reply = await is_answered(page, person)
    await expect(reply).to_contain_text(person.answer.text)
    await expect(reply).to_contain_text(person.words("sources"))
    await _opens(page, f"{person.answer.citations[0].title} > {person.answer.citations[0].section}")
    assert [question.text for question in answerer.asked] == [person.question]


async def _opens(page: Page, source: str) -> None:
    await page.context.route("https://wiki.example.com/**", lambda route: route.fulfill(body="the place"))
    async with page.expect_popup() as popup:
        await page.locator("#thread").get_by_role("link", name=source).click()
    place = await popup.value
    await expect(place.locator("body")).to_have_text("the place")
    assert place.url == "https://wiki.example.com/leave"
    await place.close()


@over_both_transports
async def test_over_either_transport_a_mention_is_answered_once(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage
) -> None:
    page = await sit_down(ALEX, open_page, answerer)
    await ask(page, ALEX.question)
    await is_answered(page, ALEX)
    # both events of the mention are dealt with: no second answer is on its way
    await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
    await expect(replies(page)).to_have_count(1)
    assert len(answerer.asked) == 1


@in_both_languages
async def test_stop_ends_an_answer_and_keeps_what_was_written(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    answerer.hold.clear()
    await ask(page, person.question)
    await expect(replies(page)).to_contain_text(person.answer.text.split(" ")[1])
    await page.locator("#thread").get_by_role("button", name=person.stop).click()
    await expect(replies(page)).to_contain_text(person.words("stopped"))
    await expect(replies(page)).to_contain_text(person.answer.text.split(" ")[1])
    await expect(page.locator("#thread .stop")).to_have_count(0)
    await expect(page.locator("#thread .thumb")).to_have_count(0)
    await expect(replies(page)).to_have_count(1)


@in_both_languages
async def test_a_question_changed_while_it_waits_is_answered_as_changed_and_one_deleted_is_not(
    sandbox: Workspace, path: Path, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    answerer.hold.clear()
    async with connected(sandbox, path, answerer, at_once=1):
        await sandbox.say("minsu", "general", "@footnote 첫째 질문은?")
        await answerer.middle.wait()
        for text in ("second", "third"):
            await ask(page, text)
            await expect(message(page, text).locator(".status")).to_contain_text("ahead of you")
        await _choose(page, person, "second", person.edit)
        await page.locator(".editor textarea").fill(f"@footnote {person.question}")
        await page.locator(".editor textarea").press("Enter")
        await _choose(page, person, "third", person.delete)
        await page.locator("dialog[open]").get_by_role("button", name=person.delete).click()
        await expect(message(page, "third")).to_have_count(0)
        last = await sandbox.say("minsu", "general", "@footnote 끝?")
        await sandbox.wait_for(lambda: sandbox.status("general", last))
        answerer.hold.set()
        await message(page, person.question).locator(".thread-summary").click(timeout=20_000)
        await is_answered(page, person)
        await sandbox.wait_for(lambda: sandbox.replies("general", last))
    texts = [question.text for question in answerer.asked]
    assert texts == ["첫째 질문은?", person.question, "끝?"]


@in_both_languages
async def test_a_question_changed_after_its_answer_is_answered_anew_in_place_and_one_deleted_loses_it(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    await ask(page, "first")
    await is_answered(page, person)
    (shown,) = ours(sandbox, "general", sandbox.messages("general")[0]["ts"])
    answerer.begin.clear()
    await _choose(page, person, "first", person.edit)
    await page.locator("#main .editor textarea").fill(f"@footnote {person.question}")
    await page.locator("#main .editor textarea").press("Enter")
    await expect(page.locator("#main .status")).to_contain_text(person.words("searching"))
    changed = person.answer.text.replace("15", "16")
    answerer.answer = replace(person.answer, text=changed)
    answerer.begin.set()
    await expect(replies(page)).to_contain_text(changed, timeout=20_000)
    await is_answered(page, person)
    question = sandbox.messages("general")[0]["ts"]
    assert [reply["ts"] for reply in ours(sandbox, "general", question)] == [shown["ts"]]

    await _choose(page, person, person.question, person.delete)
    await page.locator("dialog[open]").get_by_role("button", name=person.delete).click()
    await expect(replies(page)).to_have_count(0)
    assert ours(sandbox, "general", question) == []


@in_both_languages
async def test_a_question_deleted_while_it_is_answered_takes_the_half_answer_along(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    answerer.hold.clear()
    await ask(page, person.question)
    await expect(replies(page)).to_contain_text(person.answer.text.split(" ")[1])
    await _choose(page, person, person.question, person.delete)
    await page.locator("dialog[open]").get_by_role("button", name=person.delete).click()
    await expect(replies(page)).to_have_count(0)
    # what was cut short keeps nobody waiting
    await expect(page.locator(".status")).to_have_count(0)


async def _choose(page: Page, person: Person, text: str, entry: str) -> None:
    await message(page, text).hover()
    await message(page, text).get_by_role("button", name=person.more).click()
    await page.get_by_role("menuitem", name=entry).click()


async def test_another_person_reads_the_thread_but_not_what_only_the_first_was_told(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage
) -> None:
    page = await sit_down(JIWOO, open_page, answerer)
    await ask(page, JIWOO.question)
    reply = await is_answered(page, JIWOO)
    await reply.get_by_role("button", name=JIWOO.words("helpful"), exact=True).click()
    thanks = page.locator("#thread .message.ephemeral")
    await expect(thanks).to_contain_text(JIWOO.words("thanks_up"))

    await page.select_option("#acting-as", "U02ALEX000")
    await message(page, JIWOO.question).locator(".thread-summary").click()
    await expect(replies(page)).to_contain_text(JIWOO.answer.text)
    await expect(page.locator(".message.ephemeral")).to_have_count(0)
    # their own vote is still to be given
    await expect(page.locator("#thread .thumb[aria-pressed=true]")).to_have_count(0)


@in_both_languages
async def test_who_opens_the_bot_asks_by_one_click_and_goes_on_without_a_mention(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    await go_to(page, "footnote")
    offered = [person.words(name) for name in ("prompt_remote", "prompt_leave", "prompt_expenses")]
    await expect(page.locator(".chip")).to_have_text(offered)
    await expect(page.locator(".prompts")).to_contain_text(person.words("prompts_title"))
    await page.locator(".chip").nth(1).click()
    await expect(page.locator(".chip")).to_have_count(0)
    await is_answered(page, person)
    await box(page, "thread").fill(person.question)
    await box(page, "thread").press("Enter")
    await expect(page.locator("#thread .thumb[aria-pressed=false]")).to_have_count(4, timeout=20_000)
    assert [question.text for question in answerer.asked] == [offered[1], person.question]
    assert answerer.asked[1].history[0].text == offered[1]
