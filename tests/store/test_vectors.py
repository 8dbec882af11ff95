"""The vectors of texts, on a real SQLite file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from bot.contracts import Answer, Citation
from bot.store.answers import Answers
from bot.store.corpus import Corpus, document_id
from bot.store.vectors import CorpusVectors
from bot.store.waiting import RECENT_ANSWERS
from bot.store.windows import Windows
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
    assert embed(corpus) == 3
    assert vectors_of(corpus).missing() == 0


def test_what_is_complete_is_counted_anew_after_every_change(corpus: Corpus) -> None:
    vectors = vectors_of(corpus)
    for number in range(3):
        corpus.put(a_document(str(number), f"Soup {number}."))
        assert vectors.missing() == 1
        (waiting,) = vectors.waiting(10)
        vectors.put([waiting.text_hash], np.ones((1, 3), np.float32))
        assert (vectors.missing(), vectors.waiting(10)) == (0, [])

    vectors.drop(document_id("wiki", "1"))
    assert vectors.missing() == 1
    assert [one.text for one in vectors.waiting(10)] == ["Soup 1."]


def answered(corpus: Corpus, trace_id: str, found: list[str], cited: list[str]) -> None:
    """Keep an answer for which these items were found, and these of them cited."""
    citations = tuple(
        Citation(number, document_id("wiki", item), "wiki", item, "", "", "", None)
        for number, item in enumerate(cited, 1)
    )
    answer = Answer("Yes.", citations, True, trace_id, "en")
    trace = {"passages": [{"document_id": document_id("wiki", item)} for item in found]}
    Answers(corpus.database).record("Is it so?", answer, trace, datetime.now(UTC))


def test_what_people_asked_about_goes_first_then_what_was_updated_last(corpus: Corpus) -> None:
    for day, item in enumerate(["found", "cited", "old", "new"], 1):
        updated_at = datetime(2026, 5, day, tzinfo=UTC)
        corpus.put(replace(a_document(item, f"{item} 1.", f"{item} 2."), updated_at=updated_at))
    corpus.put(replace(a_document("undated", "undated."), updated_at=None))
    answered(corpus, "1", ["found", "cited", "gone"], ["cited"])

    order = [one.text for one in vectors_of(corpus).waiting(100)]

    assert order == [
        *("cited 1.", "cited 2.", "found 1.", "found 2."),
        *("new 1.", "new 2.", "old 1.", "old 2."),
        "undated.",
    ]
    assert [one.text for one in vectors_of(corpus).waiting(3)] == order[:3]
    embed(corpus)
    assert [one.text for one in Windows(corpus.database, "m").waiting(100)] == order


def test_only_the_last_answers_say_what_is_asked_for(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    corpus.put(a_document("b", "Bread."))
    with corpus.database.write():
        for number in range(RECENT_ANSWERS):
            answered(corpus, str(number), ["b"], ["b"])
    assert [one.text for one in vectors_of(corpus).waiting(10)] == ["Bread.", "Soup."]

    with corpus.database.write():
        for number in range(RECENT_ANSWERS):
            answered(corpus, f"later {number}", ["a"], [])
    assert [one.text for one in vectors_of(corpus).waiting(10)] == ["Soup.", "Bread."]


def test_a_trace_that_names_no_documents_changes_no_order(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    Answers(corpus.database).record("?", Answer("No.", (), False, "1", "en"), {}, datetime.now(UTC))

    assert [one.text for one in vectors_of(corpus).waiting(10)] == ["Soup."]
