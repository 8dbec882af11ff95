"""What goes wrong on demand. Every fault is armed once and spends itself; nothing here is random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Armed:
    """One thing that will happen to the next call of a method."""

    kind: str
    """rate_limit, lose_reply, error or status."""
    value: str = ""


class Faults:
    """Reach it as `sandbox.faults`."""

    def __init__(
        self, disconnect: Callable[[str], Awaitable[None]], drop_connections: Callable[[], None]
    ) -> None:
        self._calls: dict[str, list[Armed]] = {}
        self._envelopes: Counter[str] = Counter()
        self._disconnect = disconnect
        self._drop_connections = drop_connections
        self.token_revoked = False
        """While true every call with the bot token answers token_revoked."""
        self.ignore_acks = False
        """While true acks of events are lost on the way, so that the sandbox retries."""

    # --- the Web API ----------------------------------------------------------------------------------

    def rate_limit(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """The next `times` calls of `method` answer 429 and do nothing."""
        self._arm(method, Armed("rate_limit", str(retry_after)), times)

    def lose_reply(self, method: str, *, times: int = 1) -> None:
        """The next calls of `method` succeed, and the connection breaks before their answer leaves."""
        self._arm(method, Armed("lose_reply"), times)

    def fail(self, method: str, error: str, *, times: int = 1) -> None:
        """The next calls of `method` answer {"ok": false, "error": error} and do nothing."""
        self._arm(method, Armed("error", error), times)

    def break_down(self, method: str, *, status: int = 503, times: int = 1) -> None:
        """The next calls of `method` answer with an HTTP error and no JSON, and do nothing."""
        self._arm(method, Armed("status", str(status)), times)

    def next_for(self, method: str) -> Armed | None:
        """What shall happen to this call; it is spent by asking."""
        waiting = self._calls.get(method)
        return waiting.pop(0) if waiting else None

    def _arm(self, method: str, fault: Armed, times: int) -> None:
        self._calls.setdefault(method, []).extend([fault] * times)

    # --- Socket Mode ----------------------------------------------------------------------------------

    def duplicate_next_envelope(self, *, times: int = 1) -> None:
        """The next event is delivered once more with the same event_id, `times` times over."""
        self._envelopes["duplicate"] += times

    def take_duplicates(self) -> int:
        """How many more times the event going out now shall be delivered; spent by asking."""
        return self._envelopes.pop("duplicate", 0)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection to go (warning, refresh_requested, link_disabled, too_many_websockets)."""
        await self._disconnect(reason)

    def drop_connections(self) -> None:
        """Cut every Socket Mode connection without a word."""
        self._drop_connections()
