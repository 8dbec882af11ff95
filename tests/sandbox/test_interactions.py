"""Slash commands, buttons, modals and response_url, against an unmodified bolt app."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.errors import SlackError
from bot.sandbox.events.delivery import NotAcknowledged
from tests.sandbox.conftest import Json, running

BUTTONS = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "more",
                "value": "7",
                "text": {"type": "plain_text", "text": "More"},
            }
        ],
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "good"},
                "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "bad"},
            }
        ],
    },
]
MODAL = {
    "type": "modal",
    "callback_id": "add",
    "title": {"type": "plain_text", "text": "폴더 추가"},
    "submit": {"type": "plain_text", "text": "저장"},
    "blocks": [
        {
            "type": "input",
            "block_id": "path",
            "label": {"type": "plain_text", "text": "Path"},
            "element": {"type": "plain_text_input", "action_id": "path_given"},
        },
        {
            "type": "input",
            "block_id": "kind",
            "optional": True,
            "label": {"type": "plain_text", "text": "Kind"},
            "element": {
                "type": "static_select",
                "action_id": "kind_given",
                "options": [{"text": {"type": "plain_text", "text": "Folder"}, "value": "folder"}],
            },
        },
    ],
}


async def test_a_slash_command_is_answered_by_ack_and_by_response_url(sandbox: Sandbox) -> None:
    def prepare(app: AsyncApp) -> None:
        @app.command("/footnote")
        async def take(ack: Any, respond: Any, body: Json) -> None:
            await ack(f"searching for {body['text']}")
            await respond(text="first")
            await respond(text="second", replace_original=True)
            await respond(text="for all", response_type="in_channel")

    async with running(sandbox, prepare):
        await sandbox.command("alex", "general", "/footnote", "ask how many days")
        (public,) = await sandbox.wait_for(lambda: sandbox.messages("general"))
    assert public["text"] == "for all"
    # bolt sends the ack while the listener goes on: which of the two is there first is open
    texts = {message["text"] for message in sandbox.ephemerals("alex", "general")}
    assert texts == {"searching for ask how many days", "second"}


async def test_a_response_url_is_good_for_five_uses_and_then_an_http_error(sandbox: Sandbox) -> None:
    urls: list[str] = []

    def prepare(app: AsyncApp) -> None:
        @app.command("/footnote")
        async def take(ack: Any, body: Json) -> None:
            urls.append(body["response_url"])
            await ack()

    async with running(sandbox, prepare):
        await sandbox.command("alex", "general", "/footnote")
    async with aiohttp.ClientSession() as session:
        answers = [await session.post(urls[0], json={"text": str(number)}) for number in range(6)]
        assert [answer.status for answer in answers] == [200] * 5 + [400]
        assert await answers[-1].text() == "used_url"


async def test_a_command_nobody_acknowledges_tells_the_person(sandbox: Sandbox) -> None:
    await sandbox.command("alex", "general", "/footnote", "ask")
    await sandbox.command("alex", "general", "/unknown")
    late, unknown = sandbox.ephemerals("alex", "general")
    assert "operation_timeout" in late["text"]
    assert "not a valid command" in unknown["text"]


async def test_a_button_and_a_feedback_button_carry_message_value_and_response_url(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    taken: list[Json] = []

    def prepare(app: AsyncApp) -> None:
        async def take(ack: Any, body: Json) -> None:
            await ack()
            taken.append(body)

        app.action("more")(take)
        app.action("feedback")(take)

    async with running(sandbox, prepare):
        root = await sandbox.say("jiwoo", "general", "질문")
        posted = await client.chat_postMessage(channel="C01GENERAL", thread_ts=root, text="a", blocks=BUTTONS)
        await sandbox.click("minsu", "general", posted["ts"], "more")
        await sandbox.click("minsu", "general", posted["ts"], "feedback", "bad")
        more, feedback = await sandbox.wait_for(lambda: taken if len(taken) == 2 else None) or []
        async with aiohttp.ClientSession() as session:
            replacing = {"replace_original": True, "text": "gone"}
            await session.post(more["response_url"], json=replacing)
    assert more["user"]["id"] == "U03MINSU00"
    assert (more["container"]["thread_ts"], more["message"]["ts"]) == (root, posted["ts"])
    assert (more["actions"][0]["value"], feedback["actions"][0]["value"]) == ("7", "bad")
    (reply,) = sandbox.replies("general", root)
    assert (reply["text"], [block["type"] for block in reply["blocks"]]) == ("gone", ["rich_text"])


async def test_of_several_buttons_with_one_action_id_the_value_tells_which_and_a_value_that_is_gone_none(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    taken: list[str] = []

    def prepare(app: AsyncApp) -> None:
        @app.action("pause")
        async def take(ack: Any, action: Json) -> None:
            await ack()
            taken.append(action["value"])

    def pause(name: str) -> Json:
        text = {"type": "plain_text", "text": "Pause"}
        return {
            "type": "actions",
            "elements": [{"type": "button", "action_id": "pause", "value": name, "text": text}],
        }

    view = {"type": "home", "blocks": [pause("docs"), pause("wiki")]}
    async with running(sandbox, prepare):
        await client.views_publish(user_id="U02ALEX000", view=view)
        await sandbox.click_in_home("alex", "pause", "wiki")
        await sandbox.wait_for(lambda: taken == ["wiki"])
        await client.views_publish(user_id="U02ALEX000", view={**view, "blocks": [pause("docs")]})
        with pytest.raises(SlackError, match="action_not_found"):
            await sandbox.click_in_home("alex", "pause", "wiki")
    assert taken == ["wiki"]


async def test_a_click_needs_a_button_that_is_there_and_an_ack(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C01GENERAL", text="a", blocks=BUTTONS)
    with pytest.raises(SlackError, match="action_not_found"):
        await sandbox.click("alex", "general", posted["ts"], "less")
    with pytest.raises(NotAcknowledged):
        await sandbox.click("alex", "general", posted["ts"], "more")


async def test_a_modal_opens_once_shows_errors_and_closes_when_accepted(sandbox: Sandbox) -> None:
    triggers: list[str] = []
    submitted: list[Json] = []

    def prepare(app: AsyncApp) -> None:
        @app.command("/footnote")
        async def take(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            triggers.append(body["trigger_id"])
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

        @app.view("add")
        async def accept(ack: Any, view: Json) -> None:
            values = view["state"]["values"]
            submitted.append(values)
            if values["path"]["path_given"]["value"] == "/nowhere":
                await ack(response_action="errors", errors={"path": "There is no such folder."})
            else:
                await ack()

    async with running(sandbox, prepare) as app:
        await sandbox.command("jiwoo", "general", "/footnote", "sources")
        await sandbox.wait_for(lambda: sandbox.modal("jiwoo"))
        with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
            await app.client.views_open(trigger_id=triggers[0], view=MODAL)
        assert list(await sandbox.submit("jiwoo", {})) == ["path"]
        assert submitted == []
        refused = await sandbox.submit("jiwoo", {"path_given": "/nowhere"})
        assert refused == {"path": "There is no such folder."}
        assert sandbox.modal("jiwoo") is not None
        assert await sandbox.submit("jiwoo", {"path_given": "/docs", "kind_given": "folder"}) == {}
    assert sandbox.modal("jiwoo") is None
    assert submitted[1]["kind"]["kind_given"]["selected_option"]["value"] == "folder"


async def test_a_view_that_slack_would_refuse_is_refused(sandbox: Sandbox, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.views_publish(user_id="U01JIWOO00", view=MODAL)
    assert caught.value.response["error"] == "invalid_arguments"
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    published = (await client.views_publish(user_id="U01JIWOO00", view=view))["view"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=published["id"], view=view, hash="old")
    home = sandbox.home("jiwoo")
    assert home is not None
    assert home["id"] == published["id"]
