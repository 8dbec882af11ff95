"""What somebody who opens the bot is offered to ask."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.calls import if_possible
from bot.slack.people import People

OFFERED = ("prompt_remote", "prompt_leave", "prompt_expenses")
"""Names of texts; Slack shows four at most."""


class SuggestedPrompts:
    """Offers questions on the side: no ack and no answer waits for it or fails with it."""

    def __init__(self, client: AsyncWebClient, people: People) -> None:
        self._client = client
        self._people = people
        self._offering: set[asyncio.Task[None]] = set()

    def opened(self, user: str, channel: str, thread_ts: str) -> None:
        """Somebody opened the bot: its messages tab (`thread_ts` ""), or a thread of the legacy pane."""
        task = asyncio.create_task(self._offer(user, channel, thread_ts))
        self._offering.add(task)
        task.add_done_callback(self._offering.discard)

    async def close(self) -> None:
        """Offer no more."""
        for task in self._offering:
            task.cancel()
        await asyncio.gather(*self._offering, return_exceptions=True)

    async def _offer(self, user: str, channel: str, thread_ts: str) -> None:
        person = await self._people.person(user)
        language = texts.language_of("", person.locale)
        questions = [texts.text(name, language) for name in OFFERED]
        call = self._client.assistant_threads_setSuggestedPrompts(
            channel_id=channel,
            # with agent_view a thread_ts makes Slack drop the prompts and say nothing
            thread_ts=thread_ts or None,
            title=texts.text("prompts_title", language),
            prompts=[{"title": question, "message": question} for question in questions],
        )
        await if_possible("suggested prompts", call)
