"""Whatever happens to documents and their readers between two searches: what one may read, and no more."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.contracts import Filter, Readers
from bot.index.allowed import AllowedDocuments
from bot.index.hybrid import HybridIndex
from bot.index.reader_sets import ReaderSets
from bot.index.search import Found
from bot.parsing.parsed import Parsed, Section
from bot.store.changes import CorpusChanges
from bot.store.corpus import Corpus, StoredDocument, document_id
from bot.store.database import Database
from connectors.base import EVERYONE, Document
from tests.fakes import HashEmbedder, PlainMorphology

PRINCIPALS = [
    EVERYONE,
    *(f"user:T1/U{n}" for n in range(4)),
    *(f"channel:T1/C{n}" for n in range(4)),
    "여름팀",
]
ANYBODY: Readers = frozenset({EVERYONE})
LONG = "The same rule stands in many places of this company and is long enough to count as a copy of itself"


def some(chance: random.Random, most: int) -> Readers:
    """Of the principals; none at all, now and then."""
    return frozenset(chance.sample(PRINCIPALS, k=chance.randint(0, most)))


@dataclass
class Held:
    """One document as it ought to be."""

    readers: Readers
    updated_at: datetime | None


@dataclass
class Company:
    """A corpus, and beside it the plain truth about who may read which document of it."""

    path: Path
    chance: random.Random
    held: dict[tuple[str, str], Held] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.open()
        self.elsewhere = HybridIndex(Database(self.path), PlainMorphology(), HashEmbedder())

    def open(self) -> None:
        """A process that starts."""
        self.index = HybridIndex(Database(self.path), PlainMorphology(), HashEmbedder())

    def close(self) -> None:
        for index in (self.index, self.elsewhere):
            index.corpus.database.close()

    async def change(self) -> None:
        """Something happens, here or through another connection to the same file."""
        by = self.chance.choice([self.index, self.elsewhere])
        key = (self.chance.choice(["hr", "it"]), f"{self.chance.randint(0, 9)}")
        what = self.chance.random()
        if what < 0.45:
            await self._put(by, key)
        elif what < 0.75:
            readers = some(self.chance, 4)
            by.corpus.set_readers(*key, readers)
            if key in self.held:
                self.held[key].readers = readers
        elif what < 0.88:
            await by.remove(key[0], [key[1]])
            self.held.pop(key, None)
        elif what < 0.9:
            by.corpus.remove_connector(key[0])
            self.held = {one: held for one, held in self.held.items() if one[0] != key[0]}
        elif what < 0.97:
            await by.embed_some(self.chance.choice([1, 100]))
        else:
            self.index.corpus.database.close()
            self.open()

    async def _put(self, by: HybridIndex, key: tuple[str, str]) -> None:
        readers = some(self.chance, 4)
        updated_at = self.chance.choice(
            [None, datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
        )
        # copies of each other, editions of each other, and such as stand alone
        text = self.chance.choice([LONG, f"common canary{key[1]}", f"{LONG} but for {self.chance.random()}"])
        title = f"rule {self.chance.choice([2023, 2024, 2025])}"
        document = Document(key[1], "", "", b"", "text/markdown", updated_at, readers)
        parsed = Parsed(title, (Section((), f"common {text}", anchor=""),))
        await by.put(key[0], "1", document, parsed)
        self.held[key] = Held(readers, updated_at)

    def a_filter(self) -> Filter | None:
        since = self.chance.choice([None, datetime(2025, 6, 1, tzinfo=UTC)])
        return self.chance.choice([None, None, Filter(("hr",)), Filter(("it/1", "hr"), since=since)])

    def readable(self, readers: Readers, narrowed: Filter | None) -> set[str]:
        """Ids of the documents, by the truth."""
        return {
            document_id(*key)
            for key, held in self.held.items()
            if held.readers & readers and (narrowed is None or _lets_through(narrowed, key, held))
        }


def _lets_through(narrowed: Filter, key: tuple[str, str], held: Held) -> bool:
    is_there = any(
        f"{key[0]}/{key[1]}".startswith(f"{one}/" if "/" not in one else one) for one in narrowed.within
    )
    return is_there and (
        narrowed.since is None or (held.updated_at is not None and held.updated_at >= narrowed.since)
    )


def named(company: Company, found: Found) -> set[str]:
    """Ids of all documents that a search names in any of its lists."""
    chunks = {*found.cosines, *found.windows, *found.coverages, *found.superseded}
    chunks |= {chunk_id for reading in found.readings for chunk_id in reading.bm25}
    rows = company.index.corpus.database.rows(
        "SELECT document_id FROM chunks WHERE id IN (SELECT value FROM json_each(?))", [json.dumps([*chunks])]
    )
    shown = {passage.document_id for passage in found.passages}
    return (
        shown | {row[0] for row in rows} | {copy.document_id for one in found.passages for copy in one.copies}
    )


@pytest.mark.parametrize("seed", range(4))
async def test_a_search_names_what_its_readers_may_read_and_nothing_else(tmp_path: Path, seed: int) -> None:
    company = Company(tmp_path / "footnote.db", random.Random(seed))
    searches = 0
    for _ in range(80):
        await company.change()
        while company.chance.random() < 0.5:
            readers, narrowed = some(company.chance, 3), company.a_filter()
            found = await company.index.explain("common rule", readers, 100, narrowed)
            expected = company.readable(readers, narrowed)
            assert named(company, found) == expected
            assert found.allowed == len(expected)
            searches += 1
    assert searches > 30
    company.close()


_REVOKES = """
import sys
from pathlib import Path
from bot.store.corpus import Corpus
from bot.store.database import Database
corpus = Corpus(Database(Path(sys.argv[1])))
corpus.set_readers("wiki", "a", frozenset({"user:T1/U2"}))
corpus.remove("wiki", ["b"])
"""


def put(corpus: Corpus, item_id: str, readers: Readers) -> None:
    corpus.put(StoredDocument("wiki", item_id, "1", item_id, "", "en", None, readers, ()))


def titles(corpus: Corpus, allowed: AllowedDocuments | ReaderSets, *readers: str) -> set[str]:
    """Of the documents that these may read."""
    state = CorpusChanges(corpus.database).state()
    if isinstance(allowed, ReaderSets):
        numbers = set(allowed.readable(state, frozenset(readers)).tolist())
    else:
        numbers = set(allowed.at(state, frozenset(readers), None).flags.nonzero()[0].tolist())
    return {
        row[1] for row in corpus.database.rows("SELECT number, title FROM documents") if row[0] in numbers
    }


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    database = Database(tmp_path / "footnote.db")
    yield Corpus(database)
    database.close()


async def test_what_another_process_takes_away_is_denied_at_once(corpus: Corpus) -> None:
    for item_id in ("a", "b", "c"):
        put(corpus, item_id, frozenset({"user:T1/U1"}))
    allowed = AllowedDocuments(CorpusChanges(corpus.database))
    assert titles(corpus, allowed, "user:T1/U1") == {"a", "b", "c"}

    command = [sys.executable, "-c", _REVOKES, str(corpus.database.path)]
    await asyncio.to_thread(subprocess.run, command, check=True)

    assert titles(corpus, allowed, "user:T1/U1") == {"c"}
    assert titles(corpus, allowed, "user:T1/U2") == {"a"}


def test_a_document_without_readers_is_nobodys(corpus: Corpus) -> None:
    put(corpus, "a", frozenset())
    put(corpus, "b", ANYBODY)
    sets = ReaderSets(CorpusChanges(corpus.database))

    assert titles(corpus, sets, EVERYONE) == {"b"}
    assert titles(corpus, sets) == set()
    assert titles(corpus, sets, "", "every", "everyone ", "EVERYONE") == set()


def test_odd_names_of_readers_are_told_apart(corpus: Corpus) -> None:
    odd = ['a","b', "a", "b", "[]", "\u0000", "a\u0000", "email:김@회사.kr", "\U0001f600", "a\nb", ""]
    for name in odd:
        put(corpus, f"of {name!r}", frozenset({name}))
    sets = ReaderSets(CorpusChanges(corpus.database))

    for name in odd:
        assert titles(corpus, sets, name) == {f"of {name!r}"}


def test_sets_that_no_document_has_any_more_are_forgotten(corpus: Corpus) -> None:
    for item_id in ("a", "b"):
        put(corpus, item_id, ANYBODY)
    sets = ReaderSets(CorpusChanges(corpus.database), most_sets=5)
    for step in range(30):
        corpus.set_readers("wiki", "a", frozenset({f"user:T1/U{step}"}))
        assert titles(corpus, sets, f"user:T1/U{step}") == {"a"}
        assert titles(corpus, sets, f"user:T1/U{step - 1}", EVERYONE) == {"b"}
        assert len(sets._sets) <= 6


def test_a_restored_backup_has_its_own_readers_again(corpus: Corpus, tmp_path: Path) -> None:
    put(corpus, "a", ANYBODY)
    corpus.database.checkpoint()
    shutil.copy(corpus.database.path, tmp_path / "backup.db")
    backup = Corpus(Database(tmp_path / "backup.db"))
    allowed = AllowedDocuments(CorpusChanges(corpus.database))
    for one in (corpus, backup):  # the same epoch in both, with other readers
        one.set_readers("wiki", "a", frozenset({"user:T1/U1"} if one is corpus else {"user:T1/U2"}))
    assert titles(corpus, allowed, "user:T1/U1") == {"a"}

    allowed._changes._database = allowed._sets._changes._database = backup.database

    assert titles(backup, allowed, "user:T1/U1") == set()
    assert titles(backup, allowed, "user:T1/U2") == {"a"}
    backup.database.close()
