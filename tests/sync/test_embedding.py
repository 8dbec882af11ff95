"""Filling in vectors behind the full text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.contracts import Filter, Passage, Readers
from bot.parsing.parsed import Parsed
from bot.sync.embedding import COUNTED_AFTER, SLICE, embed_waiting
from connectors.base import Document


@dataclass
class CountedIndex:
    """An index of nothing but numbers: how much waits, and how often that was asked."""

    texts: int
    windows: int = 0
    arriving: int = 0
    """Texts that a sync puts beside the first slice."""
    counts: int = 0
    slices: list[int] = field(default_factory=list)

    async def unembedded(self) -> int:
        self.counts += 1
        return self.texts

    async def unrefined(self) -> int:
        self.counts += 1
        return self.windows

    async def embed_some(self, limit: int) -> int:
        self.texts, self.arriving = self.texts + self.arriving, 0
        if self.texts:
            done = min(limit, self.texts)
            self.texts -= done
        else:
            done = min(limit, self.windows)
            self.windows -= done
        self.slices.append(done)
        return done

    async def put(self, connector: str, version: str, document: Document, parsed: Parsed) -> None:
        raise NotImplementedError

    async def remove(self, connector: str, item_ids: Sequence[str]) -> None:
        raise NotImplementedError

    async def search(
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> list[Passage]:
        raise NotImplementedError


async def test_every_vector_is_made_and_then_the_windows() -> None:
    said: list[tuple[str, int, int]] = []
    index = CountedIndex(texts=SLICE + 3, windows=2)

    embedded = await embed_waiting(index, lambda *step: said.append(step))

    assert embedded == SLICE + 3
    assert (index.texts, index.windows) == (0, 0)
    total = SLICE + 3
    assert said == [
        *(("embedding", 0, total), ("embedding", SLICE, total), ("embedding", total, total)),
        *(("refining", 0, 2), ("refining", 2, 2)),
    ]


async def test_what_is_left_is_counted_down_and_not_counted_at_every_slice() -> None:
    index = CountedIndex(texts=SLICE * (COUNTED_AFTER + 10))

    await embed_waiting(index)

    assert len(index.slices) == COUNTED_AFTER + 10
    assert index.counts == 4  # before, once on the way, at the end; and the windows


async def test_what_a_sync_adds_meanwhile_is_embedded_in_the_same_pass() -> None:
    index = CountedIndex(texts=SLICE, arriving=5)

    assert await embed_waiting(index) == SLICE + 5


async def test_an_index_that_gets_nowhere_does_not_keep_one_waiting() -> None:
    class Stuck(CountedIndex):
        async def embed_some(self, limit: int) -> int:
            return 0

    assert await embed_waiting(Stuck(texts=3)) == 0


async def test_embedding_waits_for_whoever_asks() -> None:
    index, free = CountedIndex(texts=SLICE), asyncio.Event()
    work = asyncio.create_task(embed_waiting(index, free=free))
    for _ in range(20):
        await asyncio.sleep(0)
    assert index.slices == []
    free.set()
    assert await work == SLICE


async def test_embedding_is_not_starved_by_questions_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sync.embedding.PATIENCE_SECONDS", 0.01)
    assert await embed_waiting(CountedIndex(texts=3 * SLICE), free=asyncio.Event()) == 3 * SLICE
