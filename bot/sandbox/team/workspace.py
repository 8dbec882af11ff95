"""The state of the workspace, and what may be done to it. No HTTP and no tokens here.

Everything that is done is told to the watchers as a Change, at once and in order; events for the bot and
updates for the page are made from it elsewhere. Slack's refusals are SlackErrors with Slack's own names.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import blocks, cast, text
from bot.sandbox.team.app import App
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.files import Files
from bot.sandbox.team.messages import Message
from bot.sandbox.team.people import User, UserGroup
from bot.sandbox.team.sessions import Sessions
from bot.sandbox.team.streams import Streams

MAX_TEXT = 40_000
MAX_UPDATED_TEXT = 4_000
MAX_MARKDOWN = 12_000


class Workspace:
    """People, channels, messages and threads; streams, sessions and files are parts of their own."""

    def __init__(self, app: App | None = None, clock: Callable[[], float] = time.time) -> None:
        self.app = app or App()
        self.clock = clock
        self.base_url: Callable[[], str] = str
        """Where the workspace is served; no slash at the end."""
        self.users: dict[str, User] = {user.id: user for user in cast.people(self.app.name)}
        self.groups: dict[str, UserGroup] = {group.id: group for group in cast.groups()}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in cast.channels()}
        self.history: dict[str, dict[str, Message]] = {channel: {} for channel in self.channels}
        self.ephemerals: dict[str, Message] = {}
        self.streams = Streams(self)
        self.sessions = Sessions(self)
        self.files = Files(self)
        self.watchers: list[Callable[[Change], None]] = []
        self.last_ts = 0
        """The ts given out last, in microseconds since 1970."""

    def tell(self, change: Change) -> None:
        """Tell every watcher."""
        for watcher in list(self.watchers):
            watcher(change)

    def new_ts(self) -> str:
        """ "<seconds>.<6 digits>", later than every one before."""
        self.last_ts = max(int(self.clock() * 1_000_000), self.last_ts + 1)
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

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
                if viewer and not self.can_see(viewer, channel):
                    break
                return channel
        raise SlackError("channel_not_found")

    def can_see(self, user: str, channel: Channel) -> bool:
        """Members do; public channels all but guests and strangers do."""
        if user in channel.members:
            return True
        person = self.users[user]
        return channel.kind == "public" and not (person.is_guest or person.is_stranger)

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
        self.streams.expire(message)
        return message

    def roots(self, channel: str) -> list[Message]:
        """What stands in the channel itself, oldest first: roots and replies that were broadcast."""
        found = [
            message
            for message in self.history[channel].values()
            if not message.thread_ts or message.subtype == "thread_broadcast"
        ]
        for message in found:
            self.streams.expire(message)
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
            self.streams.expire(message)
        return found

    def direct_channel(self, user: str) -> Channel:
        """The direct messages between a user and the bot; made when there are none."""
        return self._conversation("im", [user, cast.BOT_USER_ID])

    def open_direct_channel(self, user: str) -> Channel | None:
        """The same, None when there are none."""
        return self._found("im", [user, cast.BOT_USER_ID])

    def open_group(self, users: list[str]) -> Channel:
        """The group direct message between exactly these people; made when there is none.

        Raises SlackError user_not_found, not_enough_users or too_many_users.
        """
        members = list(dict.fromkeys(users))
        if len(members) < 3:
            raise SlackError("not_enough_users")
        if len(members) > 9:
            raise SlackError("too_many_users")
        return self._conversation("mpim", members)

    def _conversation(self, kind: str, members: list[str]) -> Channel:
        people = [self.user(member) for member in members]
        if found := self._found(kind, members):
            return found
        prefix = "D" if kind == "im" else "G"
        number = sum(channel.kind == kind for channel in self.channels.values()) + 1
        name = "" if kind == "im" else f"mpdm-{'--'.join(person.name for person in people)}-1"
        channel = Channel(
            f"{prefix}{number:02}MADE000", name, kind, members, cast.TEAM_ID, int(self.clock()), members[0]
        )
        self.channels[channel.id] = channel
        self.history[channel.id] = {}
        self.tell(Change("channel_opened", channel.id))
        return channel

    def _found(self, kind: str, members: list[str]) -> Channel | None:
        same = (channel for channel in self.channels.values() if set(channel.members) == set(members))
        return next((channel for channel in same if channel.kind == kind), None)

    # --- messages -------------------------------------------------------------------------------------

    def say(
        self, user: str, channel: str, typed: str, thread_ts: str = "", *, broadcast: bool = False
    ) -> Message:
        """A person sends what they typed."""
        message = self.composed_by_person(user, self.joined_channel(channel, user), typed)
        if not message.text.strip():
            raise SlackError("no_text")
        return self.add(message, thread_ts, broadcast=broadcast)

    def composed_by_person(self, user: str, channel: Channel, typed: str) -> Message:
        """What somebody typed as a message that is not sent yet. Raises SlackError msg_too_long."""
        stored = self.stored_from_person(typed)
        if len(stored) > MAX_TEXT:
            raise SlackError("msg_too_long")
        message = Message(self.new_ts(), channel.id, user, stored, team=self.users[user].team_id)
        if stored:
            message.blocks = blocks.of_text(stored)
        return message

    def stored_from_person(self, typed: str) -> str:
        """Typed text as Slack stores it, its @names and #names resolved."""
        user_ids = {name: user.id for user in self.users.values() for name in (user.name, user.real_name)}
        channel_ids = {channel.name: channel.id for channel in self.channels.values() if channel.name}
        return text.stored_from_person(typed, user_ids, channel_ids)

    def post(self, message: Message, thread_ts: str = "", *, broadcast: bool = False) -> Message:
        """Add a message of a bot: its text is stored as text from the API is, its blocks get their ids.

        Without blocks it gets a rich_text block of its text, as Slack shows in what it answers.
        """
        message.text = text.stored_from_bot(message.text[:MAX_TEXT])
        message.blocks = blocks.with_ids(message.blocks) or blocks.of_text(message.text)
        if message.ephemeral_for:
            message.thread_ts = thread_ts
            self.ephemerals[message.ts] = message
            self.tell(Change("ephemeral", message.channel, message))
            return message
        if message.user == cast.BOT_USER_ID:
            self.sessions.clear_status(message.channel, thread_ts or message.ts)
        return self.add(message, thread_ts, broadcast=broadcast)

    def edit(self, message: Message, editor: str, new_text: str, new_blocks: list[Json]) -> None:
        """Replace text and blocks; without blocks the old ones are gone, and the text alone is shown."""
        before = message.as_json()
        message.text = new_text
        message.blocks = blocks.with_ids(new_blocks) or blocks.of_text(new_text)
        if message.stream:
            message.stream.pieces = []  # what was streamed is replaced
        message.edited = {"user": editor, "ts": self.new_ts()}
        self.tell(Change("message_changed", message.channel, message, before))

    def edit_by_person(self, message: Message, typed: str) -> None:
        """Replace what a person wrote by what they typed now."""
        stored = self.stored_from_person(typed)
        if not stored.strip():
            raise SlackError("no_text")
        self.edit(message, message.user, stored, [])

    def delete(self, message: Message) -> None:
        """Take it away, with its files; a root with replies leaves a tombstone."""
        before = message.as_json()
        self.sessions.forget(message.channel, message.ts)
        self.files.unshare(message.channel, message.ts)
        if message.replies:
            message.subtype, message.text = "tombstone", "This message was deleted."
            message.blocks, message.attachments, message.files = [], [], []
            message.metadata, message.edited, message.stream = None, None, None
            message.user, message.bot_id, message.bot_profile = "USLACKBOT", "", None
            message.reactions.clear()
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

    def add(self, message: Message, thread_ts: str = "", *, broadcast: bool = False) -> Message:
        """Put a message into its channel, as a reply if `thread_ts` is another's.

        Raises SlackError invalid_thread_ts, thread_not_found or cannot_reply_to_message.
        """
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
        if message.bot_id == cast.BOT_ID:
            message.bot_profile = self.bot_profile()
        self.history[message.channel][message.ts] = message
        self.tell(Change("message", message.channel, message))
        return message

    def bot_profile(self) -> Json:
        """What messages of the app say about it, and bots.info."""
        return {
            "id": cast.BOT_ID,
            "app_id": cast.APP_ID,
            "user_id": cast.BOT_USER_ID,
            "name": self.app.name,
            "icons": {},
            "deleted": False,
            "updated": cast.CREATED,
            "team_id": cast.TEAM_ID,
        }

    # --- reactions and members ------------------------------------------------------------------------

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
        """Become a member; nothing happens to one who is.

        Raises SlackError method_not_supported_for_channel_type: nobody is added to direct messages.
        """
        if channel.kind in ("im", "mpim"):
            raise SlackError("method_not_supported_for_channel_type")
        if user in channel.members:
            return
        channel.members.append(user)
        self.tell(Change("joined", channel.id, user=user, detail={"inviter": inviter}))
        self._notice(user, channel, "join", f"<@{user}> has joined the channel")

    def leave(self, user: str, channel: Channel) -> None:
        """Raises SlackError not_in_channel."""
        if user not in channel.members:
            raise SlackError("not_in_channel")
        # told first: the bot still hears that it was taken out
        self.tell(Change("left", channel.id, user=user))
        channel.members.remove(user)
        self._notice(user, channel, "leave", f"<@{user}> has left the channel")

    def _notice(self, user: str, channel: Channel, what: str, said: str) -> None:
        message = Message(self.new_ts(), channel.id, user, said, team=self.users[user].team_id)
        message.subtype = ("group_" if channel.kind == "private" else "channel_") + what
        self.add(message)
