"""The last calls of the Web API, for the panel on the page: what was asked, how it ended, how long it took.

No argument and no text is kept: the panel is the same for everybody, and messages are not.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

KEPT = 60


@dataclass(frozen=True)
class ApiCall:
    """One call that the app made."""

    at: float
    """Seconds since 1970."""
    method: str
    status: int
    """The HTTP status."""
    error: str
    """Slack's name for what was wrong; "" if it was answered with ok."""
    ms: float


class Activity:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self.calls: deque[ApiCall] = deque(maxlen=KEPT)

    @web.middleware
    async def watch(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Note every request to /api/<method>."""
        if not request.path.startswith("/api/"):
            return await handler(request)
        start = time.perf_counter()
        response = await handler(request)
        ms = (time.perf_counter() - start) * 1000
        method = request.path.removeprefix("/api/")
        self.calls.append(ApiCall(time.time(), method, response.status, _error_of(response), ms))
        return response


def _error_of(response: web.StreamResponse) -> str:
    body = response.body if isinstance(response, web.Response) else None
    try:
        answer = json.loads(body) if isinstance(body, bytes) else None
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return "" if answer.get("ok") else str(answer.get("error", ""))
    return "" if response.status < 400 else f"HTTP {response.status}"
