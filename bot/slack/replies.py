"""A question -> its one reply: what is said while it is made, and the final words in the outbox."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, readers_of
from bot.contracts import Answer, AnswerEvent, Finished, Question, SourcesFound, TextAdded
from bot.errors import (
    ChildDied,
    FootnoteError,
    ModelBroken,
    ModelBusy,
    ModelMissing,
    ModelUnavailable,
    StoreError,
)
from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, failure_of, if_possible, webhook
from bot.slack.delivery import Delivery
from bot.slack.history import turns_before
from bot.slack.inbox import Me, is_direct
from bot.slack.job import Job, Manner
from bot.slack.live import LiveReply, Unshown
from bot.slack.people import People
from bot.slack.progress import Progress
from bot.slack.reading import MAX_QUESTION, has_words
from bot.slack.render import Rendered, answer_message, plain_titles_of, text_message, titles_of
from bot.store.channels import Channels, Speaks, Unasked
from bot.store.inbox import Inbox, InboxRow
from bot.store.outbox import Outbox, OutboxRow

log = logging.getLogger(__name__)

AnswerQuestion = Callable[[Question], AsyncIterator[AnswerEvent]]

MAX_ATTEMPTS = 3
"""Times a question may be taken up (the process died, or failed) before it becomes a dead letter."""


class Replies:
    """Makes the replies of one workspace."""

    def __init__(
        self,
        client: AsyncWebClient,
        inbox: Inbox,
        outbox: Outbox,
        delivery: Delivery,
        people: People,
        channels: Channels,
        unasked: Unasked,
        me: Me,
        answer: AnswerQuestion,
        clock: Callable[[], float],
        *,
        has_experts: Callable[[Answer], bool] = lambda _answer: False,
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._outbox = outbox
        self._delivery = delivery
        self._people = people
        self._channels = channels
        self._unasked = unasked
        self._me = me
        self._answer = answer
        self._clock = clock
        self._has_experts = has_experts
        self._key_of_people = secrets.token_bytes(16)
        self.progress = Progress(client)

    async def make(self, job: Job) -> None:
        """Put the final reply to a question into the outbox; nothing where it is overtaken, or where nobody
        asked us and there is nothing to say.

        Raises StoreError, or ModelBusy as long as there is time, upon which the question has to wait.
        """
        row = job.row
        await self._delivery.settle(row.id)  # an edited question: its old answer may be on its way
        thread_ts = str(row.payload.get("thread_ts", ""))
        reply = await asyncio.to_thread(self._outbox.open, row, thread_ts)
        if reply is None:
            return
        if reply.state != "open":
            await asyncio.to_thread(self._inbox.close, row.id)
            return
        manner = await self._manner(row)
        if manner is Manner.SILENT:
            await self._end(reply, row, manner, None)
            return
        language = texts.language_of(str(row.payload.get("text", "")))
        if row.attempts > MAX_ATTEMPTS:
            said = text_message(texts.text("failed", language))
            await self._end(reply, row, manner, said if manner is Manner.ASKED else None, error="gave up")
            return
        if manner.is_shown and not row.payload.get("response_url"):
            self.progress.working(row.channel, thread_ts, texts.text("searching", language))
        sorry: Rendered | None = None
        try:
            person = await self._people.person(str(row.payload["user"]))
            language = texts.language_of(str(row.payload.get("text", "")), person.locale)
            hint = hint_for(row, language)
            rendered = hint if hint else await self._answered(job, reply, person, language, manner)
        except ModelBusy as exc:
            if asyncio.get_running_loop().time() < job.deadline:
                raise
            log.error("question %s: %s", row.id, exc)
            sorry = text_message(texts.text("out_of_time", language), language)
        except (ModelUnavailable, ChildDied) as exc:
            if row.attempts < 2:  # its process starts again on the next call
                log.warning("question %s is asked again: %s", row.id, exc)
                await asyncio.to_thread(self._inbox.put_back, row.id)
                return
            log.error("question %s: %s", row.id, exc)
            sorry = text_message(texts.text("model_unavailable", language), language)
        except StoreError:
            raise
        except FootnoteError as exc:
            log.error("question %s: %s", row.id, exc)
            sorry = text_message(apology(exc, language), language)
        except SLACK_FAILURES as exc:
            log.error("question %s: Slack says %s", row.id, failure_of(exc).error)
            sorry = text_message(texts.text("failed", language), language)
        if sorry is not None:  # nobody who did not ask is told that there would have been no answer
            rendered = sorry if manner is Manner.ASKED else None
        await self._end(reply, row, manner, rendered)

    async def _manner(self, row: InboxRow) -> Manner:
        """How to go about a question, as things stand at this moment."""
        if not row.payload.get("is_unasked") or row.payload.get("fresh"):  # fresh: "answer again" was clicked
            return Manner.ASKED
        speaks = await asyncio.to_thread(self._channels.speaks, self._me.team, row.channel)
        if speaks is Speaks.MENTION:
            return Manner.SILENT
        person = await self._people.person(str(row.payload["user"]))
        place = await self._people.place(row.channel, person, is_private_to_asker=False)
        # guests and strangers, and channels where such read along, get answers only where they ask for them:
        # what may be read there is so little that most would be "not found"
        if not person.is_trusted or not place.has_only_trusted:
            return Manner.SILENT
        return Manner.UNNOTICED if speaks is Speaks.SURE else Manner.TAKEN_UP

    async def _end(
        self, reply: OutboxRow, row: InboxRow, manner: Manner, rendered: Rendered | None, error: str = ""
    ) -> None:
        """Be done with a question, with or without a reply. Of one that is overtaken nothing becomes."""
        if rendered is None:
            is_done = await asyncio.to_thread(self._unasked.withdraw, reply)
        else:
            payload = {
                "text": rendered.text,
                "blocks": rendered.blocks,
                "said": rendered.said,
                "trace_id": rendered.trace_id,
                "documents": rendered.documents,
                "is_unasked": manner is not Manner.ASKED,
                "user": row.payload.get("user", ""),
                "response_url": row.payload.get("response_url", ""),
                "shown_in_thread": row.payload.get("shown_in_thread", ""),
                "replaces": bool(row.payload.get("fresh")),
            }
            is_done = await asyncio.to_thread(self._outbox.complete, reply, payload, error=error)
        if not is_done:
            return
        self._delivery.wake()
        if manner.is_shown and not row.payload.get("response_url"):
            self.progress.done(row.channel, reply.thread_ts)

    async def _answered(
        self, job: Job, reply: OutboxRow, person: Person, language: str, manner: Manner
    ) -> Rendered | None:
        """The final reply; None where it is overtaken, or there is none that nobody asked for."""
        row = job.row
        url = str(row.payload.get("response_url") or "")
        # without a response_url it would be posted where others read it, whatever was asked for
        is_private = bool(url and row.payload.get("is_private")) or is_direct(row.channel)
        place = await self._people.place(row.channel, person, is_private_to_asker=is_private)
        history = await turns_before(self._client, self._outbox, self._me, row)
        question = Question(
            str(row.payload["text"]),
            readers_of(place),
            person.locale,
            history,
            fresh=job.is_again,
            user=self._unnamed(row),
            deadline=job.deadline,
            id=f"{row.channel}/{row.ts}",
            asked_in="" if is_private else row.channel,
        )
        if url:
            if job.is_again:
                again = texts.text("again_started", language)
                hook = webhook(self._client, url)
                await if_possible("replace", hook.send(text=again, replace_original=True))
            try:
                async with asyncio.timeout_at(job.deadline) as timer:
                    answer = await self._whole_answer(question)
            except TimeoutError:
                if not timer.expired():
                    raise
                return text_message(texts.text("out_of_time", language), language)
            has_experts = await asyncio.to_thread(self._has_experts, answer)
            is_alone = is_private and not is_direct(row.channel)
            now = datetime.now(UTC)
            return answer_message(answer, now, has_experts=has_experts, is_alone=is_alone)
        if reply.attempts and not reply.ts and manner.is_shown:
            found = await self._delivery.find(reply)
            if found:
                await asyncio.to_thread(self._outbox.note_ts, reply.id, found)
                reply = dataclasses.replace(reply, ts=found)
        live: LiveReply | Unshown = Unshown()
        if manner.is_shown:
            live = LiveReply(self._client, self._outbox, reply, person, language, self._clock)
        shown: dict[str, None] = {}
        await live.begin()
        if job.is_again:
            live.add(texts.text("again_started", language) + "\n\n")
        try:
            if job.is_overtaken:
                return None
            job.writing = asyncio.create_task(self._write(question, live, row, language, shown))
            async with asyncio.timeout_at(job.deadline) as timer:
                return await job.writing
        except TimeoutError:
            if not timer.expired():
                raise
            return self._cut_short(live, "out_of_time", language, shown) if manner is Manner.ASKED else None
        except asyncio.CancelledError:
            if job.is_overtaken:
                return None
            if not job.is_stopped:
                raise
            return self._cut_short(live, "stopped", language, shown) if manner.is_shown else None
        finally:
            job.writing = None
            await live.end()

    def _cut_short(
        self, live: LiveReply | Unshown, why: str, language: str, shown: dict[str, None]
    ) -> Rendered:
        """What was written so far, and the text `why` there is no more of it."""
        written = live.text.removeprefix(texts.text("again_started", language)).strip()
        said = text_message(f"{written}\n\n{texts.text(why, language)}".strip(), language)
        return dataclasses.replace(said, documents=tuple(shown))

    def _unnamed(self, row: InboxRow) -> str:
        """Who asked, as nobody past this place can tell: ids of Slack are few enough to try out all of them,
        so the key goes with this process."""
        user = str(row.payload["user"]).encode()
        return hashlib.blake2b(user, key=self._key_of_people, digest_size=8).hexdigest()

    async def _write(
        self,
        question: Question,
        live: LiveReply | Unshown,
        row: InboxRow,
        language: str,
        shown: dict[str, None],
    ) -> Rendered | None:
        """The final reply; `shown` gets the ids of the documents that what is shown before it may be of."""
        has_titles = False
        async with contextlib.aclosing(_closable(self._answer(question))) as events:
            async for event in events:
                match event:
                    case SourcesFound(passages) if passages:
                        shown |= dict.fromkeys(one.document_id for one in passages)
                        if not has_titles:  # a second search, in the other language, adds no other line
                            titles = texts.text("found_sources", language, titles=titles_of(passages))
                            live.add(f"{titles}\n\n")
                            has_titles = True
                        reading = texts.text("reading", language, titles=plain_titles_of(passages))
                        if isinstance(live, LiveReply):
                            self.progress.tell(row.channel, str(row.payload["thread_ts"]), reading)
                    case TextAdded(text):
                        live.add(text)
                    case Finished(answer):
                        if isinstance(live, Unshown) and not answer.found:
                            return None
                        has_experts = await asyncio.to_thread(self._has_experts, answer)
                        now, is_along = datetime.now(UTC), not is_direct(row.channel)
                        return answer_message(answer, now, has_experts=has_experts, is_along=is_along)
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
