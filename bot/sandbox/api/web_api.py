"""The Web API over HTTP: arguments in every form that clients send, tokens, and Slack's way to refuse.

A refusal is HTTP 200 with "ok": false, except 429. The methods themselves are in bot/sandbox/methods/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.sandbox.api.rate_limits import RateLimits
from bot.sandbox.errors import SlackError
from bot.sandbox.events.interactions import Interactions
from bot.sandbox.events.socket_mode import SocketMode
from bot.sandbox.faults.faults import Faults
from bot.sandbox.shapes import Json
from bot.sandbox.team.views import Views
from bot.sandbox.team.workspace import Workspace

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def whole_number(text: str) -> int | None:
    """The number that `text` writes in up to 18 digits; None if it is anything else."""
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


class Arguments:
    """The arguments of one call. Unknown ones are let be, as Slack does."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = dict(given)

    def text(self, name: str, default: str = "") -> str:
        """An argument that is text; `default` when it is absent."""
        value = self.given.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        """The same, and SlackError invalid_arguments when it is absent or empty."""
        value = self.text(name)
        if not value:
            message = f"[ERROR] missing required field: {name}"
            raise SlackError("invalid_arguments", response_metadata={"messages": [message]})
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """true, "true", 1 and "1" are true; false, "false", 0, "0" and "" are not."""
        value = self.given.get(name)
        return default if value is None else str(value).lower() in ("true", "1")

    def number(self, name: str, default: int, most: int) -> int:
        """A positive number of at most `most`. Raises SlackError invalid_limit."""
        value = whole_number(self.text(name) or str(default))
        if not value:
            raise SlackError("invalid_limit")
        return min(value, most)

    def value(self, name: str) -> Any:
        """Something structured, given as JSON or as JSON in a string; None when absent or unreadable."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return None


@dataclass
class Parts:
    """What the methods work on."""

    workspace: Workspace
    views: Views
    interactions: Interactions
    socket_mode: SocketMode
    faults: Faults
    rate_limits: RateLimits
    bot_token: str
    app_token: str

    def need(self, *scopes: str) -> None:
        """Raises SlackError missing_scope unless one of `scopes` was granted."""
        granted = self.workspace.app.scopes
        if not granted.intersection(scopes):
            raise SlackError("missing_scope", needed=scopes[0], provided=",".join(sorted(granted)))

    def base_url(self) -> str:
        """Where the workspace is served; no slash at the end."""
        return self.workspace.base_url()


Method = Callable[[Parts, Arguments], Json]
"""What one method does: returns what stands beside "ok", or raises SlackError."""


@dataclass(frozen=True)
class Call:
    """One call that the app made, for tests to look at."""

    method: str
    arguments: Json
    response: Json


class WebApi:
    """Every method on /api/<method>."""

    def __init__(self, parts: Parts, methods: Mapping[str, Method]) -> None:
        self.parts = parts
        self.methods = methods
        self.calls: list[Call] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One HTTP request."""
        method = request.match_info["method"]
        fault = self.parts.faults.next_for(method)
        if fault and fault.kind == "rate_limit":
            return _rate_limited(fault.value)
        if fault and fault.kind == "status":
            return web.Response(status=int(fault.value), text="upstream connect error")
        given: Json = {}
        try:
            given = await _arguments(request)
            if fault and fault.kind == "error":
                raise SlackError(fault.value)
            self._check_token(request, given, method)
            wait = self.parts.rate_limits.retry_after(method, str(given.get("channel") or ""))
            if wait:
                return _rate_limited(str(wait))
            answer = {"ok": True, **self.methods[method](self.parts, Arguments(given))}
        except SlackError as refusal_of:
            answer = {"ok": False, "error": refusal_of.error, **refusal_of.details}
        warning = _charset_warning(request)
        if warning and "warning" not in answer:
            answer["warning"] = warning
            answer["response_metadata"] = answer.get("response_metadata", {}) | {"warnings": [warning]}
        self.calls.append(Call(method, given, answer))
        if fault and fault.kind == "lose_reply" and request.transport:
            request.transport.close()
        headers = {
            "x-oauth-scopes": ",".join(sorted(self.parts.workspace.app.scopes)),
            "x-slack-req-id": "sandbox",
        }
        return web.json_response(answer, headers=headers)

    def _check_token(self, request: web.Request, given: Json, method: str) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token if kind.lower() == "bearer" else str(given.get("token") or "")
        given.pop("token", None)
        if method not in self.methods:
            raise SlackError("unknown_method", req_method=method)
        if not token:
            raise SlackError("not_authed")
        if token not in (self.parts.bot_token, self.parts.app_token):
            raise SlackError("invalid_auth")
        needed = self.parts.app_token if method == "apps.connections.open" else self.parts.bot_token
        if token != needed:
            raise SlackError("not_allowed_token_type")
        if token == self.parts.bot_token and self.parts.faults.token_revoked:
            raise SlackError("token_revoked")


def _rate_limited(seconds: str) -> web.Response:
    refusal = {"ok": False, "error": "ratelimited"}
    return web.json_response(refusal, status=429, headers={"Retry-After": seconds})


async def _arguments(request: web.Request) -> Json:
    """Raises SlackError invalid_json, json_not_object, invalid_form_data or invalid_post_type."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.read()
        # the Python client announces JSON and sends nothing where there are no arguments
        try:
            parsed = json.loads(body) if body.strip() else {}
        except (ValueError, RecursionError):
            raise SlackError("invalid_json") from None
        if not isinstance(parsed, dict):
            raise SlackError("json_not_object")
        given |= parsed
    elif request.content_type in _FORMS:
        try:
            form = await request.post()
        except (ValueError, HttpProcessingError):
            raise SlackError("invalid_form_data") from None
        given |= {name: value for name, value in form.items() if isinstance(value, str)}
    elif await request.read():
        raise SlackError("invalid_post_type")
    return given


def _charset_warning(request: web.Request) -> str:
    """What Slack remarks on the Content-Type: JSON should name its charset, a form should not."""
    if not request.body_exists:
        return ""
    if request.content_type == "application/json" and not request.charset:
        return "missing_charset"
    return "superfluous_charset" if request.content_type in _FORMS and request.charset else ""
