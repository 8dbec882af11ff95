"""The same text in several documents is one result that names all its places."""

from __future__ import annotations

import pytest

from bot.contracts import Passage
from bot.index.copies import MOST_COPIES, merged

RULE = (
    "출장비는 출장이 끝난 뒤 2주 안에 경비 시스템에 올립니다. 영수증은 사진으로 붙이고, 3만원이 "
    "넘으면 팀장의 승인을 함께 받습니다. 개인 카드로 결제한 비용도 "
    "같은 방법으로 청구하고, 다음 달 급여일에 받습니다."
)


def passage(number: int, text: str = RULE, document: str = "") -> Passage:
    document = document or f"d{number}"
    return Passage(
        number, document, "wiki", f"Title {document}", f"https://wiki/{document}", "", text, 0.5, None
    )


def shown(*passages: Passage) -> list[tuple[int, list[str]]]:
    """Chunk ids in order, each with the documents of its copies; the first passage given ranks first."""
    ranked = [(one.chunk_id, 1.0 - one.chunk_id / 100) for one in passages]
    kept, found = merged(ranked, {one.chunk_id: one for one in passages})
    return [(chunk_id, [copy.document_id for copy in found[chunk_id].copies]) for chunk_id, _ in kept]


def test_the_best_stays_and_names_the_places_of_the_others() -> None:
    other = passage(2, "Something else entirely. " * 10)
    assert shown(passage(1), other, passage(3), passage(4)) == [(1, ["d3", "d4"]), (2, [])]


def test_a_copy_keeps_its_title_and_link() -> None:
    kept, found = merged([(1, 0.9), (2, 0.8)], {1: passage(1), 2: passage(2)})
    (copy,) = found[1].copies
    assert (copy.connector, copy.title, copy.url) == ("wiki", "Title d2", "https://wiki/d2")
    assert kept == [(1, 0.9)]


@pytest.mark.parametrize(
    "other",
    [
        f"**{RULE.upper()}**",
        RULE.replace(" ", "\n"),
        RULE.replace(", ", " — "),
        f"\n\n> {RULE}",
    ],
)
def test_marks_and_white_space_make_no_other_text(other: str) -> None:
    assert shown(passage(1), passage(2, other)) == [(1, ["d2"])]


@pytest.mark.parametrize(
    "other",
    [
        RULE.replace("2주", "3주"),
        RULE.replace("받습니다.", "받지 않습니다.", 1),
        f"{RULE} 단, 계약직은 제외합니다.",
    ],
)
def test_one_word_makes_another_text(other: str) -> None:
    assert shown(passage(1), passage(2, other)) == [(1, []), (2, [])]


def test_letters_that_are_two_in_capitals_are_the_same_text() -> None:
    german = "Die Straße ist groß. " * 10
    assert shown(passage(1, german), passage(2, german.upper())) == [(1, ["d2"])]


def test_the_same_beginning_makes_no_copy() -> None:
    assert shown(passage(1), passage(2, RULE[:60] + RULE), passage(3)) == [(1, ["d3"]), (2, [])]


def test_short_texts_are_no_copies_of_each_other() -> None:
    assert shown(passage(1, "See the table below."), passage(2, "See the table below.")) == [(1, []), (2, [])]


def test_what_one_document_says_twice_is_found_once_and_is_no_place_of_its_own() -> None:
    assert shown(passage(1), passage(2, document="d1"), passage(3)) == [(1, ["d3"])]


def test_of_very_many_copies_only_some_are_named() -> None:
    ((_, copies),) = shown(*(passage(number) for number in range(1, 20)))
    assert len(copies) == MOST_COPIES
