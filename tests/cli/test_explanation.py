"""What `footnote search --explain` says of a search that an index with vectors made."""

from __future__ import annotations

import pytest

from bot.cli.explanation import Reason, matched, reasons
from bot.contracts import Passage
from bot.index.fusion import BY_LISTS, Reading
from bot.index.query_terms import ASKED, TRANSLATION, Alternative, Concept, QueryTerms
from bot.index.search import CANDIDATES, Found

QUERY = QueryTerms(
    (
        Concept(
            "카드",
            (Alternative(("카드",), ASKED), Alternative(("corporate", "card"), TRANSLATION)),
        ),
        Concept("한도", (Alternative(("한도",), ASKED),)),
    )
)


def a_passage(chunk_id: int) -> Passage:
    return Passage(chunk_id, f"d{chunk_id}", "docs", f"Title {chunk_id}", "", "", "text", 1.0, None)


@pytest.fixture
def explained() -> dict[int, Reason]:
    far = {number: 0.5 - number / 1000 for number in range(100, 100 + CANDIDATES)}
    found = Found(
        QUERY,
        "ko",
        [Reading({1: 0.5, 2: 1.0}, {1: 4.0, 2: 8.0}), Reading({3: 1.0}, {3: 2.0}, 0.25, BY_LISTS)],
        {**far, 3: 0.9, 2: 0.1},
        {3: 0.7},
        [a_passage(number) for number in (2, 3, 1)],
        superseded=frozenset({1}),
    )
    held = {1: {"카드"}, 2: {"카드", "한도"}, 3: {"corporate", "card"}}
    return {int(reason.document_id[1:]): reason for reason in reasons(found, held)}


def test_each_result_has_its_rank_and_coverage_in_each_reading(explained: dict[int, Reason]) -> None:
    (own,) = explained[1].words
    assert (own.reading, own.rank, own.coverage, own.bm25) == ("as asked", 2, 0.5, 4.0)
    (translated,) = explained[3].words
    assert (translated.reading, translated.rank, translated.points) == ("in translation", 1, 0.25)


def test_points_are_what_the_fusion_gives(explained: dict[int, Reason]) -> None:
    assert explained[2].words[0].points == pytest.approx(0.8)
    assert explained[1].words[0].points == pytest.approx(0.8 * 0.5**2 * 4 / 8)


def test_a_rank_among_vectors_is_told_only_as_far_as_it_is_known(explained: dict[int, Reason]) -> None:
    assert (explained[3].vector_rank, explained[3].cosine, explained[3].window_cosine) == (1, 0.9, 0.7)
    assert (explained[2].vector_rank, explained[2].cosine) == (None, 0.1)
    assert (explained[1].vector_rank, explained[1].cosine, explained[1].window_cosine) == (None, None, None)


def test_a_passage_behind_a_newer_edition_says_so(explained: dict[int, Reason]) -> None:
    assert explained[1].superseded
    assert "newer edition" in explained[1].in_short
    assert "newer edition" not in explained[2].in_short


def test_a_term_matches_only_where_all_of_it_is_held() -> None:
    assert matched(QUERY, {"corporate", "한도"}) == ("한도",)
    assert matched(QUERY, {"corporate", "card", "한도"}) == ("corporate card", "한도")
