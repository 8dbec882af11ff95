"""What the bot is told about a change: the inner events, before envelope and subscription."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from bot.sandbox import cast, text
from bot.sandbox.cast import Channel, Json
from bot.sandbox.messages import Message
from bot.sandbox.workspace import Change, Workspace


def events_of(change: Change, workspace: Workspace) -> list[tuple[str, Json]]:
    """The events that follow from `change`, each with the subscription it needs ("message.im")."""
    channel = workspace.channels.get(change.channel)
    if channel is None or cast.BOT_USER_ID not in channel.members:
        return []
    return list(_events(change, workspace, channel))


def envelope_of(event: Json, clock_seconds: float) -> Json:
    """The event_callback that carries `event`."""
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
        "is_ext_shared_channel": False,
        "event_context": "4-" + secrets.token_urlsafe(24),
    }


def _events(change: Change, workspace: Workspace, channel: Channel) -> Iterator[tuple[str, Json]]:
    plural = {"channel": "channels", "group": "groups"}.get(channel.event_kind, channel.event_kind)
    subscription = f"message.{plural}"
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
        case "stop_clicked":
            stopped = {"type": "agent_session_stopped", "user": change.user, "channel": channel.id}
            yield "agent_session_stopped", {**stopped, **change.detail, "event_ts": workspace.new_ts()}
        case "app_home_opened":
            opened = {"type": "app_home_opened", "user": change.user, "channel": channel.id}
            yield "app_home_opened", {**opened, **change.detail, "event_ts": workspace.new_ts()}


def _message_events(
    message: Message, channel: Channel, workspace: Workspace, subscription: str
) -> Iterator[tuple[str, Json]]:
    common = {key: value for key, value in message.as_json(metadata=True).items() if key != "streaming_state"}
    common |= {"channel": channel.id, "event_ts": message.ts}
    if message.thread_ts:
        parent = workspace.history[channel.id].get(message.thread_ts)
        common["parent_user_id"] = parent.user if parent else ""
    if not message.bot_id:
        common["client_msg_id"] = secrets.token_hex(16)
    plain = (subscription, common | {"type": "message", "channel_type": channel.event_kind})
    is_mention = (
        channel.kind in ("public", "private")
        and cast.BOT_USER_ID in text.mentions(message.text)
        and message.user != cast.BOT_USER_ID
    )
    if not is_mention:
        yield plain
        return
    mention = ("app_mention", common | {"type": "app_mention"})
    # Slack promises no order between the two: here the one comes first as often as the other
    yield from (mention, plain) if len(workspace.history[channel.id]) % 2 else (plain, mention)
