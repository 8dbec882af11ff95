"""Resolved, or open again: a button below each question that people were asked, and what becomes of a click.

Whoever sees the question may click, for it is their channel; guests and people of other organizations may
not. The post is redrawn then, and whoever asked is told in a direct message, once: what changes later changes
that message. It is written down before it is done, so that a restart neither loses nor repeats it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, backoff, failure_of
from bot.slack.clicks import Ack, Click, click_of, tell
from bot.slack.experts_blocks import REOPEN, RESOLVE, marked_blocks, where_block
from bot.slack.inbox import is_direct
from bot.slack.own_messages import Mark, find_own, post_own
from bot.slack.people import People
from bot.store.escalations import Escalation, Escalations

log = logging.getLogger(__name__)

TOLD = "footnote_escalation_told"
MAX_TRIES = 50


@dataclass(frozen=True)
class AskedAt:
    """Where somebody asked people: all that is kept of it once they were asked."""

    channel: str
    thread_ts: str
    message_ts: str
    language: str
    is_private: bool
    """Only they see the answer there: it has no link."""

    @classmethod
    def of(cls, click: Click) -> AskedAt:
        """Where that click was."""
        return cls(click.channel, click.thread_ts, click.message_ts, click.language, click.is_private)

    @classmethod
    def kept(cls, payload: Mapping[str, Any]) -> AskedAt:
        """As it was kept, perhaps by another version: what is missing is empty."""
        channel, thread_ts, message_ts, language = (
            str(payload.get(key) or "") for key in ("channel", "thread_ts", "message_ts", "language")
        )
        return cls(channel, thread_ts, message_ts, language, bool(payload.get("is_private", True)))

    def as_json(self) -> Mapping[str, Any]:
        return asdict(self)


class ResolvedMarks:
    """The listener of the two buttons; `show` has Slack say what they came to."""

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
        self._permalink = permalink
        self._on_change = on_change

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """Note it, if this person may. Raises StoreError."""
        await ack()
        click = click_of(body, action)
        if click is None or click.what not in (RESOLVE, REOPEN):
            log.warning("a click of an unknown shape was set aside")
            return
        person = await self._people.person_now(click.user)
        language = texts.language_of("", person.locale)
        if not person.is_trusted or person.is_bot:
            await tell(self._client, click, texts.text("experts_mark_denied", language))
            return
        known = await asyncio.to_thread(self._escalations.get, self._team, click.trace_id)
        # the value names a question; that it is the one of this very post has to be so, too
        if known is None or not known.ts or (known.channel, known.ts) != (click.channel, click.message_ts):
            await tell(self._client, click, texts.text("experts_mark_gone", language))
            return
        is_changed = await asyncio.to_thread(
            self._escalations.mark,
            known,
            user=person.user,
            who=person.principal,
            is_resolved=click.what == RESOLVE,
        )
        if is_changed:
            self._on_change()

    async def show(self, one: Escalation) -> None:
        """Redraw the post, and tell whoever asked. Raises StoreError."""
        asked = AskedAt.kept(one.payload)
        await asyncio.to_thread(self._escalations.attempt, one)
        try:
            await self._redraw(one, asked)
            await self._tell(one, asked)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if one.attempts < MAX_TRIES:
                wait = failure.wait or backoff(one.attempts + 1)
                await asyncio.to_thread(self._escalations.postpone, one, wait)
                return
            log.error("that a question in %s is resolved cannot be shown: %s", one.channel, failure.error)
        await asyncio.to_thread(self._escalations.show, one)

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

    async def _tell(self, one: Escalation, asked: AskedAt) -> None:
        """Raises SLACK_FAILURES that may pass."""
        name = "experts_told_resolved" if one.resolved_by else "experts_told_reopened"
        text = texts.text(name, asked.language).strip(" :")
        link = ""
        if not asked.is_private and not is_direct(asked.channel):
            link = await self._permalink(asked.channel, asked.message_ts)
        blocks = [where_block(one, name, asked.language, link)]
        try:
            channel, ts = one.told_channel, one.told_ts
            if not ts:
                channel, thread_ts = await self._place(one, asked)
                mark = Mark(TOLD, {"trace_id": one.trace_id})
                if one.attempts:
                    ts = await find_own(
                        self._client,
                        self._bot_user,
                        channel,
                        mark,
                        since=one.created_at,
                        thread_ts=thread_ts,
                    )
                if not ts and not one.resolved_by:
                    return  # it was never said to be resolved
                if not ts:
                    ts = await post_own(
                        self._client, channel, mark, text=text, blocks=blocks, thread_ts=thread_ts
                    )
                    await asyncio.to_thread(self._escalations.told, one, channel, ts)
                    return
                await asyncio.to_thread(self._escalations.told, one, channel, ts)
            await self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if not failure.is_final:
                raise
            log.warning("%s cannot be told of a question to people: %s", one.user, failure.error)
            if one.resolved_by and not one.told_ts:
                await tell(self._client, _beside(one, asked), text, blocks)

    async def _place(self, one: Escalation, asked: AskedAt) -> tuple[str, str]:
        """The channel and thread in which only whoever asked reads along."""
        if is_direct(asked.channel):
            return asked.channel, asked.thread_ts or asked.message_ts
        opened = await self._client.conversations_open(users=one.user)
        return str(opened["channel"]["id"]), ""


def _beside(one: Escalation, asked: AskedAt) -> Click:
    """As if they had clicked now: it is said beside the answer, to them alone."""
    return Click(
        what=RESOLVE,
        trace_id=one.trace_id,
        language=asked.language,
        user=one.user,
        channel=asked.channel,
        thread_ts=asked.thread_ts,
        message_ts=asked.message_ts,
        is_private=asked.is_private,
        trigger_id="",
        response_url="",
    )
