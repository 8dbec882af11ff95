"""Whoever asked people: where that was, and how they hear there what became of it.

What a person answered stands in the thread in which it was asked, under that person's name, for all who read
along there; where only the asker saw the bot's answer, in their direct messages. That a question was resolved
without an answer is said in a direct message. Either is said once: what changes later changes that message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import channel_principal, readers_of
from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, failure_of, patiently
from bot.slack.clicks import Click, tell
from bot.slack.experts_blocks import RESOLVE, said_message, where_block
from bot.slack.inbox import is_direct
from bot.slack.own_messages import Mark, find_own, post_own
from bot.slack.people import People, is_open_to_all
from bot.slack.render import Block
from bot.store.escalations import Escalation, Escalations
from connectors.base import EVERYONE

log = logging.getLogger(__name__)

TOLD = "footnote_escalation_told"
SAID = "footnote_escalation_said"
"""Marks of the two messages."""


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

    @property
    def thread(self) -> tuple[str, str] | None:
        """Its channel and thread; None where no message can be put beside the answer."""
        if self.is_private or not self.channel:
            return None
        return self.channel, self.thread_ts or self.message_ts

    @property
    def shared_channel(self) -> str:
        """The channel in whose thread others read along; "" where nobody does."""
        return "" if self.is_private or is_direct(self.channel) else self.channel


class Asker:
    """Tells whoever asked."""

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        bot_user: str,
        people: People,
        escalations: Escalations,
        permalink: Callable[[str, str], Awaitable[str]],
    ) -> None:
        """`permalink` is awaited with a channel and a ts, and gives "" where there is none."""
        self._client = client
        self._team = team
        self._bot_user = bot_user
        self._people = people
        self._escalations = escalations
        self._permalink = permalink

    async def readers(self, one: Escalation, asked: AskedAt) -> tuple[str, ...]:
        """Principals who can read what is said where it was asked; empty: nobody but the asker."""
        if not (channel := asked.shared_channel):
            return ()
        place = await self._people.place_now(channel, one.user, is_private_to_asker=False)
        if EVERYONE in readers_of(place) and await self._is_open(channel):
            return (EVERYONE,)
        return (channel_principal(self._team, channel),)

    async def hears(self, one: Escalation, asked: AskedAt) -> None:
        """Say what became of it. Raises SLACK_FAILURES that may pass, StoreError."""
        if not await self._say(one, asked) or one.told_ts:
            await self._tell(one, asked)

    async def _is_open(self, channel: str) -> bool:
        try:
            response = await patiently(lambda: self._client.conversations_info(channel=channel))
        except SlackApiError:
            return False
        return is_open_to_all(response.get("channel") or {})

    # --- a person's answer ----------------------------------------------------------------------------------

    async def _say(self, one: Escalation, asked: AskedAt) -> bool:
        """Whether there is a message with a person's answer; it says then how things are now."""
        if not (one.answer or one.said_ts or one.attempts):
            return False
        text, blocks = said_message(one, asked.language)
        if one.said_ts:
            await self._rewrite(one, one.said_channel, one.said_ts, text, blocks)
            return True
        for is_beside in (True, False) if asked.thread else (False,):
            try:
                place = await self._place(one, asked, is_beside=is_beside)
                if await self._is_said(one, *place, text, blocks):
                    return True
            except SLACK_FAILURES as exc:
                failure = failure_of(exc)
                if not failure.is_final:
                    raise
                log.warning("an answer to %s cannot be put where they asked: %s", one.user, failure.error)
        if one.answer:
            await tell(self._client, _beside(one, asked), text, blocks)
        return bool(one.answer)

    async def _is_said(
        self, one: Escalation, channel: str, thread_ts: str, text: str, blocks: Sequence[Block]
    ) -> bool:
        """Put the answer there, unless an earlier attempt did. Raises SLACK_FAILURES."""
        mark = Mark(SAID, {"trace_id": one.trace_id})
        ts = await self._found(one, channel, thread_ts, mark)
        if ts:
            await asyncio.to_thread(self._escalations.said, one, channel, ts)
            await self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
        elif one.answer:
            ts = await post_own(self._client, channel, mark, text=text, blocks=blocks, thread_ts=thread_ts)
            await asyncio.to_thread(self._escalations.said, one, channel, ts)
        return bool(ts)

    # --- that it is resolved --------------------------------------------------------------------------------

    async def _tell(self, one: Escalation, asked: AskedAt) -> None:
        name = "experts_told_resolved" if one.resolved_by else "experts_told_reopened"
        text = texts.text(name, asked.language).strip(" :")
        link = ""
        if asked.shared_channel:
            link = await self._permalink(asked.channel, asked.message_ts)
        blocks = [where_block(one, name, asked.language, link)]
        if one.told_ts:
            await self._rewrite(one, one.told_channel, one.told_ts, text, blocks)
            return
        try:
            channel, thread_ts = await self._place(one, asked, is_beside=is_direct(asked.channel))
            mark = Mark(TOLD, {"trace_id": one.trace_id})
            if ts := await self._found(one, channel, thread_ts, mark):
                await asyncio.to_thread(self._escalations.told, one, channel, ts)
                await self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
            elif one.resolved_by:  # else it was never said to be resolved
                ts = await post_own(
                    self._client, channel, mark, text=text, blocks=blocks, thread_ts=thread_ts
                )
                await asyncio.to_thread(self._escalations.told, one, channel, ts)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if not failure.is_final:
                raise
            log.warning("%s cannot be told of a question to people: %s", one.user, failure.error)
            if one.resolved_by:
                await tell(self._client, _beside(one, asked), text, blocks)

    # --- how ------------------------------------------------------------------------------------------------

    async def _place(self, one: Escalation, asked: AskedAt, *, is_beside: bool) -> tuple[str, str]:
        """The channel and thread: beside the bot's answer, or where only the asker reads. Raises
        SLACK_FAILURES."""
        if is_beside and asked.thread:
            return asked.thread
        opened = await self._client.conversations_open(users=one.user)
        return str(opened["channel"]["id"]), ""

    async def _found(self, one: Escalation, channel: str, thread_ts: str, mark: Mark) -> str:
        """The ts of what an earlier attempt may have posted; "" if nothing. Raises SLACK_FAILURES."""
        if not one.attempts:
            return ""
        return await find_own(
            self._client, self._bot_user, channel, mark, since=one.created_at, thread_ts=thread_ts
        )

    async def _rewrite(
        self, one: Escalation, channel: str, ts: str, text: str, blocks: Sequence[Block]
    ) -> None:
        """Raises SLACK_FAILURES that may pass; a message that is gone stays gone."""
        try:
            await self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if not failure.is_final:
                raise
            log.warning("what %s was told of a question to people stays: %s", one.user, failure.error)


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
