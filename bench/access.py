"""What the access filter costs of a search, where documents and people have readers of many kinds.

    .venv/bin/python bench/access.py DIR [--chunks 100000] [--sets 1000] [--people 1000] [--searches 300]

DIR/SETS/footnote.db is made if it is not there: 2,000 chunks of random words, grown by bench/grow.py. A
quarter of the documents is for everyone, each other for one of `sets` sets of readers: one to three of 1,000
channels, and in every second of them one of 20 groups; `--sets 0` draws a set for each document. Each of the
`people` has "everyone", themselves, 30 channels and 2 groups.

Each question is asked three times, one after the other: on behalf of the next of the people (`cold`: what
they may read is not remembered), of the same once more (`warm`), and of a reader who may read everything,
whose filter is remembered (`open`: a search without one). Words and vectors are stand-ins without a model:
the rest of a search takes less than it really does, so the real share is smaller. Times are wall clock, but
for `processor`: where others use the machine, that is the one to compare.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
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

SOURCE_CHUNKS = 2_000
CHUNKS_A_DOCUMENT = 3
SECTIONS = 9
CHANNELS = 1_000
GROUPS = 20
WORDS = 20_000
WORDS_A_CHUNK = 40
DIMENSIONS = 384
ALL: Readers = frozenset({"user:T1/ALL"})
"""May read everything."""


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


def some_channels(chance: random.Random, count: int) -> set[str]:
    return {f"channel:T1/C{one}" for one in chance.sample(range(CHANNELS), k=count)}


def some_groups(chance: random.Random, count: int) -> set[str]:
    return {f"group:T1/S{one}" for one in chance.sample(range(GROUPS), k=count)}


async def made(path: Path, chance: random.Random) -> None:
    """A small index to grow."""
    database = Database(path)
    index = HybridIndex(database, PlainMorphology(), HashEmbedder(DIMENSIONS))
    for number in range(SOURCE_CHUNKS // CHUNKS_A_DOCUMENT):
        sections = tuple(
            Section((f"part {part}",), words(chance, WORDS_A_CHUNK), anchor=f"#{part}")
            for part in range(SECTIONS)
        )
        document = Document(f"d{number}", "", "", b"", "text/markdown", None, frozenset({EVERYONE}))
        await index.put("wiki", "1", document, Parsed(f"document {number}", sections))
    while await index.unembedded():
        await index.embed_some(500)
    database.close()


async def grown(source: Path, target: Path, chunks: int) -> None:
    """The small index, made if it is not there, at its full size."""
    if not await asyncio.to_thread(source.exists):
        await made(source, random.Random(7))
    script = Path(__file__).with_name("grow.py")
    command = [sys.executable, str(script), str(source), str(target), "--chunks", str(chunks)]
    here = {**os.environ, "PYTHONPATH": str(script.parents[1])}
    process = await asyncio.create_subprocess_exec(*command, env=here)
    if await process.wait():
        raise SystemExit("bench/grow.py failed")


def give_readers(path: Path, sets: int, chance: random.Random) -> None:
    """Give all documents of a grown corpus readers anew."""

    def one_set() -> list[str]:
        channels = some_channels(chance, chance.randint(1, 3))
        return sorted(channels | (some_groups(chance, 1) if chance.random() < 0.5 else set()))

    drawn = [one_set() for _ in range(sets)]
    database = Database(path)
    with database.write() as db:
        ids = [row[0] for row in db.conn.execute("SELECT id FROM documents ORDER BY number")]
        db.conn.execute("DELETE FROM document_readers")
        for number, document in enumerate(ids):
            own = [EVERYONE] if number % 4 == 0 else chance.choice(drawn) if drawn else one_set()
            db.conn.executemany(
                "INSERT INTO document_readers VALUES (?, ?)", [(document, one) for one in [*own, *ALL]]
            )
        epoch = db.conn.execute("SELECT epoch FROM corpus_epoch").fetchone()[0]
        db.conn.execute("INSERT OR REPLACE INTO corpus_changes VALUES (?, randomblob(8), '[]')", [epoch])
    database.close()


def person(number: int, chance: random.Random) -> Readers:
    memberships = some_channels(chance, 30) | some_groups(chance, 2)
    return frozenset({EVERYONE, f"user:T1/U{number}"} | memberships)


@dataclass(frozen=True)
class Took:
    """Milliseconds of one search."""

    search: float
    filter: float
    processor: float
    """Of all its threads, where the others are wall clock."""


async def asked(index: HybridIndex, question: str, readers: Readers, spent: Spent) -> Took:
    spent.taken()
    started, used = time.perf_counter(), time.process_time()
    await index.search(question, readers, 10)
    took, processor = time.perf_counter() - started, time.process_time() - used
    return Took(1000 * took, 1000 * spent.taken(), 1000 * processor)


async def compared(
    index: HybridIndex, people: list[Readers], searches: int, chance: random.Random, spent: Spent
) -> dict[str, Any]:
    """Medians in milliseconds, and what the filter costs in per cent of a search without one."""
    taken: dict[str, list[Took]] = {"cold": [], "warm": [], "open": []}
    for number in range(searches):
        question, one = words(chance, 5), people[number % len(people)]
        for name, readers in (("open", ALL), ("cold", one), ("warm", one)):
            taken[name].append(await asked(index, question, readers, spent))
    figures: dict[str, Any] = {}
    for name, times in taken.items():
        figures[name] = {
            "search_ms": round(median(one.search for one in times), 2),
            "processor_ms": round(median(one.processor for one in times), 2),
            "filter_ms": round(median(one.filter for one in times), 3),
            "filter_share_percent": round(
                100 * sum(one.filter for one in times) / sum(one.search for one in times), 1
            ),
        }
    for name in ("cold", "warm"):
        for what in ("search_ms", "processor_ms"):
            more = figures[name][what] / figures["open"][what] - 1
            figures[name][f"{what}_more_than_open_percent"] = round(100 * more, 1)
    figures["load"] = round(os.getloadavg()[0], 1)
    return figures


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--sets", type=int, default=1_000)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--searches", type=int, default=300)
    given = parser.parse_args()
    chance = random.Random(7)
    source, target = given.folder / "source" / "footnote.db", given.folder / str(given.sets)
    if not (target / "footnote.db").exists():
        await grown(source, target, given.chunks)
        give_readers(target / "footnote.db", given.sets, chance)
    database = Database(target / "footnote.db")
    index = HybridIndex(database, PlainMorphology(), HashEmbedder(DIMENSIONS))
    spent = Spent()
    spent.watch(AllowedDocuments, "at")
    spent.watch(Allowed, "rows")
    figures: dict[str, Any] = {}
    try:
        for table in ("chunks", "documents"):
            figures[table] = database.value(f"SELECT count(*) FROM {table}")
        people = [person(number, chance) for number in range(given.people)]
        first = await asked(index, "w1", ALL, spent)
        figures["first_search_ms"], figures["first_filter_ms"] = round(first.search), round(first.filter)
        await asyncio.to_thread(index.wait)
        await compared(index, people[-20:], 20, chance, spent)
        figures |= await compared(index, people, given.searches, chance, spent)
    finally:
        database.close()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
