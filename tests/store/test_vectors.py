"""The vectors of texts, on a real SQLite file."""

from __future__ import annotations

import numpy as np

from bot.store.corpus import Corpus
from bot.store.vectors import CorpusVectors
from tests.store.cast import a_document, embed


def vectors_of(corpus: Corpus, model: str = "m") -> CorpusVectors:
    return CorpusVectors(corpus.database, model)


def test_a_vector_lives_as_long_as_some_chunk_has_its_text(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup.", "Bread."))
    corpus.put(a_document("b", "Soup."))
    embed(corpus)
    vectors = "SELECT count(*) FROM vectors"
    assert corpus.database.value(vectors) == 2

    corpus.remove("wiki", ["a"])
    assert corpus.database.value(vectors) == 1
    corpus.remove("wiki", ["b"])
    assert corpus.database.value(vectors) == 0


def test_a_text_that_stays_keeps_its_vector_when_its_document_changes(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup.", "Bread."))
    embed(corpus)
    corpus.put(a_document("a", "Tea.", "Soup.", version="2"))

    assert [one.text for one in vectors_of(corpus).waiting(10)] == ["Tea."]
    assert vectors_of(corpus).missing() == 1
    assert vectors_of(corpus, "another model").missing() == 2


def test_a_vector_for_a_text_that_is_gone_is_not_stored(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    (waiting,) = vectors_of(corpus).waiting(10)
    corpus.remove("wiki", ["a"])

    assert vectors_of(corpus).put([waiting.text_hash], np.ones((1, 3), np.float32)) == 0
    assert corpus.database.value("SELECT count(*) FROM vectors") == 0


def test_a_text_in_two_places_waits_once_and_counts_twice(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    corpus.put(a_document("b", "Soup.", "Bread."))

    assert len(vectors_of(corpus).waiting(10)) == 2
    assert vectors_of(corpus).missing() == 3
    embed(corpus)
    assert vectors_of(corpus).missing() == 0
