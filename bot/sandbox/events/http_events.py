"""HTTP delivery: signed requests to the app's request URL, as Slack sends them.

Slack's documents: "Verifying requests from Slack" (the signature) and "The Events API" (the challenge, the
headers of a repetition, which answers count).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlencode

import aiohttp

from bot.sandbox.events.delivery import ACK_SECONDS, Envelope, NotAcknowledged
from bot.sandbox.shapes import Json

MAX_REDIRECTS = 2
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_SHOWN = 200
"""How many characters of an answer an error message quotes."""


class RequestUrlRefused(Exception):
    """The URL did not answer the challenge; the text says what it did instead."""


class HttpEvents:
    """Posts envelopes to one request URL, each in a request of its own."""

    timeout_reason = "http_timeout"

    def __init__(self, signing_secret: str, *, now: Callable[[], float] = time.time) -> None:
        """`now` gives the seconds since 1970 that signatures are stamped with."""
        self.url = ""
        """The request URL; until there is one nothing can be delivered."""
        self._secret = signing_secret.encode()
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._requests: set[asyncio.Task[Json]] = set()

    async def use(self, url: str, *, seconds: float = ACK_SECONDS) -> None:
        """Deliver to `url` from now on, once it has answered the challenge within `seconds`.

        Raises RequestUrlRefused, and changes nothing.
        """
        challenge = secrets.token_urlsafe(40)
        body = json.dumps({"token": "sandbox", "challenge": challenge, "type": "url_verification"})
        try:
            async with asyncio.timeout(seconds):
                status, answer, _ = await self._post(url, body, _JSON, {})
        except TimeoutError:
            raise RequestUrlRefused(f"{url} did not answer within {seconds:g} s") from None
        except NotAcknowledged as failure:
            raise RequestUrlRefused(f"{url} cannot be reached: {failure.__cause__ or failure}") from failure
        if status != 200:
            raise RequestUrlRefused(f"{url} answered HTTP {status}: {answer[:_SHOWN]!r}")
        if challenge not in _readings(answer):
            raise RequestUrlRefused(f"{url} answered {answer[:_SHOWN]!r}, not the challenge")
        self.url = url

    def send(self, envelope: Envelope) -> asyncio.Task[Json]:
        """Post an envelope. An answer 200 is the ack, and its body the payload."""
        request = asyncio.create_task(self._send(envelope))
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)
        return request

    async def close(self) -> None:
        """Give up every request under way."""
        for request in list(self._requests):
            request.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    async def _send(self, envelope: Envelope) -> Json:
        if not self.url:
            raise NotAcknowledged("connection_failed")
        headers: dict[str, str] = {}
        if envelope.attempt:
            headers = {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": envelope.reason}
        match envelope.kind:
            case "events_api":
                body, content_type = json.dumps(envelope.payload), _JSON
            case "slash_commands":
                body, content_type = urlencode(envelope.payload), _FORM
            case _:
                body, content_type = urlencode({"payload": json.dumps(envelope.payload)}), _FORM
        status, answer, answered = await self._post(self.url, body, content_type, headers)
        is_taken = 200 <= status < 300 if envelope.kind == "events_api" else status == 200
        if not is_taken:
            wants_no_retry = answered.get("X-Slack-No-Retry") == "1"
            raise NotAcknowledged("http_error", asks_for_no_retry=wants_no_retry)
        return _payload(answer, envelope)

    async def _post(
        self, url: str, body: str, content_type: str, more: dict[str, str]
    ) -> tuple[int, str, Mapping[str, str]]:
        raw = body.encode()
        stamp = str(int(self._now()))
        signature = hmac.new(self._secret, f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
            **more,
        }
        self._session = self._session or aiohttp.ClientSession()
        try:
            # aiohttp counts the first answer too
            posting = self._session.post(url, data=raw, headers=headers, max_redirects=MAX_REDIRECTS + 1)
            async with posting as response:
                return response.status, await response.text(errors="replace"), response.headers
        except aiohttp.TooManyRedirects as failure:
            raise NotAcknowledged("too_many_redirects") from failure
        except aiohttp.ClientSSLError as failure:
            raise NotAcknowledged("ssl_error") from failure
        except aiohttp.ClientConnectionError as failure:
            raise NotAcknowledged("connection_failed") from failure
        except (aiohttp.ClientError, ValueError) as failure:
            raise NotAcknowledged("unknown_error") from failure


def _readings(answer: str) -> set[str]:
    """The challenges an answer may hold: as plain text, as a form, as JSON."""
    found = {answer.strip(), *parse_qs(answer).get("challenge", [])}
    parsed = _parsed(answer)
    if parsed:
        found.add(str(parsed.get("challenge")))
    return found


def _payload(answer: str, envelope: Envelope) -> Json:
    parsed = _parsed(answer)
    if parsed is not None:
        return parsed
    text = answer.strip()
    if text and envelope.kind == "slash_commands":
        return {"text": text}
    if text and envelope.payload.get("type") == "view_submission":
        # Slack tells the person of trouble connecting: what it got is no response_action
        raise NotAcknowledged("http_error")
    return {}


def _parsed(answer: str) -> Json | None:
    try:
        parsed = json.loads(answer)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
