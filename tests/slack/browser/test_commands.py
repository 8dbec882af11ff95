"""/footnote and every word that may follow it, typed into the page."""

from __future__ import annotations

from playwright.async_api import Page, expect

from bot.slack.bot import SlackBot
from tests.browser import OpenPage, box, offers, pytestmark_of_browser
from tests.slack.browser.people import ALEX, JIWOO, Person, in_both_languages, run_command, sit_down
from tests.slack.cast import Answerer, Workspace

pytestmark = pytestmark_of_browser


async def every_word(
    page: Page, person: Person, expected: dict[str, tuple[str, ...]], sandbox: Workspace
) -> None:
    told = page.locator("#main .message.ephemeral")
    for number, (typed, shown) in enumerate(expected.items(), 1):
        await run_command(page, typed)
        # the newest; of `ask`, the line that it is being looked up, and then the answer
        await expect(told).to_have_count(number + (typed.startswith("ask") and number == len(expected)))
        for text in shown:
            await expect(told.last).to_contain_text(text)
        await expect(told.last).to_contain_text(person.only_you)
    assert sandbox.messages("general") == []


async def test_an_admin_reads_everything_in_korean(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage
) -> None:
    page = await sit_down(JIWOO, open_page, answerer)
    expected = {
        "help": ("문서에서 답을 찾아 출처와 함께 알려 드려요.", "/footnote reindex [커넥터]"),
        "sources": ("handbook – 문서 1,234개, 2시간 전에 읽음", "wiki"),
        "status": ("기다리는 질문: 0개", "secret: 읽지 못한 문서 2개"),
        "connectors": ("secret (folder) – 읽지 못함 · 문서 5개 · 읽지 못한 문서 2개", "The wiki refuses"),
        "schedule": ("secret – 정해진 때가 없어요.",),
        "pause": ("멈출 커넥터를 적어 주세요",),
        "search 연차": ("“연차”에 맞는 글을 찾지 못했어요",),
        "reindex wiki": ("다시 읽었어요.", "wiki: 추가 3"),
        "reindx": ("reindx은(는) 모르는 명령이에요", "/footnote reindex"),
        f"ask {JIWOO.question}": (JIWOO.answer.text, "출처", "휴가 > 연차"),
    }
    await every_word(page, JIWOO, expected, sandbox)


async def test_a_member_reads_in_english_what_is_theirs(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage
) -> None:
    page = await sit_down(ALEX, open_page, answerer)
    expected = {
        "help": ("I answer from your documents, with sources.", "/footnote reindex [CONNECTOR]"),
        "sources": ("handbook – 1,234 documents, read 2 hours ago",),
        "status": ("Questions waiting: 0",),
        "reindex": ("Only admins may have the documents read again.",),
        "connectors": ("handbook – 1,234 documents, read 2 hours ago",),
        "forget handbook": ("/footnote forget is for admins. Nothing changed.",),
        "search leave": ("Nothing was found for “leave”.",),
        "ask": ("Please say what to ask",),
        "reindx": ("I do not know the command reindx.",),
        f"ask {ALEX.question}": (ALEX.answer.text, "Sources", "Time off > Annual leave"),
    }
    await every_word(page, ALEX, expected, sandbox)
    await expect(page.locator("#main")).not_to_contain_text("secret")


async def test_an_admin_is_asked_before_something_is_forgotten(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage
) -> None:
    page = await sit_down(JIWOO, open_page, answerer)
    await run_command(page, "forget secret")
    told = page.locator("#main .message.ephemeral")
    await expect(told).to_contain_text("커넥터 secret의 문서 5개를 모두 지울까요?")
    await told.get_by_role("button", name="지우기").click()
    await expect(told).to_contain_text("커넥터 secret의 문서 5개를 지우고, 커넥터를 멈췄어요.")
    await expect(told.get_by_role("button", name="지우기")).to_have_count(0)


@in_both_languages
async def test_a_message_is_asked_about_from_its_menu(
    sandbox: Workspace, bot: SlackBot, answerer: Answerer, open_page: OpenPage, person: Person
) -> None:
    page = await sit_down(person, open_page, answerer)
    await sandbox.say("minsu", "general", person.question)
    message = page.locator("#main .message").last
    await message.hover()
    await message.get_by_role("button", name=person.more).click()
    await page.get_by_text("Ask Footnote about this").click()
    told = page.locator("#main .message.ephemeral")
    await expect(told).to_have_count(2)
    await expect(told.first).to_contain_text(person.question)
    await expect(told.last).to_contain_text(person.answer.text)
    await expect(told.last).to_contain_text(person.only_you)
    assert len(sandbox.messages("general")) == 1


async def test_on_a_narrow_screen_the_name_of_the_command_is_not_cut(
    bot: SlackBot, open_page: OpenPage
) -> None:
    page = await open_page("jiwoo", viewport={"width": 400, "height": 800})
    await box(page).press_sequentially("/foo")
    name = offers(page).locator("b")
    await expect(name).to_have_text("/footnote")
    assert await name.evaluate("node => node.scrollWidth <= node.clientWidth")
