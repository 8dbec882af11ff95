"""When the bot speaks without a mention, set and seen at the page, and what is read while others go first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.slack import texts
from bot.slack.bot import SlackBot
from tests.browser import OpenPage, box, message, pytestmark_of_browser
from tests.slack.browser.people import JIWOO, Person, ask, in_both_languages, is_answered, replies, sit_down
from tests.slack.cast import Answerer, Workspace, answer, connected, ours
from tests.slack.test_queue import answered_before

pytestmark = pytestmark_of_browser


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: Workspace, path: Path, answerer: Answerer) -> AsyncIterator[SlackBot]:
    """Both people are admins, and one question is answered at a time."""
    answered_before(path, 13.0)
    async with connected(sandbox, path, answerer, admins=("U02ALEX000",), at_once=1) as running:
        yield running


async def write(page: Page, text: str) -> None:
    await box(page).press_sequentially(text)
    await box(page).press("Enter")


async def set_to(page: Page, person: Person, speaks: str) -> None:
    """`/footnote channel`, and the choice made in what it shows."""
    await write(page, "/footnote channel")
    shown = page.locator("#main .message.ephemeral").last
    await expect(shown.get_by_role("combobox")).to_have_value("mention")
    await expect(shown).to_contain_text(person.only_you)
    await shown.get_by_label(person.words("channel_choose")).select_option(speaks)
    await expect(shown).to_contain_text(person.words("channel_set"))
    chosen = texts.text("channel_present", person.language, speaks=person.words(f"channel_{speaks}"))
    await expect(shown).to_contain_text(chosen.replace("*", ""))


@in_both_languages
@pytest.mark.parametrize("speaks", ["questions", "sure"])
async def test_an_admin_chooses_and_a_question_without_a_mention_is_answered(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person, speaks: str
) -> None:
    page = await sit_down(person, open_page, answerer)
    await set_to(page, person, speaks)
    thanks, question = {
        "ko": ("다들 고마워요", "연차 며칠이에요"),
        "en": ("thanks all", "how many days off do we get"),
    }[person.language]
    await write(page, thanks)
    await write(page, question)
    await message(page, question).locator(".thread-summary").click(timeout=20_000)
    await is_answered(page, person)
    assert [asked.text for asked in answerer.asked] == [question]
    (left_alone,) = [m["ts"] for m in sandbox.messages("general") if m["text"] == thanks]
    assert ours(sandbox, "general", left_alone) == []


@in_both_languages
async def test_where_only_sure_answers_are_wanted_nothing_is_seen_of_a_search_in_vain(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    await set_to(page, person, "sure")
    answerer.answer = answer("", found=False, citations=(), language=person.language)
    await write(page, person.question)
    await sandbox.wait_for(lambda: answerer.asked)
    answerer.answer = person.answer
    await ask(page, person.question + " 2")  # asked, and answered after the other is done with
    await is_answered(page, person)
    (vain,) = [m["ts"] for m in sandbox.messages("general") if m["text"] == person.question]
    assert sandbox.replies("general", vain)[1:] == []
    await expect(page.locator("#main .thread-summary")).to_have_count(1)


@in_both_languages
async def test_who_waits_reads_how_many_go_first_and_about_how_long_it_takes(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    answerer.hold.clear()
    await sandbox.say("minsu", "general", "@footnote 병가는 며칠이야?")
    await answerer.middle.wait()
    await ask(page, person.question)
    expected = (
        "앞에 질문이 1개 있어요. 답까지 약 30초 걸려요."
        if person is JIWOO
        else "1 ahead of you, about 30 seconds"
    )
    await expect(page.locator("#main .status").filter(has_text=expected)).to_have_count(1)
    answerer.hold.set()
    await expect(replies(page)).to_contain_text(person.answer.text, timeout=20_000)
    await is_answered(page, person)
