"""What the access filter costs of a search, where everybody has readers of their own.

    .venv/bin/python bench/access.py DIR [--chunks 100000] [--sets 1000] [--searches 200]

DIR/footnote.db is made if it is not there: documents of about 3 chunks of random words, a quarter for
everyone, the others for one to three of 1,000 channels. Each of the `sets` readers has "everyone", a person
and 30 channels. Searches are made for one of them after the other, so that none is remembered (`cold`: the
worst there is), and again for the same one (`warm`: a person who asks on). Words and vectors are stand-ins
without a model: the rest of a search takes less than it really does, so the real share is smaller. Times are
wall clock.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.contracts import Readers
from bot.index.allowed import Allowed, AllowedDocuments
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.database import Database
from connectors.base import EVERYONE, Document
from tests.fakes import HashEmbedder, PlainMorphology

CHUNKS_A_DOCUMENT = 3
SECTIONS = 9
CHANNELS = 1_000
WORDS = 20_000
WORDS_A_CHUNK = 40
DIMENSIONS = 384


class Spent:
    """Seconds spent in the filter since the last look."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watch(self, owner: type[Any], name: str) -> None:
        """Count the time of a method from now on."""
        setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def timed(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return method(*given, **named)
            finally:
                self.seconds += time.perf_counter() - started

        return timed

    def taken(self) -> float:
        seconds, self.seconds = self.seconds, 0.0
        return seconds


def words(chance: random.Random, count: int) -> str:
    """Random words, few of them often."""
    return " ".join(f"w{int(WORDS * chance.random() ** 3)}" for _ in range(count))


async def made(index: HybridIndex, chunks: int, chance: random.Random) -> None:
    for number in range(-(-chunks // CHUNKS_A_DOCUMENT)):
        channels = chance.sample(range(CHANNELS), k=chance.randint(1, 3))
        readers = {EVERYONE} if number % 4 == 0 else {f"channel:T1/C{one}" for one in channels}
        sections = tuple(
            Section((f"part {part}",), words(chance, WORDS_A_CHUNK), anchor=f"#{part}")
            for part in range(SECTIONS)
        )
        document = Document(f"d{number}", "", "", b"", "text/markdown", None, frozenset(readers))
        await index.put("wiki", "1", document, Parsed(f"document {number}", sections))


def reader_sets(count: int, chance: random.Random) -> list[Readers]:
    return [
        frozenset(
            {EVERYONE, f"user:T1/U{number}"}
            | {f"channel:T1/C{one}" for one in chance.sample(range(CHANNELS), k=30)}
        )
        for number in range(count)
    ]


async def asked(
    index: HybridIndex, questions: Sequence[str], sets: Sequence[Readers], spent: Spent
) -> dict[str, float]:
    """Medians in milliseconds, and the share of all time that the filter took."""
    whole, filters = [], []
    for question, readers in zip(questions, sets, strict=True):
        spent.taken()
        started = time.perf_counter()
        await index.search(question, readers, 10)
        whole.append(time.perf_counter() - started)
        filters.append(spent.taken())
    return {
        "search_ms": round(1000 * median(whole), 2),
        "filter_ms": round(1000 * median(filters), 2),
        "share_percent": round(100 * sum(filters) / sum(whole), 1),
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--sets", type=int, default=1_000)
    parser.add_argument("--searches", type=int, default=200)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(7)
    database = Database(given.folder / "footnote.db")
    index = HybridIndex(database, PlainMorphology(), HashEmbedder(DIMENSIONS))
    spent = Spent()
    figures: dict[str, Any] = {}
    try:
        started = time.perf_counter()
        if not database.value("SELECT count(*) FROM chunks"):
            await made(index, given.chunks, chance)
        while await index.unembedded():
            await index.embed_some(500)
        figures["made_s"] = round(time.perf_counter() - started, 1)
        figures["chunks"] = database.value("SELECT count(*) FROM chunks")
        figures["documents"] = database.value("SELECT count(*) FROM documents")
        sets = reader_sets(given.sets, chance)
        await index.search("w1 w2", sets[0], 10)
        await asyncio.to_thread(index.wait)
        spent.watch(AllowedDocuments, "at")
        spent.watch(Allowed, "rows")
        questions = [words(chance, 5) for _ in range(given.searches)]
        in_turn = [sets[number % len(sets)] for number in range(given.searches)]
        await asked(index, questions[:20], in_turn[-20:], spent)
        figures["cold"] = await asked(index, questions, in_turn, spent)
        figures["warm"] = await asked(index, questions, [sets[0]] * given.searches, spent)
    finally:
        database.close()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
