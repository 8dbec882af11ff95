"""conversations.*: which channels there are and what stands in them, as far as the bot may see it."""

from __future__ import annotations

from bot.sandbox.api.methods.pages import page
from bot.sandbox.api.rate_limits import HISTORY_OUTSIDE_MARKETPLACE
from bot.sandbox.api.web_api import Arguments, Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.messages import Message

_KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def channel_of(parts: Parts, arguments: Arguments, name: str = "channel") -> Channel:
    """The channel an argument names, if the bot may know of it. Raises SlackError channel_not_found."""
    return parts.workspace.channel(arguments.required(name), cast.BOT_USER_ID)


def listing(parts: Parts, arguments: Arguments) -> Json:
    found, metadata = page(_seen(parts, arguments), arguments, default=100, most=1000)
    described = [_without(channel.as_json(cast.BOT_USER_ID, members=True), "is_open") for channel in found]
    return {"channels": described, "response_metadata": metadata}


def of_user(parts: Parts, arguments: Arguments) -> Json:
    """users.conversations: where somebody is a member, as far as the bot may know."""
    user = arguments.text("user") or cast.BOT_USER_ID
    if user not in parts.workspace.users:
        raise SlackError("user_not_found")
    joined = [channel for channel in _seen(parts, arguments) if user in channel.members]
    found, metadata = page(joined, arguments, default=100, most=999)
    described = [_without(channel.as_json(cast.BOT_USER_ID), "is_open", "is_member") for channel in found]
    return {"channels": described, "response_metadata": metadata}


def info(parts: Parts, arguments: Arguments) -> Json:
    channel = channel_of(parts, arguments)
    parts.need(f"{channel.scope_prefix}:read")
    members = arguments.flag("include_num_members")
    described = channel.as_json(cast.BOT_USER_ID, members=members)
    return {"channel": described | ({"locale": "en-US"} if arguments.flag("include_locale") else {})}


def members(parts: Parts, arguments: Arguments) -> Json:
    channel = channel_of(parts, arguments)
    parts.need(f"{channel.scope_prefix}:read")
    found, metadata = page(channel.members, arguments, default=100, most=1000)
    return {"members": found, "response_metadata": metadata}


def opened(parts: Parts, arguments: Arguments) -> Json:
    """conversations.open: direct messages with one person, or with up to eight together."""
    users = [user for user in arguments.text("users").split(",") if user and user != cast.BOT_USER_ID]
    known = set(parts.workspace.channels)
    if arguments.text("channel"):
        channel = channel_of(parts, arguments)
        if channel.kind not in ("im", "mpim"):
            raise SlackError("method_not_supported_for_channel_type")
    elif not users:
        raise SlackError("users_list_not_supplied")
    elif len(users) == 1:
        parts.need("im:write")
        channel = parts.workspace.direct_channel(users[0])
    else:
        parts.need("mpim:write")
        channel = parts.workspace.open_group([*users, cast.BOT_USER_ID])
    whole = arguments.flag("return_im")
    answer: Json = {"channel": channel.as_json(cast.BOT_USER_ID) if whole else {"id": channel.id}}
    return answer | ({"no_op": True, "already_open": True} if channel.id in known else {})


def history(parts: Parts, arguments: Arguments) -> Json:
    channel = _readable(parts, arguments)
    inside = _between(parts.workspace.roots(channel.id), arguments)
    most = HISTORY_OUTSIDE_MARKETPLACE if parts.rate_limits.outside_marketplace else 999
    found, metadata = page(list(reversed(inside)), arguments, default=min(100, most), most=most)
    return _messages(found, metadata, arguments) | {"pin_count": 0, "channel_actions_ts": None}


def replies(parts: Parts, arguments: Arguments) -> Json:
    channel = _readable(parts, arguments)
    parent, *answers = parts.workspace.thread(channel.id, arguments.required("ts"))
    # the root stands in front whatever the bounds are
    most = HISTORY_OUTSIDE_MARKETPLACE if parts.rate_limits.outside_marketplace else 1000
    found, metadata = page([parent, *_between(answers, arguments)], arguments, default=most, most=most)
    return _messages(found, metadata, arguments)


def join(parts: Parts, arguments: Arguments) -> Json:
    parts.need("channels:join")
    channel = channel_of(parts, arguments)
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    parts.workspace.join(cast.BOT_USER_ID, channel)
    return {"channel": channel.as_json(cast.BOT_USER_ID)}


def leave(parts: Parts, arguments: Arguments) -> Json:
    channel = channel_of(parts, arguments)
    parts.need("channels:manage" if channel.kind == "public" else "groups:write")
    if cast.BOT_USER_ID not in channel.members:
        return {"not_in_channel": True}
    parts.workspace.leave(cast.BOT_USER_ID, channel)
    return {}


def _seen(parts: Parts, arguments: Arguments) -> list[Channel]:
    """The channels of the asked-for `types` that the bot may know of."""
    kinds = {_KINDS.get(kind.strip()) for kind in arguments.text("types", "public_channel").split(",")}
    if None in kinds:
        raise SlackError("invalid_types")
    prefixes = {"public": "channels", "private": "groups"}
    for kind in sorted(kind for kind in kinds if kind):
        parts.need(f"{prefixes.get(kind, kind)}:read")
    return [
        channel
        for channel in parts.workspace.channels.values()
        if channel.kind in kinds and parts.workspace.can_see(cast.BOT_USER_ID, channel)
    ]


def _without(described: Json, *names: str) -> Json:
    return {name: value for name, value in described.items() if name not in names}


def _readable(parts: Parts, arguments: Arguments) -> Channel:
    channel = parts.workspace.joined_channel(arguments.required("channel"), cast.BOT_USER_ID)
    parts.need(f"{channel.scope_prefix}:history")
    return channel


def _between(messages: list[Message], arguments: Arguments) -> list[Message]:
    oldest, latest = _bound(arguments, "oldest"), _bound(arguments, "latest")
    inclusive = arguments.flag("inclusive")

    def is_inside(message: Message) -> bool:
        ts = float(message.ts)
        if inclusive and ts in (oldest, latest):
            return True
        return (oldest is None or ts > oldest) and (latest is None or ts < latest)

    return [message for message in messages if is_inside(message)]


def _bound(arguments: Arguments, name: str) -> float | None:
    given = arguments.text(name)
    try:
        return float(given) if given and given != "now" else None
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _messages(found: list[Message], metadata: Json, arguments: Arguments) -> Json:
    with_metadata = arguments.flag("include_all_metadata")
    answer: Json = {
        "messages": [message.as_json(metadata=with_metadata) for message in found],
        "has_more": bool(metadata["next_cursor"]),
    }
    return answer | {"response_metadata": metadata}


METHODS = {
    "conversations.list": listing,
    "users.conversations": of_user,
    "conversations.info": info,
    "conversations.members": members,
    "conversations.open": opened,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.join": join,
    "conversations.leave": leave,
}
