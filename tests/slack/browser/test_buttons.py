"""The buttons below an answer: its quotes, a new answer, a human, and for admins how it came about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from bot.contracts import Answer
from bot.slack.bot import SlackBot
from bot.slack.experts_blocks import ExpertsChannel
from tests.browser import OpenPage, go_to, pytestmark_of_browser
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
from tests.slack.cast import Answerer, Workspace, connected
from tests.slack.library import Library, found, not_found

pytestmark = pytestmark_of_browser

PEOPLE = ExpertsChannel("C02HANDBOOK", "S01PEOPLE0")


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: Workspace, path: Path, answerer: Answerer) -> AsyncIterator[SlackBot]:
    """With a channel in which people are asked."""
    async with connected(sandbox, path, answerer, experts=PEOPLE) as running:
        yield running


def answer_for(person: Person, *, is_found: bool = True) -> Answer:
    """In their language, about 휴가."""
    if not is_found:
        text = (
            "문서에서 답을 찾지 못했어요."
            if person.language == "ko"
            else "I did not find it in the documents."
        )
        return not_found(text=text, language=person.language)
    return found(text=person.answer.text, language=person.language)


async def answered(
    page: Page, answerer: Answerer, library: Library, person: Person, *, is_found: bool = True
) -> Locator:
    """Their question, with its answer; everything about it is kept."""
    answerer.answer = answer_for(person, is_found=is_found)
    library.record(answerer.answer, person.question)
    if is_found:
        library.put()
    await ask(page, person.question)
    reply = await is_answered(page, person)
    if not is_found:
        library.put()  # 급여 is near, and not for everybody who reads along: the answer would be withdrawn
    return reply


def button(reply: Locator, person: Person, name: str) -> Locator:
    return reply.get_by_role("button", name=person.words(name), exact=True)


async def choose(page: Page, reply: Locator, person: Person, name: str) -> None:
    """An option of the menu below the answer."""
    await reply.locator(".block.actions .more").click()
    await page.get_by_role("menuitem", name=person.words(name)).click()


@in_both_languages
async def test_the_quotes_are_shown_with_what_supports_the_answer_in_bold(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    reply = await answered(page, answerer, Library(path), person)
    await button(reply, person, "quotes_button").click()

    modal = page.locator("dialog[open]")
    await expect(modal.get_by_role("heading")).to_have_text(person.words("quotes_title"))
    await expect(modal).to_contain_text(person.words("quotes_lead"))
    await expect(modal.locator("blockquote strong")).to_have_text("연차는 1년에 15일입니다.")
    await expect(modal.get_by_role("link")).to_have_attribute("href", "https://wiki.example.com/leave.md#a")
    await expect(modal.locator("img")).to_have_count(0)
    await modal.get_by_role("button", name=person.words("close"), exact=True).last.click()
    await expect(modal).to_have_count(0)


@in_both_languages
async def test_answered_again_the_reply_changes_in_its_place(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    reply = await answered(page, answerer, Library(path), person)
    answerer.answer = replace(answerer.answer, text="16일 / 16 days [1].", trace_id="trace-2")
    answerer.begin.clear()
    await button(reply, person, "again_button").click()
    await expect(replies(page)).to_contain_text(person.words("again_started").removeprefix("🔄 "))
    await expect(replies(page).get_by_role("button", name=person.words("again_button"))).to_have_count(0)

    answerer.begin.set()
    renewed = await is_answered(page, person)
    await expect(renewed).to_contain_text("16 days")
    await expect(renewed).not_to_contain_text(person.answer.text)
    await expect(button(renewed, person, "again_button")).to_have_count(1)


@in_both_languages
async def test_what_the_documents_do_not_answer_is_put_to_people_once(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    reply = await answered(page, answerer, Library(path), person, is_found=False)
    await button(reply, person, "experts_button").click()

    form = page.locator("dialog[open]")
    await expect(form.get_by_role("heading")).to_have_text(person.words("experts_title"))
    await expect(form).to_contain_text("#handbook-ko")
    question = form.get_by_label(person.words("experts_label"))
    await expect(question).to_have_value(person.question)
    await question.fill(f"{person.question} 급해요 / urgent")
    await form.get_by_role("button", name=person.words("send"), exact=True).click()
    await expect(form).to_have_count(0)
    told = page.locator("#thread .message.ephemeral").filter(has_text=person.words("experts_done").strip())
    await expect(told).to_have_count(1)

    await button(reply, person, "experts_button").click()
    await expect(form).to_contain_text(person.words("experts_already").strip())
    await expect(form.locator("textarea")).to_have_count(0)
    await form.get_by_role("button", name=person.words("close"), exact=True).last.click()


async def test_people_read_the_question_who_asks_and_where(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path, sandbox: Workspace
) -> None:
    page = await sit_down(JIWOO, open_page, answerer)
    reply = await answered(page, answerer, Library(path), JIWOO, is_found=False)
    # a guest reads along there: what is for everyone would not be named
    Library(path).set_readers(frozenset({"everyone", "channel:T01SANDBOX/C02HANDBOOK"}))
    await button(reply, JIWOO, "experts_button").click()
    await page.locator("dialog[open]").get_by_role("button", name=JIWOO.words("send"), exact=True).click()
    await expect(page.locator("#thread .message.ephemeral")).to_have_count(1)
    await go_to(page, "handbook-ko")
    post = page.locator("#main .message").filter(has_text=JIWOO.question)
    await expect(post).to_contain_text("@hr")
    await expect(post).to_contain_text("@jiwoo")
    await expect(post.get_by_role("link", name=JIWOO.words("experts_thread"))).to_have_count(1)
    await expect(post).to_contain_text("휴가 > 연차")
    await expect(post).not_to_contain_text("급여")


async def test_an_admin_reads_how_the_answer_came_about_in_korean(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path
) -> None:
    page = await sit_down(JIWOO, open_page, answerer)
    reply = await answered(page, answerer, Library(path), JIWOO)
    await choose(page, reply, JIWOO, "why_option")
    modal = page.locator("dialog[open]")
    await expect(modal.get_by_role("heading")).to_have_text(JIWOO.words("why_title"))
    await expect(modal).to_contain_text("✓ 연차는 1년에 15일이에요 (인용한 글이 뒷받침해요)")
    await expect(modal).to_contain_text("급여 > 지급일: 0.250")


async def test_who_is_no_admin_is_told_kindly_in_english(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path
) -> None:
    page = await sit_down(ALEX, open_page, answerer)
    reply = await answered(page, answerer, Library(path), ALEX)
    await choose(page, reply, ALEX, "why_option")
    modal = page.locator("dialog[open]")
    await expect(modal).to_contain_text("How an answer came about is for admins.")
    await expect(modal).not_to_contain_text("0.812")


async def test_people_resolve_a_question_and_open_it_again_and_whoever_asked_is_told(
    bot: SlackBot, answerer: Answerer, open_page: OpenPage, path: Path, sandbox: Workspace
) -> None:
    page = await sit_down(JIWOO, open_page, answerer)
    reply = await answered(page, answerer, Library(path), JIWOO, is_found=False)
    await button(reply, JIWOO, "experts_button").click()
    await page.locator("dialog[open]").get_by_role("button", name=JIWOO.words("send"), exact=True).click()
    await expect(page.locator("#thread .message.ephemeral")).to_have_count(1)
    await go_to(page, "handbook-ko")
    post = page.locator("#main .message").filter(has_text=JIWOO.question)
    await button(post, JIWOO, "experts_resolve_button").click()
    modal = page.locator("dialog[open]")
    await modal.get_by_role("button", name=JIWOO.words("experts_resolve_submit"), exact=True).click()
    await expect(modal).to_contain_text("해결됨으로 표시했어요")
    await modal.get_by_role("button", name=JIWOO.words("close"), exact=True).last.click()
    await expect(post).to_contain_text("해결됨: @jiwoo")
    (told,) = await sandbox.wait_for(lambda: sandbox.messages(sandbox.dm("jiwoo")), timeout=15)
    assert "해결됐다고 표시됐어요" in str(told["blocks"])
    await button(post, JIWOO, "experts_reopen_button").click()
    await expect(post).not_to_contain_text("해결됨:")
    await expect(button(post, JIWOO, "experts_resolve_button")).to_have_count(1)
