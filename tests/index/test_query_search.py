"""What a question may have meant as well, found in the corpus and weighed there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.index.allowed import Allowed
from bot.index.full_text import TermMirror
from bot.index.hybrid import HybridIndex
from bot.index.postings import written
from bot.index.query_terms import Alternative, Concept, QueryTerms, plain
from bot.index.segments import SegmentFolder
from bot.index.synonyms import SynonymLists
from bot.parsing.parsed import Parsed, Section
from bot.store.changes import ChunkTerms, CorpusChanges, State
from bot.store.database import Database
from connectors.base import EVERYONE, Document
from tests.fakes import PlainMorphology

ANYBODY = frozenset({EVERYONE})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    yield database
    database.close()


def test_the_mirror_scores_a_query_as_it_is_defined(database: Database, tmp_path: Path) -> None:
    texts = [
        "leave",
        "annual leave",
        "vacation",
        "annual report",
        "vacation annual leave",
        "pay",
        "pay leave",
    ]
    rows = [ChunkTerms(number, number, ("", "", text)) for number, text in enumerate(texts, start=1)]
    segments = [written(rows[:3]), written(rows[3:])]
    mirror = TermMirror(CorpusChanges(database), SegmentFolder(tmp_path / "m", "terms"))
    allowed = Allowed(State(0, ""), np.ones(100, np.bool_))

    def scores(query: QueryTerms) -> dict[int, float]:
        return mirror.search(segments, query, allowed, (2.0, 1.5, 1.0), 100).scores

    query = QueryTerms(
        (
            Concept(
                "vacation",
                (
                    Alternative(("vacation",), "asked"),
                    Alternative(("annual", "leave"), "synonym"),
                    Alternative(("nowhere", "leave"), "synonym"),
                ),
            ),
            Concept("pay", (Alternative(("pay",), "mended", spans=2),)),
        )
    )

    single = {term: scores(plain([term])) for term in ("vacation", "annual", "leave", "pay")}
    expected = {
        row.chunk_id: score
        for row in rows
        if (
            score := query.score(
                {term: of[row.chunk_id] for term, of in single.items() if row.chunk_id in of}
            )
        )
    }
    assert scores(query) == pytest.approx(expected)
    assert expected.keys() == {2, 3, 5, 6, 7}


async def put(index: HybridIndex, item_id: str, text: str) -> None:
    document = Document(
        item_id, "", "https://docs.example/", b"", "text/markdown", datetime(2026, 5, 3, tzinfo=UTC), ANYBODY
    )
    await index.put("wiki", "1", document, Parsed(item_id, (Section((), text, anchor=""),)))


@pytest.fixture
def synonyms(tmp_path: Path) -> SynonymLists:
    path = tmp_path / "synonyms.txt"
    path.write_text("garage, parking\n")
    return SynonymLists(PlainMorphology(), path, shipped=False)


async def test_another_name_finds_and_the_name_itself_finds_first(
    database: Database, synonyms: SynonymLists
) -> None:
    index = HybridIndex(database, PlainMorphology(), None, synonyms)
    await put(index, "other", "The parking opens at six.")
    await put(index, "same", "The garage opens at six.")
    await put(index, "else", "Lunch is at noon.")

    found = await index.explain("garage", ANYBODY, 5)

    assert [passage.title for passage in found.passages] == ["same", "other"]
    assert found.query.added() == [("parking", "synonym", 0.6, "garage")]


async def test_a_typo_finds_what_was_meant(database: Database) -> None:
    index = HybridIndex(database, PlainMorphology(), None)
    await put(index, "a", "Ask for your password at the desk.")
    await put(index, "b", "Lunch is at noon.")

    assert [one.title for one in await index.search("pasword", ANYBODY, 5)] == ["a"]


async def test_synonyms_count_while_the_mirror_is_being_made(
    database: Database, synonyms: SynonymLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = HybridIndex(database, PlainMorphology(), None, synonyms)
    await put(index, "other", "The parking opens at six.")
    monkeypatch.setattr(TermMirror, "at", lambda *_: None)

    assert [one.title for one in await index.search("garage", ANYBODY, 5)] == ["other"]
