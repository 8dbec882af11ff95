"""Channels and messages: what is seen, written, changed and taken away."""

from __future__ import annotations

import re

from playwright.async_api import FilePayload, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.browser import OpenPage, box, choose, go_to, message, offers, pytestmark_of_browser
from tests.sandbox.conftest import running

pytestmark = pytestmark_of_browser

HOSTILE = "<img src=x onerror=alert(1)> <script>alert(1)</script> [click](javascript:alert(1))"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def test_what_people_and_bots_write_never_becomes_html(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    await sandbox.say("jiwoo", "general", HOSTILE)
    await client.chat_postMessage(channel="C01GENERAL", text=HOSTILE)
    await client.chat_postMessage(channel="C01GENERAL", markdown_text=HOSTILE)
    messages = page.locator("#main .message .body")
    await expect(messages).to_have_count(3)
    for place in range(3):
        await expect(messages.nth(place)).to_contain_text("<script>alert(1)</script>")
    assert await page.locator("#main .message :is(img, script, a)").count() == 0


async def test_names_are_completed_by_keyboard_and_become_mentions(sandbox: Sandbox, page: Page) -> None:
    await box(page).press_sequentially("@ji")
    await expect(offers(page).first).to_contain_text("jiwoo")
    await box(page).press("Enter")
    await expect(box(page)).to_have_value("@jiwoo ")
    await box(page).press_sequentially("see #rand")
    await box(page).press("Tab")
    await box(page).press("Enter")
    await expect(message(page, "@jiwoo see #random")).to_have_count(1)
    assert sandbox.messages("general")[0]["text"] == "<@U01JIWOO00> see <#C03RANDOM0|random>"


async def test_what_can_follow_stays_on_offer_while_the_pane_is_drawn_anew(
    sandbox: Sandbox, page: Page
) -> None:
    await box(page).press_sequentially("@ji")
    await expect(offers(page)).to_have_count(1)
    before = await box(page).element_handle()
    await sandbox.join("sam", "general")
    await expect(message(page, "has joined the channel")).to_have_count(1)
    assert before is not None
    await before.wait_for_element_state("hidden")  # another box stands there now
    await expect(offers(page)).to_have_count(1)
    await box(page).press("Enter")
    await expect(box(page)).to_have_value("@jiwoo ")


async def test_arrow_up_in_an_empty_box_edits_the_last_message_where_it_stands(
    sandbox: Sandbox, page: Page
) -> None:
    await sandbox.say("alex", "general", "frist")
    await sandbox.say("jiwoo", "general", "and mine")
    await expect(message(page, "and mine")).to_have_count(1)
    await box(page).press("ArrowUp")
    editor = page.locator(".editor textarea")
    await expect(editor).to_have_value("frist")
    await editor.fill("first")
    await editor.press("Enter")
    await expect(message(page, "first")).to_contain_text("(edited)")
    await expect(box(page)).to_be_focused()


async def test_deleting_is_asked_for_and_a_root_with_replies_leaves_a_tombstone(
    sandbox: Sandbox, page: Page
) -> None:
    root = await sandbox.say("alex", "general", "Delete me")
    await sandbox.say("jiwoo", "general", "Too late", root)
    await choose(page, message(page, "Delete me"), "Delete message")
    await page.locator("dialog[open]").get_by_role("button", name="Cancel").click()
    await expect(message(page, "Delete me")).to_have_count(1)
    await choose(page, message(page, "Delete me"), "Delete message")
    await page.locator("dialog[open]").get_by_role("button", name="Delete message").click()
    await expect(page.locator("#main .message")).to_have_text(re.compile("This message was deleted.*1 reply"))


async def test_a_reaction_is_given_and_taken_back(sandbox: Sandbox, page: Page) -> None:
    ts = await sandbox.say("jiwoo", "general", "Good idea?")
    await sandbox.react("jiwoo", "general", ts, "eyes")
    await message(page, "Good idea?").hover()
    await page.get_by_role("button", name="React with :+1:").click()
    mine = page.locator(".reaction[aria-pressed=true]")
    await expect(mine).to_have_attribute("title", "Alex Park reacted with :+1:")
    await mine.click()
    await expect(mine).to_have_count(0)
    await expect(page.locator(".reaction")).to_have_count(1)


async def test_what_came_while_one_was_elsewhere_is_counted_and_marked(sandbox: Sandbox, page: Page) -> None:
    await sandbox.say("jiwoo", "random", "old")
    await go_to(page, "random")
    await go_to(page, "general")
    await sandbox.say("jiwoo", "random", "news")
    await sandbox.say("jiwoo", "random", "more news")
    await expect(page.locator(".count")).to_have_text("2")
    await go_to(page, "random")
    await expect(page.locator(".count")).to_have_count(0)
    await expect(page.locator(".day.new + .message")).to_contain_text("news")


async def test_files_are_attached_shown_and_saved(sandbox: Sandbox, page: Page) -> None:
    files: list[FilePayload] = [
        {"name": "보고서.txt", "mimeType": "text/plain", "buffer": "연차 15일".encode()},
        {"name": "dot.png", "mimeType": "image/png", "buffer": PNG},
    ]
    await page.locator("#main input[type=file]").set_input_files(files)
    await box(page).fill("Two files")
    await box(page).press("Enter")
    report = page.locator(".message .file").filter(has_text="보고서.txt")
    await expect(report).to_contain_text("TXT")
    await expect(message(page, "Two files")).to_contain_text("보고서.txt")
    async with page.expect_download() as download:
        await report.get_by_role("link").click()
    saved = await (await download.value).path()
    assert saved.read_bytes() == "연차 15일".encode()
    drawn = page.locator("img.picture")
    await expect(drawn).to_have_js_property("naturalWidth", 1)


async def test_a_pasted_file_waits_until_it_is_sent(sandbox: Sandbox, page: Page) -> None:
    paste = """node => {
        const data = new DataTransfer();
        data.items.add(new File(["x"], "note.txt", {type: "text/plain"}));
        const paste = {clipboardData: data, bubbles: true, cancelable: true};
        node.dispatchEvent(new ClipboardEvent("paste", paste));
    }"""
    await box(page).evaluate(paste)
    await expect(page.locator(".tray .file")).to_contain_text("note.txt")
    assert sandbox.messages("general") == []
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message .file")).to_contain_text("note.txt")
    await expect(page.locator(".tray .file")).to_have_count(0)


async def test_a_group_is_started_with_chosen_people(sandbox: Sandbox, page: Page) -> None:
    await page.get_by_role("button", name="New message to people").click()
    people = page.locator("dialog[open]").get_by_role("combobox")
    for typed in ("minsu", "foot"):
        await people.fill(typed)
        await expect(offers(page).first).to_contain_text(typed)
        await people.press("Enter")
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator("#main h1")).to_have_text("minsu, footnote")
    await box(page).fill("Hello you two")
    await box(page).press("Enter")
    await expect(message(page, "Hello you two")).to_have_count(1)


async def test_guests_strangers_and_bots_are_marked_and_so_is_a_shared_channel(
    sandbox: Sandbox, open_page: OpenPage
) -> None:
    await sandbox.say("sam", "handbook-ko", "from a guest")
    await sandbox.say("hana", "partner-project", "from outside")
    page = await open_page("jiwoo")
    await page.evaluate("sessionStorage.setItem('language', 'en')")
    await page.reload()
    await go_to(page, "handbook-ko")
    await expect(message(page, "from a guest").locator(".badge")).to_have_text("Guest")
    await go_to(page, "partner-project")
    await expect(message(page, "from outside").locator(".badge")).to_have_text("External")
    await expect(page.locator("#main h1")).to_contain_text("Slack Connect")
    await expect(page.locator(".connect-note")).to_contain_text("Hana Mori can read this")


async def test_a_block_that_cannot_be_drawn_is_named(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    film = {
        "type": "video",
        "title": {"type": "plain_text", "text": "A film"},
        "video_url": "https://film.example/v",
        "thumbnail_url": "https://film.example/t",
        "alt_text": "a film",
    }
    await client.chat_postMessage(channel="C01GENERAL", text="film", blocks=[film])
    await expect(page.locator(".notice")).to_have_text("“video” cannot be drawn here.")


async def test_emoji_our_bot_sends_are_drawn_whatever_fonts_there_are(sandbox: Sandbox, page: Page) -> None:
    await sandbox.say("jiwoo", "general", "fine 👍 :white_check_mark: careful :warning: :no_such_emoji:")
    drawn = page.locator("#main .message .body svg")
    await expect(drawn).to_have_count(3)
    await expect(message(page, "fine")).to_contain_text(":no_such_emoji:")
    assert "👍" not in await message(page, "fine").inner_text()


async def test_acting_as_somebody_else_changes_language_channels_and_what_is_private(
    sandbox: Sandbox, open_page: OpenPage, client: AsyncWebClient
) -> None:
    page = await open_page("jiwoo")
    await client.chat_postEphemeral(channel="C01GENERAL", user="U01JIWOO00", text="for jiwoo only")
    await expect(page.locator(".message.ephemeral")).to_have_count(1)
    await expect(page.locator("#sidebar")).to_contain_text("people-team")
    await page.select_option("#acting-as", "U02ALEX000")
    await expect(page.locator("#sidebar")).to_contain_text("Direct messages")
    await expect(page.locator("#sidebar")).not_to_contain_text("people-team")
    await expect(page.locator(".message.ephemeral")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#acting-as")).to_have_value("U02ALEX000")


async def test_a_shortcut_of_the_app_is_in_the_menu_of_messages_and_beside_the_commands(
    sandbox: Sandbox, page: Page
) -> None:
    started: list[str] = []

    def prepare(app: object) -> None:
        @app.shortcut(re.compile(".*"))  # type: ignore[attr-defined,untyped-decorator]
        async def start(ack, body) -> None:  # type: ignore[no-untyped-def]
            await ack()
            started.append(body["callback_id"])

    await sandbox.say("jiwoo", "general", "연차는 15일")
    async with running(sandbox, prepare):
        await choose(page, message(page, "연차는 15일"), "Explain this")
        await sandbox.wait_for(lambda: started == ["explain"])
        await box(page).press_sequentially("/docum")
        await expect(offers(page)).to_contain_text("Ask the documents")
        await box(page).press("Enter")
        await sandbox.wait_for(lambda: started == ["explain", "ask_documents"])
        await expect(box(page)).to_have_value("")


async def test_a_link_to_a_message_opens_its_channel_and_marks_it(
    sandbox: Sandbox, open_page: OpenPage
) -> None:
    ts = await sandbox.say("jiwoo", "random", "Look here")
    page = await open_page(path=f"/archives/C03RANDOM0/p{ts.replace('.', '')}")
    await expect(page.locator(".message.marked")).to_contain_text("Look here")
