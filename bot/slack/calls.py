"""How a call to Slack fails, and which failures pass by themselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import ConfigError, FootnoteError

log = logging.getLogger(__name__)

T = TypeVar("T")

SLACK_FAILURES = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)
"""Everything that a call of slack_sdk raises when Slack refuses it or cannot be reached."""

LONGEST_WAIT = 300.0

_NEVER = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "thread_not_found",
        "invalid_thread_ts",
        "cannot_reply_to_message",
        "message_not_found",
        "cant_update_message",
        "cant_delete_message",
        "edit_window_closed",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
        "cannot_dm_bot",
        "user_disabled",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_thread_locked",
        "invalid_arguments",
    }
)
REFUSED_BLOCKS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "metadata_too_large"}
)


@dataclass(frozen=True)
class Failure:
    """`error` is Slack's name for it, or the network's. `wait`: the seconds Slack asked for, else 0."""

    error: str
    wait: float = 0.0
    is_answer: bool = False
    """Slack itself said no, so surely nothing was done; otherwise it may have been."""

    @property
    def is_final(self) -> bool:
        """Will it fail again however often it is tried?"""
        return self.is_answer and self.error in _NEVER


def failure_of(exc: BaseException) -> Failure:
    """What one of SLACK_FAILURES means."""
    if not isinstance(exc, SlackApiError):
        return Failure(type(exc).__name__)
    response: Any = exc.response
    data = response if isinstance(response, dict) else getattr(response, "data", None)
    status = getattr(response, "status_code", None) or getattr(response, "status", 200)
    wait = 0.0
    if status == 429:
        try:
            wait = min(float((getattr(response, "headers", None) or {}).get("Retry-After", 1)), 3600.0)
        except ValueError:
            wait = 1.0
        return Failure("ratelimited", max(wait, 0.1), is_answer=True)
    if isinstance(data, dict) and data.get("error"):
        return Failure(str(data["error"]), is_answer=True)
    return Failure(f"http_{status}")


def refusal_of(name: str, where: str, api_url: str, exc: BaseException) -> FootnoteError:
    """What to tell an admin where the first call with secret `name`, found at `where`, failed so."""
    failure = failure_of(exc)
    if not isinstance(exc, SlackApiError) or not failure.is_answer or failure.error == "ratelimited":
        return FootnoteError(
            f"Slack cannot be reached at {api_url} ({failure.error}).",
            mend="Check the network, the proxy, and slack.api_url in config.toml.",
        )
    if failure.error == "missing_scope":
        return ConfigError(f"{name} lacks a scope.", mend="Install the app again from our manifest. " + where)
    return ConfigError(f"Slack refuses {name}: {failure.error}.", mend=where)


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4 ... 300."""
    return float(min(LONGEST_WAIT, 2.0 ** min(failures, 10) / 2))


async def patiently(
    call: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """Repeat a call that changes nothing until Slack answers it. Raises SlackApiError where it never will."""
    failures = 0
    while True:
        try:
            return await call()
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if failure.is_final or failure.error in ("missing_scope", "unknown_method"):
                raise
            failures += 1
            if failures == 1:
                log.warning("Slack does not answer (%s); trying again until it does", failure.error)
            await sleep(failure.wait or backoff(failures))


def webhook(client: AsyncWebClient, url: str) -> AsyncWebhookClient:
    """A response_url, reached the way `client` reaches Slack."""
    hook = AsyncWebhookClient(url, session=client.session, retry_handlers=[])
    hook.proxy = client.proxy  # given to the constructor, None would mean "look into the environment"
    return hook


async def if_possible(what: str, call: Awaitable[object]) -> bool:
    """Make a call whose failure harms nobody; say whether it worked."""
    try:
        await call
    except SLACK_FAILURES as exc:
        log.debug("%s: %s", what, failure_of(exc).error)
        return False
    return True
