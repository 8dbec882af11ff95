"""Answer for me only: what a channel's readers may not read is looked for again, on behalf of one of them.

The button stands below every answer that was not found in a channel, whether or not there is more to read for
anybody: it tells nobody that there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.clicks import Ack, click_of, tell
from bot.slack.inbox import Me, question_payload
from bot.store.inbox import QUESTION, Inbox, Incoming
from bot.store.revisions import Revisions


class Alone:
    """The Bolt listener of the button. Whoever sees the answer may click it; the reply is theirs alone."""

    def __init__(
        self,
        client: AsyncWebClient,
        me: Me,
        inbox: Inbox,
        revisions: Revisions,
        on_question: Callable[[], None],
    ) -> None:
        self._client = client
        self._me = me
        self._inbox = inbox
        self._revisions = revisions
        self._on_question = on_question

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """Put the question into the line once more, for the person who clicked. Raises StoreError."""
        await ack()
        click = click_of(body, action)
        if click is None or click.is_private or not click.response_url:
            return
        question = await asyncio.to_thread(
            self._revisions.question_of, self._me.team, click.channel, click.message_ts, click.trace_id
        )
        # of what somebody asked in private nobody else learns by naming its answer
        if question is None or question.payload.get("is_private") or not question.payload.get("text"):
            await tell(self._client, click, texts.text("again_gone", click.language))
            return
        payload = question_payload(
            str(question.payload["text"]),
            click.user,
            "",
            self._me,
            response_url=click.response_url,
            is_private=True,
        )
        payload["shown_in_thread"] = click.thread_ts
        key = f"alone:{click.trigger_id}"
        incoming = Incoming(self._me.team, QUESTION, click.channel, key, key, payload)
        await asyncio.to_thread(self._inbox.receive, incoming)
        await tell(self._client, click, texts.text("alone_started", click.language))
        self._on_question()
