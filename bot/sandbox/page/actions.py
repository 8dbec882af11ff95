"""What the person one acts as on the page does. Every action takes the JSON body that the page sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.sandbox.errors import SlackError
from bot.sandbox.events.interactions import Interactions
from bot.sandbox.faults.faults import Faults, WrongFault
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.messages import Message
from bot.sandbox.team.views import Views
from bot.sandbox.team.workspace import Workspace

Action = Callable[[str, Json], Awaitable[Json]]
"""Who does it, and what the page sent; returns what stands beside "ok".

Raises SlackError and NotAcknowledged, and KeyError where the page left something out.
"""


class PageActions:
    """Reach them by name in `by_name`."""

    def __init__(
        self, workspace: Workspace, views: Views, interactions: Interactions, faults: Faults
    ) -> None:
        self._workspace = workspace
        self._views = views
        self._interactions = interactions
        self._faults = faults
        self.by_name: Mapping[str, Action] = {
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "join": self._join,
            "open_group": self._open_group,
            "look_at": self._look_at,
            "open_app": self._open_app,
            "stop": self._stop,
            "rename_session": self._rename_session,
            "command": self._command,
            "shortcut": self._shortcut,
            "message_shortcut": self._message_shortcut,
            "click": self._click,
            "suggest": self._suggest,
            "submit": self._submit,
            "close_view": self._close_view,
            "trigger_fault": self._trigger_fault,
            "lift_fault": self._lift_fault,
        }

    # --- messages and channels ------------------------------------------------------------------------

    async def _say(self, user: str, body: Json) -> Json:
        thread_ts, broadcast = str(body.get("thread_ts") or ""), bool(body.get("broadcast"))
        text = str(body["text"])
        message = self._workspace.say(user, str(body["channel"]), text, thread_ts, broadcast=broadcast)
        return {"ts": message.ts}

    async def _edit(self, user: str, body: Json) -> Json:
        message = self._message(user, body)
        if message.user != user:
            raise SlackError("cant_update_message")
        self._workspace.edit_by_person(message, str(body["text"]))
        return {}

    async def _delete(self, user: str, body: Json) -> Json:
        message = self._message(user, body)
        if message.user != user:
            raise SlackError("cant_delete_message")
        self._workspace.delete(message)
        return {}

    async def _react(self, user: str, body: Json) -> Json:
        message, name = self._message(user, body), str(body["name"])
        if user in message.reactions.get(name, []):
            self._workspace.unreact(user, message, name)
        else:
            self._workspace.react(user, message, name)
        return {}

    async def _join(self, user: str, body: Json) -> Json:
        invited = str(body.get("invited") or user)
        channel = self._workspace.channel(str(body["channel"]), user)
        if invited != user and user not in channel.members:
            raise SlackError("not_in_channel")
        person = self._workspace.user(invited)
        self._workspace.join(person.id, channel, inviter=user if person.id != user else "")
        return {}

    async def _open_group(self, user: str, body: Json) -> Json:
        others = [str(one) for one in body["users"]]
        if others == [cast.BOT_USER_ID]:
            return {"channel": self._workspace.direct_channel(user).id}
        return {"channel": self._workspace.open_group([user, *others]).id}

    async def _look_at(self, user: str, body: Json) -> Json:
        self._workspace.sessions.look_at(user, self._workspace.channel(str(body["channel"]), user))
        return {}

    # --- the assistant --------------------------------------------------------------------------------

    async def _open_app(self, user: str, body: Json) -> Json:
        tab = "home" if body.get("tab") == "home" else "messages"
        home = self._views.home_json(user)
        return {"thread_ts": self._workspace.sessions.open_app(user, tab, home)}

    async def _stop(self, user: str, body: Json) -> Json:
        channel = self._workspace.joined_channel(str(body["channel"]), user)
        self._workspace.streams.stop_by_person(user, channel.id, str(body["thread_ts"]))
        return {}

    async def _rename_session(self, user: str, body: Json) -> Json:
        channel = self._workspace.joined_channel(str(body["channel"]), user)
        title = str(body["title"]).strip()
        if not title:
            raise SlackError("invalid_arguments")
        self._workspace.sessions.rename_by_person(user, channel, str(body["thread_ts"]), title)
        return {}

    # --- what waits for the app -----------------------------------------------------------------------

    async def _command(self, user: str, body: Json) -> Json:
        name, _, text = str(body["text"]).partition(" ")
        await self._interactions.command(user, str(body["channel"]), name, text.strip())
        return {}

    async def _shortcut(self, user: str, body: Json) -> Json:
        await self._interactions.shortcut(user, str(body["callback_id"]))
        return {}

    async def _message_shortcut(self, user: str, body: Json) -> Json:
        channel, ts, callback_id = (str(body[name]) for name in ("channel", "ts", "callback_id"))
        await self._interactions.message_shortcut(user, channel, ts, callback_id)
        return {}

    async def _click(self, user: str, body: Json) -> Json:
        action_id, value, block_id = (
            str(body["action_id"]),
            body.get("value"),
            str(body.get("block_id") or ""),
        )
        if body.get("view_id"):
            view = self._views.find(str(body["view_id"]))
            filled = dict(body.get("filled") or {})
            await self._interactions.click_in_view(user, view, action_id, value, filled, block_id)
        else:
            channel, ts = str(body["channel"]), str(body["ts"])
            await self._interactions.click(user, channel, ts, action_id, value, block_id)
        return {}

    async def _suggest(self, user: str, body: Json) -> Json:
        view_id, channel, ts = (str(body.get(name) or "") for name in ("view_id", "channel", "ts"))
        action_id, typed = str(body["action_id"]), str(body["typed"])
        where = {"view_id": view_id} if view_id else {"channel": channel, "ts": ts}
        return {"options": await self._interactions.suggest(user, action_id, typed, **where)}

    async def _submit(self, user: str, body: Json) -> Json:
        view = self._views.find(str(body["view_id"]))
        return {"errors": await self._interactions.submit(user, view, dict(body["filled"]))}

    async def _close_view(self, user: str, body: Json) -> Json:
        await self._interactions.close_view(user, everything=bool(body.get("everything")))
        return {}

    # --- faults ---------------------------------------------------------------------------------------

    async def _trigger_fault(self, _: str, body: Json) -> Json:
        try:
            await self._faults.trigger(str(body["name"]), **dict(body.get("parameters") or {}))
        except WrongFault as wrong:
            return {"ok": False, "error": str(wrong)}
        return {}

    async def _lift_fault(self, _: str, body: Json) -> Json:
        if body.get("name"):
            self._faults.lift(str(body["name"]))
        else:
            self._faults.lift_all()
        return {}

    # --- files ----------------------------------------------------------------------------------------

    def share_file(self, user: str, name: str, content: bytes, where: Mapping[str, str]) -> Json:
        """Post a file to `channel` (and `thread_ts`), with `comment` beside it."""
        thread_ts, comment = where.get("thread_ts", ""), where.get("comment", "")
        files = self._workspace.files
        message = files.upload(user, where.get("channel", ""), name, content, thread_ts, comment)
        return {"ts": message.ts}

    def _message(self, user: str, body: Json) -> Message:
        channel = self._workspace.joined_channel(str(body["channel"]), user)
        return self._workspace.message(channel.id, str(body["ts"]))
