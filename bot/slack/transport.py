"""How Slack reaches the bot: the seam behind which Socket Mode and HTTP are siblings, and their one rule.

The rule: whatever comes in is acknowledged, so that Slack does not send it again, but for what the inbox
could not write down. Bolt by itself acknowledges neither what no listener matches nor what it cannot read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import ConfigError

log = logging.getLogger(__name__)

ACKED = 200
NOT_STORED = 500
"""What Bolt answers where the inbox raised; no ack must reach Slack."""


class Transport(Protocol):
    """One way in. What it needs to know (secrets, address) it got when it was made."""

    @property
    def request_url(self) -> str:
        """Where events are taken on this machine, once started; "" where the bot calls Slack instead."""

    def check(self) -> None:
        """Raises ConfigError where a secret is missing or cannot be one; asks nobody."""

    async def start(self, app: AsyncApp) -> None:
        """Take events for `app` from now on. Raises ConfigError, FootnoteError."""

    async def close(self) -> None:
        """Take no more; what was taken is still answered. May be called without `start`."""


async def acknowledged(app: AsyncApp, request: Callable[[], AsyncBoltRequest]) -> BoltResponse:
    """Have `app` handle what came. Its status is ACKED or NOT_STORED. `request` may fail to read it."""
    try:
        response: BoltResponse = await app.async_dispatch(request())
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as exc:
        log.warning("something of an unknown shape was set aside: %s", type(exc).__name__)
        return BoltResponse(status=ACKED, body="")
    if response.status in (ACKED, NOT_STORED):
        return response
    return BoltResponse(status=ACKED, body="")


def check_secret(name: str, secret: str, where: str, prefix: str = "") -> None:
    """Raises ConfigError, which says `where` the right one is found, if `secret` cannot be one."""
    if not secret:
        raise ConfigError(f"{name} is not set.", mend=f"{where} Put it into .env as {name}=...")
    if prefix and not secret.startswith(prefix):
        raise ConfigError(f"{name} is not a token of that kind: it must begin with {prefix}.", mend=where)
