"""The assistant side of the app: what it says it is doing, its sessions, and what it offers to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.messages import Message

if TYPE_CHECKING:
    from bot.sandbox.team.workspace import Workspace

STATUS_SECONDS = 120.0
"""A status nobody renews goes away after this long."""
MAX_TITLE = 200


@dataclass
class Session:
    """What the bot says of one thread."""

    status: str = ""
    """What it is doing: "is searching..."; "" when nothing."""
    since: float = 0.0
    loading_messages: list[str] = field(default_factory=list)
    state: str = ""
    """active, processing, suspended, closed; "" when only the older assistant methods were used."""
    title: str = ""


class Sessions:
    """Reach it as `workspace.sessions`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.of_threads: dict[tuple[str, str], Session] = {}
        """By channel and the thread's ts."""
        self.prompts: dict[tuple[str, str], Json] = {}
        """By channel and thread ("" for the whole of the direct messages)."""
        self._looking_at: dict[str, str] = {}

    def find(self, channel: str, thread_ts: str) -> Session | None:
        """What was said of a thread so far."""
        return self.of_threads.get((channel, thread_ts))

    def status(self, channel: str, thread_ts: str) -> str:
        """What the bot says it is doing there now; "" if nothing, or if it said so too long ago."""
        session = self.find(channel, thread_ts)
        if session is None or self._workspace.clock() - session.since > STATUS_SECONDS:
            return ""
        return session.status

    # --- what the bot does ----------------------------------------------------------------------------

    def set_status(
        self, channel: Channel, thread_ts: str, status: str, loading_messages: list[str] | None = None
    ) -> Session:
        """Say what the bot is doing."""
        session = self._of(channel, thread_ts)
        session.status, session.loading_messages = status, list(loading_messages or [])
        session.since = self._workspace.clock()
        return self._told(channel, thread_ts, session)

    def set_state(self, channel: Channel, thread_ts: str, state: str, title: str = "") -> Session:
        """Begin or end the work in a thread; a title counts only when the session begins."""
        session = self._of(channel, thread_ts)
        if not session.state and title:
            session.title = title[:MAX_TITLE]
        session.state = state
        # Slack shows a text of its own while a session is processing
        session.status = "is working on it…" if state == "processing" else ""
        session.since = self._workspace.clock()
        return self._told(channel, thread_ts, session)

    def set_title(self, channel: Channel, thread_ts: str, title: str) -> Session:
        """Name a thread, as the bot does; it is not told of it."""
        session = self._of(channel, thread_ts)
        session.title = title[:MAX_TITLE]
        return self._told(channel, thread_ts, session)

    def clear_status(self, channel: str, thread_ts: str) -> None:
        """A message of the bot ends "is thinking..."; only a session ends by being told so."""
        session = self.find(channel, thread_ts)
        if session and session.status:
            session.status = ""
            self._workspace.tell(Change("status", channel, detail={"thread_ts": thread_ts}))

    def forget(self, channel: str, thread_ts: str) -> None:
        """Nothing is known of a thread any more whose root was deleted: its title quoted it."""
        self.of_threads.pop((channel, thread_ts), None)
        self.prompts.pop((channel, thread_ts), None)

    def set_prompts(self, channel: Channel, thread_ts: str, prompts: Json) -> None:
        """Offer things to ask: {"title", "prompts": [{"title", "message"}]}."""
        self.prompts[channel.id, thread_ts] = prompts
        self._workspace.tell(Change("prompts", channel.id, detail={"thread_ts": thread_ts}))

    # --- what a person does ---------------------------------------------------------------------------

    def rename_by_person(self, user: str, channel: Channel, thread_ts: str, title: str) -> None:
        """Somebody gives a session another name; the bot is told."""
        session = self._of(channel, thread_ts)
        before, session.title = session.title, title[:MAX_TITLE]
        self._told(channel, thread_ts, session)
        detail = {"thread_ts": thread_ts, "title": session.title, "previous_title": before}
        self._workspace.tell(Change("title_changed", channel.id, user=user, detail=detail))

    def open_app(self, user: str, tab: str, home: Json | None) -> str:
        """Somebody opens the bot's "home" or "messages" tab.

        An app with the older assistant_view gets a new thread for it: returns its ts, otherwise "".
        """
        workspace = self._workspace
        channel = workspace.direct_channel(user)
        detail: Json = {"tab": tab, "context": self.context_of(user)}
        if tab == "home" and home:
            detail["view"] = home
        workspace.tell(Change("app_home_opened", channel.id, user=user, detail=detail))
        if tab != "messages" or workspace.app.surface != "assistant_view":
            return ""
        opening = Message(workspace.new_ts(), channel.id, cast.BOT_USER_ID, "New Assistant Thread")
        opening.subtype, opening.bot_id = "assistant_app_thread", cast.BOT_ID
        workspace.add(opening)
        started = {"thread_ts": opening.ts, "context": self.place_of(user)}
        workspace.tell(Change("assistant_thread_started", channel.id, user=user, detail=started))
        return opening.ts

    def look_at(self, user: str, channel: Channel) -> None:
        """Somebody has a channel on their screen; the app is told once they have opened it."""
        if channel.kind == "im" or self._looking_at.get(user) == channel.id:
            return
        self._looking_at[user] = channel.id
        direct = self._workspace.open_direct_channel(user)
        if direct is None:
            return
        if self._workspace.app.surface == "agent_view":
            change = Change(
                "context_changed", direct.id, user=user, detail={"context": self.context_of(user)}
            )
            self._workspace.tell(change)
            return
        thread_ts = self._latest_assistant_thread(direct)
        if thread_ts:
            moved = {"thread_ts": thread_ts, "context": self.place_of(user)}
            self._workspace.tell(
                Change("assistant_thread_context_changed", direct.id, user=user, detail=moved)
            )

    def context_of(self, user: str) -> Json:
        """What somebody looks at, as app_context_changed tells it."""
        channel = self._looking_at.get(user)
        if channel is None:
            return {}
        entity = {"type": "slack#/types/channel_id", "value": channel, "team_id": cast.TEAM_ID}
        return {"entities": [entity]}

    def place_of(self, user: str) -> Json:
        """The same as the older assistant events tell it."""
        channel = self._looking_at.get(user)
        return {"channel_id": channel, "team_id": cast.TEAM_ID, "enterprise_id": None} if channel else {}

    # --- inside ---------------------------------------------------------------------------------------

    def _latest_assistant_thread(self, direct: Channel) -> str:
        roots = self._workspace.roots(direct.id)
        found = [message.ts for message in roots if message.subtype == "assistant_app_thread"]
        return found[-1] if found else ""

    def _of(self, channel: Channel, thread_ts: str) -> Session:
        return self.of_threads.setdefault((channel.id, thread_ts), Session())

    def _told(self, channel: Channel, thread_ts: str, session: Session) -> Session:
        self._workspace.tell(Change("status", channel.id, detail={"thread_ts": thread_ts}))
        return session
