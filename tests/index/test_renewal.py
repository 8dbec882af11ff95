"""Terms stored by other rules are made anew, from stored texts alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.index.hybrid import HybridIndex
from bot.index.vocabulary import CorpusVocabulary
from bot.parsing.parsed import Parsed, Section
from bot.store.database import Database
from bot.store.terms import TermFields
from connectors.base import EVERYONE, Document
from tests.fakes import HashEmbedder, PlainMorphology, plain_terms

ANYBODY = frozenset({EVERYONE})


class ShoutingMorphology(PlainMorphology):
    """Other rules: every term begins with x."""

    async def terms(self, texts: Sequence[str]) -> list[list[str]]:
        return [["x" + term for term in plain_terms(text)] for text in texts]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db")
    yield database
    database.close()


async def put(index: HybridIndex, item_id: str, text: str) -> None:
    document = Document(
        item_id, "", "https://docs.example/", b"", "text/markdown", datetime(2026, 5, 3, tzinfo=UTC), ANYBODY
    )
    await index.put("wiki", "1", document, Parsed("Guide", (Section(("Rules",), text, anchor=""),)))


async def found(index: HybridIndex, question: str) -> int:
    return len(await index.search(question, ANYBODY, 5))


async def test_old_terms_serve_until_new_ones_are_made(database: Database) -> None:
    old = HybridIndex(database, PlainMorphology("1"), None)
    await put(old, "a", "The garage opens at six.")
    await put(old, "b", "Lunch is at noon.")
    new = HybridIndex(database, ShoutingMorphology("2"), None)

    assert await found(old, "garage") == 1
    assert await new.renew_terms(1) == 1
    assert await new.renew_terms(10) == 1
    assert await new.renew_terms(10) == 0

    assert await found(old, "garage") == 0
    assert await found(new, "garage") == 1


async def test_nothing_is_embedded_again(database: Database) -> None:
    embedder = HashEmbedder()
    old = HybridIndex(database, PlainMorphology("1"), embedder)
    await put(old, "a", "The garage opens at six.")
    await old.embed_some(10)
    seen = list(embedder.passages_seen)
    new = HybridIndex(database, ShoutingMorphology("2"), embedder)

    await new.renew_terms(10)

    assert await new.unembedded() == 0
    assert embedder.passages_seen == seen


async def test_a_document_that_changed_meanwhile_keeps_its_own_terms(database: Database) -> None:
    index = HybridIndex(database, PlainMorphology("2"), None)
    await put(index, "a", "The garage opens at six.")
    (document,) = index.corpus.terms.made_by_others("other", 5)
    terms = {row[0]: TermFields("", "", "") for row in index.corpus.texts_of(document)}
    await put(index, "a", "The garage opens at seven.")

    assert not index.corpus.terms.replace(document, "other", terms)
    assert await found(index, "seven") == 1


async def test_the_vocabulary_knows_the_words_and_how_many_chunks_hold_them(database: Database) -> None:
    index = HybridIndex(database, PlainMorphology(), None)
    await put(index, "a", "The garage opens at six.")
    vocabulary = CorpusVocabulary(index.corpus)

    assert vocabulary.frequencies(["garage", "boat"]) == {"garage": 1, "boat": 0}
    assert vocabulary.spelling().near("garagge") == ["garage"]


async def test_the_words_are_read_again_when_the_corpus_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = HybridIndex(database, PlainMorphology(), None)
    await put(index, "a", "The garage opens at six.")
    vocabulary = CorpusVocabulary(index.corpus)
    assert vocabulary.spelling().near("elevattor") == []
    await put(index, "b", "The elevator is slow.")

    monkeypatch.setattr("bot.index.vocabulary.REFRESH_SECONDS", 0.0)
    vocabulary.spelling()  # the old ones; the new ones come in the background
    with vocabulary._reading:
        pass

    assert vocabulary.spelling().near("elevattor") == ["elevator"]
