"""The Home tab: made for whoever opens it, of what that person may read at that moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, readers_of
from bot.admin import ConnectorStatus
from bot.contracts import Readers
from bot.errors import FootnoteError
from bot.slack import texts
from bot.slack.calls import if_possible
from bot.slack.home_blocks import Readable, home_view
from bot.slack.people import People
from bot.store.readable import ReadableDocuments

log = logging.getLogger(__name__)

EXAMPLES = 4


class Sources(Protocol):
    """What `bot.admin` tells of the documents."""

    def sources(self, readers: Readers) -> Sequence[ConnectorStatus]:
        """The connectors with documents these principals may read."""


class Home:
    """Publishes Home tabs on the side: no ack waits for it or fails with it."""

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        people: People,
        admin: Sources,
        documents: ReadableDocuments,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._team = team
        self._people = people
        self._admin = admin
        self._documents = documents
        self._clock = clock
        self._publishing: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def opened(self, user: str) -> None:
        """Somebody looks at their Home tab."""
        task = asyncio.create_task(self._refreshed(user))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)

    async def close(self) -> None:
        """Publish no more."""
        for task in self._publishing:
            task.cancel()
        await asyncio.gather(*self._publishing, return_exceptions=True)

    async def publish(self, person: Person) -> None:
        """Set that person's Home tab. Of two at once the later one made is the one that stays.

        Raises StoreError.
        """
        turn = self._turns.setdefault(person.user, asyncio.Lock())
        async with turn:
            view = await self._view(person)
            await if_possible("Home tab", self._client.views_publish(user_id=person.user, view=view))

    async def _refreshed(self, user: str) -> None:
        try:
            await self.publish(await self._people.person(user))
        except FootnoteError as exc:
            log.error("a Home tab could not be made: %s", exc)

    async def _view(self, person: Person) -> dict[str, Any]:
        language = texts.language_of("", person.locale)
        place = await self._people.place("", person, is_private_to_asker=True)
        readable = await asyncio.to_thread(self._readable, readers_of(place), language)
        return home_view(readable, self._now(), language)

    def _readable(self, readers: Readers, language: str) -> Readable:
        return Readable(self._admin.sources(readers), self._documents.newest(readers, language, EXAMPLES))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
