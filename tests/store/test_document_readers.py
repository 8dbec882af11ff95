"""Documents, counted by who may read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from bot.store.document_readers import DocumentReaders, ReaderSet
from tests.store.cast import a_document

EVERYONE, KIM, HR = "everyone", "email:kim@example.com", "channel:T1/C1"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(Database(tmp_path / "footnote.db"))


@pytest.fixture
def documents(corpus: Corpus) -> DocumentReaders:
    for name, readers in {
        "a": {EVERYONE},
        "b": {EVERYONE},
        "c": {EVERYONE},
        "d": {HR, KIM},
        "e": {KIM, HR},
        "f": {KIM},
        "g": set[str](),
    }.items():
        corpus.put(a_document(name, name, readers=frozenset(readers)))
    corpus.put(a_document("a", "elsewhere", connector="other", readers=frozenset({HR})))
    return DocumentReaders(corpus.database)


def test_sets_of_readers_are_counted_with_the_largest_first(documents: DocumentReaders) -> None:
    found = documents.table("wiki", 10)
    assert found.sets == (ReaderSet((EVERYONE,), 3), ReaderSet((HR, KIM), 2), ReaderSet((KIM,), 1))
    assert (found.documents, found.for_nobody) == (7, 1)
    assert (found.sets_left_out, found.documents_left_out) == (0, 0)


def test_what_is_left_out_of_a_bounded_table_is_counted(documents: DocumentReaders) -> None:
    found = documents.table("wiki", 1)
    assert found.sets == (ReaderSet((EVERYONE,), 3),)
    assert (found.sets_left_out, found.documents_left_out, found.documents) == (2, 3, 7)


def test_what_somebody_may_not_read_stands_beside_all(documents: DocumentReaders) -> None:
    whole, found = documents.tables("wiki", 10, frozenset({EVERYONE, HR, "user:T1/U1"}))
    assert whole == documents.table("wiki", 10)
    assert found.sets == (ReaderSet((KIM,), 1),)
    assert (found.documents, found.for_nobody) == (2, 1)


def test_a_connector_without_documents_has_no_sets(documents: DocumentReaders) -> None:
    found = documents.table("nowhere", 10)
    assert (found.documents, found.for_nobody, found.sets) == (0, 0, ())


def test_documents_are_counted_by_principal_within_one_connector(documents: DocumentReaders) -> None:
    assert list(documents.counts("wiki", {HR, KIM, "user:T1/U1"}).items()) == [(KIM, 3), (HR, 2)]
    assert documents.counts("wiki", ()) == {}


@pytest.mark.parametrize("name", ["wiki/d", document_id("wiki", "d"), "https://docs.example/d"])
def test_a_document_is_known_by_place_id_and_address(documents: DocumentReaders, name: str) -> None:
    (found,) = documents.named(name)
    assert (found.connector, found.item_id, found.readers) == ("wiki", "d", (HR, KIM))


def test_the_address_of_a_section_names_its_document(documents: DocumentReaders) -> None:
    (found,) = documents.named("https://docs.example/g#fees")
    assert (found.item_id, found.readers) == ("g", ())


def test_one_address_may_stand_for_several_documents(documents: DocumentReaders) -> None:
    found = documents.named("https://docs.example/a")
    assert [(each.connector, each.readers) for each in found] == [("other", (HR,)), ("wiki", (EVERYONE,))]


@pytest.mark.parametrize(
    "name", ["", "/", "wiki", "wiki/nothing", "0" * 64, "https://docs.example/", "%", "#", "://#"]
)
def test_what_names_no_document_finds_none(documents: DocumentReaders, name: str) -> None:
    assert documents.named(name) == []
