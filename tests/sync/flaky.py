"""A company that goes on editing, a source that fails in every way, and what must hold after each sync.

FOOTNOTE_CAMPAIGN=500 .venv/bin/python -m pytest tests/sync/test_campaigns.py
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.contracts import SyncReport
from bot.index.hybrid import HybridIndex
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.sync import Syncing
from connectors.base import Connector, Document, Item, ItemUnreadable, Listing, SourceUnavailable
from tests.fakes import HashEmbedder, PlainMorphology
from tests.sync.feed import Clock, Feed, PlainParser

NAMES = [f"{part}/문서 {number}.md" for part in ("hr", "it", "회사") for number in range(40)]


@dataclass
class Flaky(Feed):
    """A feed that fails as `fault` says; a whole listing where `gives_changes` is off."""

    fault: str = ""
    gives_changes: bool = True
    random: random.Random = field(default_factory=random.Random)

    FAULTS = (
        "", "", "refuses", "breaks", "empty", "half", "half page", "fetch refuses", "unreadable", "another",
        "forgets cursor", "unlistable",
    )  # fmt: skip
    LIES = ("empty", "half")
    """A listing that calls itself complete, and is not."""

    def items(self, cursor: str | None) -> Listing:
        if self.fault == "refuses":
            raise SourceUnavailable("429, 500, a timeout, or half an answer")
        if self.fault == "breaks":
            raise ValueError("an answer of an unknown shape")
        listing = super().items(cursor if self.gives_changes and self.fault != "forgets cursor" else None)
        if cursor is None or not self.gives_changes:
            listing = Listing.complete(
                listing.items, listing.unreadable, listing.cursor if self.gives_changes else None
            )
        some = tuple(item for item in listing.items if self.random.random() < 0.5)
        if self.fault == "empty" and listing.is_complete:
            return Listing.complete((), cursor=listing.cursor)
        if self.fault == "half" and listing.is_complete:
            return Listing.complete(listing.items[: len(listing.items) // 2], cursor=listing.cursor)
        if self.fault == "half page":
            return Listing(some, is_complete=False)
        return listing

    def fetch(self, item: Item) -> Document:
        if self.fault == "fetch refuses" and self.random.random() < 0.3:
            raise SourceUnavailable("503")
        if self.fault == "unreadable" and self.random.random() < 0.5:
            raise ItemUnreadable(f"{item.id}: is locked")
        if self.fault == "another" and self.random.random() < 0.5:
            return super().fetch(Item(self.random.choice([*self.texts]), "1"))
        return super().fetch(item)

    def prepare(self) -> None:
        """What goes wrong in the next sync."""
        self.fault = self.random.choice(self.FAULTS)
        self.unlistable.clear()
        if self.fault == "unlistable":
            self.unlistable.update(self.random.sample([*self.texts], 3))

    def mend(self) -> None:
        self.fault = ""
        self.unlistable.clear()


@dataclass
class Campaign:
    """So many syncs of one source. `wrong` is what must stay empty."""

    folder: Path
    connector: Connector
    texts: dict[str, tuple[str, str]]
    """What the source really has: item id -> (version, text)."""
    write: Callable[[str, str], None]
    delete: Callable[[str], None]
    prepare: Callable[[], None]
    mend: Callable[[], None]
    random: random.Random
    allow_removals_now: bool = False
    wrong: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    async def run(self, syncs: int) -> None:
        """Raises nothing: see `wrong`, and what `finally_equal` says."""
        database = Database(self.folder / "campaign.db")
        self.sources, self.corpus, self.clock = Sources(database), Corpus(database), Clock()
        index = HybridIndex(database, PlainMorphology(), HashEmbedder())
        self.syncing = Syncing(index, PlainParser(), self.sources, self.corpus.versions, now=self.clock)
        try:
            for name in NAMES[:60]:
                self.write(name, f"# {name}\n\nFirst.")
            self.mend()
            await self._sync()
            for number in range(syncs):
                self._edit(number)
                self.prepare()
                await self._watched(number)
                self.clock.now += timedelta(minutes=self.random.choice((15, 15, 60, 300)))
            self.mend()
            for _ in range(2):  # what was set aside is due, and a whole listing is
                self.clock.now += timedelta(days=2)
                await self._settled()
        finally:
            database.close()

    async def clean(self) -> None:
        """The same source, synced once into another database."""
        database = Database(self.folder / "clean.db")
        index = HybridIndex(database, PlainMorphology(), HashEmbedder())
        syncing = Syncing(index, PlainParser(), Sources(database), Corpus(database).versions)
        try:
            report = await syncing.run("source", self.connector)
            assert report.error == ""
        finally:
            database.close()

    def _edit(self, number: int) -> None:
        there = [*self.texts]
        for name in self.random.sample(NAMES, 3):
            self.write(name, f"# {name}\n\nEdition {number}.")
        share = 0.5 if self.random.random() < 0.03 else 0.03  # now and then somebody cleans up
        for name in there:
            if self.random.random() < share and len(self.texts) > 20:
                self.delete(name)

    async def _watched(self, number: int) -> None:
        """One sync. What is at the source and was held before has to be held after."""
        before = self.corpus.versions("source").keys() & self.texts.keys()
        report = await self._sync()
        lost = before - self.corpus.versions("source").keys()
        if lost:
            self.wrong.append(f"sync {number} deleted {sorted(lost)}")
        what = "doubted" if self.sources.doubts.of("source") else "failed" if report.error else "went through"
        self.outcomes[what] = self.outcomes.get(what, 0) + 1

    async def _settled(self) -> None:
        report = await self._sync()
        if report.error:
            report = await self._sync()
        assert report.error == "", report.error

    async def _sync(self) -> SyncReport:
        """As the schedule and an admin do it together: who looks whether what would go is really gone."""
        doubt = self.sources.doubts.of("source")
        if doubt and not set(doubt.gone) & self.texts.keys():
            return await self.syncing.run("source", self.connector, agreed=doubt.gone, despite_pause=True)
        return await self.syncing.run("source", self.connector, despite_pause=True)


def contents(path: Path) -> list[tuple[object, ...]]:
    """Everything that is found and shown, of every document in order."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(
            """SELECT item_id, version, documents.title, url, position, chunks.section, text,
                chunk_terms.body,
                (SELECT group_concat(reader) FROM document_readers r WHERE r.document_id = documents.id)
            FROM documents LEFT JOIN chunks ON document_id = documents.id
            LEFT JOIN chunk_terms ON chunk_terms.rowid = chunks.id ORDER BY item_id, position"""
        ).fetchall()
    finally:
        connection.close()
