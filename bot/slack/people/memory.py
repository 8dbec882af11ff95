"""What Slack said, remembered for a minute: that is how long a revoked right may live on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 5_000


class Minute(Generic[T]):
    """Answers by key, each used for at most 60 seconds, counted from before Slack was asked.

    Only raw answers belong here: what is worked out of several of them would be older than any.
    """

    def __init__(self, clock: Callable[[], float], most: int = MOST_REMEMBERED) -> None:
        self._clock = clock
        self._most = most
        self._known: dict[str, tuple[float, T]] = {}
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, key: str, ask: Callable[[], Awaitable[T]], at_most: float = REMEMBERED_SECONDS) -> T:
        """What was said in the last `at_most` seconds, or else what `ask` gives; asked once at a time."""
        lock = self._asking.setdefault(key, asyncio.Lock())
        async with lock:
            known = self._known.get(key)
            if known is not None and 0 <= self._clock() - known[0] < at_most:
                return known[1]
            asked_at = self._clock()
            given = await ask()
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[key] = (asked_at, given)
            return given

    def forget(self, key: str) -> None:
        """Let it be asked anew."""
        self._known.pop(key, None)
