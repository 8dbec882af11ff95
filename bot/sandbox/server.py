"""Sandbox: the whole workspace on one port."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from aiohttp import web

from bot.sandbox.api.file_transfer import FileTransfer
from bot.sandbox.api.methods import METHODS
from bot.sandbox.api.rate_limits import RateLimits
from bot.sandbox.api.web_api import Call, Parts, WebApi
from bot.sandbox.errors import SlackError
from bot.sandbox.events.delivery import ACK_SECONDS, RETRY_DELAYS, Delivery
from bot.sandbox.events.events import envelope_of, events_of
from bot.sandbox.events.http_events import HttpEvents
from bot.sandbox.events.interactions import Interactions
from bot.sandbox.events.responses import Responses
from bot.sandbox.events.socket_mode import MAX_CONNECTIONS, PING_SECONDS, WARNING_SECONDS, SocketMode
from bot.sandbox.faults.faults import Faults
from bot.sandbox.page.activity import Activity
from bot.sandbox.page.api import PageApi
from bot.sandbox.team import cast
from bot.sandbox.team.app import App
from bot.sandbox.team.changes import Change
from bot.sandbox.team.files import MAX_FILE_BYTES
from bot.sandbox.team.views import Views
from bot.sandbox.team.workspace import Workspace
from bot.sandbox.verbs import Verbs

if TYPE_CHECKING:  # pydantic takes longer to import than the whole workspace to start
    from bot.sandbox.state import StateFile


class Sandbox(Verbs):
    """A local Slack workspace. `async with Sandbox() as sandbox:` runs it.

    `app` is what is installed in it. Events go over Socket Mode until `use_request_url` says otherwise.
    `state` names a file that keeps everything over a restart (bot/sandbox/state.py); without, all is gone.
    `rate_limits` and `outside_marketplace` are explained in bot/sandbox/api/rate_limits.py.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        app: App | None = None,
        transport: Literal["socket", "http"] = "socket",
        state: Path | None = None,
        signing_secret: str = cast.SIGNING_SECRET,
        clock: Callable[[], float] = time.time,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        max_connections: int = MAX_CONNECTIONS,
        ping_seconds: float = PING_SECONDS,
        warning_seconds: float = WARNING_SECONDS,
        rate_limits: bool = True,
        outside_marketplace: bool = False,
    ) -> None:
        self._host = host
        self._port = port
        self.bot_token = cast.BOT_TOKEN
        self.app_token = cast.APP_TOKEN
        self.signing_secret = signing_secret
        self.team_id = cast.TEAM_ID
        self.bot_user_id = cast.BOT_USER_ID
        self.bot_id = cast.BOT_ID
        workspace = Workspace(app or App(), clock)
        workspace.base_url = lambda: self.url
        views = Views(workspace)
        responses = Responses(workspace)
        self.socket_mode = SocketMode(
            max_connections=max_connections,
            ping_seconds=ping_seconds,
            warning_seconds=warning_seconds,
            linger_seconds=ack_seconds,
        )
        self.faults = Faults(self.socket_mode, workspace.streams.expire_all)
        """What shall go wrong."""
        self.rate_limits = RateLimits(clock, is_on=rate_limits, outside_marketplace=outside_marketplace)
        self.http_events = HttpEvents(signing_secret, now=lambda: time.time() + self.faults.clock_skew)
        self.delivery = Delivery(
            self.socket_mode if transport == "socket" else self.http_events,
            self.faults,
            ack_seconds=ack_seconds,
            retry_delays=retry_delays,
        )
        super().__init__(workspace, views, Interactions(workspace, views, responses, self.delivery.ask))
        parts = Parts(
            workspace,
            views,
            self.interactions,
            self.socket_mode,
            self.faults,
            self.rate_limits,
            self.bot_token,
            self.app_token,
        )
        self._responses = responses
        self._web_api = WebApi(parts, METHODS)
        self._file_transfer = FileTransfer(parts)
        self._activity = Activity()
        self._page = PageApi(parts, self.delivery, self._activity)
        self._runner: web.AppRunner | None = None
        self.state_file = self._state_file(state) if state else None
        """Saves by itself, behind every change."""
        workspace.watchers.append(self._tell_app)

    @property
    def url(self) -> str:
        """Where the page is; no slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        """What goes into `base_url` of slack_sdk; ends in /api/."""
        return self.url + "/api/"

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API so far, oldest first."""
        return self._web_api.calls

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app holds."""
        return self.socket_mode.connections

    @property
    def is_connected(self) -> bool:
        """Whether what is said now reaches the app at once; over HTTP, once its request URL was verified."""
        transport = self.delivery.transport
        return bool(transport.url) if isinstance(transport, HttpEvents) else self.connections > 0

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken, state.StateError when the file cannot be used."""
        if self.state_file:
            self.state_file.load()
        app = web.Application(client_max_size=MAX_FILE_BYTES, middlewares=[self._activity.watch])
        app.router.add_route("*", "/api/{method}", self._web_api.handle)
        app.router.add_get("/link/", self.socket_mode.handle)
        app.router.add_post("/response/{token}", self._respond)
        self._file_transfer.add_routes(app.router)
        self._page.add_routes(app.router)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError:
            await self.stop()  # lets go of the state file
            raise
        self._port = self._runner.addresses[0][1]
        if self.state_file:
            self.state_file.start()

    async def use_request_url(self, url: str) -> None:
        """Deliver by signed HTTP requests to `url` from now on; Socket Mode is switched off.

        Raises bot.sandbox.events.http_events.RequestUrlRefused, and changes nothing, unless it answers the
        challenge.
        """
        await self.http_events.use(url)
        self.delivery.transport = self.http_events
        await self.socket_mode.disconnect("link_disabled")

    async def stop(self) -> None:
        """Close every connection and the port."""
        self._page.close()
        await self.delivery.close()
        await self.socket_mode.close()
        await self.http_events.close()
        if self._runner:
            await self._runner.cleanup()
        if self.state_file:
            await self.state_file.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- inside ---------------------------------------------------------------------------------------

    def _state_file(self, path: Path) -> StateFile:
        from bot.sandbox.state import StateFile

        return StateFile(path, self.workspace, self.views)

    def _tell_app(self, change: Change) -> None:
        channel = self.workspace.channels.get(change.channel)
        is_shared = bool(channel and channel.shared_with)
        for subscription, event in events_of(change, self.workspace):
            if subscription in self.workspace.app.events:
                now = self.workspace.clock()
                self.delivery.send_event(envelope_of(event, now, is_shared=is_shared))

    async def _respond(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return web.Response(status=400, text="invalid_payload")
        try:
            self._responses.respond(request.match_info["token"], body)
        except SlackError as refusal:
            return web.Response(status=400, text=refusal.error)
        return web.Response(text="ok")
