"""chat.* but for streams, and reactions.*."""

from __future__ import annotations

from bot.sandbox.api.methods.conversations import channel_of
from bot.sandbox.api.web_api import Arguments, Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json, words
from bot.sandbox.team import blocks, cast
from bot.sandbox.team.messages import Message
from bot.sandbox.team.text import stored_from_bot
from bot.sandbox.team.views import refused
from bot.sandbox.team.workspace import MAX_MARKDOWN, MAX_UPDATED_TEXT

_STANDING = words(
    "ts thread_ts reply_count reply_users_count reply_users latest_reply is_locked subscribed streaming_state"
)


def post_message(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    message = _composed(parts, arguments)
    message.metadata = metadata_of(arguments)
    username = arguments.text("username")
    if username:
        parts.need("chat:write.customize")
        message.username, message.subtype = username, "bot_message"
    thread_ts = arguments.text("thread_ts")
    parts.workspace.post(message, thread_ts, broadcast=arguments.flag("reply_broadcast"))
    return {"channel": message.channel, "ts": message.ts, "message": message.as_json(metadata=True)}


def post_ephemeral(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    message = _composed(parts, arguments)
    reader = arguments.required("user")
    if reader not in parts.workspace.channels[message.channel].members:
        raise SlackError("user_not_in_channel")
    message.ephemeral_for = reader
    parts.workspace.post(message, arguments.text("thread_ts"))
    return {"message_ts": message.ts}


def update(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    message = own_message(parts, arguments, "cant_update_message")
    if message.stream and message.stream.state == "in_progress":
        raise SlackError("streaming_state_conflict")
    given_text, given_blocks = contents_of(arguments)
    if len(given_text) > MAX_UPDATED_TEXT and not arguments.text("markdown_text"):
        raise SlackError("msg_too_long")
    message.metadata = metadata_of(arguments) or message.metadata
    parts.workspace.edit(message, cast.BOT_USER_ID, stored_from_bot(given_text), given_blocks)
    answer = {"channel": message.channel, "ts": message.ts, "text": message.text}
    described = message.as_json(metadata=True)
    # what Slack answers here does not say where the message stands
    return answer | {"message": {name: described[name] for name in described if name not in _STANDING}}


def delete(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    message = own_message(parts, arguments, "cant_delete_message")
    parts.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(parts: Parts, arguments: Arguments) -> Json:
    channel = channel_of(parts, arguments)
    message = parts.workspace.message(channel.id, arguments.required("message_ts"))
    return {"channel": channel.id, "permalink": _permalink(parts, message)}


def add_reaction(parts: Parts, arguments: Arguments) -> Json:
    parts.need("reactions:write")
    message, name = _reacted(parts, arguments)
    parts.workspace.react(cast.BOT_USER_ID, message, name)
    return {}


def remove_reaction(parts: Parts, arguments: Arguments) -> Json:
    parts.need("reactions:write")
    message, name = _reacted(parts, arguments)
    parts.workspace.unreact(cast.BOT_USER_ID, message, name)
    return {}


def get_reactions(parts: Parts, arguments: Arguments) -> Json:
    parts.need("reactions:read")
    channel = channel_of(parts, arguments)
    message = parts.workspace.message(channel.id, arguments.required("timestamp"))
    described = message.as_json() | {"permalink": _permalink(parts, message)}
    return {"type": "message", "channel": channel.id, "message": described}


def own_message(parts: Parts, arguments: Arguments, refusal: str) -> Message:
    """The message of the bot that `channel` and `ts` name. Raises SlackError `refusal` if it is another's."""
    channel = channel_of(parts, arguments)
    message = parts.workspace.message(channel.id, arguments.required("ts"))
    if message.bot_id != cast.BOT_ID:
        raise SlackError(refusal)
    return message


def contents_of(arguments: Arguments) -> tuple[str, list[Json]]:
    """Text and blocks of a message to be. Raises SlackError as Slack refuses them."""
    given_text, markdown = arguments.text("text"), arguments.text("markdown_text")
    given_blocks = checked_blocks(arguments, "blocks")
    if markdown:
        if given_text or given_blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MAX_MARKDOWN:
            raise SlackError("msg_too_long")
        return markdown, [{"type": "markdown", "text": markdown}]
    if not given_text and not given_blocks and not arguments.value("attachments"):
        raise SlackError("no_text")
    return given_text, given_blocks


def checked_blocks(arguments: Arguments, name: str) -> list[Json]:
    """The blocks in an argument.

    Raises SlackError invalid_blocks_format, invalid_blocks or msg_blocks_too_long.
    """
    if not arguments.given.get(name):
        return []
    given = arguments.value(name)
    if given is None:
        raise SlackError("invalid_blocks_format")
    found = blocks.problems(given)
    if found:
        raise refused(found, "invalid_blocks")
    if blocks.text_length(given) > blocks.MAX_BLOCK_TEXT:
        raise SlackError("msg_blocks_too_long")
    return list(given)


def metadata_of(arguments: Arguments) -> Json | None:
    """Raises SlackError invalid_metadata_format."""
    if not arguments.given.get("metadata"):
        return None
    given = arguments.value("metadata")
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return {"event_type": given["event_type"], "event_payload": given["event_payload"]}


def _composed(parts: Parts, arguments: Arguments) -> Message:
    workspace = parts.workspace
    wanted = arguments.required("channel")
    if wanted in workspace.users:  # a user id posts into the direct messages with that user
        wanted = workspace.direct_channel(wanted).id
    channel = workspace.joined_channel(wanted, cast.BOT_USER_ID)
    given_text, given_blocks = contents_of(arguments)
    message = Message(workspace.new_ts(), channel.id, cast.BOT_USER_ID, given_text, given_blocks)
    message.bot_id = cast.BOT_ID
    attachments = arguments.value("attachments")
    message.attachments = attachments if isinstance(attachments, list) else []
    return message


def _permalink(parts: Parts, message: Message) -> str:
    link = f"{parts.base_url()}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return link + (f"?thread_ts={message.thread_ts}&cid={message.channel}" if message.thread_ts else "")


def _reacted(parts: Parts, arguments: Arguments) -> tuple[Message, str]:
    channel = parts.workspace.joined_channel(arguments.required("channel"), cast.BOT_USER_ID)
    name = arguments.required("name").strip(":")
    return parts.workspace.message(channel.id, arguments.required("timestamp")), name


METHODS = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
    "reactions.get": get_reactions,
}
