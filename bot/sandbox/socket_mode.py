"""Socket Mode: connections, envelopes, acks and retries, as Slack keeps them."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox import cast
from bot.sandbox.cast import Json
from bot.sandbox.faults import Faults

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds to wait before each repetition of an event that nobody acknowledged."""
MAX_CONNECTIONS = 10

log = logging.getLogger(__name__)


class NotAcknowledged(Exception):
    """Nobody was connected, or nobody acknowledged in time."""


class SocketMode:
    """Every open connection of the app, and what was sent over them and waits for its ack."""

    def __init__(
        self, *, ack_seconds: float = ACK_SECONDS, retry_delays: Sequence[float] = RETRY_DELAYS
    ) -> None:
        self.faults = Faults(self.disconnect, self.drop)
        self.ack_seconds = ack_seconds
        self.retry_delays = tuple(retry_delays)
        self.on_connections: Callable[[int], None] | None = None
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._transports: dict[web.WebSocketResponse, asyncio.BaseTransport | None] = {}
        self._turn = 0
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._connected = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._delivering = 0
        self.undelivered: list[Json] = []
        """Events that nobody acknowledged after every repetition, oldest first."""

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def unacknowledged(self) -> int:
        """How many envelopes wait for their ack now."""
        return len(self._acks)

    @property
    def delivering(self) -> int:
        """How many events are under way: sent, or waiting for their next repetition."""
        return self._delivering

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
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        if len(self._connections) >= MAX_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._connections.append(socket)
        self._transports[socket] = request.transport
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._connections),
                "connection_info": {"app_id": cast.APP_ID},
                "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
            }
        )
        self._count()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take_ack(message.data)
        finally:
            self._forget(socket)
        return socket

    def send_event(self, payload: Json) -> None:
        """Deliver an event in the background, with repetitions until it is acknowledged."""
        for _ in range(1 + self.faults.take_duplicates()):
            self._delivering += 1
            self._in_background(self._deliver(payload))

    async def ask(self, kind: str, payload: Json) -> Json:
        """Deliver something once; returns the payload of the ack. Raises NotAcknowledged."""
        return await self._once({"type": kind, "payload": payload, "accepts_response_payload": True})

    async def disconnect(self, reason: str) -> None:
        """Send `disconnect` to all; they are closed as Slack does: 10 s after a warning, else at once."""
        for socket in list(self._connections):
            try:
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            except ConnectionError:
                self._forget(socket)
            if reason != "warning":
                # no more is sent over it, but acks that are under way are still taken
                self._leave_out(socket)
                self._in_background(self._close_soon(socket))

    def drop(self) -> None:
        """Cut all at the level of TCP."""
        for socket in list(self._connections):
            transport = self._transports.get(socket)
            self._forget(socket)
            if isinstance(transport, asyncio.Transport):
                transport.abort()

    async def close(self) -> None:
        """Stop repeating and close every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in list(self._transports):
            await socket.close()
        for waiting in self._acks.values():
            waiting.cancel()

    async def _deliver(self, payload: Json) -> None:
        try:
            await self._deliver_or_give_up(payload)
        finally:
            self._delivering -= 1

    async def _deliver_or_give_up(self, payload: Json) -> None:
        envelope = {"type": "events_api", "payload": payload, "accepts_response_payload": False}
        for attempt, delay in enumerate((0.0, *self.retry_delays)):
            await asyncio.sleep(delay)
            retry = {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
            try:
                await self._once(envelope | retry)
            except NotAcknowledged:
                continue
            return
        self.undelivered.append(payload)
        log.warning("an event was not acknowledged after %d repetitions", len(self.retry_delays))

    async def _once(self, envelope: Json) -> Json:
        envelope_id = secrets.token_hex(16)
        ack: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = ack
        try:
            async with asyncio.timeout(self.ack_seconds):
                while not await self._sent(envelope | {"envelope_id": envelope_id}):
                    await self._connected.wait()
                return await ack
        except TimeoutError:
            raise NotAcknowledged(str(envelope["type"])) from None
        finally:
            del self._acks[envelope_id]

    async def _sent(self, envelope: Json) -> bool:
        if not self._connections:
            return False
        self._turn += 1
        socket = self._connections[self._turn % len(self._connections)]
        try:
            await socket.send_json(envelope)
        except ConnectionError:
            self._forget(socket)
            return False
        return True

    def _take_ack(self, data: str) -> None:
        try:
            ack: Any = json.loads(data)
        except json.JSONDecodeError:
            return
        if not isinstance(ack, dict) or self.faults.ignore_acks:
            return
        waiting = self._acks.get(str(ack.get("envelope_id")))
        if waiting and not waiting.done():
            payload = ack.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    async def _close_soon(self, socket: web.WebSocketResponse) -> None:
        await asyncio.sleep(self.ack_seconds)
        await socket.close()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _leave_out(self, socket: web.WebSocketResponse) -> None:
        if socket in self._connections:
            self._connections.remove(socket)
            self._count()

    def _forget(self, socket: web.WebSocketResponse) -> None:
        self._leave_out(socket)
        self._transports.pop(socket, None)

    def _count(self) -> None:
        if self._connections:
            self._connected.set()
        else:
            self._connected.clear()
        if self.on_connections:
            self.on_connections(len(self._connections))
