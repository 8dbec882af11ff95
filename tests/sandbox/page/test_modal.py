"""Modals and the Home tab, filled in by hand."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.browser import box, go_to, offers, pytestmark_of_browser
from tests.sandbox.conftest import Json, running
from tests.sandbox.page.forms import EVERY_FIELD, FEEDBACK, HOME, field, modal, option, plain

pytestmark = pytestmark_of_browser


class Form:
    """An app whose /footnote opens `view`; it keeps what it was told."""

    def __init__(self, view: Json) -> None:
        self.view = view
        self.values: list[Json] = []
        self.actions: list[Json] = []
        self.closed: list[Json] = []
        self.answer: Json = {}

    def __call__(self, app: AsyncApp) -> None:
        @app.command("/footnote")
        async def command(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=self.view)

        @app.view("form")
        async def submitted(ack: Any, view: Json) -> None:
            self.values.append(view["state"]["values"])
            await ack(**self.answer)

        @app.view_closed("form")
        async def closed(ack: Any, body: Json) -> None:
            await ack()
            self.closed.append(body)

        @app.action("again")
        async def clicked(ack: Any, body: Json) -> None:
            await ack()
            self.actions.append(body)

        @app.options("document")
        async def suggest(ack: Any, payload: Json) -> None:
            await ack(options=[option(f"{payload['value']} handbook"), option(f"{payload['value']} rules")])


async def run_command(page: Page) -> None:
    await box(page).press_sequentially("/foot")
    await box(page).press("Enter")
    await expect(box(page)).to_have_value("/footnote ")
    await box(page).press_sequentially("form")
    await box(page).press("Enter")
    await expect(page.locator("dialog[open]")).to_have_count(1)


async def test_a_form_filled_wrongly_says_so_at_its_fields_and_rightly_is_accepted(
    sandbox: Sandbox, page: Page
) -> None:
    form = Form(FEEDBACK)
    async with running(sandbox, form):
        await run_command(page)
        dialog = page.locator("dialog[open]")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog.locator(".problem")).to_have_count(2)
        reason, words = dialog.get_by_label("Reason"), dialog.get_by_label("Tell us more")
        await expect(reason).to_be_focused()
        await expect(words).to_have_accessible_description(
            "One sentence is enough. Please complete this required field."
        )
        await reason.select_option("old")
        await words.fill("bad")
        form.answer = {"response_action": "errors", "errors": {"words": "A little more, please."}}
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog.locator(".problem")).to_have_text(["A little more, please."])
        await expect(words).to_be_focused()
        await expect(words).to_have_value("bad")
        form.answer = {}
        await words.fill("It is from 2019")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog).to_have_count(0)
    assert form.values[-1]["words"]["words"]["value"] == "It is from 2019"
    assert form.values[-1]["reason"]["reason"]["selected_option"]["value"] == "old"
    await expect(box(page)).to_be_focused()


async def test_every_kind_of_field_says_what_was_put_into_it(sandbox: Sandbox, page: Page) -> None:
    form = Form(EVERY_FIELD)
    async with running(sandbox, form):
        await run_command(page)
        dialog = page.locator("dialog[open]")
        for typed in ("ji", "sam"):
            await dialog.get_by_label("People").fill(typed)
            await expect(offers(page).first).to_contain_text("지우" if typed == "ji" else "Sam")
            await page.keyboard.press("Enter")
        await expect(dialog.get_by_label("People")).to_be_disabled()
        await dialog.get_by_label("Room").fill("rand")
        await expect(offers(page)).to_have_count(1)
        await page.keyboard.press("Enter")
        await dialog.get_by_label("Document").fill("leave")
        await expect(offers(page)).to_have_count(2)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await dialog.get_by_label("Day").fill("2026-03-02")
        await dialog.get_by_label("Hour").fill("09:30")
        await dialog.get_by_label("Moment").fill("2026-03-02T09:30")
        await dialog.get_by_label("Mail").fill("a@example.com")
        await dialog.get_by_label("Number").fill("15")
        await dialog.get_by_label("Rich").fill("so")
        await dialog.get_by_label("One").check()
        await dialog.get_by_label("Two").check()
        await dialog.get_by_label("Proof").set_input_files(
            {"name": "proof.txt", "mimeType": "text/plain", "buffer": b"proof"}
        )
        await expect(dialog.locator(".tray")).to_contain_text("proof.txt")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog).to_have_count(0)
    values = {action: state for block in form.values[0].values() for action, state in block.items()}
    assert values["people"]["selected_users"] == ["U01JIWOO00", "U04SAM0000"]
    assert values["room"]["selected_conversation"] == "C03RANDOM0"
    assert values["document"]["selected_option"]["value"] == "leave rules"
    assert values["day"]["selected_date"] == "2026-03-02"
    assert values["hour"]["selected_time"] == "09:30"
    assert isinstance(values["moment"]["selected_date_time"], int)
    assert values["mail"]["value"] == "a@example.com"
    assert values["number"]["value"] == "15"
    assert values["rich"]["rich_text_value"]["type"] == "rich_text"
    assert values["pick"]["selected_option"]["value"] == "one"
    assert [one["value"] for one in values["tick"]["selected_options"]] == ["two"]
    assert len(values["proof"]["files"]) == 1


async def test_a_form_over_a_form_goes_back_to_what_was_filled_in(sandbox: Sandbox, page: Page) -> None:
    words = field("words", "Words", {"type": "plain_text_input", "action_id": "words"})
    form = Form(modal("First", words))
    form.answer = {"response_action": "push", "view": modal("Second", words, callback_id="second")}
    async with running(sandbox, form):
        await run_command(page)
        dialog = page.locator("dialog[open]")
        await dialog.get_by_label("Words").fill("kept")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog.locator("h1")).to_have_text("Second")
        await expect(dialog.get_by_label("Words")).to_have_value("")
        await dialog.locator("header .back").click()
        await expect(dialog.locator("h1")).to_have_text("First")
        await expect(dialog.get_by_label("Words")).to_have_value("kept")


async def test_the_cross_closes_the_whole_stack_and_the_bot_is_told(sandbox: Sandbox, page: Page) -> None:
    words = field("words", "Words", {"type": "plain_text_input", "action_id": "words"}, optional=True)
    form = Form(modal("First", words))
    second = modal("Second", words, notify_on_close=True)
    form.answer = {"response_action": "push", "view": second}
    async with running(sandbox, form):
        await run_command(page)
        dialog = page.locator("dialog[open]")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog.locator("h1")).to_have_text("Second")
        await dialog.get_by_role("button", name="Close").click()
        await expect(dialog).to_have_count(0)
        await sandbox.wait_for(lambda: form.closed)
    assert form.closed[0]["is_cleared"] is True


async def test_a_click_in_a_form_carries_what_was_typed_beside_it(sandbox: Sandbox, page: Page) -> None:
    button = {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "again", "text": plain("Again")}],
    }
    words = field("words", "Words", {"type": "plain_text_input", "action_id": "words"})
    form = Form(modal("Form", words, button))
    async with running(sandbox, form):
        await run_command(page)
        dialog = page.locator("dialog[open]")
        await dialog.get_by_label("Words").fill("half done")
        await dialog.get_by_role("button", name="Again").click()
        await sandbox.wait_for(lambda: form.actions)
    assert form.actions[0]["view"]["state"]["values"]["words"]["words"]["value"] == "half done"


async def test_a_bot_that_does_not_answer_is_said_in_peoples_words_and_the_form_stays(
    sandbox: Sandbox, page: Page
) -> None:
    form = Form(FEEDBACK)
    async with running(sandbox, form):
        await run_command(page)
        dialog = page.locator("dialog[open]")
        await dialog.get_by_label("Reason").select_option("old")
        await dialog.get_by_label("Tell us more").fill("Still here")
        await sandbox.faults.trigger("ignore_acks")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")
        await expect(dialog.get_by_label("Tell us more")).to_have_value("Still here")
        sandbox.faults.lift("ignore_acks")
        await dialog.get_by_role("button", name="Send").click()
        await expect(dialog).to_have_count(0)


async def test_the_home_tab_has_menus_that_work_and_buttons_that_ask_first(
    sandbox: Sandbox, page: Page, client: AsyncWebClient
) -> None:
    done: list[tuple[str, object]] = []

    def prepare(app: AsyncApp) -> None:
        for name in ("more", "forget", "owner"):

            @app.action(name)
            async def use(ack: Any, action: Json) -> None:
                await ack()
                chosen = action.get("selected_option", {}).get("value") or action.get("selected_user")
                done.append((action["action_id"], chosen))

    await client.views_publish(user_id="U02ALEX000", view=HOME)
    async with running(sandbox, prepare):
        await go_to(page, "footnote")
        await page.get_by_role("button", name="Home").click()
        home = page.locator(".home")
        await expect(home.locator("h2")).to_have_text("Documents")
        await expect(home).to_contain_text("“video” cannot be drawn here.")
        await home.get_by_role("button", name="More actions").click()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await sandbox.wait_for(lambda: done == [("more", "sources")])
        await home.get_by_role("button", name="Forget").click()
        await page.locator("dialog[open]").get_by_role("button", name="Keep").click()
        await home.get_by_role("button", name="Forget").click()
        await page.locator("dialog[open]").get_by_role("button", name="Forget").click()
        await sandbox.wait_for(lambda: done[1:] == [("forget", None)])
        await home.get_by_role("combobox", name="Owner").fill("minsu")
        await expect(offers(page)).to_have_count(1)
        await page.keyboard.press("Enter")
        await sandbox.wait_for(lambda: done[2:] == [("owner", "U03MINSU00")])
