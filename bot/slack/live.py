"""An answer shown while it is written.

Slack's streams first (chat.startStream); where one cannot be had, or has grown old, a message is updated.
Nothing here is needed for the reply to arrive: whatever fails is left to the delivery, which puts the final
reply in the place of what was shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from enum import Enum

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person
from bot.errors import StoreError
from bot.slack.calls import SLACK_FAILURES, failure_of, if_possible
from bot.slack.delivery import metadata_of
from bot.slack.render import body_markdown, fallback
from bot.slack.safe_markdown import safe_markdown, whole_words
from bot.store.outbox import Outbox, OutboxRow

log = logging.getLogger(__name__)

APPEND_SECONDS = 0.7
"""Between two pieces: Slack allows a workspace 100 a minute."""
UPDATE_SECONDS = 1.2
STREAM_SECONDS = 240.0
"""Slack ends a stream some 5 minutes after it began, even one that is written to."""
MAX_STREAMED = 11_000


class _Way(Enum):
    NOTHING_YET = "no message"
    STREAM = "chat.appendStream"
    UPDATE = "chat.update"
    MUTE = "wait for the final reply"


class LiveReply:
    """The message of one outbox row while its answer is written. `begin`, `add` and `end` never raise."""

    def __init__(
        self,
        client: AsyncWebClient,
        outbox: Outbox,
        row: OutboxRow,
        asker: Person,
        language: str,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._row = row
        self._asker = asker
        self._language = language
        self._clock = clock
        self._ts = row.ts
        self._way = _Way.UPDATE if row.ts else _Way.NOTHING_YET
        self._text = ""
        self._shown = 0
        self._streaming_since = 0.0
        self._more = asyncio.Event()
        self._over = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self.was_stopped = False
        """A person clicked Stop, as an append found out."""

    @property
    def text(self) -> str:
        """Everything that was added."""
        return self._text

    async def begin(self) -> None:
        """Start to show. What an earlier attempt left half-written is written over."""
        if self._ts:
            await if_possible("stop stream", self._client.chat_stopStream(channel=self._channel, ts=self._ts))
        self._writing = asyncio.create_task(self._write())

    def add(self, markdown: str) -> None:
        """Show some more."""
        self._text += markdown
        self._more.set()

    async def end(self) -> None:
        """Show no more; a stream is closed. The final reply comes from the delivery."""
        self._over.set()
        self._more.set()
        if self._writing is not None:
            await self._writing
        if self._way is _Way.STREAM:
            await if_possible("stop stream", self._client.chat_stopStream(channel=self._channel, ts=self._ts))

    @property
    def _channel(self) -> str:
        return self._row.channel

    async def _write(self) -> None:
        while not self._over.is_set() and self._way is not _Way.MUTE:
            await self._more.wait()
            self._more.clear()
            if self._over.is_set():
                return
            end = self._shown + whole_words(self._text[self._shown :])
            if end == self._shown:
                continue
            pause = APPEND_SECONDS if self._way is not _Way.UPDATE else UPDATE_SECONDS
            try:
                await self._show(self._text[self._shown : end], self._text[:end])
                self._shown = end
            except StoreError as exc:
                log.warning("an answer is not shown while it is written: %s", exc)
                self._way = _Way.MUTE
            except SLACK_FAILURES as exc:
                pause = max(self._after_failure(exc), pause)
                self._more.set()
            await self._nap(pause)

    async def _show(self, piece: str, everything: str) -> None:
        if self._way is _Way.STREAM and self._clock() - self._streaming_since > STREAM_SECONDS:
            await if_possible("stop stream", self._client.chat_stopStream(channel=self._channel, ts=self._ts))
            self._way = _Way.UPDATE
        if len(everything) > MAX_STREAMED:
            return
        match self._way:
            case _Way.NOTHING_YET:
                await self._start(piece)
            case _Way.STREAM:
                await self._client.chat_appendStream(
                    channel=self._channel, ts=self._ts, markdown_text=safe_markdown(piece)
                )
            case _Way.UPDATE:
                await self._client.chat_update(
                    channel=self._channel,
                    ts=self._ts,
                    text=fallback(everything),
                    blocks=[{"type": "markdown", "text": body_markdown(everything, self._language)}],
                    metadata=metadata_of(self._row.id),
                )
            case _Way.MUTE:
                return

    async def _start(self, piece: str) -> None:
        await asyncio.to_thread(self._outbox.attempt, self._row.id)
        try:
            response = await self._client.chat_startStream(
                channel=self._channel,
                thread_ts=self._row.thread_ts,
                markdown_text=safe_markdown(piece),
                recipient_team_id=self._asker.team,
                recipient_user_id=self._asker.user,
            )
            self._way, self._streaming_since = _Way.STREAM, self._clock()
        except SLACK_FAILURES as exc:
            if not failure_of(exc).is_answer:
                raise  # a stream may have begun all the same: a second message would stand beside it
            log.info("no stream (%s); updating a message instead", failure_of(exc).error)
            response = await self._client.chat_postMessage(
                channel=self._channel,
                thread_ts=self._row.thread_ts,
                text=fallback(piece),
                blocks=[{"type": "markdown", "text": body_markdown(piece, self._language)}],
                metadata=metadata_of(self._row.id),
                unfurl_links=False,
                unfurl_media=False,
            )
            self._way = _Way.UPDATE
        self._ts = str(response["ts"])
        await asyncio.to_thread(self._outbox.note_ts, self._row.id, self._ts)

    def _after_failure(self, exc: BaseException) -> float:
        """Choose how to go on, and after how many seconds."""
        failure = failure_of(exc)
        if failure.error == "stopped_by_user":
            self.was_stopped = True
            self._way = _Way.MUTE
        elif self._way is _Way.NOTHING_YET or failure.is_final:
            self._way = _Way.MUTE
        elif self._way is _Way.STREAM and failure.is_answer and not failure.wait:
            self._way = _Way.UPDATE  # the stream is gone: expired, or no longer ours to write to
        log.debug("showing an answer: %s, so %s", failure.error, self._way.value)
        return failure.wait

    async def _nap(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for of Python 3.11 can lose a cancellation
                await self._over.wait()


class Unshown:
    """In the place of a LiveReply: nothing is shown before it is final."""

    def __init__(self) -> None:
        self._text = ""

    @property
    def text(self) -> str:
        """Everything that was added."""
        return self._text

    async def begin(self) -> None:
        """Nothing to do."""

    def add(self, markdown: str) -> None:
        """Keep it."""
        self._text += markdown

    async def end(self) -> None:
        """Nothing to do."""
