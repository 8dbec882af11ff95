"""Share here: a private answer is put where others read it, if all of them may read what it cites.

The copy goes through the outbox: it is posted once, however often it is clicked, and is taken back as
replies are (bot/store/quoted.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import readers_of
from bot.contracts import Answer
from bot.errors import NotFound
from bot.slack import texts
from bot.slack.clicks import Ack, Click, click_of, tell
from bot.slack.inbox import Me, is_direct
from bot.slack.people import People
from bot.slack.render import QUOTES_ACTION, Block, Rendered, answer_message, rich_text
from bot.store.answers import Answers
from bot.store.cited import CitedDocuments
from bot.store.outbox import Outbox
from bot.store.revisions import Revisions


class Sharing:
    """The Bolt listener of the button. Who may read is looked at when it is clicked."""

    def __init__(
        self,
        client: AsyncWebClient,
        me: Me,
        people: People,
        answers: Answers,
        documents: CitedDocuments,
        revisions: Revisions,
        outbox: Outbox,
        on_reply: Callable[[], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._me = me
        self._people = people
        self._answers = answers
        self._documents = documents
        self._revisions = revisions
        self._outbox = outbox
        self._on_reply = on_reply
        self._now = now

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """Have the answer posted into the channel or thread, or say to the asker why not.

        Raises StoreError.
        """
        await ack()
        click = click_of(body, action)
        if click is None or not click.is_private or is_direct(click.channel):
            return
        asked = await asyncio.to_thread(
            self._revisions.question_of, self._me.team, click.channel, "", click.trace_id
        )
        answer = await asyncio.to_thread(self._kept, click.trace_id)
        # what the value of a button names is not believed: only one's own answer can be shared
        if asked is None or asked.payload.get("user") != click.user or answer is None:
            await self._say(click, "share_gone")
            return
        await self._people.person_now(click.user)  # of this moment, and so it is in what follows
        place = await self._people.place_now(click.channel, click.user, is_private_to_asker=False)
        message = shared_message(answer, click.user, str(asked.payload.get("text", "")), self._now())
        readable = await asyncio.to_thread(self._documents.readable, message.documents, readers_of(place))
        if readable != set(message.documents):
            await self._say(click, "share_denied")
            return
        payload = {
            "text": message.text,
            "blocks": message.blocks,
            "said": message.said,
            "trace_id": message.trace_id,
            "documents": message.documents,
            "user": click.user,
            "shared": True,
            "sharer_url": click.response_url,
        }
        before = str(action.get("action_ts") or click.message_ts)
        if await asyncio.to_thread(
            self._outbox.share, self._me.team, click.channel, click.thread_ts, before, payload
        ):
            self._on_reply()

    def _kept(self, trace_id: str) -> Answer | None:
        try:
            record = self._answers.get(trace_id)
        except NotFound:
            return None
        return record.answer if record.answer.found and not record.is_forgotten else None

    async def _say(self, click: Click, name: str) -> None:
        await tell(self._client, click, texts.text(name, click.language))


def shared_message(answer: Answer, user: str, question: str, now: datetime) -> Rendered:
    """The answer, below who shares it and what was asked.

    It cannot be answered again there: that was asked on behalf of one person alone.
    """
    message = answer_message(answer, now)
    head: list[Block] = [
        {"type": "user", "user_id": user},
        {"type": "text", "text": texts.text("shared_by", answer.language) + "\n"},
        {"type": "text", "text": question, "style": {"italic": True}},
    ]
    blocks = [rich_text(head)]
    for block in message.blocks:
        if block["type"] == "actions":
            quotes = [one for one in block["elements"] if one.get("action_id") == QUOTES_ACTION]
            block = {**block, "elements": quotes}
        blocks.append(block)
    return replace(message, blocks=blocks)
