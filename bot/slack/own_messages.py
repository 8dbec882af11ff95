"""Finding a message that an earlier attempt made though nobody told us: by its metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

PAGE = 200
MAX_PAGES = 20
SLACK_IS_BEHIND = 120.0
"""Seconds by which its clock may differ from ours."""


async def find_own(
    client: AsyncWebClient,
    bot_user: str,
    channel: str,
    metadata: Mapping[str, Any],
    *,
    since: float,
    thread_ts: str = "",
) -> str:
    """The ts of our message with that metadata, in the channel or in a thread of it; "" if there is none.

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
                and found.get("event_type") == metadata["event_type"]
                and (found.get("event_payload") or {}) == metadata["event_payload"]
            ):
                return str(message["ts"])
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return ""
