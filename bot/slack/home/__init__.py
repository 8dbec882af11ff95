"""The Home tab: made for whoever opens it, of what that person may see at that moment.

Admins see the connectors besides. Theirs is made anew while a sync runs, as long as they opened it lately.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin, readers_of
from bot.admin import Status
from bot.answering.gaps import Gaps, find_gaps
from bot.connector_status import ConnectorStatus
from bot.contracts import Readers
from bot.errors import FootnoteError
from bot.slack import texts
from bot.slack.background import Background
from bot.slack.calls import if_possible
from bot.slack.home.blocks import Readable, home_view
from bot.slack.home.desk import GAP_DAYS, MAX_AUDIT, Desk, desk_blocks
from bot.slack.people import People
from bot.slack.render import Block
from bot.store.asked import AskedQuestions
from bot.store.audit import AuditEntry
from bot.store.database import Database
from bot.store.doubts import Doubt
from bot.store.readable import ReadableDocuments
from bot.store.sources import SetAside

log = logging.getLogger(__name__)

EXAMPLES = 4
LOOK_SECONDS = 4.0
"""Between two looks at a sync that runs."""
WATCHED_SECONDS = 600.0
"""How long a Home tab is kept up to date since it was opened; Slack does not say when it is left."""
MOST_WATCHED = 5
"""Home tabs that are kept up to date. Slack takes some hundred a minute for the whole workspace."""
GAPS_SECONDS = 60.0


class Admin(Protocol):
    """What `bot.admin` tells of the connectors."""

    def sources(self, readers: Readers) -> Sequence[ConnectorStatus]:
        """The connectors with documents these principals may read."""

    async def status(self) -> Status:
        """Everything there is to know about the documents."""

    def set_aside(self, name: str) -> Sequence[SetAside]:
        """What could not be read of a connector."""

    def doubt_about(self, name: str) -> Doubt | None:
        """What an admin has to decide about a connector."""

    def audited(self, limit: int) -> Sequence[AuditEntry]:
        """Who changed what last."""


class Home:
    """Publishes Home tabs on the side: no ack waits for it or fails with it."""

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        people: People,
        admin: Admin,
        admins: Collection[str],
        database: Database,
        clock: Callable[[], float],
        *,
        models: Sequence[str] = (),
        buttons: Callable[[str], Sequence[Block]] = lambda _: (),
        tuning: Callable[[str], Sequence[Block]] | None = None,
    ) -> None:
        """`models`: names of those in use. `buttons` (language): what stands above an admin's connectors.
        `tuning` (language), called in a thread: what was tuned."""
        self._client = client
        self._team = team
        self._people = people
        self._admin = admin
        self._admins = frozenset(admins)
        self._documents = ReadableDocuments(database)
        self._asked = AskedQuestions(database)
        self._clock = clock
        self._models = models
        self._buttons = buttons
        self._tuning = tuning
        self._publishing = Background()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._watched: dict[str, float] = {}
        self._shown: dict[str, dict[str, Any]] = {}
        self._notes: dict[str, str] = {}
        self._gaps: tuple[float, Gaps] | None = None

    def opened(self, user: str) -> None:
        """Somebody looks at their Home tab."""
        self._notes.pop(user, None)
        self._watched.pop(user, None)  # from now on anew
        self._publishing.begin(self.refresh(user))

    async def run(self) -> None:
        """Show those who look how far the syncs are, for ever."""
        was_running = False
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                is_running = bool(self._watching() and (await self._admin.status()).running)
            except FootnoteError as exc:
                log.warning("the syncs that run cannot be shown: %s", exc)
                continue
            if is_running or was_running:  # what came of it is shown too
                await self.keep_up()
            was_running = is_running

    async def keep_up(self) -> None:
        """Make the Home tabs anew that admins look at, where something changed. Raises nothing."""
        for user in self._watching():
            await self.refresh(user, if_changed=True)

    async def close(self) -> None:
        """Publish no more."""
        await self._publishing.close()

    async def refresh(self, user: str, note: str = "", *, if_changed: bool = False) -> None:
        """Make somebody's Home tab anew; a `note` stays on it until they open it again. Raises nothing.

        Of two at once the later one is the one that stays.
        """
        if note:
            self._notes[user] = note
        turn = self._turns.setdefault(user, asyncio.Lock())
        async with turn:
            try:
                view = await self._view(await self._people.person(user))
            except FootnoteError as exc:
                log.error("a Home tab could not be made: %s", exc)
                return
            if if_changed and self._shown.get(user) == view:
                return
            if await if_possible("Home tab", self._client.views_publish(user_id=user, view=view)):
                self._shown[user] = view

    async def _view(self, person: Person) -> dict[str, Any]:
        language = texts.language_of("", person.locale)
        place = await self._people.place("", person, is_private_to_asker=True)
        readable = await asyncio.to_thread(self._readable, readers_of(place), language)
        if not is_admin(person, self._admins):
            self._watched.pop(person.user, None)
            return home_view(readable, self._now(), language)
        self._watch(person.user)
        note, buttons = self._notes.get(person.user, ""), self._buttons(language)
        tuning = await asyncio.to_thread(self._tuning, language) if self._tuning else ()
        desk = desk_blocks(await self._desk(), language, note=note, buttons=buttons, tuning=tuning)
        return home_view(readable, self._now(), language, desk)

    def _readable(self, readers: Readers, language: str) -> Readable:
        return Readable(self._admin.sources(readers), self._documents.newest(readers, language, EXAMPLES))

    async def _desk(self) -> Desk:
        status = await self._admin.status()
        names = [connector.name for connector in status.connectors]
        aside, doubts, audit = await asyncio.to_thread(self._kept, names)
        return Desk(self._team, status, aside, doubts, self._models, await self._open_questions(), audit)

    def _kept(self, names: Sequence[str]) -> tuple[dict[str, int], dict[str, Doubt], Sequence[AuditEntry]]:
        aside = {name: len(self._admin.set_aside(name)) for name in names}
        doubts = {name: doubt for name in names if (doubt := self._admin.doubt_about(name))}
        return {name: count for name, count in aside.items() if count}, doubts, self._admin.audited(MAX_AUDIT)

    async def _open_questions(self) -> Gaps:
        """Compared as they are written: the Home tab is no reason to start the morphology."""
        if self._gaps is None or self._clock() - self._gaps[0] >= GAPS_SECONDS:
            since = self._now() - timedelta(days=GAP_DAYS)
            self._gaps = (self._clock(), await find_gaps(self._asked, None, since))
        return self._gaps[1]

    def _watch(self, user: str) -> None:
        """Keep it up to date from now on. A refresh of our own does not make it last longer."""
        if user not in self._watched:
            self._watched[user] = self._clock()

    def _watching(self) -> list[str]:
        now = self._clock()
        self._watched = {user: at for user, at in self._watched.items() if now - at < WATCHED_SECONDS}
        self._shown = {user: view for user, view in self._shown.items() if user in self._watched}
        self._notes = {user: note for user, note in self._notes.items() if user in self._watched}
        return sorted(self._watched, key=lambda user: self._watched[user], reverse=True)[:MOST_WATCHED]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
