"""How far a sync is, for whoever asked for it with /footnote reindex.

What is short is shown where the command was given. A response_url may be used five times within half an
hour, so what takes longer goes on in a direct message, whose one line is replaced as often as Slack allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, failure_of
from bot.slack.render import Rendered, text_message
from bot.slack.reports import step_in_words

log = logging.getLogger(__name__)

FIRST_SECONDS = 3.0
"""Until the first line where the command was given."""
LIVE_SECONDS = 7.0
"""From then until it goes on in a direct message."""
EVERY_SECONDS = 3.0
RESPONSE_URL_SECONDS = 29 * 60.0
BAR = 20
SHOWN = 8
"""Connectors."""

Respond = Callable[..., Awaitable[Any]]


class SyncLine:
    """The line of one command: begin with `started`, hand on `report`, end with `finished`."""

    def __init__(
        self,
        respond: Respond,
        client: AsyncWebClient,
        user: str,
        language: str,
    ) -> None:
        self._respond = respond
        self._client = client
        self._user = user
        self._language = language
        self._began = time.monotonic()
        self._steps: dict[str, tuple[str, float, int, int]] = {}
        self._live: tuple[str, str] | None = None
        self._showing: asyncio.Task[None] | None = None

    async def started(self) -> None:
        """Say that it begins. Raises what Slack raises."""
        await say(self._respond, texts.text("reindex_started", self._language))
        self._showing = asyncio.create_task(self._show())

    def report(self, what: str, done: int, total: int) -> None:
        """A bot.contracts.Progress; may be called from any thread."""
        connector = what.partition(" ")[2] or what
        known = self._steps.get(connector)
        began = known[1] if known and known[0] == what else time.monotonic()
        self._steps[connector] = (what, began, done, total)

    async def finished(self, markdown: str) -> None:
        """Say what came of it, wherever the line was shown. Raises what Slack raises."""
        await self._stop()
        if self._live is not None:
            await self._replace(text_message(markdown, self._language))
        if self._live is None or time.monotonic() - self._began < RESPONSE_URL_SECONDS:
            await say(self._respond, markdown, replace_original=True)

    async def failed(self) -> None:
        """Nothing more is shown; who raised says why."""
        await self._stop()

    async def _stop(self) -> None:
        """Let the line that is on its way arrive, so that it does not come after the last one."""
        if self._showing is not None:
            self._showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._showing

    async def _show(self) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        await self._try(say(self._respond, self._line(), replace_original=True))
        await asyncio.sleep(LIVE_SECONDS)
        await self._try(self._open())
        if self._live is None:  # no direct message to be had: the report is what is shown next
            return
        elsewhere = texts.text("reindex_elsewhere", self._language)
        await self._try(say(self._respond, elsewhere, replace_original=True))
        shown = ""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if (line := self._line()) != shown:
                shown = line
                await self._try(self._replace(text_message(line, self._language)))

    async def _open(self) -> None:
        opened = await self._client.conversations_open(users=self._user)
        channel = str(opened["channel"]["id"])
        message = text_message(self._line(), self._language)
        posted = await self._client.chat_postMessage(
            channel=channel, text=message.text, blocks=message.blocks, unfurl_links=False
        )
        self._live = (channel, str(posted["ts"]))

    async def _replace(self, message: Rendered) -> None:
        if self._live is not None:
            channel, ts = self._live
            await self._client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)

    async def _try(self, call: Awaitable[object]) -> None:
        """Make the call to its end, even if cancelled: nobody could tell whether a message came of it."""
        task = asyncio.ensure_future(call)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.gather(task, return_exceptions=True)
            raise
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            log.debug("progress was not shown: %s", failure.error)
            await asyncio.sleep(failure.wait)

    def _line(self) -> str:
        now = time.monotonic()
        steps = [_step(step, now, self._language) for step in [*self._steps.values()][-SHOWN:]]
        return texts.text("reindex_progress", self._language, what="\n".join(["", *steps]).rstrip())


def _step(step: tuple[str, float, int, int], now: float, language: str) -> str:
    """One line of Markdown: a bar, how much, how long."""
    what, began, done, total = step
    what = step_in_words(what, language)
    if not total:
        return f"- {what}…"
    filled = done * BAR // total
    left = ""
    if 0 < done < total:
        seconds = (now - began) / done * (total - done)
        left = texts.text("reindex_left", language, time=texts.about(seconds, language))
    bar = "█" * filled + "░" * (BAR - filled)
    return f"- {what} `{bar}` {done:,}/{total:,}{left}"


async def say(how: Respond, said: str | Rendered, **options: Any) -> None:
    """Say something that only the asker sees. Raises what Slack raises."""
    message = text_message(said) if isinstance(said, str) else said
    await how(text=message.text, blocks=message.blocks, response_type="ephemeral", **options)
