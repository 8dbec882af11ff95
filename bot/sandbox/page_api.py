"""What the web page speaks: a snapshot, a stream of updates, and what the person one acts as does.

It is no part of Slack. It answers only requests that carry JSON, which a page of another origin cannot send.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.sandbox import cast
from bot.sandbox.changes import Change
from bot.sandbox.channels import Channel
from bot.sandbox.delivery import NotAcknowledged
from bot.sandbox.errors import SlackError
from bot.sandbox.messages import Message
from bot.sandbox.shapes import Json
from bot.sandbox.web_api import Parts

PAGE = Path(__file__).parent / "page"
ASSETS = frozenset(
    {"index.html", "style.css", "app.js", "blocks.js", "composer.js", "dom.js", "text.js", "words.js"}
)
KEEP_ALIVE_SECONDS = 15.0

# What a page may load is its own files; text that slips through as HTML could still run nothing.
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'"
)

Action = Callable[["PageApi", str, Json], Awaitable[Json]]


class PageApi:
    """The routes under /page/, and the page itself."""

    def __init__(self, parts: Parts) -> None:
        self.workspace = parts.workspace
        self.views = parts.views
        self.interactions = parts.interactions
        self.socket_mode = parts.socket_mode
        self.faults = parts.faults
        self._readers: dict[asyncio.Queue[Json | None], str] = {}
        self.workspace.watchers.append(self._tell)
        self.socket_mode.on_connections = self._tell_connections

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the page and its API on `router`."""
        router.add_get("/", self._file)
        router.add_get("/archives/{channel}/{ts}", self._file)
        router.add_get("/assets/{name}", self._file)
        router.add_get("/page/state", self._state)
        router.add_get("/page/updates", self._updates)
        router.add_post("/page/do/{action}", self._do)

    def close(self) -> None:
        """End every stream of updates."""
        for reader in self._readers:
            reader.put_nowait(None)

    # --- reading --------------------------------------------------------------------------------------

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        if name not in ASSETS:
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return web.FileResponse(PAGE / name, headers=headers)

    async def _state(self, request: web.Request) -> web.Response:
        user = request.query.get("user") or next(iter(self.workspace.users))
        if user not in self.workspace.users:
            raise web.HTTPNotFound
        top, home = self.views.top(user), self.views.homes.get(user)
        return web.json_response(
            {
                "user": user,
                "team": cast.TEAM_NAME,
                "bot": cast.BOT_USER_ID,
                "users": [person.as_json(locale=True) for person in self.workspace.users.values()],
                "commands": [vars(command) for command in self.workspace.app.commands],
                "channels": [self._channel(channel, user) for channel in self._visible(user)],
                "modal": top.as_json() if top else None,
                "home": home.as_json() if home else None,
                "connections": self.socket_mode.connections,
            }
        )

    def _visible(self, user: str) -> list[Channel]:
        return [
            channel for channel in self.workspace.channels.values() if self.workspace.can_see(user, channel)
        ]

    def _channel(self, channel: Channel, user: str) -> Json:
        history = self.workspace.history[channel.id].values()
        hidden = [m for m in self.workspace.ephemerals.values() if m.channel == channel.id]
        statuses = [place for place in self.workspace.sessions.of_threads if place[0] == channel.id]
        prompts = self.workspace.sessions.prompts.get((channel.id, ""))
        return channel.as_json(user, members=True) | {
            "kind": channel.kind,
            "member": user in channel.members,
            "bot_is_member": cast.BOT_USER_ID in channel.members,
            "messages": [
                *(_shown(message) for message in history),
                *(_shown(message) for message in hidden if message.ephemeral_for == user),
            ],
            "statuses": [self._status(*place) for place in statuses],
            "prompts": prompts,
        }

    def _status(self, channel: str, thread_ts: str) -> Json:
        session = self.workspace.sessions.of_threads[channel, thread_ts]
        return {
            "channel": channel,
            "thread_ts": thread_ts,
            "text": self.workspace.sessions.status(channel, thread_ts),
            "loading_messages": session.loading_messages,
            "session": session.state,
            "title": session.title,
        }

    # --- updates --------------------------------------------------------------------------------------

    async def _updates(self, request: web.Request) -> web.StreamResponse:
        user = request.query.get("user", "")
        if user not in self.workspace.users:
            raise web.HTTPNotFound
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._readers[queue] = user
        # what happened between the snapshot and now is not lost: the page asks for the state on this
        queue.put_nowait({"kind": "hello"})
        try:
            while True:
                update: Json | None = {}
                with contextlib.suppress(TimeoutError):
                    update = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
                if update is None:
                    break
                line = f"data: {json.dumps(update, ensure_ascii=False)}\n\n" if update else ": alive\n\n"
                await response.write(line.encode())
        except ConnectionResetError:
            pass
        finally:
            self._readers.pop(queue, None)
        return response

    def _tell_connections(self, number: int) -> None:
        for reader in self._readers:
            reader.put_nowait({"kind": "connections", "connections": number})

    def _tell(self, change: Change) -> None:
        for reader, user in self._readers.items():
            if update := self._update(change, user):
                reader.put_nowait(update)

    def _update(self, change: Change, user: str) -> Json | None:
        """What `user` is shown of a change; None if nothing."""
        channel = self.workspace.channels.get(change.channel)
        message = change.message
        if change.kind in ("modal", "home"):
            if change.user != user:
                return None
            view = self.views.top(user) if change.kind == "modal" else self.views.homes.get(user)
            return {"kind": change.kind, "view": view.as_json() if view else None}
        if channel is None or channel not in self._visible(user):
            return None
        if change.kind in ("joined", "left"):
            return {"kind": "channels"}
        if change.kind == "status":
            return {"kind": "status", "status": self._status(channel.id, change.detail["thread_ts"])}
        if change.kind == "prompts":
            prompts = self.workspace.sessions.prompts[channel.id, change.detail["thread_ts"]]
            return {"kind": "prompts", "channel": channel.id, "prompts": prompts}
        if message is None or (message.ephemeral_for and message.ephemeral_for != user):
            return None
        if change.kind in ("message_deleted", "ephemeral_removed"):
            return {"kind": "removed", "channel": channel.id, "ts": message.ts}
        parent = self.workspace.history[channel.id].get(message.thread_ts)
        return {
            "kind": "message",
            "is_new": change.kind in ("message", "ephemeral"),
            "channel": channel.id,
            "message": _shown(message),
            "parent": _shown(parent) if parent else None,
        }

    # --- doing ----------------------------------------------------------------------------------------

    async def _do(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        action = _ACTIONS.get(request.match_info["action"])
        try:
            body = await request.json()
            user = str(body["user"])
        except (ValueError, KeyError, TypeError):
            raise web.HTTPBadRequest from None
        if action is None or user not in self.workspace.users:
            raise web.HTTPNotFound
        try:
            return web.json_response({"ok": True, **await action(self, user, body)})
        except SlackError as refusal:
            return web.json_response({"ok": False, "error": refusal.error})
        except NotAcknowledged:
            return web.json_response({"ok": False, "error": "operation_timeout"})

    async def say(self, user: str, body: Json) -> Json:
        message = self.workspace.say(
            user,
            str(body["channel"]),
            str(body["text"]),
            str(body.get("thread_ts") or ""),
            broadcast=bool(body.get("broadcast")),
        )
        return {"ts": message.ts}

    async def command(self, user: str, body: Json) -> Json:
        name, _, text = str(body["text"]).partition(" ")
        await self.interactions.command(user, str(body["channel"]), name, text.strip())
        return {}

    async def click(self, user: str, body: Json) -> Json:
        action_id, value = str(body["action_id"]), body.get("value")
        if body.get("view_id"):
            view = self.views.find(str(body["view_id"]))
            await self.interactions.click_in_view(user, view, action_id, value)
        else:
            await self.interactions.click(user, str(body["channel"]), str(body["ts"]), action_id, value)
        return {}

    async def submit(self, user: str, body: Json) -> Json:
        view = self.views.find(str(body["view_id"]))
        return {"errors": await self.interactions.submit(user, view, body["filled"])}

    async def close_view(self, user: str, _: Json) -> Json:
        await self.interactions.close_view(user)
        return {}

    async def react(self, user: str, body: Json) -> Json:
        message, name = self._own_or_other(user, body), str(body["name"])
        if user in message.reactions.get(name, []):
            self.workspace.unreact(user, message, name)
        else:
            self.workspace.react(user, message, name)
        return {}

    async def edit(self, user: str, body: Json) -> Json:
        message = self._own_or_other(user, body)
        if message.user != user:
            raise SlackError("cant_update_message")
        self.workspace.edit_by_person(message, str(body["text"]))
        return {}

    async def delete(self, user: str, body: Json) -> Json:
        message = self._own_or_other(user, body)
        if message.user != user:
            raise SlackError("cant_delete_message")
        self.workspace.delete(message)
        return {}

    async def join(self, user: str, body: Json) -> Json:
        invited = str(body.get("invited") or user)
        channel = self.workspace.channel(str(body["channel"]), user)
        self.workspace.join(invited, channel, inviter=user if invited != user else "")
        return {}

    async def open_app(self, user: str, body: Json) -> Json:
        self.workspace.sessions.open_app(user, str(body.get("tab") or "messages"), self.views.home_json(user))
        return {}

    async def stop(self, user: str, body: Json) -> Json:
        self.workspace.streams.stop_by_person(user, str(body["channel"]), str(body["thread_ts"]))
        return {}

    def _own_or_other(self, user: str, body: Json) -> Message:
        channel = self.workspace.joined_channel(str(body["channel"]), user)
        return self.workspace.message(channel.id, str(body["ts"]))


def _shown(message: Message) -> Json:
    shown = message.as_json() | {"is_ephemeral": bool(message.ephemeral_for)}
    if message.stream:
        shown["stream"] = message.stream.state
        shown["task_display_mode"] = message.stream.display
    return shown


_ACTIONS: dict[str, Action] = {
    "say": PageApi.say,
    "command": PageApi.command,
    "click": PageApi.click,
    "submit": PageApi.submit,
    "close_view": PageApi.close_view,
    "react": PageApi.react,
    "edit": PageApi.edit,
    "delete": PageApi.delete,
    "join": PageApi.join,
    "open_app": PageApi.open_app,
    "stop": PageApi.stop,
}
