"""The buttons below an answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.calls import if_possible
from bot.store.feedback import UP, Feedback

_VALUE = re.compile(r"(up|down):([\w.-]{1,64})")


class Votes:
    """Stores a click and thanks for it, so that only the person who clicked sees it."""

    def __init__(self, client: AsyncWebClient, feedback: Feedback, team: str) -> None:
        self._client = client
        self._feedback = feedback
        self._team = team

    async def clicked(
        self, body: dict[str, Any], action: dict[str, Any], ack: Callable[[], Awaitable[Any]]
    ) -> None:
        """A Bolt listener. Raises StoreError before the ack, upon which Slack tells the person it failed."""
        found = _VALUE.fullmatch(str(action.get("value") or ""))
        user = str((body.get("user") or {}).get("id") or "")
        if found is None or not user:
            await ack()
            return
        await asyncio.to_thread(self._feedback.vote, found[2], self._team, user, found[1])
        await ack()
        container = body.get("container") or {}
        channel = str(container.get("channel_id") or (body.get("channel") or {}).get("id") or "")
        message = body.get("message") or {}
        language = texts.language_of(str(message.get("text") or ""))
        thanks = texts.text("thanks_up" if found[1] == UP else "thanks_down", language)
        if channel and not container.get("is_ephemeral"):
            await if_possible(
                "thanks",
                self._client.chat_postEphemeral(
                    channel=channel,
                    user=user,
                    thread_ts=container.get("thread_ts") or message.get("thread_ts"),
                    text=thanks,
                ),
            )
