"""What the bot says it is doing in a thread. Said on the side: no answer waits for it or fails with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import SLACK_FAILURES, failure_of

log = logging.getLogger(__name__)


class Progress:
    """Statuses of threads. The calls of one thread are made in order."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._last: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._unusable: set[str] = set()

    def working(self, channel: str, thread_ts: str, text: str) -> None:
        """An answer is being made: shows the text, and a Stop button where Slack has one."""

        async def call() -> None:
            await self._try(
                "agents.sessions.setStatus",
                lambda: self._client.agents_sessions_setStatus(
                    channel_id=channel, thread_ts=thread_ts, status="processing"
                ),
            )
            await self._set(channel, thread_ts, text)

        self._queue(channel, thread_ts, call)

    def tell(self, channel: str, thread_ts: str, text: str) -> None:
        """Another text."""
        self._queue(channel, thread_ts, lambda: self._set(channel, thread_ts, text))

    def done(self, channel: str, thread_ts: str) -> None:
        """Nothing is being made any more."""
        self._queue(
            channel,
            thread_ts,
            lambda: self._try(
                "agents.sessions.setStatus",
                lambda: self._client.agents_sessions_setStatus(
                    channel_id=channel, thread_ts=thread_ts, status="active"
                ),
            ),
        )

    async def _set(self, channel: str, thread_ts: str, text: str) -> None:
        await self._try(
            "assistant.threads.setStatus",
            lambda: self._client.assistant_threads_setStatus(
                channel_id=channel, thread_ts=thread_ts, status=text
            ),
        )

    async def _try(self, method: str, call: Callable[[], Awaitable[object]]) -> None:
        if method in self._unusable:
            return
        try:
            await call()
        except SLACK_FAILURES as exc:
            error = failure_of(exc).error
            log.debug("%s: %s", method, error)
            if error in ("unknown_method", "missing_scope", "not_allowed_token_type"):
                self._unusable.add(method)

    def _queue(self, channel: str, thread_ts: str, call: Callable[[], Awaitable[None]]) -> None:
        key = (channel, thread_ts)
        before = self._last.get(key)

        async def in_turn() -> None:
            if before is not None:
                await asyncio.wait([before])
            await call()

        task = asyncio.create_task(in_turn())
        self._last[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: tuple[str, str], done: asyncio.Task[None]) -> None:
        if self._last.get(key) is done:
            del self._last[key]
