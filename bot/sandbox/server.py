"""Sandbox: the whole workspace on one port, and verbs for tests that act as its people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, TypeVar

from aiohttp import web

from bot.sandbox import cast
from bot.sandbox.cast import Json
from bot.sandbox.delivery import ACK_SECONDS, RETRY_DELAYS, Delivery
from bot.sandbox.events import envelope_of, events_of
from bot.sandbox.faults import Faults
from bot.sandbox.http_events import HttpEvents, RequestUrlRefused
from bot.sandbox.interactions import Interactions
from bot.sandbox.messages import Message
from bot.sandbox.methods import METHODS
from bot.sandbox.page_api import PageApi
from bot.sandbox.socket_mode import MAX_CONNECTIONS, PING_SECONDS, WARNING_SECONDS, SocketMode
from bot.sandbox.views import View, Views
from bot.sandbox.web_api import Call, Parts, WebApi
from bot.sandbox.workspace import Change, Command, SlackError, Workspace

FOOTNOTE = Command("/footnote", "Ask the company's documents", "ask | reindex | status | sources | help")

T = TypeVar("T")


class Sandbox:
    """A local Slack workspace. `async with Sandbox() as sandbox:` runs it.

    Users and channels may be given to every verb by name ("jiwoo", "general") or by id. A verb that Slack
    would refuse raises bot.sandbox.workspace.SlackError with Slack's name for it; one that waits for the
    bot's ack raises bot.sandbox.delivery.NotAcknowledged when none comes within `ack_seconds`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Callable[[], float] = time.time,
        commands: Sequence[Command] = (FOOTNOTE,),
        scopes: frozenset[str] = cast.BOT_SCOPES,
        events: frozenset[str] = cast.EVENTS,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        transport: Literal["socket", "http"] = "socket",
        signing_secret: str = cast.SIGNING_SECRET,
        max_connections: int = MAX_CONNECTIONS,
        ping_seconds: float = PING_SECONDS,
        warning_seconds: float = WARNING_SECONDS,
    ) -> None:
        self._host = host
        self._port = port
        self.bot_token = cast.BOT_TOKEN
        self.app_token = cast.APP_TOKEN
        self.team_id = cast.TEAM_ID
        self.bot_user_id = cast.BOT_USER_ID
        self.bot_id = cast.BOT_ID
        self.workspace = Workspace(clock)
        self.views = Views(self.workspace)
        self.signing_secret = signing_secret
        self.socket_mode = SocketMode(
            max_connections=max_connections,
            ping_seconds=ping_seconds,
            warning_seconds=warning_seconds,
            linger_seconds=ack_seconds,
        )
        self.faults = Faults(self.socket_mode)
        """What shall go wrong."""
        self.delivery = Delivery(
            self.socket_mode if transport == "socket" else self._http_events(""),
            self.faults,
            ack_seconds=ack_seconds,
            retry_delays=retry_delays,
        )
        self.interactions = Interactions(
            self.workspace, self.views, self.delivery.ask, lambda: self.url, tuple(commands)
        )
        parts = Parts(
            self.workspace,
            self.views,
            self.interactions,
            self.socket_mode,
            self.faults,
            lambda: self.url,
            self.bot_token,
            self.app_token,
            scopes,
            events,
        )
        self._web_api = WebApi(parts, METHODS)
        self._page = PageApi(self.workspace, self.views, self.interactions, self.socket_mode)
        self._subscribed = events
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Event()
        self.workspace.watchers.append(self._on_change)

    # --- running --------------------------------------------------------------------------------------

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
        """How many Socket Mode connections the bot holds."""
        return self.socket_mode.connections

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._web_api.handle)
        app.router.add_get("/link/", self.socket_mode.handle)
        app.router.add_post("/response/{token}", self._respond)
        self._page.add_routes(app.router)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and the port."""
        self._page.close()
        await self.delivery.close()
        await self.socket_mode.close()
        if self._runner:
            await self._runner.cleanup()

    async def use_request_url(self, url: str) -> None:
        """Deliver by signed HTTP requests to `url` from now on; Socket Mode is switched off.

        Raises bot.sandbox.http_events.RequestUrlRefused, and changes nothing, unless it answers the challenge.
        """
        http_events = self._http_events(url)
        try:
            await http_events.verify()
        except RequestUrlRefused:
            await http_events.close()
            raise
        replaced, self.delivery.transport = self.delivery.transport, http_events
        if replaced is self.socket_mode:
            await self.socket_mode.disconnect("link_disabled")
        else:
            await replaced.close()

    def _http_events(self, url: str) -> HttpEvents:
        return HttpEvents(url, self.signing_secret, now=lambda: time.time() + self.faults.clock_skew)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- what people do -------------------------------------------------------------------------------

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> str:
        """Send a message as somebody; `@footnote` in it is a mention. Returns its ts."""
        person = self.workspace.user(user).id
        message = self.workspace.say(person, channel, text, thread_ts or "", broadcast=broadcast)
        return message.ts

    async def post_as_other_bot(self, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Send a message as a bot that is not ours (subtype bot_message). Returns its ts."""
        message = Message(self.workspace.new_ts(), self.workspace.channel(channel).id, "", text)
        message.subtype, message.bot_id, message.username = "bot_message", "B01OTHER00", "other-bot"
        return self.workspace.post(message, thread_ts or "").ts

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
        """Add a reaction. The bot hears of it only with `reaction_added` among `events`."""
        message = self.workspace.message(self.workspace.channel(channel).id, ts)
        self.workspace.react(self.workspace.user(user).id, message, name)

    async def join(self, user: str, channel: str) -> None:
        """Become a member; "footnote" may be one who does."""
        self.workspace.join(self.workspace.user(user).id, self.workspace.channel(channel))

    async def leave(self, user: str, channel: str) -> None:
        """Leave a channel."""
        self.workspace.leave(self.workspace.user(user).id, self.workspace.channel(channel))

    async def open_app(self, user: str, tab: str = "messages") -> None:
        """Open the bot's "messages" or "home" tab."""
        person = self.workspace.user(user).id
        self.workspace.open_app(person, tab, self.views.home_json(person))

    async def command(self, user: str, channel: str, name: str, text: str = "") -> None:
        """Run a slash command; returns once it was acknowledged (or failed, which the person is told)."""
        await self.interactions.command(self.workspace.user(user).id, channel, name, text)

    async def click(
        self, user: str, channel: str, ts: str, action_id: str, value: str | list[str] | None = None
    ) -> None:
        """Use a button or select of a message; returns once it was acknowledged."""
        await self.interactions.click(self.workspace.user(user).id, channel, ts, action_id, value)

    async def click_in_modal(self, user: str, action_id: str, value: str | list[str] | None = None) -> None:
        """Use a button or select of the modal that is open."""
        await self.interactions.click_in_view(self._top(user), action_id, value)

    async def click_in_home(self, user: str, action_id: str, value: str | list[str] | None = None) -> None:
        """Use a button or select of the Home tab."""
        home = self.views.homes.get(self.workspace.user(user).id)
        if home is None:
            raise SlackError("not_found")
        await self.interactions.click_in_view(home, action_id, value)

    async def submit(self, user: str, filled: Mapping[str, object]) -> dict[str, str]:
        """Submit the open modal, `filled` by action_id. Returns the errors shown, by block_id."""
        return await self.interactions.submit(self._top(user), filled)

    async def close_modal(self, user: str) -> None:
        """Close the open modal."""
        await self.interactions.close_view(self.workspace.user(user).id)

    async def stop_answer(self, user: str, channel: str, thread_ts: str) -> None:
        """Click Stop on an answer that is being written."""
        place = self.workspace.channel(channel).id
        self.workspace.stop_by_person(self.workspace.user(user).id, place, thread_ts)

    # --- what people see ------------------------------------------------------------------------------

    def dm(self, user: str) -> str:
        """The id of somebody's direct messages with the bot."""
        return self.workspace.direct_channel(self.workspace.user(user).id).id

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
        return self.workspace.status(self.workspace.channel(channel).id, thread_ts)

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

    def _on_change(self, change: Change) -> None:
        self._changed.set()
        for subscription, event in events_of(change, self.workspace):
            if subscription in self._subscribed:
                self.delivery.send_event(envelope_of(event, self.workspace.clock()))

    async def _respond(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return web.Response(status=400, text="invalid_payload")
        try:
            self.interactions.respond(request.match_info["token"], body)
        except SlackError as refusal:
            return web.Response(status=400, text=refusal.error)
        return web.Response(text="ok")
