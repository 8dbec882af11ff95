"""What the people of a sandbox do and see, as tests and scripts say it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from bot.sandbox.errors import SlackError
from bot.sandbox.events.interactions import Given, Interactions
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.changes import Change
from bot.sandbox.team.messages import Message
from bot.sandbox.team.views import View, Views
from bot.sandbox.team.workspace import Workspace

T = TypeVar("T")


class Verbs:
    """Users and channels may be given to every verb by name ("jiwoo", "general") or by id.

    A verb that Slack would refuse raises SlackError with Slack's name for it; one that waits for the app's
    ack raises NotAcknowledged when none comes within `ack_seconds`.
    """

    def __init__(self, workspace: Workspace, views: Views, interactions: Interactions) -> None:
        self.workspace = workspace
        self.views = views
        self.interactions = interactions
        self._changed = asyncio.Event()
        workspace.watchers.append(self._note)

    # --- what people do -------------------------------------------------------------------------------

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> str:
        """Send a message as somebody; `@footnote` in it is a mention. Returns its ts."""
        person = self.workspace.user(user).id
        message = self.workspace.say(person, channel, text, thread_ts or "", broadcast=broadcast)
        return message.ts

    async def upload(
        self,
        user: str,
        channel: str,
        name: str,
        content: bytes,
        thread_ts: str | None = None,
        *,
        comment: str = "",
    ) -> str:
        """Share a file as somebody. Returns the ts of the message it stands in."""
        person = self.workspace.user(user).id
        return self.workspace.files.upload(person, channel, name, content, thread_ts or "", comment).ts

    async def post_as_other_bot(self, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Send a message as a bot that is not ours (subtype bot_message). Returns its ts."""
        workspace = self.workspace
        place = workspace.channel(channel).id
        message = Message(workspace.new_ts(), place, cast.OTHER_BOT_USER_ID, text, bot_id=cast.OTHER_BOT_ID)
        message.subtype, message.username = "bot_message", "deploybot"
        return workspace.post(message, thread_ts or "").ts

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Edit one's own message."""
        message = self.workspace.message(self.workspace.channel(channel).id, ts)
        if message.user != self.workspace.user(user).id:
            raise SlackError("cant_update_message")
        self.workspace.edit_by_person(message, text)

    async def delete(self, channel: str, ts: str) -> None:
        """Take a message away, whoever wrote it."""
        self.workspace.delete(self.workspace.message(self.workspace.channel(channel).id, ts))

    async def react(self, user: str, channel: str, ts: str, name: str) -> None:
        """Add a reaction. The app hears of it only with `reaction_added` among its events."""
        message = self.workspace.message(self.workspace.channel(channel).id, ts)
        self.workspace.react(self.workspace.user(user).id, message, name)

    async def join(self, user: str, channel: str) -> None:
        """Become a member; "footnote" may be one who does."""
        self.workspace.join(self.workspace.user(user).id, self.workspace.channel(channel))

    async def leave(self, user: str, channel: str) -> None:
        """Leave a channel."""
        self.workspace.leave(self.workspace.user(user).id, self.workspace.channel(channel))

    async def open_app(self, user: str, tab: str = "messages") -> str:
        """Open the app's "messages" or "home" tab. Returns the ts of the assistant thread, if one began."""
        person = self.workspace.user(user).id
        return self.workspace.sessions.open_app(person, tab, self.views.home_json(person))

    async def look_at(self, user: str, channel: str) -> None:
        """Have a channel on the screen."""
        self.workspace.sessions.look_at(self.workspace.user(user).id, self.workspace.channel(channel))

    async def rename_session(self, user: str, channel: str, thread_ts: str, title: str) -> None:
        """Give a thread of the assistant another title."""
        person, place = self.workspace.user(user).id, self.workspace.channel(channel)
        self.workspace.sessions.rename_by_person(person, place, thread_ts, title)

    async def command(self, user: str, channel: str, name: str, text: str = "") -> None:
        """Run a slash command; returns once it was acknowledged (or failed, which the person is told)."""
        await self.interactions.command(self.workspace.user(user).id, channel, name, text)

    async def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None
    ) -> None:
        """Use a global shortcut, or one of a message; returns once it was acknowledged."""
        person = self.workspace.user(user).id
        if channel is None or ts is None:
            await self.interactions.shortcut(person, callback_id)
        else:
            await self.interactions.message_shortcut(person, channel, ts, callback_id)

    async def click(self, user: str, channel: str, ts: str, action_id: str, value: Given = None) -> None:
        """Use a button or select of a message; returns once it was acknowledged."""
        await self.interactions.click(self.workspace.user(user).id, channel, ts, action_id, value)

    async def click_in_modal(self, user: str, action_id: str, value: Given = None) -> None:
        """Use a button or select of the modal that is open."""
        view = self._top(user)
        await self.interactions.click_in_view(view.user, view, action_id, value)

    async def click_in_home(self, user: str, action_id: str, value: Given = None) -> None:
        """Use a button or select of the Home tab."""
        home = self.views.homes.get(self.workspace.user(user).id)
        if home is None:
            raise SlackError("not_found")
        await self.interactions.click_in_view(home.user, home, action_id, value)

    async def type_in_modal(self, user: str, action_id: str, typed: str) -> list[Json]:
        """Type into an external select of the open modal. Returns the options that the app offers."""
        view = self._top(user)
        return await self.interactions.suggest(view.user, action_id, typed, view_id=view.id)

    async def submit(self, user: str, filled: Mapping[str, object]) -> dict[str, str]:
        """Submit the open modal, `filled` by action_id. Returns the errors shown, by block_id."""
        view = self._top(user)
        return await self.interactions.submit(view.user, view, filled)

    async def close_modal(self, user: str) -> None:
        """Close the open modal."""
        await self.interactions.close_view(self.workspace.user(user).id)

    async def stop_answer(self, user: str, channel: str, thread_ts: str) -> None:
        """Click Stop on an answer that is being written."""
        place = self.workspace.channel(channel).id
        self.workspace.streams.stop_by_person(self.workspace.user(user).id, place, thread_ts)

    # --- what people see ------------------------------------------------------------------------------

    def dm(self, user: str) -> str:
        """The id of somebody's direct messages with the bot."""
        return self.workspace.direct_channel(self.workspace.user(user).id).id

    def group(self, *users: str) -> str:
        """The id of the group direct messages between these people; opened if there are none."""
        return self.workspace.open_group([self.workspace.user(user).id for user in users]).id

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """What stands in a channel, or in a thread with its root; oldest first, with metadata."""
        place = self.workspace.channel(channel).id
        found = self.workspace.thread(place, thread_ts) if thread_ts else self.workspace.roots(place)
        return [message.as_json(metadata=True) for message in found]

    def replies(self, channel: str, thread_ts: str) -> list[Json]:
        """The thread without its root."""
        return self.messages(channel, thread_ts)[1:]

    def ephemerals(self, user: str, channel: str) -> list[Json]:
        """What only `user` sees in a channel, oldest first."""
        person, place = self.workspace.user(user).id, self.workspace.channel(channel).id
        return [
            message.as_json()
            for message in self.workspace.ephemerals.values()
            if message.ephemeral_for == person and message.channel == place
        ]

    def status(self, channel: str, thread_ts: str) -> str:
        """What the bot says it is doing in a thread; "" if nothing."""
        return self.workspace.sessions.status(self.workspace.channel(channel).id, thread_ts)

    def modal(self, user: str) -> Json | None:
        """The modal that is open for somebody."""
        view = self.views.top(self.workspace.user(user).id)
        return view.as_json() if view else None

    def home(self, user: str) -> Json | None:
        """Somebody's Home tab."""
        return self.views.home_json(self.workspace.user(user).id)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:
        """Wait until `predicate()` is true, and return what it returned. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not (found := predicate()):
                self._changed.clear()
                # looked at again anyway: a connection or a variable of the test is no change of the workspace
                try:
                    await asyncio.wait_for(self._changed.wait(), 0.02)
                except TimeoutError:
                    continue
        return found

    # --- inside ---------------------------------------------------------------------------------------

    def _top(self, user: str) -> View:
        view = self.views.top(self.workspace.user(user).id)
        if view is None:
            raise SlackError("not_found")
        return view

    def _note(self, change: Change) -> None:
        del change
        self._changed.set()
