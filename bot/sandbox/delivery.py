"""How the app is told: first sending, acks, repetitions, giving up. What carries it is a Transport."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.sandbox.faults import Faults
from bot.sandbox.shapes import Json

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds to wait before each repetition of an event that nobody acknowledged."""
REORDER_SECONDS = 10.0
"""How long an event that shall be overtaken waits for another one: at worst it is late, never lost."""

log = logging.getLogger(__name__)


class NotAcknowledged(Exception):
    """The app did not take it: nobody was connected, no ack came in time, or it answered with an error.

    `reason` is Slack's word for it (timeout, http_timeout, http_error, connection_failed, ...), and
    `asks_for_no_retry` says that the app wants no repetition.
    """

    def __init__(self, reason: str, *, asks_for_no_retry: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.asks_for_no_retry = asks_for_no_retry


@dataclass(frozen=True)
class Envelope:
    """One sending of something. A repetition is a new envelope around the same payload."""

    kind: str
    """events_api, slash_commands or interactive."""
    payload: Json
    attempt: int = 0
    """0, or which repetition it is."""
    reason: str = ""
    """Why the sending before it failed."""


class Transport(Protocol):
    """What carries envelopes to the app."""

    timeout_reason: str
    """What Slack calls it when no ack came in time."""

    def send(self, envelope: Envelope) -> Awaitable[Json]:
        """Hand an envelope over; envelopes leave in the order of these calls.

        What it returns waits for the ack and gives its payload ({} if it carried none), or raises
        NotAcknowledged. It sets no limit of time; once cancelled, the envelope need not be sent any more.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class Delivery:
    """Events with their repetitions, and questions that want an answer at once, over one transport."""

    def __init__(
        self,
        transport: Transport,
        faults: Faults,
        *,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self.transport = transport
        """May be exchanged at any time: what is still to be repeated then goes over the new one."""
        self.faults = faults
        self.ack_seconds = ack_seconds
        self.retry_delays = tuple(retry_delays)
        self.undelivered: list[Json] = []
        """Events given up: not acknowledged after every repetition, or the app asked for no more of them."""
        self._delivering = 0
        self._unacknowledged = 0
        self._overtaken: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def unacknowledged(self) -> int:
        """How many envelopes wait for their ack now."""
        return self._unacknowledged

    @property
    def delivering(self) -> int:
        """How many events are under way: held back, sent, or waiting for their next repetition."""
        return self._delivering

    def send_event(self, event: Json) -> None:
        """Deliver an event_callback in the background, with repetitions until it is acknowledged.

        Events leave in the order of these calls, repetitions and what a fault holds back excepted.
        """
        if self.faults.clock_skew and "event_time" in event:
            event = event | {"event_time": int(event["event_time"] + self.faults.clock_skew)}
        gate = self._gate()
        for _ in range(1 + self.faults.take_duplicates()):
            # the first sending is handed over here, not in the task: so nothing sent later overtakes it
            sent = None if gate else self.transport.send(Envelope("events_api", event))
            self._delivering += 1
            self._in_background(self._deliver(event, gate, sent))
        if gate is None and self._overtaken:
            self._overtaken.set()
            self._overtaken = None

    async def ask(self, kind: str, payload: Json) -> Json:
        """Deliver something once; returns the payload of the ack. Raises NotAcknowledged."""
        return await self._acknowledged(self.transport.send(Envelope(kind, payload)))

    async def close(self) -> None:
        """Stop repeating, and close the transport."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.transport.close()

    def _gate(self) -> asyncio.Event | None:
        """What the event going out now must wait for; None: it goes at once."""
        delay = self.faults.take("delay")
        if delay:
            seconds = float(delay["seconds"])
        elif self._overtaken is None and self.faults.take("reorder"):
            seconds = REORDER_SECONDS
        else:
            return None
        gate = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, gate.set)
        if not delay:
            self._overtaken = gate
        return gate

    async def _deliver(self, event: Json, gate: asyncio.Event | None, sent: Awaitable[Json] | None) -> None:
        try:
            if gate:
                await gate.wait()
                if gate is self._overtaken:
                    self._overtaken = None
            await self._repeat(event, sent or self.transport.send(Envelope("events_api", event)))
        finally:
            self._delivering -= 1

    async def _repeat(self, event: Json, sent: Awaitable[Json]) -> None:
        for attempt, delay in enumerate((*self.retry_delays, None), 1):
            try:
                await self._acknowledged(sent)
            except NotAcknowledged as failure:
                if delay is None or failure.asks_for_no_retry:
                    break
                await asyncio.sleep(delay)
                sent = self.transport.send(Envelope("events_api", event, attempt, failure.reason))
            else:
                return
        self.undelivered.append(event)
        log.warning("an event was not acknowledged and is given up")

    async def _acknowledged(self, sent: Awaitable[Json]) -> Json:
        self._unacknowledged += 1
        try:
            async with asyncio.timeout(self.ack_seconds):
                ack = await sent
                if self.faults.ignore_acks or self.faults.take("retry"):
                    await asyncio.Event().wait()  # for ever, that is until the deadline
                slow = self.faults.take("slow_ack")
                if slow:
                    await asyncio.sleep(slow["seconds"])
                return ack
        except TimeoutError:
            raise NotAcknowledged(self.transport.timeout_reason) from None
        finally:
            self._unacknowledged -= 1

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
