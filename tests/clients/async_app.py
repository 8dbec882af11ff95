"""The scripted app on slack_bolt's AsyncApp, AsyncWebClient and the aiohttp Socket Mode client."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.assistant.async_assistant import AsyncAssistant
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.models.messages.chunk import TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.clients.scripted import SURFACES, Json, kind_of, options_for


class AsyncScriptedApp:
    """See ScriptedApp."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.heard: list[tuple[str, Json]] = []
        self.request_url = ""
        self.client = client

    async def ask(self, routine: str, **given: Any) -> Any:
        return await getattr(self, routine)(**given)

    async def call(self, method: str, **given: Any) -> Json:
        try:
            answer = await self.client.api_call(method, json=given)
        except SlackApiError as refused:
            answer = refused.response
        assert isinstance(answer.data, dict)
        return answer.data

    async def page_history(self, channel: str, limit: int) -> list[list[str]]:
        first = await self.client.conversations_history(channel=channel, limit=limit)
        return [[message["text"] for message in page["messages"]] async for page in first]

    async def page_users(self, limit: int) -> list[list[str]]:
        first = await self.client.users_list(limit=limit)
        return [[member["name"] for member in page["members"]] async for page in first]

    async def upload(self, channel: str, thread_ts: str, name: str, content: str) -> str:
        done = await self.client.files_upload_v2(
            channel=channel, thread_ts=thread_ts, filename=name, content=content, initial_comment="here"
        )
        return str(done["files"][0]["id"])


@asynccontextmanager
async def async_app(sandbox: Sandbox, *, http: bool = False) -> AsyncIterator[AsyncScriptedApp]:
    """The app, connected to `sandbox`; over HTTP it only listens."""
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=3))
    bolt = AsyncApp(client=client, signing_secret=sandbox.signing_secret if http else None)
    app = AsyncScriptedApp(client)
    _listen(bolt, app.heard)
    if http:
        runner = web.AppRunner(bolt.web_app("/slack/events"))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield app
        finally:
            await runner.cleanup()
        return
    handler = AsyncSocketModeHandler(bolt, sandbox.app_token, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield app
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        await asyncio.sleep(0)  # bolt runs listeners in tasks of its own that outlive the handler


def _listen(bolt: AsyncApp, heard: list[tuple[str, Json]]) -> None:
    @bolt.use
    async def note(body: Json, next: Any) -> None:
        heard.append((kind_of(body), body))
        await next()

    @bolt.event("app_mention")
    async def mentioned(event: Json, say: Any, client: AsyncWebClient, context: Any) -> None:
        asked = event["text"].split(">", 1)[1].strip()
        thread_ts = event.get("thread_ts") or event["ts"]
        if asked != "stream":
            await say(text=f"heard: {asked}", thread_ts=thread_ts)
            return
        stream = await client.chat_stream(
            channel=event["channel"],
            thread_ts=thread_ts,
            recipient_team_id=context.team_id,
            recipient_user_id=event["user"],
            buffer_size=4,
        )
        await stream.append(markdown_text="**one** ")
        for status in ("in_progress", "complete"):
            await stream.append(chunks=[TaskUpdateChunk(id="t1", title="Looking", status=status)])
        await stream.append(markdown_text="two")
        await stream.stop(blocks=SURFACES["feedback"])

    @bolt.event("message")
    async def written(event: Json, say: Any, client: AsyncWebClient) -> None:
        subtype = event.get("subtype")
        if subtype == "message_changed" and "bot_id" not in event["message"]:
            await client.reactions_add(
                channel=event["channel"], timestamp=event["message"]["ts"], name="pencil2"
            )
        if event["channel_type"] != "im" or "bot_id" in event:
            return
        if subtype == "file_share":
            await say(f"file: {event['files'][0]['name']}")
        elif subtype is None:
            await say(f"dm: {event['text']}")

    @bolt.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        if event["tab"] == "home":
            await client.views_publish(user_id=event["user"], view=SURFACES["home"])

    @bolt.event("member_joined_channel")
    async def joined(event: Json, say: Any) -> None:
        await say(f"welcome <@{event['user']}>")

    assistant = AsyncAssistant()

    @assistant.thread_started
    async def began(say: Any, set_suggested_prompts: Any) -> None:
        await say("How can I help?")
        prompts = [{"title": "Leave", "message": "How many days?"}]
        await set_suggested_prompts(prompts=prompts, title="Ask")

    @assistant.user_message
    async def asked_in_thread(
        payload: Json, say: Any, set_status: Any, set_title: Any, get_thread_context: Any
    ) -> None:
        await set_title(payload["text"])
        await set_status("is thinking...")
        context = await get_thread_context()
        await say(f"answer: {payload['text']}, asked from {context['channel_id']}")

    bolt.assistant(assistant)

    @bolt.command("/footnote")
    async def command(command: Json, ack: Any, respond: Any, client: AsyncWebClient) -> None:
        if command["text"] == "note":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=SURFACES["note"])
            return
        await ack(f"you said {command['text']}")
        await respond(text="first")
        await respond(text="second", replace_original=True)
        await respond(text="for all", response_type="in_channel")

    @bolt.action("feedback")
    async def feedback(ack: Any, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postEphemeral(
            channel=body["channel"]["id"],
            user=body["user"]["id"],
            thread_ts=body["message"]["thread_ts"],
            text=f"thanks: {action['value']}",
        )

    @bolt.action("more")
    async def more(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=SURFACES["second"])

    @bolt.options("colour")
    async def suggest(ack: Any, payload: Json) -> None:
        await ack(options=options_for(payload["value"]))

    @bolt.view("note")
    async def submitted(ack: Any, view: Json, body: Json, client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        text, chosen = values["note"]["text"]["value"], values["colour"]["colour"]["selected_option"]
        if len(text) < 3:
            await ack(response_action="errors", errors={"note": "at least 3 characters"})
            return
        await ack(response_action="update", view=SURFACES["saved"])
        colour = chosen["value"] if chosen else "none"
        await client.chat_postMessage(channel=body["user"]["id"], text=f"note: {text}, colour: {colour}")

    @bolt.view_closed("second")
    @bolt.view("second")
    async def done(ack: Any) -> None:
        await ack()

    @bolt.shortcut("write_note")
    async def write_note(ack: Any, shortcut: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=SURFACES["note"])

    @bolt.shortcut("keep_message")
    async def keep(ack: Any, shortcut: Json, client: AsyncWebClient) -> None:
        await ack()
        message = shortcut["message"]
        await client.chat_postMessage(
            channel=shortcut["channel"]["id"], thread_ts=message["ts"], text=f"kept: {message['text']}"
        )

    # what nothing above takes is acked all the same: Bolt for Python leaves it to be sent again
    @bolt.event(re.compile(".*"))
    async def rest() -> None: ...
