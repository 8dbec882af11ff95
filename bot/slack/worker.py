"""Waiting questions -> answers, in the order they came."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, readers_of
from bot.contracts import Answer, AnswerEvent, Finished, Question, SourcesFound, TextAdded
from bot.errors import ChildDied, FootnoteError, ModelBroken, ModelMissing, ModelUnavailable, StoreError
from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, backoff, failure_of
from bot.slack.delivery import Delivery
from bot.slack.history import turns_before
from bot.slack.inbox import Me, is_direct
from bot.slack.live import LiveReply
from bot.slack.people import People
from bot.slack.progress import Progress
from bot.slack.reading import MAX_QUESTION, has_words
from bot.slack.render import Rendered, answer_message, plain_titles_of, text_message, titles_of
from bot.store.inbox import Inbox, InboxRow
from bot.store.outbox import Outbox, OutboxRow

log = logging.getLogger(__name__)

AnswerQuestion = Callable[[Question], AsyncIterator[AnswerEvent]]

MAX_ATTEMPTS = 3
"""Times a question may be taken up (the process died, or failed) before it becomes a dead letter."""
LONGEST_NAP = 60.0


class Worker:
    """Answers the questions in the inbox of one workspace, until it is cancelled.

    `at_once` questions are in the works together: while one answer is written, the next is searched for.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        inbox: Inbox,
        outbox: Outbox,
        delivery: Delivery,
        people: People,
        me: Me,
        answer: AnswerQuestion,
        clock: Callable[[], float],
        *,
        at_once: int = 2,
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._outbox = outbox
        self._delivery = delivery
        self._people = people
        self._me = me
        self._answer = answer
        self._clock = clock
        self._at_once = at_once
        self._progress = Progress(client)
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._writing: dict[tuple[str, str], asyncio.Task[Rendered]] = {}
        self._stopped: set[tuple[str, str]] = set()
        self._told: set[int] = set()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something came into the inbox."""
        self._woken.set()

    def stop(self, channel: str, thread_ts: str) -> None:
        """Somebody clicked Stop on the answer being written there."""
        writing = self._writing.get((channel, thread_ts))
        if writing is not None:
            self._stopped.add((channel, thread_ts))
            writing.cancel()

    async def run(self) -> None:
        """Answer, for ever. What is in the works when this is cancelled waits for the next start."""
        failures = 0
        try:
            while True:
                try:
                    await self._take_what_fits()
                    failures = 0
                    nap = LONGEST_NAP
                except StoreError as exc:
                    failures += 1
                    nap = backoff(failures)
                    if failures == 1:
                        log.error("questions wait because of the database: %s", exc)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(nap):  # wait_for of Python 3.11 can lose a cancellation
                        await self._woken.wait()
                self._woken.clear()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _take_what_fits(self) -> None:
        while len(self._running) < self._at_once:
            row = await asyncio.to_thread(self._inbox.take, self._me.team, frozenset(self._running))
            if row is None:
                break
            self._told.discard(row.id)
            key = (row.channel, str(row.payload.get("thread_ts", "")))
            task = asyncio.create_task(self._handle(row))
            self._running[key] = task
            task.add_done_callback(lambda _, key=key: self._is_free(key))  # type: ignore[misc]
        await self._tell_who_waits()

    def _is_free(self, key: tuple[str, str]) -> None:
        self._running.pop(key, None)
        self._woken.set()

    async def _tell_who_waits(self) -> None:
        for place, row in enumerate(await asyncio.to_thread(self._inbox.waiting, self._me.team)):
            if row.id in self._told or row.payload.get("response_url"):
                continue
            key = (row.channel, str(row.payload.get("thread_ts", "")))
            if len(self._running) < self._at_once and key not in self._running:
                continue  # it came just now, and is taken up in the next round
            self._told.add(row.id)
            language = texts.language_of(str(row.payload.get("text", "")))
            ahead = len(self._running) + place
            said = texts.text("queued", language, ahead=ahead)
            self._progress.tell(row.channel, str(row.payload.get("thread_ts", "")), said)

    async def _handle(self, row: InboxRow) -> None:
        """One question, to its final reply in the outbox. A boundary: nothing that is raised gets past it."""
        try:
            await self._reply_to(row)
        except StoreError as exc:
            log.error("question %s waits because of the database: %s", row.id, exc)
            await asyncio.sleep(backoff(row.attempts))
            await self._put_back(row)
        except Exception:
            log.exception("question %s could not be answered (attempt %s)", row.id, row.attempts)
            await self._put_back(row)

    async def _put_back(self, row: InboxRow) -> None:
        with contextlib.suppress(StoreError):  # it waits again after the next start
            await asyncio.to_thread(self._inbox.put_back, row.id)

    async def _reply_to(self, row: InboxRow) -> None:
        if await asyncio.to_thread(self._inbox.was_deleted, row):
            await asyncio.to_thread(self._inbox.close, row.id)
            return
        thread_ts = str(row.payload.get("thread_ts", ""))
        reply = await asyncio.to_thread(self._outbox.open, row, thread_ts)
        if reply.state != "open":
            await asyncio.to_thread(self._inbox.close, row.id)
            return
        language = texts.language_of(str(row.payload.get("text", "")))
        if row.attempts > MAX_ATTEMPTS:
            await self._complete(reply, row, text_message(texts.text("failed", language)), error="gave up")
            return
        if not row.payload.get("response_url"):
            self._progress.working(row.channel, thread_ts, texts.text("searching", language))
        try:
            person = await self._people.person(str(row.payload["user"]))
            language = texts.language_of(str(row.payload.get("text", "")), person.locale)
            hint = hint_for(row, language)
            rendered = hint if hint else await self._answered(row, reply, person, language)
        except (ModelUnavailable, ChildDied) as exc:
            if row.attempts < 2:  # its process starts again on the next call
                log.warning("question %s is asked again: %s", row.id, exc)
                await self._put_back(row)
                return
            log.error("question %s: %s", row.id, exc)
            rendered = text_message(texts.text("model_unavailable", language), language)
        except StoreError:
            raise
        except FootnoteError as exc:
            log.error("question %s: %s", row.id, exc)
            rendered = text_message(apology(exc, language), language)
        except SLACK_FAILURES as exc:
            log.error("question %s: Slack says %s", row.id, failure_of(exc).error)
            rendered = text_message(texts.text("failed", language), language)
        if await asyncio.to_thread(self._inbox.was_deleted, row) and not reply.ts:
            fresh = await asyncio.to_thread(self._outbox.get, reply.id)
            if fresh is not None and not fresh.ts and not fresh.attempts:
                await asyncio.to_thread(self._outbox.drop, reply)
                return
        await self._complete(reply, row, rendered)

    async def _complete(self, reply: OutboxRow, row: InboxRow, rendered: Rendered, error: str = "") -> None:
        payload = {
            "text": rendered.text,
            "blocks": rendered.blocks,
            "said": rendered.said,
            "user": row.payload.get("user", ""),
            "response_url": row.payload.get("response_url", ""),
        }
        await asyncio.to_thread(self._outbox.complete, reply, payload, error=error)
        self._delivery.wake()
        if not row.payload.get("response_url"):
            self._progress.done(row.channel, reply.thread_ts)

    async def _answered(self, row: InboxRow, reply: OutboxRow, person: Person, language: str) -> Rendered:
        is_private = bool(row.payload.get("is_private")) or is_direct(row.channel)
        place = await self._people.place(row.channel, person, is_private_to_asker=is_private)
        history = await turns_before(self._client, self._outbox, self._me, row)
        question = Question(str(row.payload["text"]), readers_of(place), person.locale, history)
        if row.payload.get("response_url"):
            answer = await self._whole_answer(question)
            return answer_message(answer, datetime.now(UTC))
        if reply.attempts and not reply.ts:
            found = await self._delivery.find(reply)
            if found:
                await asyncio.to_thread(self._outbox.note_ts, reply.id, found)
                reply = dataclasses.replace(reply, ts=found)
        live = LiveReply(self._client, self._outbox, reply, person, language, self._clock)
        await live.begin()
        key = (row.channel, reply.thread_ts)
        writing = asyncio.create_task(self._write(question, live, row, language))
        self._writing[key] = writing
        try:
            return await writing
        except asyncio.CancelledError:
            if key not in self._stopped:
                writing.cancel()
                raise
            note = texts.text("stopped", language)
            return text_message(f"{live.text.strip()}\n\n{note}".strip(), language)
        finally:
            self._writing.pop(key, None)
            self._stopped.discard(key)
            await live.end()

    async def _write(self, question: Question, live: LiveReply, row: InboxRow, language: str) -> Rendered:
        async with contextlib.aclosing(_closable(self._answer(question))) as events:
            async for event in events:
                match event:
                    case SourcesFound(passages) if passages:
                        titles = texts.text("found_sources", language, titles=titles_of(passages))
                        live.add(f"{titles}\n\n")
                        reading = texts.text("reading", language, titles=plain_titles_of(passages))
                        self._progress.tell(row.channel, str(row.payload["thread_ts"]), reading)
                    case TextAdded(text):
                        live.add(text)
                    case Finished(answer):
                        return answer_message(answer, datetime.now(UTC))
        raise ModelUnavailable("The answer ended before it was finished.")

    async def _whole_answer(self, question: Question) -> Answer:
        async with contextlib.aclosing(_closable(self._answer(question))) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise ModelUnavailable("The answer ended before it was finished.")


async def _closable(events: AsyncIterator[AnswerEvent]) -> AsyncGenerator[AnswerEvent, None]:
    """The same events; closing this closes them too, which ends the model's work."""
    try:
        async for event in events:
            yield event
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def hint_for(row: InboxRow, language: str) -> Rendered | None:
    """What to say to a question that cannot be searched for; None if it can."""
    text, length = str(row.payload.get("text", "")), int(row.payload.get("length", 0))
    if length > MAX_QUESTION:
        said = texts.text("too_long", language, length=f"{length:,}", limit=f"{MAX_QUESTION:,}")
    elif not text.strip():
        said = texts.text("empty", language)
    elif not has_words(text):
        said = texts.text("no_words", language)
    else:
        return None
    return text_message(said, language)


def apology(exc: FootnoteError, language: str) -> str:
    """An error as a sentence for the person who asked, with what an admin has to do."""
    if isinstance(exc, ModelMissing):
        return texts.text("model_missing", language)
    if isinstance(exc, ModelBroken):
        return texts.text("model_broken", language)
    if isinstance(exc, ModelUnavailable | ChildDied):
        return texts.text("model_unavailable", language)
    return texts.text("refused", language, reason=str(exc))
