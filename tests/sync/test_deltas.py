"""Sources that give changes alone: nothing is lost, and a cursor is never ahead of the documents."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.contracts import SyncReport
from bot.index.hybrid import HybridIndex
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.preview import preview
from bot.sync.sync import Syncing
from connectors.base import Document, Item, Listing, SourceUnavailable
from tests.fakes import HashEmbedder, PlainMorphology
from tests.sync.feed import Clock, Feed, PlainParser


@dataclass
class Desk:
    """A sync of one feed, over a real database and index."""

    feed: Feed
    sources: Sources
    corpus: Corpus
    syncing: Syncing
    clock: Clock

    async def sync(self, *, force: bool = False, allow_removals: bool = False) -> SyncReport:
        return await self.syncing.run("feed", self.feed, force=force, allow_removals=allow_removals)

    @property
    def held(self) -> dict[str, str]:
        return self.corpus.versions("feed")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(tmp_path / "footnote.db")
    sources, corpus, clock = Sources(database), Corpus(database), Clock()
    index = HybridIndex(database, PlainMorphology(), HashEmbedder())
    syncing = Syncing(index, PlainParser(), sources, corpus.versions, now=clock)
    desk = Desk(Feed(), sources, corpus, syncing, clock)
    for name in ("a", "b", "c"):
        desk.feed.write(name, f"Page {name}")
    await desk.sync()
    desk.feed.fetched.clear()
    yield desk
    database.close()


async def test_changes_are_taken_in_and_the_rest_is_left_alone(desk: Desk) -> None:
    desk.feed.write("a", "Another page a")
    desk.feed.write("d", "Page d")
    desk.feed.delete("b")
    report = await desk.sync()
    assert (report.added, report.changed, report.removed, report.error) == (1, 1, 1, "")
    assert desk.held == {"a": "2", "c": "1", "d": "1"}
    assert desk.feed.cursors == [None, "3"]
    assert sorted(desk.feed.fetched) == ["a", "d"]


async def test_what_came_and_went_between_two_syncs_is_no_trouble(desk: Desk) -> None:
    desk.feed.write("fleeting", "Here")
    desk.feed.delete("fleeting")
    report = await desk.sync()
    assert (report.added, report.removed, report.error) == (0, 0, "")


async def test_an_item_that_is_listed_and_removed_at_once_stays(desk: Desk) -> None:
    class Both(Feed):
        def items(self, cursor: str | None) -> Listing:
            return Listing.of_changes([Item("a", "1")], removed=["a"], cursor="9")

    report = await desk.syncing.run("feed", Both(desk.feed.texts))
    assert (report.removed, "a" in desk.held) == (0, True)


async def test_many_removals_by_a_feed_are_doubted_too(desk: Desk) -> None:
    for number in range(7):
        desk.feed.write(f"n{number}", "Page")
    await desk.sync()
    desk.feed.delete(*(f"n{number}" for number in range(7)))
    report = await desk.sync()
    assert "7 of 10" in report.error
    assert len(desk.held) == 10
    doubt = desk.sources.doubts.of("feed")
    assert doubt is not None
    assert doubt.gone == tuple(f"n{number}" for number in range(7))
    # the cursor stayed, so the removals are listed again
    assert (await desk.sync(allow_removals=True)).removed == 7
    assert desk.sources.doubts.of("feed") is None


async def test_an_agreement_covers_the_documents_that_were_shown_and_no_others(desk: Desk) -> None:
    for number in range(20):
        desk.feed.write(f"n{number:02}", "Page")
    await desk.sync()
    desk.feed.delete(*(f"n{number:02}" for number in range(7)))
    await desk.sync()
    doubt = desk.sources.doubts.of("feed")
    assert doubt is not None
    desk.feed.delete(*(f"n{number:02}" for number in range(7, 20)))
    report = await desk.syncing.run("feed", desk.feed, agreed=doubt.gone)
    assert "20 of 23" in report.error
    assert len(desk.held) == 23
    larger = desk.sources.doubts.of("feed")
    assert larger is not None
    assert larger.id != doubt.id
    assert (await desk.syncing.run("feed", desk.feed, agreed=larger.gone)).removed == 20


async def test_what_was_set_aside_is_tried_again_though_no_change_lists_it(desk: Desk) -> None:
    desk.feed.write("d", "Page d")
    desk.feed.unreadable.add("d")
    assert (await desk.sync()).failed == 1
    desk.clock.now += timedelta(minutes=5)
    waiting = await desk.sync()
    assert (waiting.failed, waiting.failures[0][0]) == (1, "d")
    assert desk.feed.fetched == ["d"]
    desk.clock.now += timedelta(hours=1)
    desk.feed.unreadable.clear()
    assert (await desk.sync()).added == 1
    assert desk.sources.set_aside("feed") == {}
    assert desk.held["d"] == "1"


async def test_what_was_set_aside_and_then_removed_is_forgotten(desk: Desk) -> None:
    desk.feed.write("d", "Page d")
    desk.feed.unreadable.add("d")
    await desk.sync()
    desk.feed.delete("d")
    assert (await desk.sync()).failed == 0
    assert desk.sources.set_aside("feed") == {}


async def test_a_source_that_leaves_halfway_is_asked_for_the_same_changes_again(desk: Desk) -> None:
    def leaves(item: Item) -> None:
        if item.id == "n5":
            raise SourceUnavailable("it went away")

    for number in range(9):
        desk.feed.write(f"n{number}", "Page")
    desk.feed.before_fetch = leaves
    assert (await desk.sync()).error == "it went away"
    desk.feed.before_fetch = lambda _item: None
    assert (await desk.sync()).error == ""
    assert desk.feed.cursors == [None, "3", "3"]
    assert len(desk.held) == 12


async def test_changes_that_cannot_be_listed_are_asked_for_again(desk: Desk) -> None:
    desk.feed.write("a", "Another page a")
    desk.feed.unlistable.add("a")
    assert (await desk.sync()).failed == 1
    assert desk.held["a"] == "1"
    desk.feed.unlistable.clear()
    await desk.sync()
    assert desk.held["a"] == "2"
    assert desk.feed.cursors == [None, "3", "3"]


async def test_once_a_day_everything_is_listed_so_what_the_feed_lost_is_found(desk: Desk) -> None:
    desk.feed.write("a", "Another page a", is_logged=False)
    desk.feed.delete("b", is_logged=False)
    desk.clock.now += timedelta(hours=23)
    await desk.sync()
    assert desk.held == {"a": "1", "b": "1", "c": "1"}
    desk.clock.now += timedelta(hours=1)
    await desk.sync()
    assert desk.held == {"a": "2", "c": "1"}
    desk.clock.now += timedelta(minutes=1)
    await desk.sync()
    assert desk.feed.cursors == [None, "3", None, "3"]


async def test_force_lists_everything(desk: Desk) -> None:
    assert (await desk.sync(force=True)).changed == 3
    assert desk.feed.cursors == [None, None]


async def test_a_preview_tells_what_a_sync_would_do_and_does_nothing(desk: Desk) -> None:
    desk.feed.write("a", "Another page a")
    desk.feed.write("d", "Page d")
    desk.feed.delete("b")
    before = desk.sources.state("feed")
    seen = await preview("feed", desk.feed, desk.sources, desk.corpus.versions, now=desk.clock())
    assert (seen.added, seen.changed, seen.removed, seen.is_doubtful) == (("d",), ("a",), ("b",), False)
    assert desk.feed.fetched == []
    assert desk.held == {"a": "1", "b": "1", "c": "1"}
    assert desk.sources.state("feed") == before


@pytest.mark.parametrize(("said", "expected"), [(1, 1), (3, 3), (None, 4), (1000, 16)])
async def test_a_source_says_how_many_items_may_be_fetched_at_once(
    desk: Desk, said: int | None, expected: int
) -> None:
    class Limited(Feed):
        def __init__(self) -> None:
            super().__init__({f"n{number}": ("1", "Page") for number in range(40)})
            if said is not None:
                self.at_once = said
            self.together = threading.Semaphore(0)
            self.under_way = self.most = 0
            self.lock = threading.Lock()

        def fetch(self, item: Item) -> Document:
            with self.lock:
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                if self.under_way == expected:
                    self.together.release(1000)
            self.together.acquire(timeout=2)  # until as many are here as may be
            with self.lock:
                self.under_way -= 1
            return super().fetch(item)

    limited = Limited()
    assert (await desk.syncing.run("limited", limited)).added == 40
    assert limited.most == expected
