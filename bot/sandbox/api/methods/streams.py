"""chat.startStream, chat.appendStream, chat.stopStream: an answer written piece by piece."""

from __future__ import annotations

from bot.sandbox.api.methods.chat import checked_blocks, metadata_of, own_message
from bot.sandbox.api.web_api import Arguments, Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import blocks, cast
from bot.sandbox.team.views import refused
from bot.sandbox.team.workspace import MAX_MARKDOWN

_NEEDED = {
    "markdown_text": ("text",),
    "task_update": ("id", "title", "status"),
    "plan_update": ("title",),
    "blocks": ("blocks",),
}
_TASK_STATES = frozenset({"pending", "in_progress", "complete", "error"})
_SESSION_STATES = frozenset({"active", "processing", "suspended", "closed"})


def start(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    channel = parts.workspace.joined_channel(arguments.required("channel"), cast.BOT_USER_ID)
    thread_ts = arguments.required("thread_ts")
    if channel.kind != "im":
        for name in ("recipient_user_id", "recipient_team_id"):
            if not arguments.text(name):
                raise SlackError(f"missing_{name}")
    display = arguments.text("task_display_mode", "timeline")
    message = parts.workspace.streams.start(channel, thread_ts, _chunks(arguments), display)
    return {"channel": channel.id, "ts": message.ts}


def append(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    message = own_message(parts, arguments, "message_not_owned_by_app")
    chunks = _chunks(arguments)
    if not chunks:
        raise SlackError("no_text")
    parts.workspace.streams.append(message, chunks)
    return {"channel": message.channel, "ts": message.ts}


def stop(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    message = own_message(parts, arguments, "message_not_owned_by_app")
    final = checked_blocks(arguments, "blocks")
    session = arguments.text("session_status")
    if session and session not in _SESSION_STATES:
        raise SlackError("invalid_arguments")
    parts.workspace.streams.stop(message, _chunks(arguments), final, metadata_of(arguments))
    if session:
        channel = parts.workspace.channels[message.channel]
        parts.workspace.sessions.set_state(channel, message.root, session)
    answer = {"channel": message.channel, "ts": message.ts}
    return answer | {"message": message.as_json(metadata=True)}


def _is_whole(chunk: Json) -> bool:
    needed = _NEEDED.get(str(chunk.get("type")))
    if needed is None:
        return False
    return all(isinstance(chunk.get(name), list if name == "blocks" else str) for name in needed)


def _chunks(arguments: Arguments) -> list[Json]:
    markdown = arguments.text("markdown_text")
    given = arguments.value("chunks")
    if arguments.given.get("chunks") and not isinstance(given, list):
        raise SlackError("invalid_chunks")
    chunks = list(given or [])
    for place, chunk in enumerate(chunks):
        if not isinstance(chunk, dict) or not _is_whole(chunk):
            raise refused([("invalid chunk", f"/chunks/{place}")], "invalid_chunks")
        if chunk["type"] == "task_update" and chunk["status"] not in _TASK_STATES:
            raise refused([("invalid status", f"/chunks/{place}/status")], "invalid_chunks")
        if chunk["type"] == "blocks" and (found := blocks.problems(chunk["blocks"])):
            raise refused(found, "invalid_blocks")
    if markdown:
        chunks.append({"type": "markdown_text", "text": markdown})
    if any(chunk["type"] == "markdown_text" and len(chunk["text"]) > MAX_MARKDOWN for chunk in chunks):
        raise SlackError("msg_too_long")
    return chunks


METHODS = {
    "chat.startStream": start,
    "chat.appendStream": append,
    "chat.stopStream": stop,
}
