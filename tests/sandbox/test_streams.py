"""Answers written piece by piece."""

from __future__ import annotations

from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import App, Sandbox
from bot.sandbox.team.messages import STREAM_SECONDS
from tests.fakes import Clock
from tests.sandbox.test_web_api import refusal


async def started(sandbox: Sandbox, client: AsyncWebClient, markdown: str = "") -> str:
    thread = await sandbox.say("jiwoo", "general", "@footnote 질문")
    begun = await client.chat_startStream(
        channel="C01GENERAL",
        thread_ts=thread,
        markdown_text=markdown or None,
        recipient_user_id="U01JIWOO00",
        recipient_team_id=sandbox.team_id,
    )
    return str(begun["ts"])


async def test_the_chat_stream_helper_writes_one_message_with_blocks_and_metadata(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    thread = await sandbox.say("jiwoo", "general", "@footnote 질문")
    stream = await client.chat_stream(
        channel="C01GENERAL",
        thread_ts=thread,
        recipient_user_id="U01JIWOO00",
        recipient_team_id=sandbox.team_id,
        buffer_size=1,
    )
    for piece in ("**휴가**는 ", "15일", "입니다."):
        await stream.append(markdown_text=piece)
    assert sandbox.replies("general", thread)[0]["streaming_state"] == "in_progress"
    metadata = {"event_type": "footnote_answer", "event_payload": {"outbox_id": "1"}}
    await stream.stop(blocks=[{"type": "divider"}], metadata=metadata)
    (reply,) = sandbox.replies("general", thread)
    assert reply["ts"] == stream.ts
    assert reply["text"] == "**휴가**는 15일입니다."
    assert [block["type"] for block in reply["blocks"]] == ["markdown", "divider"]
    assert (reply["metadata"], reply["streaming_state"]) == (metadata, "completed")


async def test_tasks_are_replaced_by_id_and_text_goes_on_after_them(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    ts = await started(sandbox, client)
    for status in ("in_progress", "complete"):
        task = TaskUpdateChunk(id="search", title="Search", status=status)
        await client.chat_appendStream(channel="C01GENERAL", ts=ts, chunks=[task])
    text = MarkdownTextChunk(text="done")
    stopped = await client.chat_stopStream(channel="C01GENERAL", ts=ts, chunks=[text])
    card, markdown = stopped["message"]["blocks"]
    assert (card["type"], card["task_id"], card["status"]) == ("task_card", "search", "complete")
    assert markdown["text"] == "done"


async def test_a_stream_in_a_channel_must_name_its_reader(sandbox: Sandbox, client: AsyncWebClient) -> None:
    thread = await sandbox.say("jiwoo", "general", "@footnote 질문")
    data = await refusal(client.chat_startStream(channel="C01GENERAL", thread_ts=thread))
    assert data["error"] == "missing_recipient_user_id"
    direct = await sandbox.say("jiwoo", sandbox.dm("jiwoo"), "질문")
    assert (await client.chat_startStream(channel=sandbox.dm("jiwoo"), thread_ts=direct))["ok"]


async def test_a_running_stream_cannot_be_updated_and_a_stopped_one_not_written(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    ts = await started(sandbox, client, "half")
    conflict = await refusal(client.chat_update(channel="C01GENERAL", ts=ts, text="other"))
    assert conflict["error"] == "streaming_state_conflict"
    await client.chat_stopStream(channel="C01GENERAL", ts=ts)
    late = await refusal(client.chat_appendStream(channel="C01GENERAL", ts=ts, markdown_text="more"))
    assert late["error"] == "message_not_in_streaming_state"
    updated = await client.chat_update(channel="C01GENERAL", ts=ts, text="whole")
    assert [block["type"] for block in updated["message"]["blocks"]] == ["rich_text"]


async def test_a_stream_dies_five_minutes_after_it_began_even_if_it_is_written_to() -> None:
    clock = Clock()
    async with Sandbox(clock=clock) as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        ts = await started(sandbox, client)
        clock.now += STREAM_SECONDS - 1
        await client.chat_appendStream(channel="C01GENERAL", ts=ts, markdown_text="still")
        clock.now += 2
        data = await refusal(client.chat_appendStream(channel="C01GENERAL", ts=ts, markdown_text="gone"))
        assert data["error"] == "message_not_in_streaming_state"
        await client.chat_update(channel="C01GENERAL", ts=ts, markdown_text="still, and finished")
        message = (await client.conversations_history(channel="C01GENERAL"))["messages"][0]
        assert message["reply_count"] == 1


async def test_wrong_chunks_are_refused(sandbox: Sandbox, client: AsyncWebClient) -> None:
    ts = await started(sandbox, client)
    for chunk in ({"type": "markdown_text"}, {"type": "song", "text": "la"}, "text"):
        appending = client.api_call(
            "chat.appendStream", json={"channel": "C01GENERAL", "ts": ts, "chunks": [chunk]}
        )
        assert (await refusal(appending))["error"] == "invalid_chunks"
    long = client.chat_appendStream(channel="C01GENERAL", ts=ts, markdown_text="x" * 12_001)
    assert (await refusal(long))["error"] == "msg_too_long"


async def test_a_click_on_stop_ends_the_stream_for_the_bot(sandbox: Sandbox, client: AsyncWebClient) -> None:
    ts = await started(sandbox, client, "half")
    thread = sandbox.messages("general")[0]["ts"]
    await sandbox.stop_answer("jiwoo", "general", thread)
    data = await refusal(client.chat_appendStream(channel="C01GENERAL", ts=ts, markdown_text="more"))
    assert data["error"] == "stopped_by_user"


async def test_a_status_is_seen_until_the_bot_posts(sandbox: Sandbox, client: AsyncWebClient) -> None:
    thread = await sandbox.say("jiwoo", "general", "@footnote 질문")
    await client.assistant_threads_setStatus(
        channel_id="C01GENERAL", thread_ts=thread, status="is searching…", loading_messages=["a", "b"]
    )
    assert sandbox.status("general", thread) == "is searching…"
    await client.chat_postMessage(channel="C01GENERAL", thread_ts=thread, text="답")
    assert sandbox.status("general", thread) == ""


async def test_a_session_needs_the_stop_event_or_warns(sandbox: Sandbox, client: AsyncWebClient) -> None:
    thread = await sandbox.say("jiwoo", "general", "@footnote 질문")
    given = {"channel_id": "C01GENERAL", "thread_ts": thread, "status": "processing"}
    answer = await client.agents_sessions_setStatus(**given, title="휴가")
    assert (answer["agent_status"], answer["title"], answer.get("warning")) == ("processing", "휴가", None)
    async with Sandbox(app=App(events=frozenset({"app_mention"}))) as other:
        another = AsyncWebClient(other.bot_token, base_url=other.api_url)
        given["thread_ts"] = await other.say("jiwoo", "general", "@footnote 질문")
        warned = await another.agents_sessions_setStatus(**given)
        assert warned["warning"] == "missing_agent_session_stopped_event_subscription"


async def test_streams_run_out_on_demand(sandbox: Sandbox, client: AsyncWebClient) -> None:
    root = await sandbox.say("jiwoo", "general", "질문")
    started = await client.api_call(
        "chat.startStream",
        json={
            "channel": "C01GENERAL",
            "thread_ts": root,
            "recipient_user_id": "U01JIWOO00",
            "recipient_team_id": "T01SANDBOX",
        },
    )
    await sandbox.faults.trigger("expire_streams")
    late = {"channel": "C01GENERAL", "ts": started["ts"], "markdown_text": "late"}
    refused = await refusal(client.api_call("chat.appendStream", json=late))
    assert refused["error"] == "message_not_in_streaming_state"
