"""What the bot is told about a change: the inner events, before envelope and subscription."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from bot.sandbox.shapes import Json, words
from bot.sandbox.team import cast, text
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.messages import Message
from bot.sandbox.team.workspace import Workspace


def events_of(change: Change, workspace: Workspace) -> list[tuple[str, Json]]:
    """The events that follow from `change`, each with the subscription it needs ("message.im")."""
    channel = workspace.channels.get(change.channel)
    if channel is None or cast.BOT_USER_ID not in channel.members:
        return []
    return list(_events(change, workspace, channel))


def envelope_of(event: Json, clock_seconds: float, *, is_shared: bool = False) -> Json:
    """The event_callback that carries `event`; `is_shared` where its channel is, by Slack Connect."""
    return {
        "token": "sandbox",
        "team_id": cast.TEAM_ID,
        "context_team_id": cast.TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": cast.APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(clock_seconds),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": cast.TEAM_ID,
                "user_id": cast.BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": is_shared,
        "event_context": "4-" + secrets.token_urlsafe(24),
    }


def _events(change: Change, workspace: Workspace, channel: Channel) -> Iterator[tuple[str, Json]]:
    subscription = f"message.{channel.scope_prefix}"
    message = change.message
    match change.kind:
        case "message" if message:
            yield from _message_events(message, channel, workspace, subscription)
        case "message_changed" | "message_deleted" if message:
            ts = workspace.new_ts()
            event: Json = {
                "type": "message",
                "subtype": change.kind,
                "hidden": True,
                "channel": channel.id,
                "channel_type": channel.event_kind,
                "previous_message": change.before,
                "ts": ts,
                "event_ts": ts,
            }
            if change.kind == "message_changed":
                event["message"] = message.as_json()
            else:
                event["deleted_ts"] = message.ts
            yield subscription, event
        case "reaction_added" | "reaction_removed" if message:
            yield (
                change.kind,
                {
                    "type": change.kind,
                    "user": change.user,
                    "reaction": change.detail["reaction"],
                    "item": {"type": "message", "channel": channel.id, "ts": message.ts},
                    "item_user": message.user,
                    "event_ts": workspace.new_ts(),
                },
            )
        case "joined" | "left":
            name = f"member_{change.kind}_channel"
            event = {
                "type": name,
                "user": change.user,
                "channel": channel.id,
                "channel_type": "C" if channel.kind == "public" else "G",
                "team": cast.TEAM_ID,
                "event_ts": workspace.new_ts(),
            }
            if change.detail.get("inviter"):
                event["inviter"] = change.detail["inviter"]
            yield name, event
        case "file_shared":
            file_id = change.detail["file_id"]
            shared = {"type": "file_shared", "channel_id": channel.id, "file_id": file_id}
            yield (
                "file_shared",
                {**shared, "user_id": change.user, "file": {"id": file_id}, "event_ts": workspace.new_ts()},
            )
        case "assistant_thread_started" | "assistant_thread_context_changed":
            thread = {"user_id": change.user, "channel_id": channel.id, **change.detail}
            yield (
                change.kind,
                {"type": change.kind, "assistant_thread": thread, "event_ts": workspace.new_ts()},
            )
        case "stop_clicked" | "title_changed" | "app_home_opened" | "context_changed":
            name = _NAMES.get(change.kind, change.kind)
            common = {"type": name, "user": change.user, "channel": channel.id, **change.detail}
            if change.kind == "title_changed":
                common["team_id"] = cast.TEAM_ID
            yield name, common | {"event_ts": workspace.new_ts()}


_NOTICES = words("channel_join channel_leave group_join group_leave")
_NAMES = {
    "stop_clicked": "agent_session_stopped",
    "title_changed": "agent_session_title_changed",
    "context_changed": "app_context_changed",
}


def _message_events(
    message: Message, channel: Channel, workspace: Workspace, subscription: str
) -> Iterator[tuple[str, Json]]:
    common = {key: value for key, value in message.as_json(metadata=True).items() if key != "streaming_state"}
    common |= {"channel": channel.id, "event_ts": message.ts}
    if message.thread_ts:
        parent = workspace.history[channel.id].get(message.thread_ts)
        common["parent_user_id"] = parent.user if parent else ""
        if parent and message.subtype == "thread_broadcast":
            common["root"] = parent.as_json()
    if not message.bot_id and message.subtype in ("", "file_share", "thread_broadcast"):
        common["client_msg_id"] = secrets.token_hex(16)
    author = workspace.users.get(message.user)
    if author and author.is_stranger:
        common |= {"user_team": author.team_id, "source_team": author.team_id}
    plain = (subscription, common | {"type": "message", "channel_type": channel.event_kind})
    if channel.kind == "im" and message.user != cast.BOT_USER_ID and workspace.app.surface == "agent_view":
        plain[1]["app_context"] = workspace.sessions.context_of(message.user)
    is_mention = (
        channel.kind in ("public", "private")
        and cast.BOT_USER_ID in text.mentions(message.text)
        and message.user != cast.BOT_USER_ID
        and message.subtype not in _NOTICES
    )
    if not is_mention:
        yield plain
        return
    mention = ("app_mention", common | {"type": "app_mention"})
    # Slack promises no order between the two: here the one comes first as often as the other
    yield from (mention, plain) if len(workspace.history[channel.id]) % 2 else (plain, mention)
