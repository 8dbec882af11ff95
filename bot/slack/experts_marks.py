"""Resolved, or open again: a button below each question that people were asked, and what becomes of a click.

Whoever sees the question may click, for it is their channel; guests and people of other organizations may
not. Who resolves it may write the right answer. The post is redrawn then, and whoever asked hears of it
(experts_asker). It is written down before it is done, so that a restart neither loses nor repeats it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person
from bot.errors import FootnoteError
from bot.slack import modal, texts
from bot.slack.background import Background
from bot.slack.calls import SLACK_FAILURES, backoff, failure_of
from bot.slack.clicks import Ack, Click, click_of, tell, user_of
from bot.slack.experts_asker import AskedAt, Asker
from bot.slack.experts_blocks import (
    ANSWER,
    MAX_ANSWER,
    REOPEN,
    RESOLVE,
    RESOLVE_TITLE,
    marked_blocks,
    question_in,
    resolve_view,
    resolved_view,
)
from bot.slack.people import People
from bot.slack.submits import Outcome, answer_in_time
from bot.store.escalations import Escalation, Escalations, SaidByPerson

log = logging.getLogger(__name__)

MAX_TRIES = 50


class ResolvedMarks:
    """The listener of the two buttons and of the modal of one; `show` has Slack say what they came to."""

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        bot_user: str,
        people: People,
        escalations: Escalations,
        permalink: Callable[[str, str], Awaitable[str]],
        on_change: Callable[[], None],
    ) -> None:
        """`permalink` is awaited with a channel and a ts, and gives "" where there is none."""
        self._client = client
        self._team = team
        self._bot_user = bot_user
        self._people = people
        self._escalations = escalations
        self._asker = Asker(client, team, bot_user, people, escalations, permalink)
        self._on_change = on_change
        self._background = Background()

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """Ask for the answer, or note that it is open again, if this person may. Raises StoreError."""
        await ack()
        click = click_of(body, action)
        if click is None or click.what not in (RESOLVE, REOPEN):
            log.warning("a click of an unknown shape was set aside")
            return
        if click.what == RESOLVE:
            question = question_in((body.get("message") or {}).get("blocks") or [])
            made = partial(self._form, click, question)
            await modal.show(self._client, click, RESOLVE_TITLE, made)
            return
        person, known, language, refusal = await self._asked(click)
        if known is None or refusal:
            await tell(self._client, click, texts.text(refusal, language))
            return
        is_changed = await asyncio.to_thread(
            self._escalations.mark, known, user=person.user, who=person.principal, is_resolved=False
        )
        if is_changed:
            self._on_change()

    async def submitted(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """The modal: it is resolved, perhaps with an answer."""
        try:
            click = replace(Click(**json.loads(view["private_metadata"])), user=user_of(body))
            answer = str(view["state"]["values"][ANSWER][ANSWER].get("value") or "").strip()
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            log.warning("a modal of an unknown shape was set aside: %s", type(exc).__name__)
            await ack()
            return
        if len(answer) > MAX_ANSWER:
            said = texts.text("experts_answer_too_long", click.language, limit=f"{MAX_ANSWER:,}")
            await ack(response_action="errors", errors={ANSWER: said})
            return
        question = question_in(view.get("blocks") or [])
        doing = self._background.begin(self._outcome(click, question, answer))
        meanwhile = resolved_view("experts_resolving", click.language)
        view_id = str(view.get("id") or "")
        await answer_in_time(self._client, self._background, ack, view_id, doing, meanwhile)

    async def close(self) -> None:
        """End what is being noted; it is either written down whole or not at all."""
        await self._background.close()

    async def show(self, one: Escalation) -> None:
        """Redraw the post, and tell whoever asked. Raises StoreError."""
        asked = AskedAt.kept(one.payload)
        await asyncio.to_thread(self._escalations.attempt, one)
        try:
            await self._redraw(one, asked)
            await self._asker.hears(one, asked)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if one.attempts < MAX_TRIES:
                wait = failure.wait or backoff(one.attempts + 1)
                await asyncio.to_thread(self._escalations.postpone, one, wait)
                return
            log.error("that a question in %s is resolved cannot be shown: %s", one.channel, failure.error)
        await asyncio.to_thread(self._escalations.show, one)

    # --- who may --------------------------------------------------------------------------------------------

    async def _asked(self, click: Click) -> tuple[Person, Escalation | None, str, str]:
        """Who that is now, the question that is meant, their language and the name of what keeps them from
        marking it, or "". Raises StoreError."""
        person = await self._people.person_now(click.user)
        language = texts.language_of("", person.locale)
        if not person.is_trusted or person.is_bot:
            return person, None, language, "experts_mark_denied"
        known = await asyncio.to_thread(self._escalations.get, self._team, click.trace_id)
        # the value names a question; that it is the one of this very post has to be so, too
        if known is None or not known.ts or (known.channel, known.ts) != (click.channel, click.message_ts):
            return person, None, language, "experts_mark_gone"
        return person, known, language, ""

    # --- resolving ------------------------------------------------------------------------------------------

    async def _form(self, click: Click, question: str) -> dict[str, Any]:
        """Raises StoreError."""
        _, known, language, refusal = await self._asked(click)
        if known is None or refusal:
            return resolved_view(refusal, language)
        if known.resolved_by:
            return resolved_view("experts_resolved_already", language)
        return resolve_view(click, question, AskedAt.kept(known.payload).shared_channel, language)

    async def _outcome(self, click: Click, question: str, answer: str) -> Outcome:
        """A boundary: whatever goes wrong, who wrote an answer hears it, and keeps what they wrote."""
        language = click.language
        try:
            person, known, language, refusal = await self._asked(click)
            if known is None or refusal:
                return _refused(refusal, language, answer)
            said = None
            if answer:
                readers = await self._asker.readers(known, AskedAt.kept(known.payload))
                said = SaidByPerson(question, answer, readers)
            is_changed = await asyncio.to_thread(
                self._escalations.mark,
                known,
                user=person.user,
                who=person.principal,
                is_resolved=True,
                said=said,
            )
            if not is_changed:
                now = await asyncio.to_thread(self._escalations.get, self._team, click.trace_id)
                if now is None or now.resolved_by != person.user:  # else Slack brought the form twice
                    return _refused("experts_resolved_already", language, answer)
            self._on_change()
        except FootnoteError as exc:
            log.error("a question to people could not be resolved: %s", exc)
            return _refused("command_broken", language, answer)
        except Exception:
            log.exception("a question to people could not be resolved")
            return _refused("command_broken", language, answer)
        return Outcome(
            resolved_view("experts_resolved_said" if answer else "experts_resolved_done", language)
        )

    async def _redraw(self, one: Escalation, asked: AskedAt) -> None:
        """Raises SLACK_FAILURES that may pass; a post that is gone, or archived, stays as it is."""
        try:
            page = await self._client.conversations_history(
                channel=one.channel, oldest=one.ts, latest=one.ts, inclusive=True, limit=1
            )
            for message in page.get("messages") or []:
                if message.get("user") != self._bot_user or message.get("ts") != one.ts:
                    continue
                blocks = marked_blocks(message.get("blocks") or [], one, asked.language)
                text = str(message.get("text") or "")
                await self._client.chat_update(channel=one.channel, ts=one.ts, text=text, blocks=blocks)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if not failure.is_final:
                raise
            log.warning("the post of a question in %s cannot be redrawn: %s", one.channel, failure.error)


def _refused(name: str, language: str, answer: str) -> Outcome:
    return Outcome(resolved_view(name, language, answer), {ANSWER: texts.text(name, language)})
