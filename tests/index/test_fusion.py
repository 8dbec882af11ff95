"""What makes one passage better than another."""

from __future__ import annotations

import pytest

from bot.index.fusion import Reading, coverage, fused, rarity_of, spread


def order(coverages: dict[int, float], cosines: dict[int, float]) -> list[int]:
    return [chunk_id for chunk_id, _ in fused([Reading(coverages, coverages)], cosines)]


def test_a_chunk_that_holds_the_whole_question_wins_over_one_that_is_a_little_nearer() -> None:
    assert order({1: 1.0, 2: 0.1}, {1: 0.5, 2: 0.6}) == [1, 2]


def test_a_few_common_words_do_not_win_over_nearness() -> None:
    assert order({1: 0.2, 2: 0.2}, {1: 0.3, 2: 0.3, 3: 0.5}) == [3, 1, 2]


def test_without_vectors_the_words_decide() -> None:
    assert order({1: 0.3, 2: 0.9}, {}) == [2, 1]


def test_a_chunk_still_without_a_vector_is_not_left_behind() -> None:
    assert order({1: 1.0}, {2: 0.7}) == [1, 2]


def test_a_reading_in_translation_has_a_best_of_its_own() -> None:
    own = Reading({1: 0.5}, {1: 20.0})
    translated = Reading({2: 1.0}, {2: 3.0}, weight=0.5)

    assert [chunk_id for chunk_id, _ in fused([own, translated], {1: 0.4, 2: 0.4})] == [2, 1]


def test_a_chunk_found_by_both_readings_counts_by_the_better_one() -> None:
    readings = [Reading({1: 1.0}, {1: 2.0}), Reading({1: 1.0}, {1: 2.0}, weight=0.5)]

    assert fused(readings, {1: 0.5}) == fused(readings[:1], {1: 0.5})


def test_nothing_found_is_nothing() -> None:
    assert fused([Reading({}, {})], {}) == []
    assert fused([], {}) == []


def test_a_rare_term_covers_more_than_a_common_one() -> None:
    rarity = {"the": rarity_of(99, 100), "xylophone": rarity_of(1, 100)}

    assert coverage(["the", "xylophone"], {"xylophone"}, rarity) > 0.9
    assert coverage(["the", "xylophone"], {"the", "xylophone"}, rarity) == pytest.approx(1)
    assert coverage([], {"the"}, {}) == 0


def test_a_document_gives_way_after_its_share_but_fills_what_is_left() -> None:
    found = [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6)]
    documents = {1: "a", 2: "a", 3: "a", 4: "b"}

    assert [chunk_id for chunk_id, _ in spread(found, documents, 2, 3)] == [1, 2, 4]
    assert [chunk_id for chunk_id, _ in spread(found, documents, 2, 4)] == [1, 2, 4, 3]
