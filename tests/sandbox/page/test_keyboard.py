"""The page without a mouse, on a narrow screen, in another theme and language."""

from __future__ import annotations

from playwright.async_api import Page, expect

from bot.sandbox import Sandbox
from tests.browser import OpenPage, box, go_to, message, offers, pytestmark_of_browser

pytestmark = pytestmark_of_browser

NARROW = {"viewport": {"width": 400, "height": 800}}


async def test_the_first_tab_leads_past_the_channels(page: Page) -> None:
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(box(page)).to_be_focused()


async def test_arrows_go_through_the_channels_which_are_one_stop_for_tab(page: Page) -> None:
    await page.locator("#acting-as").focus()
    await page.keyboard.press("Tab")
    await expect(page.locator("#sidebar li button").nth(0)).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#main h1")).to_have_text("#random")
    await page.locator("#acting-as").focus()
    await page.keyboard.press("Tab")
    await expect(page.locator("#sidebar li button.open")).to_be_focused()


async def test_alt_and_arrows_switch_the_channel(page: Page) -> None:
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.locator("#main h1")).to_have_text("#handbook-ko")
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.locator("#main h1")).to_have_text("#general")


async def test_control_k_jumps_to_a_channel_by_a_few_letters(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.keyboard.type("part")
    await expect(offers(page)).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#main h1")).to_contain_text("#partner-project")


async def test_escape_closes_what_is_on_top_and_the_focus_goes_back(sandbox: Sandbox, page: Page) -> None:
    root = await sandbox.say("jiwoo", "general", "A thread")
    await sandbox.say("jiwoo", "general", "A reply", root)
    await page.locator(".thread-summary").click()
    opener = page.get_by_role("button", name="Faults and traffic")
    await opener.click()
    await expect(page.locator("#faults")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#faults")).to_be_hidden()
    await expect(opener).to_be_focused()
    await expect(page.locator("#thread")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()


async def test_a_menu_is_walked_by_arrows_and_left_by_escape(sandbox: Sandbox, page: Page) -> None:
    await sandbox.say("alex", "general", "Mine")
    more = message(page, "Mine").get_by_role("button", name="More actions")
    await more.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Copy link")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("menuitem", name="Delete message")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_have_count(0)
    await expect(more).to_be_focused()


async def test_a_question_mark_shows_the_keys_but_not_while_one_writes(page: Page) -> None:
    await box(page).press("?")
    await expect(box(page)).to_have_value("?")
    await page.locator("#sidebar li button").first.focus()
    await page.keyboard.press("?")
    await expect(page.locator("dialog[open] h1")).to_have_text("Keyboard shortcuts")


async def test_what_one_was_writing_is_still_there_on_coming_back(page: Page) -> None:
    await box(page).fill("half a thought")
    await go_to(page, "random")
    await expect(box(page)).to_have_value("")
    await go_to(page, "general")
    await expect(box(page)).to_have_value("half a thought")


async def test_somebody_joining_disturbs_nobody_who_writes(sandbox: Sandbox, page: Page) -> None:
    await box(page).fill("half a thought")
    await box(page).press("Home")
    await sandbox.join("sam", "general")
    await expect(page.locator("#main header")).to_contain_text("6 members")
    await expect(box(page)).to_be_focused()
    await page.keyboard.type("just ")
    await expect(box(page)).to_have_value("just half a thought")


async def test_enter_belongs_to_the_keyboard_while_a_syllable_is_put_together(
    sandbox: Sandbox, page: Page
) -> None:
    await box(page).fill("안녀")
    composing = (
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
    )
    await box(page).evaluate(f"node => node.dispatchEvent({composing})")
    assert sandbox.messages("general") == []
    await box(page).fill("안녕")
    await box(page).press("Enter")
    await expect(message(page, "안녕")).to_have_count(1)


async def test_theme_and_language_are_chosen_and_remembered(page: Page) -> None:
    async def setting(name: str) -> None:
        await page.locator("#sidebar header button").first.click()
        await page.get_by_role("menuitem", name=name).click()

    ground = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(ground)
    await setting("Theme: dark")
    assert await page.evaluate(ground) != light
    await setting("한국어")
    await expect(page.locator("#sidebar")).to_contain_text("다이렉트 메시지")
    dark = await page.evaluate(ground)
    await page.reload()
    await expect(page.locator("#sidebar")).to_contain_text("다이렉트 메시지")
    assert await page.evaluate(ground) == dark


async def test_a_narrow_page_has_the_channels_in_a_drawer_and_threads_over_everything(
    sandbox: Sandbox, open_page: OpenPage
) -> None:
    root = await sandbox.say(
        "jiwoo", "random", "한국어로 아주 길게 써도 " * 10 + "https://example.com/" + "a" * 200
    )
    await sandbox.say("jiwoo", "random", "Reply", root)
    page = await open_page(**NARROW)
    await expect(page.locator("#sidebar")).to_be_hidden()
    await page.get_by_role("button", name="Channels").click()
    await go_to(page, "random")
    await expect(page.locator("#sidebar")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 400
    await page.locator(".thread-summary").click()
    await expect(box(page, "thread")).to_be_visible()
    assert await page.evaluate("document.querySelector('#thread').getBoundingClientRect().width") == 400


async def test_at_twice_the_size_nothing_is_cut_off(sandbox: Sandbox, open_page: OpenPage) -> None:
    # zooming a window of 1280 pixels to 200% leaves the page 640 of them
    await sandbox.say("jiwoo", "general", "Zoomed")
    page = await open_page(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    await expect(box(page)).to_be_in_viewport()
    await expect(message(page, "Zoomed")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 640
