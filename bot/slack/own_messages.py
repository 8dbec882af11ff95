"""Messages that carry metadata, by which one is found that an earlier attempt made though nobody told us."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.render import Block

PAGE = 200
MAX_PAGES = 20
SLACK_IS_BEHIND = 120.0
"""Seconds by which its clock may differ from ours."""


@dataclass(frozen=True)
class Mark:
    """What tells one of our messages from all others: an event of Slack's message metadata."""

    event_type: str
    event_payload: Mapping[str, str]


async def post_own(
    client: AsyncWebClient,
    channel: str,
    mark: Mark,
    *,
    text: str,
    blocks: Sequence[Block],
    thread_ts: str = "",
) -> str:
    """Post a message that `find_own` finds by its mark, without previews of its links; its ts.

    Raises SLACK_FAILURES, and it may have been posted all the same.
    """
    response = await client.chat_postMessage(
        channel=channel,
        thread_ts=thread_ts or None,
        text=text,
        blocks=blocks,
        metadata={"event_type": mark.event_type, "event_payload": dict(mark.event_payload)},
        unfurl_links=False,
        unfurl_media=False,
    )
    return str(response["ts"])


async def find_own(
    client: AsyncWebClient,
    bot_user: str,
    channel: str,
    mark: Mark,
    *,
    since: float,
    thread_ts: str = "",
) -> str:
    """The ts of our message with that mark, in the channel or in a thread of it; "" if there is none.

    `since`: unix seconds before which it cannot have been made. Raises SLACK_FAILURES.
    """
    search: Callable[..., Any] = client.conversations_history
    if thread_ts:
        search = partial(client.conversations_replies, ts=thread_ts)
    oldest, cursor = f"{since - SLACK_IS_BEHIND:.6f}", ""
    for _ in range(MAX_PAGES):
        page = await search(
            channel=channel, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor
        )
        for message in page.get("messages") or []:
            found = message.get("metadata") or {}
            if (
                message.get("user") == bot_user
                and found.get("event_type") == mark.event_type
                and (found.get("event_payload") or {}) == mark.event_payload
            ):
                return str(message["ts"])
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return ""
