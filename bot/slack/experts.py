"""Ask a human: somebody whom an answer did not help puts their question to people in a channel.

Which channel that is comes of the answer as it is kept, once more when the question is sent (experts_places);
what becomes of the question there is in experts_marks.

What goes there is what they write themselves, their name, a link to the thread and the titles of documents
that the channel's readers may read: never the answer, nor a word of a document. It is all rich_text, in
which nobody can be mentioned but those the settings name and the person who asks. What comes back is what
somebody there answers, in their own words and under their name (experts_asker).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import readers_of
from bot.contracts import Citation, Passage
from bot.errors import NotFound, StoreError
from bot.slack import modal, texts
from bot.slack.calls import SLACK_FAILURES, backoff, failure_of, if_possible, patiently
from bot.slack.clicks import Ack, Click, click_of, tell, user_of
from bot.slack.experts_asker import AskedAt
from bot.slack.experts_blocks import (
    MAX_QUESTION,
    QUESTION,
    ExpertsChannel,
    documents_of,
    experts_blocks,
    experts_view,
    unposted_block,
    where_block,
)
from bot.slack.experts_marks import ResolvedMarks
from bot.slack.experts_places import ExpertsPlaces
from bot.slack.inbox import is_direct
from bot.slack.own_messages import Mark, find_own, post_own
from bot.slack.people import People
from bot.slack.render import Block, fallback
from bot.store.answers import AnswerRecord, Answers
from bot.store.cited import CitedDocuments
from bot.store.escalations import Escalation, Escalations

log = logging.getLogger(__name__)

METADATA_TYPE = "footnote_escalation"
MAX_NAMED = 5
"""Documents."""
MAX_POSTS = 50
LONGEST_NAP = 60.0
KEPT_SECONDS = 90 * 86400.0
"""How long it is known that people were asked about an answer."""


class Experts:
    """The Bolt listeners of the button and its modal; `run` posts what was asked, each question once, and
    shows what was resolved. `marks` listens to the buttons below the posts and to the modal of one.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        bot_user: str,
        people: People,
        answers: Answers,
        documents: CitedDocuments,
        escalations: Escalations,
        places: ExpertsPlaces,
        mention: str,
        clock: Callable[[], float],
    ) -> None:
        """`mention`: whom to mention where no connector's owners are asked; "" for nobody."""
        self._client = client
        self._team = team
        self._bot_user = bot_user
        self._people = people
        self._answers = answers
        self._documents = documents
        self._escalations = escalations
        self._places = places
        self._mention = mention
        self._clock = clock
        self._woken = asyncio.Event()
        self.marks = ResolvedMarks(
            client, team, bot_user, people, escalations, self._permalink, self._woken.set
        )

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """Let the person look over the question, or say that people were asked already. Raises StoreError."""
        await ack()
        click = click_of(body, action)
        if click is None:
            return
        known = await asyncio.to_thread(self._escalations.get, self._team, click.trace_id)
        if known is None:
            record, to = await asyncio.to_thread(self._place, click.trace_id)
            if to is None:
                await tell(self._client, click, texts.text("experts_nowhere", click.language))
                return
            view = experts_view(click, record.question if record else "", to)
        else:
            name = "experts_already" if known.is_posted else "experts_underway"
            view = modal.view("experts_title", [where_block(known, name, click.language)], click.language)
        # a trigger lives for three seconds, hence at once
        opening = self._client.views_open(trigger_id=click.trigger_id, view=view)
        if not await if_possible("views.open", opening):
            await tell(self._client, click, texts.text("modal_failed", click.language))

    async def submitted(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """Write the question down. Raises StoreError before the ack: Slack then says that it failed."""
        user = user_of(body)
        try:
            click = Click(**json.loads(view["private_metadata"]))
            question = str(view["state"]["values"][QUESTION][QUESTION].get("value") or "").strip()
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            log.warning("a modal of an unknown shape was set aside: %s", type(exc).__name__)
            await ack()
            return
        if not question or len(question) > MAX_QUESTION:
            await ack(
                response_action="errors", errors={QUESTION: texts.text("experts_needed", click.language)}
            )
            return
        _, to = await asyncio.to_thread(self._place, click.trace_id)
        if to is None:
            await ack(
                response_action="errors", errors={QUESTION: texts.text("experts_nowhere", click.language)}
            )
            return
        payload = {"question": question, "click": asdict(click)}
        is_new = await asyncio.to_thread(
            self._escalations.add, self._team, click.trace_id, user, to.channel, payload, to.connector
        )
        await ack()
        if is_new:
            self._woken.set()
            return
        known = await asyncio.to_thread(self._escalations.get, self._team, click.trace_id)
        if known is not None:
            await self._confirm(known, click, "experts_already")

    async def run(self) -> None:
        """Post what was asked, for ever."""
        while True:
            try:
                await asyncio.to_thread(self._escalations.forget, self._clock() - KEPT_SECONDS)
                for one in await asyncio.to_thread(self._escalations.due, self._team):
                    await self._post(one)
                for one in await asyncio.to_thread(self._escalations.unshown, self._team):
                    await self.marks.show(one)
                next_due = await asyncio.to_thread(self._escalations.next_due, self._team)
            except StoreError as exc:
                log.error("questions to people wait because of the database: %s", exc)
                next_due = self._clock() + 5.0
            nap = LONGEST_NAP if next_due is None else min(max(next_due - self._clock(), 0.05), LONGEST_NAP)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(nap):  # wait_for of Python 3.11 can lose a cancellation
                    await self._woken.wait()
            self._woken.clear()

    async def _post(self, one: Escalation) -> None:
        click = Click(**one.payload["click"])
        mark = Mark(METADATA_TYPE, {"trace_id": one.trace_id})
        try:
            ts = ""
            if one.attempts:
                ts = await find_own(self._client, self._bot_user, one.channel, mark, since=one.created_at)
            if not ts:
                text, blocks = await self._message(one, click)
                await asyncio.to_thread(self._escalations.attempt, one)
                ts = await post_own(self._client, one.channel, mark, text=text, blocks=blocks)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if failure.is_final or one.attempts >= MAX_POSTS:
                setting = ExpertsChannel(one.channel, connector=one.connector).setting
                log.warning("people cannot be asked in %s (%s): %s", one.channel, setting, failure.error)
                await asyncio.to_thread(self._escalations.withdraw, one)
                name = "experts_archived" if failure.error == "is_archived" else "experts_failed"
                block = unposted_block(one.channel, name, click.language)
                await tell(self._client, click, texts.text(name, click.language), [block])
            else:
                wait = failure.wait or backoff(one.attempts + 1)
                await asyncio.to_thread(self._escalations.postpone, one, wait)
            return
        permalink = await self._permalink(one.channel, ts)
        asked = AskedAt.of(click).as_json()
        await asyncio.to_thread(self._escalations.posted, one, ts=ts, permalink=permalink, asked=asked)
        await self._confirm(replace(one, permalink=permalink, is_posted=True), click, "experts_done")

    async def _message(self, one: Escalation, click: Click) -> tuple[str, list[Block]]:
        question = str(one.payload["question"])
        link = ""
        # nobody else may follow a link into somebody's direct messages
        if not click.is_private and not is_direct(click.channel):
            link = await self._permalink(click.channel, click.message_ts)
        documents, is_found = await self._nearest(one, click)
        blocks = experts_blocks(
            "" if one.connector else self._mention,
            one.user,
            question,
            link,
            documents,
            click.language,
            self._clock(),
            is_found=is_found,
            trace_id=one.trace_id,
        )
        return fallback(question), blocks

    async def _nearest(self, one: Escalation, click: Click) -> tuple[list[Citation | Passage], bool]:
        """The documents that may be named in the experts' channel, and whether an answer was found."""
        try:
            record = await asyncio.to_thread(self._answers.get, click.trace_id)
        except NotFound:
            return [], False
        named = documents_of(record.answer)
        place = await self._people.place_now(one.channel, one.user, is_private_to_asker=False)
        may_read = await asyncio.to_thread(
            self._documents.readable, [document.document_id for document in named], readers_of(place)
        )
        return [one for one in named if one.document_id in may_read][:MAX_NAMED], record.answer.found

    async def _permalink(self, channel: str, ts: str) -> str:
        try:
            response = await patiently(lambda: self._client.chat_getPermalink(channel=channel, message_ts=ts))
        except SLACK_FAILURES as exc:
            log.debug("chat.getPermalink: %s", failure_of(exc).error)
            return ""
        return str(response["permalink"])

    async def _confirm(self, one: Escalation, click: Click, name: str) -> None:
        if not one.is_posted:
            name = "experts_underway"
        said = texts.text(name, click.language).strip(" :")
        await tell(self._client, click, said, [where_block(one, name, click.language)])

    def _place(self, trace_id: str) -> tuple[AnswerRecord | None, ExpertsChannel | None]:
        """The answer, where it is kept, and where people are asked about it. Raises StoreError."""
        try:
            record = self._answers.get(trace_id)
        except NotFound:
            return None, self._places.place_of(None)
        return record, self._places.place_of(record.answer)
