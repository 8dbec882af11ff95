"""Full text as arrays: the BM25 that plain Python gives, however the rows are cut into segments."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.index.allowed import Allowed
from bot.index.full_text import Matches, TermMirror
from bot.index.fusion import rarity_of
from bot.index.postings import K1, B, key_of, merged, written
from bot.index.segments import Segment, SegmentFolder
from bot.store.changes import ChunkTerms, CorpusChanges, State
from bot.store.database import Database

WEIGHTS = (2.0, 1.5, 1.0)
WORDS = [f"w{number}" for number in range(40)]


def chunks(count: int) -> list[ChunkTerms]:
    """Chunk n is of document n // 3; some words are in nearly all, some in few."""
    draw = random.Random(1)

    def some(most: int) -> str:
        return " ".join(WORDS[int(len(WORDS) * draw.random() ** 3)] for _ in range(draw.randint(0, most)))

    return [ChunkTerms(n, n // 3, (some(3), some(3), some(12))) for n in range(1, count + 1)]


def by_hand(given: Sequence[ChunkTerms], terms: Sequence[str]) -> dict[int, float]:
    lengths = {one.chunk_id: sum(len(field.split()) for field in one.fields) for one in given}
    mean = sum(lengths.values()) / len(given)
    scores: dict[int, float] = {}
    for term in terms:
        holding = [one for one in given if any(term in field.split() for field in one.fields)]
        for one in holding:
            count = sum(
                weight * field.split().count(term) for weight, field in zip(WEIGHTS, one.fields, strict=True)
            )
            norm = K1 * (1 - B + B * lengths[one.chunk_id] / mean)
            gain = rarity_of(len(holding), len(given)) * count * (K1 + 1) / (count + norm)
            scores[one.chunk_id] = scores.get(one.chunk_id, 0.0) + gain
    return scores


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[TermMirror]:
    database = Database(tmp_path / "footnote.db")
    yield TermMirror(CorpusChanges(database), SegmentFolder(tmp_path / "m", "terms"))
    database.close()


def search(
    mirror: TermMirror,
    segments: Sequence[Segment],
    terms: Sequence[str],
    numbers: Sequence[int],
    limit: int = 10_000,
) -> Matches:
    flags = np.zeros(1000, np.bool_)
    flags[list(numbers)] = True
    return mirror.search(segments, terms, Allowed(State(0, ""), flags), WEIGHTS, limit)


@pytest.mark.parametrize("borders", [[0, 300], [0, 1, 120, 121, 300], [0, 290, 300]])
def test_scores_are_bm25_whatever_the_segments(mirror: TermMirror, borders: list[int]) -> None:
    given = chunks(300)
    segments = [written(given[a:b]) for a, b in itertools.pairwise(borders)]
    terms = ["w0", "w7", "w39", "nowhere"]

    for cut in (segments, [merged(segments, None)]):
        found = search(mirror, cut, terms, range(200))
        expected = by_hand(given, terms)
        assert found.scores.keys() == expected.keys()
        assert [found.scores[one] for one in expected] == pytest.approx(list(expected.values()), rel=1e-4)
        assert list(found.scores.values()) == sorted(found.scores.values(), reverse=True)
        assert found.chunks == 300
        assert found.frequencies["nowhere"] == 0
        for one in given:
            words = {word for field in one.fields for word in field.split()}
            assert found.held.get(one.chunk_id, set()) == words & set(terms)


def test_only_the_allowed_are_found_and_never_fewer_than_asked_for(mirror: TermMirror) -> None:
    segments = [written(chunks(300))]
    expected = {one.chunk_id for one in chunks(300) if any("w0" in field.split() for field in one.fields)}

    assert search(mirror, segments, ["w0"], [5, 6]).scores.keys() == expected & {15, 16, 17, 18, 19, 20}
    assert len(search(mirror, segments, ["w0"], [5, 6], limit=2).scores) == 2
    assert search(mirror, segments, ["w0"], []).scores == {}


def test_merging_leaves_out_what_is_dead_and_the_terms_only_that_held() -> None:
    given = [*chunks(60), ChunkTerms(61, 77, ("", "", "w0 xylophone"))]
    alive = np.ones(100, np.bool_)
    alive[[77, 3]] = False
    segments = [written(given[:20]), written(given[20:])]

    whole = merged(segments, alive)
    expected = written([one for one in given if alive[one.number]])

    assert key_of("xylophone") in segments[1].arrays["keys"]
    assert key_of("xylophone") not in whole.arrays["keys"]
    for name in ("ids", "documents", "lengths", "keys", "starts", "rows", "counts"):
        np.testing.assert_array_equal(whole.arrays[name], expected.arrays[name])


def test_nothing_at_all_is_no_error(mirror: TermMirror) -> None:
    empty = written([])

    assert search(mirror, [empty], ["w0"], [1]).scores == {}
    assert search(mirror, [], ["w0"], [1]).scores == {}
    assert len(merged([empty, empty], np.ones(4, np.bool_))) == 0
