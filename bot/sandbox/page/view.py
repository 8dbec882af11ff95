"""What one person sees of the workspace: the whole on opening the page, and each change after that.

Nothing leaves here that this person may not see.
"""

from __future__ import annotations

from dataclasses import asdict

from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.changes import Change
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.messages import Message
from bot.sandbox.team.views import Views
from bot.sandbox.team.workspace import Workspace

_VIEWS = frozenset({"modal", "home"})
_GONE = frozenset({"message_deleted", "ephemeral_removed"})
_CHANNELS = frozenset({"joined", "left", "channel_opened"})


class PageView:
    """The workspace through the eyes of each of its people."""

    def __init__(self, workspace: Workspace, views: Views) -> None:
        self._workspace = workspace
        self._views = views

    def state(self, user: str) -> Json:
        """All that `user` sees now."""
        workspace = self._workspace
        visible = [channel for channel in workspace.channels.values() if workspace.can_see(user, channel)]
        home = self._views.homes.get(user)
        return {
            "user": user,
            "team": cast.TEAM_NAME,
            "bot": cast.BOT_USER_ID,
            "app": {
                "name": workspace.app.name,
                "surface": workspace.app.surface,
                "home_tab": workspace.app.home_tab,
                "shortcuts": [asdict(shortcut) for shortcut in workspace.app.shortcuts],
            },
            "users": [person.as_json(locale=True) for person in workspace.users.values()],
            "groups": [group.as_json() for group in workspace.groups.values()],
            "commands": [asdict(command) for command in workspace.app.commands],
            "channels": [self._channel(channel, user) for channel in visible],
            "home": home.as_json() if home else None,
            **self._modal(user),
        }

    def update(self, change: Change, user: str) -> Json | None:
        """What `user` is shown of a change; None if nothing."""
        if change.kind in _VIEWS:
            return self._view_update(change, user)
        channel = self._workspace.channels.get(change.channel)
        if channel is None:
            return None
        if change.kind in _CHANNELS and (change.user == user or self._workspace.can_see(user, channel)):
            # also for somebody who leaves: their list is shorter now
            return {"kind": "channels"}
        if not self._workspace.can_see(user, channel):
            return None
        if change.kind == "status":
            status = self._status(channel.id, change.detail["thread_ts"])
            return {"kind": "status", "channel": channel.id, "status": status}
        if change.kind == "prompts":
            prompts = self._prompts(channel.id, change.detail["thread_ts"])
            return {"kind": "prompts", "channel": channel.id, "prompts": prompts}
        return self._message_update(change, channel, user)

    def _view_update(self, change: Change, user: str) -> Json | None:
        if change.user != user:
            return None
        if change.kind == "home":
            home = self._views.homes.get(user)
            return {"kind": "home", "view": home.as_json() if home else None}
        modal = self._modal(user)
        return {"kind": "modal", "view": modal["modal"], "depth": modal["modal_depth"]}

    def _message_update(self, change: Change, channel: Channel, user: str) -> Json | None:
        message = change.message
        if message is None or (message.ephemeral_for and message.ephemeral_for != user):
            return None
        parent = self._workspace.history[channel.id].get(message.thread_ts)
        about = {"channel": channel.id, "parent": shown(parent) if parent else None}
        if change.kind in _GONE:
            return {"kind": "removed", "ts": message.ts, **about}
        is_new = change.kind in ("message", "ephemeral")
        return {"kind": "message", "is_new": is_new, "message": shown(message), **about}

    def _modal(self, user: str) -> Json:
        top = self._views.top(user)
        return {"modal": top.as_json() if top else None, "modal_depth": len(self._views.stacks.get(user, ()))}

    def _channel(self, channel: Channel, user: str) -> Json:
        workspace = self._workspace
        history = workspace.history[channel.id].values()
        own = [
            message
            for message in workspace.ephemerals.values()
            if message.channel == channel.id and message.ephemeral_for == user
        ]
        sessions = workspace.sessions
        return channel.as_json(user, members=True) | {
            "kind": channel.kind,
            "member": user in channel.members,
            "bot_is_member": cast.BOT_USER_ID in channel.members,
            "members": list(channel.members),
            "messages": [shown(message) for message in (*history, *own)],
            "statuses": [self._status(*place) for place in sessions.of_threads if place[0] == channel.id],
            "prompts": [self._prompts(*place) for place in sessions.prompts if place[0] == channel.id],
        }

    def _status(self, channel: str, thread_ts: str) -> Json:
        session = self._workspace.sessions.of_threads[channel, thread_ts]
        return {
            "thread_ts": thread_ts,
            "text": self._workspace.sessions.status(channel, thread_ts),
            "loading_messages": session.loading_messages,
            "session": session.state,
            "title": session.title,
        }

    def _prompts(self, channel: str, thread_ts: str) -> Json:
        return {"thread_ts": thread_ts, **self._workspace.sessions.prompts[channel, thread_ts]}


def shown(message: Message) -> Json:
    """A message as the API gives it, and what only a person's screen shows of it."""
    seen = message.as_json() | {"channel": message.channel, "is_ephemeral": bool(message.ephemeral_for)}
    if message.stream:
        seen["stream"] = message.stream.state
        seen["task_display_mode"] = message.stream.display
    return seen
