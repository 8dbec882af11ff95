"""The corpus tables in verbs, on a real SQLite file."""

from __future__ import annotations

import hashlib

import pytest

from bot.store.corpus import Corpus, document_id
from tests.store.cast import ANYBODY, WEIGHTS, a_document, embed, found


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
    assert corpus.terms.matching(["soup", "bread"], ANYBODY | {"user:T1/U1"}, WEIGHTS, 10) == []
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
    assert corpus.terms.matching(["soup"], ANYBODY, WEIGHTS, 10) == []
    assert corpus.passages(everything, ANYBODY) == []
    assert corpus.passages(everything, frozenset()) == []
