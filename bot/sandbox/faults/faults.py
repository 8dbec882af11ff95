"""What goes wrong on demand: armed, spent, lifted; nothing random. fault_catalogue.py says what there is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.sandbox.faults.catalogue import CATALOGUE, EVERY_METHOD, Fault, Parameter
from bot.sandbox.shapes import Json

__all__ = ["CATALOGUE", "Connections", "Fault", "Faults", "MethodFault", "Parameter", "WrongFault"]

_BY_NAME = {fault.name: fault for fault in CATALOGUE}
_OF_METHODS = {
    "rate_limit": ("rate_limit", "retry_after"),
    "lose_reply": ("lose_reply", ""),
    "api_error": ("error", "error"),
    "server_error": ("status", "status"),
}


class WrongFault(ValueError):
    """There is no such fault, or it does not take this parameter or this value."""


class Connections(Protocol):
    """What faults of the connection happen to."""

    async def disconnect(self, reason: str) -> None:
        """Send `disconnect` to all."""
        ...

    def drop(self) -> None:
        """Cut all at the level of TCP."""
        ...

    def freeze(self) -> None:
        """Leave all up, and let nothing pass any more."""
        ...


@dataclass
class Armed:
    """A fault that waits for its moment, or stands."""

    fault: Fault
    parameters: Json
    left: int | None
    """How many more times it will happen; None: until it is lifted."""


@dataclass(frozen=True)
class MethodFault:
    """What shall happen to one call of the Web API."""

    kind: str
    """rate_limit, lose_reply, error or status."""
    value: str = ""
    """Seconds to wait, the error or the HTTP status."""


class Faults:
    """Reach it as `sandbox.faults`. Those of one name are spent in the order in which they were armed."""

    def __init__(self, connections: Connections, expire_streams: Callable[[], None]) -> None:
        self.on_change: Callable[[], None] | None = None
        """Called after something was armed, spent or lifted."""
        self._connections = connections
        self._expire_streams = expire_streams
        self._armed: list[Armed] = []

    # --- by name ----------------------------------------------------------------------------------------

    async def trigger(self, name: str, **parameters: object) -> None:
        """Let a fault of the catalogue happen now, or arm it. What is not given has its default.

        Raises WrongFault.
        """
        fault, chosen = _checked(name, parameters)
        match name:
            case "disconnect":
                await self._connections.disconnect(chosen["reason"])
            case "drop":
                self._connections.drop()
            case "half_open":
                self._connections.freeze()
            case "expire_streams":
                self._expire_streams()
            case _:
                self._arm(fault, chosen)

    def lift(self, name: str) -> None:
        """Disarm every fault of that name; nothing happens if there is none. Raises WrongFault."""
        if name not in _BY_NAME:
            raise WrongFault(f"there is no fault {name!r}")
        kept = [armed for armed in self._armed if armed.fault.name != name]
        if len(kept) != len(self._armed):
            self._armed = kept
            self._changed()

    def lift_all(self) -> None:
        """Disarm everything."""
        if self._armed:
            self._armed = []
            self._changed()

    def active(self) -> list[Json]:
        """What is armed, oldest first: name, parameters, and `left`, the uses left (None: until lifted)."""
        return [
            {"name": armed.fault.name, "parameters": dict(armed.parameters), "left": armed.left}
            for armed in self._armed
        ]

    def take(self, name: str) -> Json | None:
        """The parameters of the fault if it is armed, else None. One use is spent by asking."""
        return next((self._spend(armed) for armed in self._armed if armed.fault.name == name), None)

    # --- the Web API ------------------------------------------------------------------------------------

    def rate_limit(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """The next `times` calls of `method` answer 429 and do nothing."""
        self._arm_by_name("rate_limit", method=method, retry_after=retry_after, times=times)

    def lose_reply(self, method: str, *, times: int = 1) -> None:
        """The next calls of `method` succeed, and the connection breaks before their answer leaves."""
        self._arm_by_name("lose_reply", method=method, times=times)

    def fail(self, method: str, error: str, *, times: int = 1) -> None:
        """The next calls of `method` answer {"ok": false, "error": error} and do nothing."""
        self._arm_by_name("api_error", method=method, error=error, times=times)

    def break_down(self, method: str, *, status: int = 503, times: int = 1) -> None:
        """The next calls of `method` answer with an HTTP error and no JSON, and do nothing."""
        self._arm_by_name("server_error", method=method, status=status, times=times)

    def next_for(self, method: str) -> MethodFault | None:
        """What shall happen to this call; it is spent by asking."""
        for armed in self._armed:
            if armed.fault.name in _OF_METHODS and armed.parameters["method"] in (method, EVERY_METHOD):
                kind, key = _OF_METHODS[armed.fault.name]
                return MethodFault(kind, str(self._spend(armed).get(key, "")))
        return None

    @property
    def token_revoked(self) -> bool:
        """While true every call with the bot token answers token_revoked."""
        return self._stands("token_revoked")

    @token_revoked.setter
    def token_revoked(self, is_so: bool) -> None:
        self._let_stand("token_revoked", is_so)

    # --- delivery ---------------------------------------------------------------------------------------

    @property
    def ignore_acks(self) -> bool:
        """While true acks are lost on the way, so that the sandbox retries."""
        return self._stands("ignore_acks")

    @ignore_acks.setter
    def ignore_acks(self, is_so: bool) -> None:
        self._let_stand("ignore_acks", is_so)

    @property
    def clock_skew(self) -> float:
        """Seconds by which what Slack stamps is off; 0 when the clock is right."""
        seconds = (armed.parameters["seconds"] for armed in self._armed if armed.fault.name == "clock_skew")
        return float(next(seconds, 0.0))

    def duplicate_next_envelope(self, *, times: int = 1) -> None:
        """The next event is delivered once more with the same event_id, `times` times over."""
        self._arm_by_name("duplicate", times=times)

    def take_duplicates(self) -> int:
        """How many more times the event going out now shall be delivered; spent by asking."""
        armed = [one for one in self._armed if one.fault.name == "duplicate"]
        if armed:
            self.lift("duplicate")
        return sum(one.left or 0 for one in armed)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection to go (warning, refresh_requested, link_disabled, too_many_websockets)."""
        await self.trigger("disconnect", reason=reason)

    def drop_connections(self) -> None:
        """Cut every Socket Mode connection without a word."""
        self._connections.drop()

    # --- inside -----------------------------------------------------------------------------------------

    def _arm_by_name(self, name: str, **parameters: object) -> None:
        self._arm(*_checked(name, parameters))

    def _arm(self, fault: Fault, parameters: Json) -> None:
        if fault.is_standing:
            self._armed = [armed for armed in self._armed if armed.fault is not fault]
        left = None if fault.is_standing else int(parameters.pop("times"))
        self._armed.append(Armed(fault, parameters, left))
        self._changed()

    def _spend(self, armed: Armed) -> Json:
        if armed.left is not None:
            armed.left -= 1
            if not armed.left:
                self._armed.remove(armed)
            self._changed()
        return armed.parameters

    def _stands(self, name: str) -> bool:
        return any(armed.fault.name == name for armed in self._armed)

    def _let_stand(self, name: str, is_so: bool) -> None:
        if not is_so:
            self.lift(name)
        elif not self._stands(name):
            self._arm_by_name(name)

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()


def _checked(name: str, given: dict[str, object]) -> tuple[Fault, Json]:
    fault = _BY_NAME.get(name)
    if fault is None:
        raise WrongFault(f"there is no fault {name!r}; there are {', '.join(_BY_NAME)}")
    known = {parameter.name: parameter for parameter in fault.parameters}
    unknown = given.keys() - known.keys()
    if unknown:
        raise WrongFault(f"{name} takes no {', '.join(sorted(unknown))}")
    chosen = {key: _value(name, parameter, given.get(key)) for key, parameter in known.items()}
    return fault, chosen


def _value(name: str, parameter: Parameter, given: object) -> int | float | str:
    if given is None:
        return parameter.default
    problem = WrongFault(f"{name}: {given!r} is no {parameter.name}")
    if parameter.kind in ("int", "float"):
        try:
            number = int(str(given)) if parameter.kind == "int" else float(str(given))
        except ValueError:
            raise problem from None
        if not math.isfinite(number) or (parameter.least is not None and number < parameter.least):
            raise problem
        return number
    if (
        not isinstance(given, str)
        or not given
        or (parameter.kind == "choice" and given not in parameter.choices)
    ):
        raise problem
    return given
