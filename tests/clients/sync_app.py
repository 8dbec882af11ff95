"""The scripted app on slack_bolt's App, the synchronous WebClient and the builtin Socket Mode client."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt import App, Assistant
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.messages.chunk import TaskUpdateChunk

from bot.sandbox import Sandbox
from tests.clients.scripted import SURFACES, Json, kind_of, options_for


class SyncScriptedApp:
    """See ScriptedApp. Its calls block, so each runs in a thread."""

    def __init__(self, client: WebClient) -> None:
        self.heard: list[tuple[str, Json]] = []
        self.request_url = ""
        self.client = client

    async def ask(self, routine: str, **given: Any) -> Any:
        return await asyncio.to_thread(getattr(self, routine), **given)

    def call(self, method: str, **given: Any) -> Json:
        try:
            answer = self.client.api_call(method, json=given)
        except SlackApiError as refused:
            answer = refused.response
        assert isinstance(answer.data, dict)
        return answer.data

    def page_history(self, channel: str, limit: int) -> list[list[str]]:
        first = self.client.conversations_history(channel=channel, limit=limit)
        return [[message["text"] for message in page["messages"]] for page in first]

    def page_users(self, limit: int) -> list[list[str]]:
        first = self.client.users_list(limit=limit)
        return [[member["name"] for member in page["members"]] for page in first]

    def upload(self, channel: str, thread_ts: str, name: str, content: str) -> str:
        done = self.client.files_upload_v2(
            channel=channel, thread_ts=thread_ts, filename=name, content=content, initial_comment="here"
        )
        return str(done["files"][0]["id"])


@asynccontextmanager
async def sync_app(sandbox: Sandbox) -> AsyncIterator[SyncScriptedApp]:
    """The app, connected to `sandbox`."""
    client = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=3))

    def connected() -> tuple[SyncScriptedApp, SocketModeHandler]:
        bolt = App(client=client)
        app = SyncScriptedApp(client)
        _listen(bolt, app.heard)
        handler = SocketModeHandler(bolt, sandbox.app_token, ping_interval=0.2)
        handler.connect()  # type: ignore[no-untyped-call]
        return app, handler

    app, handler = await asyncio.to_thread(connected)
    try:
        yield app
    finally:
        await asyncio.to_thread(handler.close)


def _listen(bolt: App, heard: list[tuple[str, Json]]) -> None:
    @bolt.use
    def note(body: Json, next: Any) -> None:
        heard.append((kind_of(body), body))
        next()

    @bolt.event("app_mention")
    def mentioned(event: Json, say: Any, client: WebClient, context: Any) -> None:
        asked = event["text"].split(">", 1)[1].strip()
        thread_ts = event.get("thread_ts") or event["ts"]
        if asked != "stream":
            say(text=f"heard: {asked}", thread_ts=thread_ts)
            return
        stream = client.chat_stream(
            channel=event["channel"],
            thread_ts=thread_ts,
            recipient_team_id=context.team_id,
            recipient_user_id=event["user"],
            buffer_size=4,
        )
        stream.append(markdown_text="**one** ")
        for status in ("in_progress", "complete"):
            stream.append(chunks=[TaskUpdateChunk(id="t1", title="Looking", status=status)])
        stream.append(markdown_text="two")
        stream.stop(blocks=SURFACES["feedback"])

    @bolt.event("message")
    def written(event: Json, say: Any, client: WebClient) -> None:
        subtype = event.get("subtype")
        if subtype == "message_changed" and "bot_id" not in event["message"]:
            client.reactions_add(channel=event["channel"], timestamp=event["message"]["ts"], name="pencil2")
        if event["channel_type"] != "im" or "bot_id" in event:
            return
        if subtype == "file_share":
            say(f"file: {event['files'][0]['name']}")
        elif subtype is None:
            say(f"dm: {event['text']}")

    @bolt.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        if event["tab"] == "home":
            client.views_publish(user_id=event["user"], view=SURFACES["home"])

    @bolt.event("member_joined_channel")
    def joined(event: Json, say: Any) -> None:
        say(f"welcome <@{event['user']}>")

    assistant = Assistant()

    @assistant.thread_started
    def began(say: Any, set_suggested_prompts: Any) -> None:
        say("How can I help?")
        prompts = [{"title": "Leave", "message": "How many days?"}]
        set_suggested_prompts(prompts=prompts, title="Ask")

    @assistant.user_message
    def asked_in_thread(
        payload: Json, say: Any, set_status: Any, set_title: Any, get_thread_context: Any
    ) -> None:
        set_title(payload["text"])
        set_status("is thinking...")
        context = get_thread_context()
        say(f"answer: {payload['text']}, asked from {context['channel_id']}")

    bolt.assistant(assistant)

    @bolt.command("/footnote")
    def command(command: Json, ack: Any, respond: Any, client: WebClient) -> None:
        if command["text"] == "note":
            ack()
            client.views_open(trigger_id=command["trigger_id"], view=SURFACES["note"])
            return
        ack(f"you said {command['text']}")
        respond(text="first")
        respond(text="second", replace_original=True)
        respond(text="for all", response_type="in_channel")

    @bolt.action("feedback")
    def feedback(ack: Any, body: Json, action: Json, client: WebClient) -> None:
        ack()
        client.chat_postEphemeral(
            channel=body["channel"]["id"],
            user=body["user"]["id"],
            thread_ts=body["message"]["thread_ts"],
            text=f"thanks: {action['value']}",
        )

    @bolt.action("more")
    def more(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_push(trigger_id=body["trigger_id"], view=SURFACES["second"])

    @bolt.options("colour")
    def suggest(ack: Any, payload: Json) -> None:
        ack(options=options_for(payload["value"]))

    @bolt.view("note")
    def submitted(ack: Any, view: Json, body: Json, client: WebClient) -> None:
        values = view["state"]["values"]
        text, chosen = values["note"]["text"]["value"], values["colour"]["colour"]["selected_option"]
        if len(text) < 3:
            ack(response_action="errors", errors={"note": "at least 3 characters"})
            return
        ack(response_action="update", view=SURFACES["saved"])
        colour = chosen["value"] if chosen else "none"
        client.chat_postMessage(channel=body["user"]["id"], text=f"note: {text}, colour: {colour}")

    @bolt.view_closed("second")
    @bolt.view("second")
    def done(ack: Any) -> None:
        ack()

    @bolt.shortcut("write_note")
    def write_note(ack: Any, shortcut: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=shortcut["trigger_id"], view=SURFACES["note"])

    @bolt.shortcut("keep_message")
    def keep(ack: Any, shortcut: Json, client: WebClient) -> None:
        ack()
        message = shortcut["message"]
        client.chat_postMessage(
            channel=shortcut["channel"]["id"], thread_ts=message["ts"], text=f"kept: {message['text']}"
        )

    # what nothing above takes is acked all the same: Bolt for Python leaves it to be sent again
    @bolt.event(re.compile(".*"))
    def rest() -> None: ...
