"""The terms of chunks, on a real SQLite file."""

from __future__ import annotations

from bot.store.corpus import Corpus
from tests.store.cast import ANYBODY, a_document


def test_a_word_in_the_title_weighs_what_it_is_told_to(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Handbook soup bread."))
    light = corpus.terms.matching(["handbook"], ANYBODY, (0.0, 0.0, 1.0), 10)[0][1]
    heavy = corpus.terms.matching(["handbook"], ANYBODY, (5.0, 0.0, 1.0), 10)[0][1]

    assert abs(heavy) > abs(light)


def test_frequencies_follow_the_corpus(corpus: Corpus) -> None:
    corpus.put(a_document("a", "soup", "soup bread"))
    assert corpus.terms.frequencies(["soup", "bread", "tea"]) == ({"soup": 2, "bread": 1, "tea": 0}, 2)

    corpus.put(a_document("b", "tea"))
    assert corpus.terms.frequencies(["tea"]) == ({"tea": 1}, 3)
