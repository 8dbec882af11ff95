"""Socket Mode: the app's WebSockets as Slack keeps them, and the envelopes that travel over them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from bot.sandbox.events.delivery import ACK_SECONDS, Envelope
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast

MAX_CONNECTIONS = 10
PING_SECONDS = 10.0
"""How often Slack's side pings. Slack's Node client gives a connection up that was not pinged for 30 s."""
SILENT_PINGS = 3
"""So many pings without any sign of life, and a connection counts as dead."""
WARNING_SECONDS = 10.0
"""How long after a `disconnect` with reason `warning` the connection is closed."""


@dataclass(frozen=True)
class _Outgoing:
    text: str
    ack: asyncio.Future[Json] | None = None


class _Connection:
    """One WebSocket, and what is to leave over it in this order."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.socket = socket
        self.transport = transport
        self.outgoing: asyncio.Queue[_Outgoing] = asyncio.Queue()
        self.is_frozen = False
        """True: it stays up, and nothing passes any more."""
        self.unanswered_pings = 0
        self._failed: list[_Outgoing] = []

    def freeze(self) -> None:
        """Neither read nor write from now on, without telling the other side."""
        self.is_frozen = True
        self.transport.pause_reading()

    async def write(self) -> None:
        """Send what is queued, for as long as the connection lives. Raises ConnectionError."""
        while True:
            outgoing = await self.outgoing.get()
            # nobody waits any more: its time ran out before it left
            if self.is_frozen or (outgoing.ack and outgoing.ack.done()):
                continue
            try:
                await self.socket.send_str(outgoing.text)
            except ConnectionError:
                self._failed.append(outgoing)
                raise

    def unsent(self) -> list[_Outgoing]:
        """Take out the envelopes that did not leave, oldest first."""
        taken = [*self._failed, *(self.outgoing.get_nowait() for _ in range(self.outgoing.qsize()))]
        self._failed = []
        return [outgoing for outgoing in taken if outgoing.ack and not outgoing.ack.done()]


class SocketMode:
    """Every open connection of the app, and what was sent over them and waits for its ack.

    Envelopes go to the connections in turn, over each one in the order in which they were sent. One that
    could not be written goes to another connection, or to the next one that opens.
    """

    timeout_reason = "timeout"

    def __init__(
        self,
        *,
        max_connections: int = MAX_CONNECTIONS,
        ping_seconds: float = PING_SECONDS,
        warning_seconds: float = WARNING_SECONDS,
        linger_seconds: float = ACK_SECONDS,
    ) -> None:
        self.max_connections = max_connections
        self.ping_seconds = ping_seconds
        self.warning_seconds = warning_seconds
        self.linger_seconds = linger_seconds
        """How long a connection that was told to go stays open for the acks that are under way."""
        self.on_connections: Callable[[int], None] | None = None
        self._tickets: set[str] = set()
        self._open: list[_Connection] = []
        """Those that take envelopes."""
        self._alive: set[_Connection] = set()
        """These, and those on their way out."""
        self._turn = 0
        self._waiting: deque[_Outgoing] = deque()
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def new_ticket(self) -> str:
        """What apps.connections.open puts into the address; good for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket, for as long as it lives."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="no such connection")
        self._tickets.discard(ticket)
        # pings and pongs come to us, so that a frozen connection answers none, and silence is noticed
        socket = web.WebSocketResponse(autoping=False, timeout=1.0)
        await socket.prepare(request)
        if len(self._open) >= self.max_connections or not isinstance(request.transport, asyncio.Transport):
            with contextlib.suppress(ConnectionError):
                await socket.send_str(_goodbye("too_many_websockets"))
            await socket.close()
            return socket
        connection = _Connection(socket, request.transport)
        self._alive.add(connection)
        writer = self._in_background(self._write(connection))
        pinger = self._in_background(self._ping(connection))
        connection.outgoing.put_nowait(_Outgoing(_hello(len(self._open) + 1)))
        self._open.append(connection)
        self._changed()
        try:
            async for message in socket:
                await self._take(connection, message)
        finally:
            writer.cancel()
            pinger.cancel()
            self._leave_out(connection)
            self._alive.discard(connection)
        return socket

    def send(self, envelope: Envelope) -> asyncio.Future[Json]:
        """Queue an envelope for the connection whose turn it is, or for the first one that opens.

        Its ack is taken from whichever connection it comes over.
        """
        envelope_id = secrets.token_hex(16)
        body: Json = {
            "envelope_id": envelope_id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.kind != "events_api",
        }
        if envelope.kind == "events_api":
            body |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
        ack: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = ack
        ack.add_done_callback(lambda _: self._acks.pop(envelope_id, None))
        self._waiting.append(_Outgoing(json.dumps(body), ack))
        self._hand_out()
        return ack

    async def disconnect(self, reason: str) -> None:
        """Send `disconnect` to all; they are closed as Slack does: 10 s after a warning, else at once."""
        for connection in list(self._open):
            self._tell_to_go(connection, reason)
            if reason == "warning":
                self._in_background(self._close_after_warning(connection))

    def drop(self) -> None:
        """Cut all at the level of TCP."""
        for connection in list(self._open):
            self._leave_out(connection)
            connection.transport.abort()

    def freeze(self) -> None:
        """Leave all up, and let nothing pass any more: what is called a half-open connection."""
        for connection in list(self._open):
            connection.freeze()

    async def close(self) -> None:
        """Close every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self._alive:
            if connection.is_frozen:
                connection.transport.abort()
        awake = [connection.socket for connection in self._alive if not connection.is_frozen]
        await asyncio.gather(*(socket.close() for socket in awake))
        for ack in list(self._acks.values()):
            ack.cancel()

    # --- one connection -------------------------------------------------------------------------------

    async def _write(self, connection: _Connection) -> None:
        try:
            await connection.write()
        except ConnectionError:
            self._leave_out(connection)

    async def _ping(self, connection: _Connection) -> None:
        while connection.unanswered_pings < SILENT_PINGS:
            connection.unanswered_pings += 1
            if not connection.is_frozen:
                try:
                    await connection.socket.ping(b"Ping from the sandbox")
                except ConnectionError:
                    break
            await asyncio.sleep(self.ping_seconds)
        self._leave_out(connection)
        if not connection.is_frozen:
            connection.transport.abort()

    async def _take(self, connection: _Connection, message: WSMessage) -> None:
        if connection.is_frozen:
            return
        connection.unanswered_pings = 0
        if message.type is WSMsgType.PING:
            with contextlib.suppress(ConnectionError):
                await connection.socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            self._take_ack(message.data)

    def _take_ack(self, data: str) -> None:
        try:
            ack: Any = json.loads(data)
        except json.JSONDecodeError:
            return
        if not isinstance(ack, dict):
            return
        waiting = self._acks.get(str(ack.get("envelope_id")))
        if waiting and not waiting.done():
            payload = ack.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    async def _close_after_warning(self, connection: _Connection) -> None:
        await asyncio.sleep(self.warning_seconds)
        if connection in self._open:
            self._tell_to_go(connection, "refresh_requested")

    def _tell_to_go(self, connection: _Connection, reason: str) -> None:
        connection.outgoing.put_nowait(_Outgoing(_goodbye(reason)))
        if reason != "warning":
            # nothing more goes over it, but acks that are under way are still taken
            self._open.remove(connection)
            self._changed()
            self._in_background(self._close_soon(connection))

    async def _close_soon(self, connection: _Connection) -> None:
        await asyncio.sleep(self.linger_seconds)
        if not connection.is_frozen:
            await connection.socket.close()

    # --- all of them ----------------------------------------------------------------------------------

    def _hand_out(self) -> None:
        while self._waiting and self._open:
            self._turn += 1
            self._open[self._turn % len(self._open)].outgoing.put_nowait(self._waiting.popleft())

    def _leave_out(self, connection: _Connection) -> None:
        self._waiting.extendleft(reversed(connection.unsent()))
        if connection in self._open:
            self._open.remove(connection)
            self._changed()
        self._hand_out()

    def _changed(self) -> None:
        self._hand_out()
        if self.on_connections:
            self.on_connections(len(self._open))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _hello(number: int) -> str:
    return json.dumps(
        {
            "type": "hello",
            "num_connections": number,
            "connection_info": {"app_id": cast.APP_ID},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }
    )


def _goodbye(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
