"""The state of the workspace, and what may be done to it. No HTTP and no tokens here.

Everything that is done is told to the watchers as a Change, at once and in order; events for the bot and
updates for the page are made from it elsewhere. Slack's refusals are SlackErrors with Slack's own names.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox import blocks, cast, text
from bot.sandbox.cast import Channel, Json, User
from bot.sandbox.messages import STREAM_SECONDS, Message, Stream

MAX_TEXT = 40_000
MAX_UPDATED_TEXT = 4_000
MAX_MARKDOWN = 12_000
STATUS_SECONDS = 120.0
"""A status nobody renews goes away after this long."""


class SlackError(Exception):
    """A refusal. `error` is Slack's name for it, `details` stand beside it in the response."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


@dataclass(frozen=True)
class Command:
    """A slash command as the manifest declares it."""

    name: str
    description: str = ""
    usage_hint: str = ""


@dataclass(frozen=True)
class Change:
    """Something that happened. Which fields are filled depends on `kind`; see events.py and page_api.py."""

    kind: str
    channel: str = ""
    message: Message | None = None
    before: Json | None = None
    user: str = ""
    detail: Json = field(default_factory=dict)


@dataclass
class Status:
    """What the bot says it is doing in a thread."""

    text: str
    since: float
    loading_messages: list[str] = field(default_factory=list)
    session: str = ""
    """active, processing, suspended, closed; "" when only the older assistant methods were used."""
    title: str = ""


class Workspace:
    """People, channels, messages, threads and streams."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.users: dict[str, User] = {user.id: user for user in cast.people()}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in cast.channels()}
        self.history: dict[str, dict[str, Message]] = {channel: {} for channel in self.channels}
        self.ephemerals: dict[str, Message] = {}
        self.statuses: dict[tuple[str, str], Status] = {}
        self.prompts: dict[tuple[str, str], Json] = {}
        self.watchers: list[Callable[[Change], None]] = []
        self._last_ts = 0

    def tell(self, change: Change) -> None:
        """Tell every watcher."""
        for watcher in list(self.watchers):
            watcher(change)

    def new_ts(self) -> str:
        """ "<seconds>.<6 digits>", later than every one before."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # --- finding --------------------------------------------------------------------------------------

    def user(self, name_or_id: str) -> User:
        """Raises SlackError user_not_found."""
        for user in self.users.values():
            if name_or_id in (user.id, user.name):
                return user
        raise SlackError("user_not_found")

    def channel(self, name_or_id: str, viewer: str = "") -> Channel:
        """Raises SlackError channel_not_found, also when `viewer` (a user id) may not see that it exists."""
        wanted = name_or_id.removeprefix("#")
        for channel in self.channels.values():
            if wanted in (channel.id, channel.name) and wanted:
                if viewer and channel.kind != "public" and viewer not in channel.members:
                    break
                return channel
        raise SlackError("channel_not_found")

    def joined_channel(self, name_or_id: str, member: str) -> Channel:
        """Like `channel`, and raises SlackError not_in_channel when `member` is not in it."""
        channel = self.channel(name_or_id, member)
        if member not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def message(self, channel: str, ts: str) -> Message:
        """Raises SlackError message_not_found."""
        message = self.history.get(channel, {}).get(ts)
        if message is None:
            raise SlackError("message_not_found")
        self._expire(message)
        return message

    def roots(self, channel: str) -> list[Message]:
        """What stands in the channel itself, oldest first: roots and replies that were broadcast."""
        found = [
            message
            for message in self.history[channel].values()
            if not message.thread_ts or message.subtype == "thread_broadcast"
        ]
        for message in found:
            self._expire(message)
        return found

    def thread(self, channel: str, root: str) -> list[Message]:
        """The root and its replies, oldest first. Raises SlackError thread_not_found."""
        parent = self.history[channel].get(root)
        if parent is None:
            raise SlackError("thread_not_found")
        if parent.thread_ts:  # asked with a reply's ts: Slack shows that message alone
            return [parent]
        found = [parent, *(self.history[channel][ts] for ts in parent.replies)]
        for message in found:
            self._expire(message)
        return found

    def direct_channel(self, user: str) -> Channel:
        """The direct messages between a user and the bot; made when there are none."""
        self.user(user)
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == {user, cast.BOT_USER_ID}:
                return channel
        channel = Channel(f"D{len(self.channels) + 1:02}BOT0000", "", "im", [user, cast.BOT_USER_ID])
        self.channels[channel.id] = channel
        self.history[channel.id] = {}
        return channel

    # --- messages -------------------------------------------------------------------------------------

    def say(
        self, user: str, channel: str, typed: str, thread_ts: str = "", *, broadcast: bool = False
    ) -> Message:
        """A person sends what they typed."""
        place = self.joined_channel(channel, user)
        stored = self.stored_from_person(typed)
        if not stored.strip():
            raise SlackError("no_text")
        if len(stored) > MAX_TEXT:
            raise SlackError("msg_too_long")
        message = Message(self.new_ts(), place.id, user, stored)
        message.blocks = [text.rich_text(stored, blocks.new_id())]
        return self._add(message, thread_ts, broadcast=broadcast)

    def stored_from_person(self, typed: str) -> str:
        """Typed text as Slack stores it, its @names and #names resolved."""
        user_ids = {name: user.id for user in self.users.values() for name in (user.name, user.real_name)}
        channel_ids = {channel.name: channel.id for channel in self.channels.values() if channel.name}
        return text.stored_from_person(typed, user_ids, channel_ids)

    def post(self, message: Message, thread_ts: str = "", *, broadcast: bool = False) -> Message:
        """Add a message of a bot: its text is stored as text from the API is, its blocks get their ids."""
        message.text = text.stored_from_bot(message.text[:MAX_TEXT])
        message.blocks = blocks.with_ids(message.blocks)
        if message.ephemeral_for:
            message.thread_ts = thread_ts
            self.ephemerals[message.ts] = message
            self.tell(Change("ephemeral", message.channel, message))
            return message
        if message.user == cast.BOT_USER_ID:
            self._clear_status(message.channel, thread_ts or message.ts)
        return self._add(message, thread_ts, broadcast=broadcast)

    def edit(self, message: Message, editor: str, new_text: str, new_blocks: list[Json]) -> None:
        """Replace text and blocks; blocks that are not given are gone."""
        before = message.as_json()
        message.text = new_text
        message.blocks = blocks.with_ids(new_blocks)
        message.edited = {"user": editor, "ts": self.new_ts()}
        self.tell(Change("message_changed", message.channel, message, before))

    def edit_by_person(self, message: Message, typed: str) -> None:
        """Replace what a person wrote by what they typed now."""
        stored = self.stored_from_person(typed)
        if not stored.strip():
            raise SlackError("no_text")
        self.edit(message, message.user, stored, [text.rich_text(stored, blocks.new_id())])

    def delete(self, message: Message) -> None:
        """Take it away; a root with replies leaves a tombstone."""
        before = message.as_json()
        if message.replies:
            message.subtype, message.text = "tombstone", "This message was deleted."
            message.blocks, message.metadata, message.user = [], None, "USLACKBOT"
            self.tell(Change("message_changed", message.channel, message, before))
            return
        del self.history[message.channel][message.ts]
        parent = self.history[message.channel].get(message.thread_ts)
        if parent is not None:
            parent.replies.remove(message.ts)
            left = [self.history[message.channel][ts].user for ts in parent.replies]
            parent.reply_users = list(dict.fromkeys(left))
        self.tell(Change("message_deleted", message.channel, message, before))

    def remove_ephemeral(self, message: Message) -> None:
        """Take an ephemeral message off its reader's screen."""
        self.ephemerals.pop(message.ts, None)
        self.tell(Change("ephemeral_removed", message.channel, message))

    def _add(self, message: Message, thread_ts: str, *, broadcast: bool) -> Message:
        if thread_ts and thread_ts != message.ts:
            if not re.fullmatch(r"\d+\.\d{6}", thread_ts):
                raise SlackError("invalid_thread_ts")
            parent = self.history[message.channel].get(thread_ts)
            if parent is None:
                raise SlackError("thread_not_found")
            if parent.thread_ts:
                # Slack advises against a reply's ts and behaves oddly on it: better refused here
                raise SlackError("cannot_reply_to_message")
            message.thread_ts = thread_ts
            parent.replies.append(message.ts)
            if message.user not in parent.reply_users:
                parent.reply_users.append(message.user)
            if broadcast:
                message.subtype = "thread_broadcast"
        self.history[message.channel][message.ts] = message
        self.tell(Change("message", message.channel, message))
        return message

    # --- streams --------------------------------------------------------------------------------------

    def start_stream(self, channel: Channel, thread_ts: str, chunks: list[Json], display: str) -> Message:
        """Begin a message of the bot that is written piece by piece."""
        stream = Stream(self.clock(), display=display)
        for chunk in chunks:
            stream.add(chunk)
        message = Message(self.new_ts(), channel.id, cast.BOT_USER_ID, stream.text, bot_id=cast.BOT_ID)
        message.stream = stream
        message.blocks = list(stream.pieces)
        self._clear_status(channel.id, thread_ts)
        return self._add(message, thread_ts, broadcast=False)

    def append_to_stream(self, message: Message, chunks: list[Json]) -> None:
        """Raises SlackError message_not_in_streaming_state, or stopped_by_user."""
        stream = self._running(message)
        for chunk in chunks:
            stream.add(chunk)
        message.text, message.blocks = stream.text, list(stream.pieces)
        self.tell(Change("streamed", message.channel, message))

    def stop_stream(
        self, message: Message, chunks: list[Json], final: list[Json], metadata: Json | None
    ) -> None:
        """Finish it; `final` blocks come last."""
        stream = self._running(message)
        before = message.as_json()
        for chunk in chunks:
            stream.add(chunk)
        stream.state = "completed"
        message.text, message.blocks = stream.text, [*stream.pieces, *blocks.with_ids(final)]
        message.metadata = metadata or message.metadata
        self.tell(Change("message_changed", message.channel, message, before))

    def stop_by_person(self, user: str, channel: str, thread_ts: str) -> None:
        """Somebody clicks Stop: running streams of the thread end; the bot is told."""
        stopped = [
            message
            for message in self.thread(channel, thread_ts)
            if message.stream and message.stream.state == "in_progress"
        ]
        for message in stopped:
            if message.stream:
                message.stream.state = "stopped"
            self.tell(Change("streamed", channel, message))
        detail = {"thread_ts": thread_ts, "streaming_message_ts": [message.ts for message in stopped]}
        self.tell(Change("stop_clicked", channel, user=user, detail=detail))

    def _running(self, message: Message) -> Stream:
        if message.stream is None:
            raise SlackError("message_not_in_streaming_state")
        self._expire(message)
        if message.stream.state == "stopped":
            raise SlackError("stopped_by_user")
        if message.stream.state != "in_progress":
            raise SlackError("message_not_in_streaming_state")
        return message.stream

    def _expire(self, message: Message) -> None:
        stream = message.stream
        if stream and stream.state == "in_progress" and self.clock() - stream.started >= STREAM_SECONDS:
            stream.state = "expired"
            self.tell(Change("streamed", message.channel, message))

    # --- reactions, members, what the bot is doing ------------------------------------------------------

    def react(self, user: str, message: Message, name: str) -> None:
        """Raises SlackError already_reacted."""
        users = message.reactions.setdefault(name, [])
        if user in users:
            raise SlackError("already_reacted")
        users.append(user)
        self.tell(Change("reaction_added", message.channel, message, user=user, detail={"reaction": name}))

    def unreact(self, user: str, message: Message, name: str) -> None:
        """Raises SlackError no_reaction."""
        if user not in message.reactions.get(name, []):
            raise SlackError("no_reaction")
        message.reactions[name].remove(user)
        if not message.reactions[name]:
            del message.reactions[name]
        self.tell(Change("reaction_removed", message.channel, message, user=user, detail={"reaction": name}))

    def join(self, user: str, channel: Channel, inviter: str = "") -> None:
        """Become a member; nothing happens to one who is."""
        if user not in channel.members:
            channel.members.append(user)
            self.tell(Change("joined", channel.id, user=user, detail={"inviter": inviter}))

    def leave(self, user: str, channel: Channel) -> None:
        """Raises SlackError not_in_channel."""
        if user not in channel.members:
            raise SlackError("not_in_channel")
        # told first: the bot still hears that it was taken out
        self.tell(Change("left", channel.id, user=user))
        channel.members.remove(user)

    def open_app(self, user: str, tab: str, home: Json | None) -> None:
        """Somebody opens the bot's "home" or "messages" tab."""
        detail: Json = {"tab": tab}
        if tab == "home" and home:
            detail["view"] = home
        self.tell(Change("app_home_opened", self.direct_channel(user).id, user=user, detail=detail))

    def set_status(self, channel: Channel, thread_ts: str, **fields: object) -> Status:
        """Change what the bot says it is doing in a thread; returns the whole."""
        old = self.statuses.get((channel.id, thread_ts))
        status = Status("", self.clock())
        for source in (vars(old) if old else {}, {"since": self.clock()}, fields):
            for name, value in source.items():
                setattr(status, name, value)
        self.statuses[channel.id, thread_ts] = status
        self.tell(Change("status", channel.id, detail={"thread_ts": thread_ts}))
        return status

    def status(self, channel: str, thread_ts: str) -> str:
        """What the bot says it is doing there now; "" if nothing, or if it said so too long ago."""
        status = self.statuses.get((channel, thread_ts))
        if status is None or self.clock() - status.since > STATUS_SECONDS:
            return ""
        return status.text

    def _clear_status(self, channel: str, thread_ts: str) -> None:
        # a message of the bot ends "is thinking..."; only a session ends by being told so
        status = self.statuses.get((channel, thread_ts))
        if status and status.text:
            status.text = ""
            self.tell(Change("status", channel, detail={"thread_ts": thread_ts}))

    def set_prompts(self, channel: Channel, thread_ts: str, prompts: Json) -> None:
        """Offer things to ask: {"title", "prompts": [{"title", "message"}]}."""
        self.prompts[channel.id, thread_ts] = prompts
        self.tell(Change("prompts", channel.id, detail={"thread_ts": thread_ts}))
