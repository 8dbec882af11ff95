"""Answer again: the same question is answered anew, in the place of the old answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import is_admin
from bot.slack import texts
from bot.slack.clicks import Ack, Click, click_of, tell
from bot.slack.people import People
from bot.store.revisions import Revisions


class Regeneration:
    """The Bolt listener of the button. The asker and admins may; a question is answered once at a time."""

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        people: People,
        admins: Collection[str],
        revisions: Revisions,
        on_question: Callable[[], None],
    ) -> None:
        self._client = client
        self._team = team
        self._people = people
        self._admins = frozenset(admins)
        self._revisions = revisions
        self._on_question = on_question

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """Put the question back into the line, or say why not. Raises StoreError."""
        await ack()
        click = click_of(body, action)
        if click is None:
            return
        refusal = await self._renewed(click)
        if refusal:
            await tell(self._client, click, texts.text(refusal, click.language))
        else:
            self._on_question()

    async def _renewed(self, click: Click) -> str:
        """Renew the question; the name of a text that says why that cannot be, or ""."""
        ts = "" if click.is_private else click.message_ts
        question = await asyncio.to_thread(
            self._revisions.question_of, self._team, click.channel, ts, click.trace_id
        )
        if question is None or not question.payload.get("user"):
            return "again_gone"
        if question.payload.get("is_private") and not click.is_private:
            return "again_gone"  # made for one person, it must not be made anew where others read along
        if question.payload["user"] != click.user:
            person = await self._people.person_now(click.user)
            if not is_admin(person, self._admins):
                return "again_not_yours"
        url = click.response_url if click.is_private else ""
        is_renewed = await asyncio.to_thread(self._revisions.renew, question, response_url=url)
        return "" if is_renewed else "again_running"
