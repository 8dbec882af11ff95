"""Modals beyond one page: stacks, suggestions, states and what Slack itself checks."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import App, Sandbox, Shortcut
from bot.sandbox.errors import SlackError
from tests.sandbox.conftest import Json, running

SHORTCUTS = (Shortcut("global", "Ask", "ask"), Shortcut("message", "Ask about this", "about"))


def text(value: str) -> Json:
    return {"type": "plain_text", "text": value}


def field(action_id: str, kind: str = "plain_text_input", **more: Any) -> Json:
    optional = more.pop("optional", False)
    element = {"type": kind, "action_id": action_id, **more}
    return {"type": "input", "block_id": action_id, "label": text(action_id), "element": element} | (
        {"optional": True} if optional else {}
    )


def view(*blocks: Json, callback_id: str = "v", **more: Any) -> Json:
    given = {"type": "modal", "callback_id": callback_id, "title": text("Title"), "submit": text("Go")}
    return {**given, "blocks": list(blocks), **more}


def opens(first: Json, answers: list[Json], closed: list[Json] | None = None) -> Any:
    """A bot that opens `first` at the shortcut, and answers submissions one after the other."""
    left = iter(answers)

    def prepare(app: AsyncApp) -> None:
        @app.shortcut("ask")
        async def open_it(ack: Any, shortcut: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=shortcut["trigger_id"], view=first)

        @app.view("v")
        async def take(ack: Any) -> None:
            await ack(**next(left))

        @app.view_closed("v")
        async def gone(ack: Any, body: Json) -> None:
            await ack()
            if closed is not None:
                closed.append(body)

    return prepare


async def opened(sandbox: Sandbox, user: str = "alex") -> None:
    await sandbox.shortcut(user, "ask")
    await sandbox.wait_for(lambda: sandbox.modal(user))


@pytest.fixture
async def sandbox() -> Any:
    async with Sandbox(app=App(shortcuts=SHORTCUTS), ack_seconds=0.5) as running_one:
        yield running_one


async def test_modals_lie_on_one_another_and_the_lowest_comes_back(sandbox: Sandbox) -> None:
    closed: list[Json] = []
    second = view(field("b"), title=text("Second"), notify_on_close=True)
    prepare = opens(view(field("a")), [{"response_action": "push", "view": second}], closed)
    async with running(sandbox, prepare):
        await opened(sandbox)
        await sandbox.submit("alex", {"a": "x"})
        top = sandbox.modal("alex")
        assert top is not None
        assert (top["title"]["text"], top["previous_view_id"]) == ("Second", top["root_view_id"])
        await sandbox.close_modal("alex")
        await sandbox.wait_for(lambda: closed)
    below = sandbox.modal("alex")
    assert below is not None
    assert below["title"]["text"] == "Title"
    assert closed[0]["view"]["id"] == top["id"]


async def test_an_update_keeps_what_was_filled_in_and_clear_closes_all(sandbox: Sandbox) -> None:
    answers: list[Json] = [
        {"response_action": "update", "view": view(field("a"), field("b", optional=True))},
        {"response_action": "clear"},
    ]
    async with running(sandbox, opens(view(field("a")), answers)):
        await opened(sandbox)
        await sandbox.submit("alex", {"a": "kept"})
        updated = sandbox.modal("alex")
        assert updated is not None
        assert updated["state"]["values"]["a"]["a"]["value"] == "kept"
        await sandbox.submit("alex", {})
    assert sandbox.modal("alex") is None


@pytest.mark.parametrize(
    ("element", "given", "said"),
    [
        ({"min_length": 3}, "ab", "at least 3"),
        ({"max_length": 3}, "abcd", "no more than 3"),
        ({"kind": "number_input", "is_decimal_allowed": False}, "1.5", "a number"),
        ({"kind": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1.5", "at least 2"),
        ({"kind": "number_input", "is_decimal_allowed": True, "max_value": "1"}, "1.5", "at most 1"),
        ({"kind": "email_text_input"}, "nobody", "email"),
        ({"kind": "url_text_input"}, "example.com", "URL"),
    ],
)
async def test_slack_checks_an_input_before_the_app_hears_of_it(
    sandbox: Sandbox, element: Json, given: str, said: str
) -> None:
    async with running(sandbox, opens(view(field("a", **element)), [])):
        await opened(sandbox)
        errors = await sandbox.submit("alex", {"a": given})
    assert said in errors["a"]


async def test_slack_speaks_the_language_of_the_person(sandbox: Sandbox) -> None:
    async with running(sandbox, opens(view(field("a")), [])):
        await opened(sandbox, "minsu")
        assert await sandbox.submit("minsu", {}) == {"a": "필수 입력란입니다."}


async def test_what_stands_in_an_element_from_the_start_is_submitted_with_the_rest(sandbox: Sandbox) -> None:
    options = [{"text": text(name), "value": name} for name in ("x", "y")]
    blocks = [
        field("select", "static_select", options=options, initial_option=options[1]),
        field("boxes", "checkboxes", options=options, initial_options=options),
        field("day", "datepicker", initial_date="2026-01-02"),
        field("when", "datetimepicker", initial_date_time=1_700_000_000),
        field("who", "multi_users_select", initial_users=["U02ALEX000"]),
        {"type": "actions", "block_id": "loose", "elements": [{"type": "timepicker", "action_id": "time"}]},
    ]
    async with running(
        sandbox, opens(view(*blocks), [{"response_action": "errors", "errors": {"day": "no"}}])
    ):
        await opened(sandbox)
        assert await sandbox.submit("alex", {"boxes": ["x"]}) == {"day": "no"}
    shown = sandbox.modal("alex")
    assert shown is not None
    values = shown["state"]["values"]
    assert values["select"]["select"]["selected_option"]["value"] == "y"
    assert [option["value"] for option in values["boxes"]["boxes"]["selected_options"]] == ["x"]
    assert values["day"]["day"]["selected_date"] == "2026-01-02"
    assert values["when"]["when"]["selected_date_time"] == 1_700_000_000
    assert values["who"]["who"]["selected_users"] == ["U02ALEX000"]
    assert values["loose"]["time"] == {"type": "timepicker", "selected_time": None}


async def test_an_external_select_is_filled_by_the_app_while_somebody_types(sandbox: Sandbox) -> None:
    def prepare(app: AsyncApp) -> None:
        opens(view(field("doc", "external_select")), [{"response_action": "clear"}])(app)

        @app.options("doc")
        async def offer(ack: Any, payload: Json) -> None:
            await ack(options=[{"text": text(payload["value"] + "!"), "value": "d1"}])

    async with running(sandbox, prepare):
        await opened(sandbox)
        (option,) = await sandbox.type_in_modal("alex", "doc", "hol")
        assert option["text"]["text"] == "hol!"
        assert await sandbox.submit("alex", {"doc": "never offered"}) == {
            "doc": "Please complete this required field."
        }
        assert await sandbox.submit("alex", {"doc": "d1"}) == {}
    assert sandbox.modal("alex") is None


async def test_a_message_shortcut_carries_the_message(sandbox: Sandbox) -> None:
    taken: list[Json] = []

    def prepare(app: AsyncApp) -> None:
        @app.shortcut("about")
        async def take(ack: Any, shortcut: Json) -> None:
            await ack()
            taken.append(shortcut)

    async with running(sandbox, prepare):
        ts = await sandbox.say("minsu", "general", "연차")
        await sandbox.shortcut("alex", "about", "general", ts)
        await sandbox.wait_for(lambda: taken)
    assert taken[0]["message"]["text"] == "연차"
    assert (taken[0]["user"]["id"], taken[0]["channel"]["id"]) == ("U02ALEX000", "C01GENERAL")
    with pytest.raises(SlackError, match="shortcut_not_found"):
        await sandbox.shortcut("alex", "about")


async def test_nobody_uses_the_modal_of_another(sandbox: Sandbox) -> None:
    async with running(sandbox, opens(view(field("a")), [])):
        await opened(sandbox)
        shown = sandbox.views.top("U02ALEX000")
        assert shown is not None
        with pytest.raises(SlackError, match="not_found"):
            await sandbox.interactions.submit("U03MINSU00", shown, {"a": "x"})
        with pytest.raises(SlackError, match="not_found"):
            await sandbox.interactions.suggest("U03MINSU00", "a", "x", view_id=shown.id)


async def test_an_error_for_a_block_that_is_no_input_is_no_answer(sandbox: Sandbox) -> None:
    answers = [{"response_action": "errors", "errors": {"elsewhere": "wrong"}}]
    async with running(sandbox, opens(view(field("a")), answers)):
        await opened(sandbox)
        with pytest.raises(SlackError, match="invalid_view_response"):
            await sandbox.submit("alex", {"a": "x"})
    assert sandbox.modal("alex") is not None
