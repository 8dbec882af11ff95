"""HTTP: Slack posts every event to a public address, signed; a proxy with a certificate passes them on to us.

A request is believed once its signature holds over the bytes that came, and not read before: Bolt would parse
the JSON of anybody first and look at the signature afterwards.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigError
from bot.slack.transport import acknowledged, check_secret

log = logging.getLogger(__name__)

PATH = "/slack/events"
HEALTH_PATH = "/health"
HEALTHY = b'{"ok": true}'
MAX_BODY = 1 << 20
"""Bytes of a request. Slack's own stay far below."""
BODY_SECONDS = 3.0
"""For a body to arrive: Slack waits no longer for the whole answer."""
CLOSING_SECONDS = 3.0

SECRET_NAME = "SLACK_SIGNING_SECRET"  # noqa: S105
WHERE_SECRET = (
    "Copy it from api.slack.com/apps > your app > Basic Information > App Credentials > Signing Secret."  # noqa: S105
)


class HttpEvents:
    """The Transport that waits for Slack to call.

    `port` 0 takes any free one; `request_url` says which.
    """

    def __init__(
        self, signing_secret: str, host: str, port: int, *, body_seconds: float = BODY_SECONDS
    ) -> None:
        self._secret = signing_secret
        self._host = host
        self._port = port
        self._body_seconds = body_seconds
        self._runner: web.AppRunner | None = None
        self._is_refusing = False

    @property
    def request_url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}{PATH}"

    def check(self) -> None:
        """Raises ConfigError where this is no signing secret."""
        check_secret(SECRET_NAME, self._secret, WHERE_SECRET)
        if self._secret.startswith(("xoxb-", "xapp-")):
            raise ConfigError(f"{SECRET_NAME} is a token, not the signing secret.", mend=WHERE_SECRET)

    async def start(self, app: AsyncApp) -> None:
        """Listen. Raises ConfigError where the address cannot be used."""
        site = web.Application(client_max_size=MAX_BODY)
        verifier = SignatureVerifier(self._secret)
        site.router.add_post(PATH, partial(self._receive, app, verifier))
        site.router.add_get(HEALTH_PATH, _health)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=CLOSING_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as exc:
            await runner.cleanup()
            raise ConfigError(
                f"Port {self._port} on {self._host} cannot be listened on: {exc.strerror or exc}.",
                mend="Is something else there? Choose slack.http_host and slack.http_port in config.toml.",
            ) from exc
        self._port = runner.addresses[0][1]
        self._runner = runner

    async def close(self) -> None:
        """Stop listening; requests under way are answered first."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(
        self, app: AsyncApp, verifier: SignatureVerifier, request: web.Request
    ) -> web.Response:
        """200 is the ack, 500 none; 400, 401, 408 and 413 (by aiohttp) are for those who are not Slack."""
        try:
            async with asyncio.timeout(self._body_seconds):
                raw = await request.read()
        except TimeoutError:
            return web.Response(status=408, text="the body took too long")
        except (web.RequestPayloadError, ConnectionError):  # it broke off, or is not what its headers say
            return web.Response(status=400, text="the body cannot be read")
        if not self._is_signed(verifier, raw, request.headers):
            if _is_ssl_check(raw):
                return web.Response()
            return web.json_response({"error": "invalid request"}, status=401)
        headers: dict[str, str | Sequence[str]] = dict(request.headers.items())
        response = await acknowledged(
            app, lambda: AsyncBoltRequest(body=raw.decode(), query=request.query_string, headers=headers)
        )
        return await to_aiohttp_response(response)

    def _is_signed(self, verifier: SignatureVerifier, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Did Slack send these bytes, within five minutes of now? Said once in the log where it did not."""
        try:
            is_signed = verifier.is_valid_request(raw, headers)
        except (ValueError, TypeError):  # the timestamp is no integer, the body or the signature no text
            is_signed = False
        if "x-slack-signature" not in headers:
            return is_signed  # somebody knocked who does not even claim to be Slack
        if is_signed and self._is_refusing:
            log.warning("Requests are signed by Slack again.")
        elif not is_signed and not self._is_refusing:
            log.warning(
                "A request was refused: its signature is not Slack's, or it is over five minutes from this "
                "machine's clock. If nobody gets an answer, check %s and the clock (footnote doctor).",
                SECRET_NAME,
            )
        self._is_refusing = not is_signed
        return is_signed


async def _health(_: web.Request) -> web.Response:
    return web.Response(body=HEALTHY, content_type="application/json")


def _is_ssl_check(raw: bytes) -> bool:
    """Slack looking at the certificate: this one request it does not sign, and nothing follows from it."""
    try:
        return len(raw) < 1024 and parse_qs(raw.decode("ascii")).get("ssl_check") == ["1"]
    except ValueError:
        return False
