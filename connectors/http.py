"""How connectors speak HTTP: one client that keeps to a source's limits and to the addresses it may visit.

`polite_client` gives an `httpx.Client`, also for vendors' clients that take one. Under every request of it:
the address is checked where the connection is opened (connectors/addresses.py), at every redirect anew; no
more requests a second than the source allows; a busy or failing source (429, 5xx, no or half an answer) is
asked again, as late as its Retry-After says; no answer grows over `max_bytes`, unpacked.
"""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx
import tenacity

from connectors.addresses import Addresses, CheckedBackend
from connectors.base import (
    CredentialsRejected,
    ItemUnreadable,
    Machine,
    SourceError,
    SourceUnavailable,
    Unreachable,
)
from connectors.retry_after import retry_after

TRIES = 5
BACKOFF_FIRST = 0.5
"""Seconds before the second try; doubled from then on, less up to half of it by chance."""
BACKOFF_LONGEST = 30.0
RETRY_AFTER_LONGEST = 120.0
"""A source that wants to be left alone for longer is unavailable: the next sync asks it again."""
MAX_REDIRECTS = 5
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})  # 529: Notion has too much to do

USER_AGENT = "Footnote (a company's own search; one reader)"


class StatusRefused(SourceUnavailable):
    """The source answered with a status that is no success. `status` is the number."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class TooLarge(ItemUnreadable):
    """An answer has more bytes than are read."""


def polite_client(
    machine: Machine,
    *,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | tuple[str, str] | None = None,
    per_second: float = 10.0,
    max_bytes: int = 50_000_000,
    timeout: float = 30.0,
) -> httpx.Client:
    """A client for one source, safe to use from several threads. Its requests raise SourceUnavailable
    instead of httpx's own errors; `checked` turns statuses into errors.

    `per_second` bounds requests a second over all threads; `timeout` is in seconds, for each step.
    """
    transport = _PoliteTransport(machine, per_second=per_second, max_bytes=max_bytes)
    client = _PoliteClient(
        transport=transport,
        base_url=base_url,
        headers={"User-Agent": USER_AGENT, **(headers or {})},
        auth=auth,
        timeout=timeout,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
    )
    # A connector has no moment at which it is done, so its connections are closed when it is collected.
    weakref.finalize(client, transport.close)
    return client


def checked(response: httpx.Response, what: str = "") -> httpx.Response:
    """The response, if it is a success or a 304.

    Raises CredentialsRejected for 401, StatusRefused for any other status. `what` names for a person what
    was asked for; by default it is the address without its query, where tokens may stand.
    """
    if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
        return response
    what = what or _place(response.request.url)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise CredentialsRejected(f"{what}: the source does not accept our credentials (401).")
    raise StatusRefused(f"{what}: the source answers {response.status_code}.", response.status_code)


def json_of(response: httpx.Response, what: str = "") -> Any:
    """What a successful response says in JSON. Raises as `checked` does, SourceUnavailable if it is none."""
    try:
        return checked(response, what).json()
    except (json.JSONDecodeError, UnicodeDecodeError) as exc:
        place = what or _place(response.request.url)
        raise SourceUnavailable(f"{place}: the source did not answer in JSON.") from exc


def check_pace(per_second: float) -> None:
    """Raises ValueError, in the words of a connector's setting, if it is no pace."""
    if per_second <= 0:
        raise ValueError("requests_per_second must be more than 0")


def surely_past(response: httpx.Response) -> datetime:
    """A moment by the source's own clock that is past when it answers; by ours, and earlier, without one."""
    try:
        now = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, OverflowError):
        now = datetime.now(UTC) - timedelta(minutes=5)
    return now.astimezone(UTC) - timedelta(minutes=1)


@contextmanager
def shape_promised(what: str, error: type[SourceError] = SourceUnavailable) -> Iterator[None]:
    """Around the reading of JSON whose every field is not looked at: one of another shape than the source's
    documentation promises raises `error`, naming `what`, instead of ending the sync as a fault of ours."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as exc:
        raise error(f"{what}: the answer is not what the source promises ({type(exc).__name__})") from exc


class _PoliteClient(httpx.Client):
    def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        try:
            return super().send(request, **how)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:  # what the transport cannot know: redirects
            raise SourceUnavailable(f"{_place(request.url)}: {exc}") from exc


class _PoliteTransport(httpx.HTTPTransport):
    def __init__(self, machine: Machine, *, per_second: float, max_bytes: int) -> None:
        super().__init__(proxy=machine.proxy or None)
        self._addresses = Addresses(machine.private)
        self._by_proxy = bool(machine.proxy)
        if not self._by_proxy:
            # httpx has no parameter for it; tests/connectors/test_http.py holds that it takes effect
            self._pool = httpcore.ConnectionPool(
                ssl_context=httpx.create_ssl_context(), network_backend=CheckedBackend(self._addresses)
            )
        self._pace = _Pace(per_second)
        self._max_bytes = max_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise Unreachable(f"{_place(request.url)} is no http or https address.")
        if self._by_proxy:
            self._addresses.check_literal(request.url.host)
        request.read()  # so that it can be sent again
        trying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_Again),
            reraise=True,
            sleep=self._pace.sleep,
        )
        try:
            return trying(self._once, request)
        except _Again as exc:
            if exc.response is not None:
                return exc.response
            raise Unreachable(f"{_place(request.url)}: {exc}.") from exc.__cause__

    def _once(self, request: httpx.Request) -> httpx.Response:
        self._pace.wait_for_turn()
        try:
            streamed = super().handle_request(request)
            try:
                content = self._read(streamed, request)
            finally:
                streamed.close()
        except (httpx.TimeoutException, httpcore.TimeoutException) as exc:
            raise _Again("the source did not answer in time") from exc
        except (httpx.TransportError, httpcore.NetworkError, httpcore.ProtocolError) as exc:
            raise _Again(f"the connection failed ({str(exc) or type(exc).__name__})") from exc
        headers = [
            (name, value)
            for name, value in streamed.headers.raw
            if name.lower() not in (b"content-encoding", b"transfer-encoding", b"content-length")
        ]
        response = httpx.Response(
            streamed.status_code, headers=headers, content=content, request=request, extensions={}
        )
        if response.status_code in BUSY:
            after = retry_after(response.headers.get("retry-after", ""))
            if after is None or after <= RETRY_AFTER_LONGEST:
                raise _Again(f"the source answers {response.status_code}", response, after)
        return response

    def _read(self, streamed: httpx.Response, request: httpx.Request) -> bytes:
        streamed.request = request
        pieces: list[bytes] = []
        size = 0
        try:
            for piece in streamed.iter_bytes():
                size += len(piece)
                if size > self._max_bytes:
                    raise TooLarge(f"{_place(request.url)} has more than {self._max_bytes:,} bytes.")
                pieces.append(piece)
        except httpx.DecodingError as exc:
            raise _Again("the answer cannot be unpacked") from exc
        return b"".join(pieces)


class _Again(Exception):
    """This try failed; another may not."""

    def __init__(self, why: str, response: httpx.Response | None = None, after: float | None = None) -> None:
        super().__init__(why)
        self.response = response
        self.after = after


def _wait(state: tenacity.RetryCallState) -> float:
    failed = state.outcome.exception() if state.outcome else None
    if isinstance(failed, _Again) and failed.after is not None:
        return failed.after
    spread = tenacity.wait_exponential(multiplier=BACKOFF_FIRST, max=BACKOFF_LONGEST)(state)
    return spread - tenacity.wait_random(0, spread / 2)(state)


class _Pace:
    """Turns at least 1/per_second apart, over all threads; while one sleeps, all do."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._apart = 1.0 / per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def wait_for_turn(self) -> None:
        with self._lock:
            now = self._clock()
            turn = max(self._next, now)
            self._next = turn + self._apart
        if turn > now:
            time.sleep(turn - now)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
        time.sleep(seconds)


def _place(url: httpx.URL) -> str:
    """An address as a person may see it: without user, password, query and fragment."""
    return str(url.copy_with(username=None, password=None, query=None, fragment=None))
