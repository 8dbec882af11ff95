"""The corpus tables in verbs, on a real SQLite file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.store.corpus import Chunk, Corpus, Holdings, StoredDocument, document_id
from bot.store.database import Database

ANYBODY = frozenset({"everyone"})
WEIGHTS = (1.0, 1.0, 1.0)


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    database = Database(tmp_path / "footnote.db")
    yield Corpus(database)
    database.close()


def a_chunk(text: str) -> Chunk:
    return Chunk(
        "", "", text, "en", hashlib.sha256(text.encode()).digest(), "handbook", "", text.lower().strip(".")
    )


def a_document(
    item_id: str, *texts: str, connector: str = "wiki", version: str = "1", readers: frozenset[str] = ANYBODY
) -> StoredDocument:
    return StoredDocument(
        connector,
        item_id,
        version,
        "Handbook",
        f"https://docs.example/{item_id}",
        "en",
        datetime(2026, 5, 3, tzinfo=UTC),
        readers,
        tuple(map(a_chunk, texts)),
    )


def embed(corpus: Corpus, model: str = "m") -> int:
    hashes = [one.text_hash for one in corpus.waiting(model, 100)]
    return corpus.add_vectors(model, hashes, np.ones((len(hashes), 3), np.float32))


def found(corpus: Corpus, *terms: str, readers: frozenset[str] = ANYBODY) -> list[str]:
    scores = dict(corpus.matching(terms, readers, WEIGHTS, 10))
    return [passage.text for passage in corpus.passages(scores, readers)]


def test_the_id_of_a_document_depends_on_connector_and_item_alone() -> None:
    assert document_id("a", "b") == hashlib.sha256(b"a\0b").hexdigest()
    assert document_id("a", "bc") != document_id("ab", "c")


def test_what_is_put_is_known_by_its_version(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    corpus.put(a_document("b", "Bread.", version="7"))
    corpus.put(a_document("c", "Tea.", connector="other"))

    assert corpus.versions("wiki") == {"a": "1", "b": "7"}
    assert corpus.connectors() == ["other", "wiki"]
    assert corpus.item_of(document_id("wiki", "b")) == ("wiki", "b")
    assert corpus.item_of("unknown") is None


def test_putting_again_replaces_every_part(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup.", "Bread."))
    corpus.put(a_document("a", "Tea.", version="2", readers=frozenset({"user:T1/U1"})))

    assert corpus.versions("wiki") == {"a": "2"}
    assert corpus.matching(["soup", "bread"], ANYBODY | {"user:T1/U1"}, WEIGHTS, 10) == []
    assert found(corpus, "tea") == []
    assert found(corpus, "tea", readers=frozenset({"user:T1/U1"})) == ["Tea."]


def test_a_document_that_cannot_be_put_leaves_the_old_one_whole(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    epoch = corpus.epoch()
    broken = a_document("a", "Tea.", "Cake.")
    object.__setattr__(broken.chunks[1], "text", object())  # SQLite refuses it

    with pytest.raises(Exception, match="type"):
        corpus.put(broken)

    assert found(corpus, "soup") == ["Soup."]
    assert found(corpus, "tea") == []
    assert corpus.epoch() == epoch


def test_every_change_raises_the_epoch(corpus: Corpus) -> None:
    epochs = [corpus.epoch()]
    for change in (
        lambda: corpus.put(a_document("a", "Soup.")),
        lambda: embed(corpus),
        lambda: corpus.set_readers("wiki", "a", frozenset({"user:T1/U1"})),
        lambda: corpus.remove("wiki", ["a"]),
    ):
        change()
        epochs.append(corpus.epoch())

    assert epochs == sorted(set(epochs))


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

    assert [one.text for one in corpus.waiting("m", 10)] == ["Tea."]
    assert corpus.unembedded("m") == 1
    assert corpus.unembedded("another model") == 2


def test_a_vector_for_a_text_that_is_gone_is_not_stored(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    (waiting,) = corpus.waiting("m", 10)
    corpus.remove("wiki", ["a"])

    assert corpus.add_vectors("m", [waiting.text_hash], np.ones((1, 3), np.float32)) == 0
    assert corpus.database.value("SELECT count(*) FROM vectors") == 0


def test_a_text_in_two_places_waits_once_and_counts_twice(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))
    corpus.put(a_document("b", "Soup.", "Bread."))

    assert len(corpus.waiting("m", 10)) == 2
    assert corpus.unembedded("m") == 3
    assert corpus.holdings("m") == Holdings(documents=2, chunks=3, embedded=0)
    embed(corpus)
    assert corpus.holdings("m", "wiki") == Holdings(documents=2, chunks=3, embedded=3)
    assert corpus.holdings("m", "unknown") == Holdings(0, 0, 0)


def test_removing_says_how_many_there_were(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup."))

    assert corpus.remove("wiki", ["a", "never heard of"]) == 1
    assert corpus.remove("wiki", ["a"]) == 0


def test_removing_a_connector_leaves_the_others(corpus: Corpus) -> None:
    for number in range(600):  # more than go into one statement
        corpus.put(a_document(str(number), f"Soup {number}."))
    corpus.put(a_document("a", "Tea.", connector="other"))

    assert corpus.remove_connector("wiki") == 600
    assert corpus.connectors() == ["other"]
    assert corpus.database.value("SELECT count(*) FROM chunk_terms") == 1


def test_only_readers_find_and_get_a_passage(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Soup.", readers=frozenset({"user:T1/U1"})))
    everything = dict.fromkeys(corpus.readable_chunks(frozenset({"user:T1/U1"})), 1.0)

    assert len(everything) == 1
    assert corpus.readable_chunks(ANYBODY) == []
    assert corpus.matching(["soup"], ANYBODY, WEIGHTS, 10) == []
    assert corpus.passages(everything, ANYBODY) == []
    assert corpus.passages(everything, frozenset()) == []


def test_a_word_in_the_title_weighs_what_it_is_told_to(corpus: Corpus) -> None:
    corpus.put(a_document("a", "Handbook soup bread."))
    light = corpus.matching(["handbook"], ANYBODY, (0.0, 0.0, 1.0), 10)[0][1]
    heavy = corpus.matching(["handbook"], ANYBODY, (5.0, 0.0, 1.0), 10)[0][1]

    assert abs(heavy) > abs(light)


def test_frequencies_follow_the_corpus(corpus: Corpus) -> None:
    corpus.put(a_document("a", "soup", "soup bread"))
    assert corpus.frequencies(["soup", "bread", "tea"]) == ({"soup": 2, "bread": 1, "tea": 0}, 2)

    corpus.put(a_document("b", "tea"))
    assert corpus.frequencies(["tea"]) == ({"tea": 1}, 3)
