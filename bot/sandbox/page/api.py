"""The routes of the web page: its files, what a person sees, a stream of updates, and what the person does.

It is no part of Slack. What changes anything answers only requests with a content type that a page of
another origin cannot send without asking first.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.api.methods import METHODS
from bot.sandbox.api.web_api import Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.events.delivery import Delivery, NotAcknowledged
from bot.sandbox.faults.catalogue import CATALOGUE
from bot.sandbox.page.actions import PageActions
from bot.sandbox.page.activity import Activity
from bot.sandbox.page.view import PageView
from bot.sandbox.shapes import Json
from bot.sandbox.team.changes import Change

PAGE = Path(__file__).parent / "assets"
KEEP_ALIVE_SECONDS = 15.0

# What a page may load is its own files; text that slips through as HTML could still run nothing.
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_DRAWABLE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class PageApi:
    """The page, and everything under /page/."""

    def __init__(self, parts: Parts, delivery: Delivery, activity: Activity) -> None:
        self._workspace = parts.workspace
        self._socket_mode = parts.socket_mode
        self._faults = parts.faults
        self._delivery = delivery
        self._activity = activity
        self._view = PageView(parts.workspace, parts.views)
        self._actions = PageActions(parts.workspace, parts.views, parts.interactions, parts.faults)
        # only what lies there now can be asked for: a name from outside is never a path
        self._assets = {path.name: path for path in PAGE.iterdir() if path.is_file()}
        self._readers: dict[asyncio.Queue[bytes | None], str] = {}
        parts.workspace.watchers.append(self._tell)
        parts.socket_mode.on_connections = self._tell_connections

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the page and its API on `router`."""
        router.add_get("/", self._asset)
        router.add_get("/archives/{channel}/{ts}", self._asset)
        router.add_get("/assets/{name}", self._asset)
        router.add_get("/page/state", self._state)
        router.add_get("/page/updates", self._updates)
        router.add_get("/page/faults", self._traffic)
        router.add_get("/page/files/{file}", self._file)
        router.add_post("/page/upload", self._upload)
        router.add_post("/page/do/{action}", self._do)

    def close(self) -> None:
        """End every stream of updates."""
        for reader in self._readers:
            reader.put_nowait(None)

    # --- reading --------------------------------------------------------------------------------------

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        path = self._assets.get(request.match_info.get("name", "index.html"))
        if path is None:
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return web.FileResponse(path, headers=headers)

    async def _state(self, request: web.Request) -> web.Response:
        user = request.query.get("user") or next(iter(self._workspace.users))
        if user not in self._workspace.users:
            raise web.HTTPNotFound
        state = self._view.state(user) | {"connections": self._socket_mode.connections}
        return web.json_response(state)

    async def _traffic(self, _: web.Request) -> web.Response:
        """What the fault panel shows. It holds no text of any message, so it is alike for everybody."""
        is_socket = self._delivery.transport is self._socket_mode
        return web.json_response(
            {
                "catalogue": [asdict(fault) for fault in CATALOGUE],
                "methods": sorted(METHODS),
                "active": self._faults.active(),
                "transport": "socket" if is_socket else "http",
                "waiting": self._delivery.unacknowledged,
                "deliveries": [asdict(sending) for sending in self._delivery.sendings],
                "calls": [asdict(call) for call in self._activity.calls],
            }
        )

    async def _file(self, request: web.Request) -> web.Response:
        user = self._person(request)
        try:
            file = self._workspace.files.find(request.match_info["file"], user)
        except SlackError:
            raise web.HTTPNotFound from None
        is_drawn = file.mimetype in _DRAWABLE and not request.query.get("save")
        shown = "inline" if is_drawn else "attachment"
        headers = {
            "Content-Type": file.mimetype if is_drawn else "application/octet-stream",
            "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(file.name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
        }
        return web.Response(body=file.content, headers=headers)

    # --- updates --------------------------------------------------------------------------------------

    async def _updates(self, request: web.Request) -> web.StreamResponse:
        user = self._person(request)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._readers[queue] = user
        # what happened between the snapshot and now is not lost: the page asks for the state on this
        queue.put_nowait(_event({"kind": "hello"}))
        try:
            while True:
                event: bytes | None = b": alive\n\n"
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                        event = await queue.get()
                if event is None:
                    break
                await response.write(event)
        except ConnectionResetError:
            pass
        finally:
            self._readers.pop(queue, None)
        return response

    def _tell_connections(self, number: int) -> None:
        event = _event({"kind": "connections", "connections": number})
        for reader in self._readers:
            reader.put_nowait(event)

    def _tell(self, change: Change) -> None:
        # made once for a person, however many windows of theirs are open
        events: dict[str, bytes] = {}
        for reader, user in self._readers.items():
            if user not in events:
                update = self._view.update(change, user)
                events[user] = _event(update) if update else b""
            if events[user]:
                reader.put_nowait(events[user])

    # --- doing ----------------------------------------------------------------------------------------

    async def _do(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        action = self._actions.by_name.get(request.match_info["action"])
        try:
            body = await request.json()
            user = str(body["user"])
        except (ValueError, KeyError, TypeError):
            raise web.HTTPBadRequest from None
        if action is None or user not in self._workspace.users:
            raise web.HTTPNotFound
        try:
            return web.json_response({"ok": True, **await action(user, body)})
        except SlackError as refusal:
            return web.json_response({"ok": False, "error": refusal.error})
        except NotAcknowledged:
            return web.json_response({"ok": False, "error": "operation_timeout"})
        except KeyError:
            raise web.HTTPBadRequest from None

    async def _upload(self, request: web.Request) -> web.Response:
        if request.content_type != "application/octet-stream":
            raise web.HTTPUnsupportedMediaType
        user, name = self._person(request), request.query.get("name", "")
        content = await request.read()
        try:
            if request.query.get("keep"):
                answer: Json = {"file": self._workspace.files.keep(user, name, content).id}
            else:
                answer = self._actions.share_file(user, name, content, request.query)
        except SlackError as refusal:
            return web.json_response({"ok": False, "error": refusal.error})
        return web.json_response({"ok": True, **answer})

    def _person(self, request: web.Request) -> str:
        user = request.query.get("user", "")
        if user not in self._workspace.users:
            raise web.HTTPNotFound
        return user


def _event(update: Json) -> bytes:
    """An update as one server-sent event."""
    return f"data: {json.dumps(update, ensure_ascii=False)}\n\n".encode()
