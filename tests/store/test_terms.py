"""The terms of chunks, on a real SQLite file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bot.store.corpus import Corpus
from bot.store.database import Database
from tests.store.cast import ANYBODY, a_document, found


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


def in_files(corpus: Corpus, word: bytes) -> bool:
    """Whether it is anywhere in the database, or in the log of what was written last."""
    path = corpus.database.path
    return any(word in part.read_bytes() for part in (path, path.with_name(path.name + "-wal")))


def test_a_sweep_leaves_nothing_of_what_a_document_said_before(corpus: Corpus) -> None:
    for number in range(60):
        corpus.put(a_document(str(number), f"soup{number} bread{number}"))
    corpus.put(a_document("a", "the codeword is xylophonequartz"))
    corpus.put(a_document("a", "there is no codeword", version="2"))
    assert in_files(corpus, b"ylophonequartz")

    corpus.terms.sweep()

    assert not in_files(corpus, b"ylophonequartz")
    assert found(corpus, "codeword") == ["there is no codeword"]
    assert found(corpus, "soup41") == ["soup41 bread41"]


def test_a_sweep_in_many_steps_lets_others_write_in_between(corpus: Corpus) -> None:
    words = [f"word{number:05}" for number in range(20_000)]
    corpus.put(a_document("long", " ".join(words)))
    corpus.put(a_document("a", "xylophonequartz " + " ".join(reversed(words))))
    corpus.put(a_document("a", "tea", version="2"))
    with ThreadPoolExecutor(1) as pool:
        sweeping = pool.submit(corpus.terms.sweep, 1)
        for number in range(20):
            corpus.put(a_document("b", f"soup{number}", version=str(number)))
        sweeping.result()
    corpus.terms.sweep()

    assert not in_files(corpus, b"ylophonequartz")
    assert not in_files(corpus, b"soup17")
    assert found(corpus, "soup19") == ["soup19"]
    assert corpus.database.value("SELECT count(*) FROM chunk_terms WHERE chunk_terms MATCH 'word19999'") == 1


def test_what_was_not_swept_before_a_kill_is_swept_by_the_next(corpus: Corpus) -> None:
    corpus.put(a_document("a", "xylophonequartz"))
    corpus.put(a_document("a", "tea", version="2"))
    restarted = Corpus(Database(corpus.database.path))

    restarted.terms.sweep()

    assert not in_files(corpus, b"ylophonequartz")
    restarted.database.close()


def test_a_sweep_does_nothing_where_nothing_went(corpus: Corpus) -> None:
    for number in range(3):
        corpus.put(a_document(str(number), f"soup{number}"))
    blocks = "SELECT count(*) FROM chunk_terms_data"
    before = corpus.database.value(blocks)
    corpus.terms.sweep()
    assert corpus.database.value(blocks) == before

    corpus.remove("wiki", ["1"])
    assert corpus.database.value(blocks) < before
