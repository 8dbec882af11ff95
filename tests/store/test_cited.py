"""What cited documents say now, and who may read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.contracts import Citation
from bot.store.cited import CitedDocuments
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from tests.store.cast import a_document

ONLY_ME = frozenset({"user:T1/U1"})


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(Database(tmp_path / "footnote.db"))


def cited(item_id: str, quote: str) -> Citation:
    return Citation(1, document_id("wiki", item_id), "wiki", "Old title", "https://old", "", quote, None)


def test_readable_is_what_is_there_and_allowed(corpus: Corpus) -> None:
    corpus.put(a_document("open", "Lunch is at noon."))
    corpus.put(a_document("closed", "Pay day is the 25th.", readers=ONLY_ME))
    ids = {name: document_id("wiki", name) for name in ("open", "closed", "gone")}
    documents = CitedDocuments(corpus.database)
    assert documents.readable(ids.values(), frozenset({"everyone"})) == {ids["open"]}
    assert documents.readable(ids.values(), ONLY_ME | {"everyone"}) == {ids["open"], ids["closed"]}
    assert documents.readable(ids.values(), frozenset()) == frozenset()
    assert documents.known(ids.values()) == {ids["open"], ids["closed"]}


def test_a_passage_is_the_one_that_holds_the_quote_as_it_is_now(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Something else.", "On Fridays, lunch is at noon. Bring a plate."))
    passage = CitedDocuments(corpus.database).passage(cited("a", "lunch is at noon."))
    assert passage.text == "On Fridays, lunch is at noon. Bring a plate."
    assert passage.text[passage.start : passage.end] == "lunch is at noon."
    assert (passage.title, passage.url, passage.is_changed) == ("Handbook", "https://docs.example/a", False)


def test_a_quote_that_is_nowhere_any_more_is_given_as_it_was(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Lunch is at one."))
    passage = CitedDocuments(corpus.database).passage(cited("a", "100% of lunch_is"))
    assert passage.is_changed
    assert passage.text[passage.start : passage.end] == "100% of lunch_is"
    assert passage.title == "Old title"
