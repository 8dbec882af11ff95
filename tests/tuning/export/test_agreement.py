"""Which places are compared, and what is said of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from bot.tuning.export.agreement import LogitsFile, Tally, Text, choose


def test_places_are_spread_evenly_over_the_first_texts() -> None:
    texts = [list(range(300)) for _ in range(9)]
    chosen = choose(texts, positions=90, tokens=1000)
    assert len(chosen) == 4  # 1,200 tokens
    places = [start * 300 + place for start, text in enumerate(chosen) for place in text.places]
    assert len(places) == 90
    assert {later - earlier for earlier, later in itertools.pairwise(places)} <= {13, 14}
    assert [text.tokens for text in chosen] == [tuple(range(300))] * 4


def test_of_few_tokens_every_place_is_taken() -> None:
    assert choose([[7, 8], [], [9]]) == [Text((7, 8), (0, 1)), Text((9,), (0,))]
    assert choose([]) == []


def test_what_is_alike_is_counted_by_place_and_the_rest_over_all_logits() -> None:
    tally = Tally()
    tally.add(np.array([[0, 2, 1], [3, 0, 0]], np.float32), np.array([[0, 2, 1], [3, 0, 0]], np.float32))
    tally.add(np.array([[0, 2, 1, 9]], np.float32), np.array([[0, 1, 2]], np.float32))
    found = tally.agreement()
    assert found.positions == 3
    assert found.top1 == pytest.approx(2 / 3)
    assert found.max_difference == 1.0
    assert found.mean_difference == pytest.approx(2 / 9)


def test_a_logit_that_is_no_number_is_not_lost() -> None:
    tally = Tally()
    tally.add(np.array([[0, np.nan]], np.float32), np.array([[0, 1]], np.float32))
    tally.add(np.array([[0, 1]], np.float32), np.array([[0, 1]], np.float32))
    assert np.isnan(tally.agreement().max_difference)
    assert not tally.agreement().is_enough
    assert not Tally().agreement().is_enough


def test_the_same_likeliest_tokens_are_not_enough_where_all_else_differs() -> None:
    drawn = np.random.default_rng(5)
    given = drawn.standard_normal((50, 200)).astype(np.float32)
    given[:, 7] = 20
    for size, is_enough in ((0.01, True), (0.2, False)):
        tally = Tally()
        tally.add(given, given + size * drawn.standard_normal(given.shape).astype(np.float32))
        found = tally.agreement()
        assert (found.top1, found.is_enough) == (1.0, is_enough)
    tally.add(given, given[:, ::-1])
    assert not tally.agreement().is_enough


def test_logits_come_back_from_the_disk_as_they_were(tmp_path: Path) -> None:
    file = LogitsFile(tmp_path / "logits")
    given = [np.random.default_rng(1).standard_normal((rows, 5)).astype(np.float32) for rows in (3, 1, 4)]
    with file.path.open("wb") as opened:
        for logits in given:
            file.add(logits, opened)
    for _ in range(2):
        found = list(file)
        assert len(found) == 3
        assert all(np.array_equal(one, other) for one, other in zip(found, given, strict=True))
