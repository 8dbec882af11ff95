"""How the app is told: first sending, acks, repetitions, giving up. What carries it is a Transport."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.sandbox.faults.faults import Faults
from bot.sandbox.shapes import Json

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds to wait before each repetition of an event that nobody acknowledged."""
REORDER_SECONDS = 10.0
"""How long an event that shall be overtaken waits for another one: at worst it is late, never lost."""

SENDINGS_KEPT = 60
"""How many of the last sendings are remembered, for the page to show."""

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


@dataclass
class Sending:
    """One envelope on its way, for somebody who wants to see why nothing came of it. It holds no text."""

    at: float
    """Seconds since 1970."""
    what: str
    """The event's type, the command, or the kind of interaction."""
    attempt: int
    outcome: str = "waiting"
    """waiting, acknowledged, or Slack's word for why it was not."""
    ms: float = 0.0
    """How long the ack took, or was waited for."""


@dataclass(frozen=True)
class _HandedOver:
    """An envelope that left."""

    seen: Sending
    ack: Awaitable[Json]


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
        self.sendings: deque[Sending] = deque(maxlen=SENDINGS_KEPT)
        """What went out last, oldest first."""
        self._delivering = 0
        self._unacknowledged = 0
        self.reorder_seconds = REORDER_SECONDS
        self._overtaken: Callable[[], None] | None = None
        """Sends the event that waits to be overtaken."""
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
        copies = 1 + self.faults.take_duplicates()
        loop = asyncio.get_running_loop()
        leaving: list[asyncio.Future[_HandedOver]] = [loop.create_future() for _ in range(copies)]
        for copy in leaving:
            self._delivering += 1
            self._in_background(self._deliver(event, copy))

        def go() -> None:
            # handed over here, not in the background: so nothing that is sent later overtakes it
            for copy in leaving:
                if not copy.done():
                    copy.set_result(self._hand_over(Envelope("events_api", event)))
            if self._overtaken is go:
                self._overtaken = None

        if delay := self.faults.take("delay"):
            loop.call_later(delay["seconds"], go)
        elif self._overtaken is None and self.faults.take("reorder") is not None:
            self._overtaken = go
            loop.call_later(self.reorder_seconds, go)
        else:
            go()
            if self._overtaken:
                self._overtaken()

    async def ask(self, kind: str, payload: Json) -> Json:
        """Deliver something once; returns the payload of the ack. Raises NotAcknowledged."""
        return await self._acknowledged(self._hand_over(Envelope(kind, payload)))

    async def close(self) -> None:
        """Stop repeating. The transport is left open."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, event: Json, leaving: asyncio.Future[_HandedOver]) -> None:
        try:
            await self._repeat(event, await leaving)
        finally:
            self._delivering -= 1

    async def _repeat(self, event: Json, sent: _HandedOver) -> None:
        for attempt, delay in enumerate((*self.retry_delays, None), 1):
            try:
                await self._acknowledged(sent)
            except NotAcknowledged as failure:
                if delay is None or failure.asks_for_no_retry:
                    break
                await asyncio.sleep(delay)
                sent = self._hand_over(Envelope("events_api", event, attempt, failure.reason))
            else:
                return
        self.undelivered.append(event)
        log.warning("an event was not acknowledged and is given up")

    def _hand_over(self, envelope: Envelope) -> _HandedOver:
        seen = Sending(time.time(), _named(envelope), envelope.attempt)
        self.sendings.append(seen)
        return _HandedOver(seen, self.transport.send(envelope))

    async def _acknowledged(self, sent: _HandedOver) -> Json:
        self._unacknowledged += 1
        start = time.perf_counter()
        try:
            async with asyncio.timeout(self.ack_seconds):
                ack = await sent.ack
                if self.faults.ignore_acks or self.faults.take("retry") is not None:
                    await asyncio.Event().wait()  # for ever, that is until the deadline
                slow = self.faults.take("slow_ack")
                if slow:
                    await asyncio.sleep(slow["seconds"])
        except TimeoutError:
            sent.seen.outcome = self.transport.timeout_reason
            raise NotAcknowledged(self.transport.timeout_reason) from None
        except NotAcknowledged as failure:
            sent.seen.outcome = failure.reason
            raise
        else:
            sent.seen.outcome = "acknowledged"
            return ack
        finally:
            sent.seen.ms = (time.perf_counter() - start) * 1000
            self._unacknowledged -= 1

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _named(envelope: Envelope) -> str:
    # tests send payloads of any shape
    event = envelope.payload.get("event")
    if isinstance(event, dict):
        names = (event.get("type"), event.get("subtype"))
    else:
        names = (envelope.payload.get("command"), envelope.payload.get("type"))
    return " ".join(str(name) for name in names if name) or envelope.kind
