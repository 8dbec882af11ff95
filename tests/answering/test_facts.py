from __future__ import annotations

import pytest

from bot.answering.facts import Quantity, missing, quantities


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("3만원", "30,000 won"),
        ("3만 5천원", "35,000원"),
        ("1억 2천만 원", "₩120,000,000"),
        ("300만 달러", "$3 million"),
        ("$5K", "5,000 dollars"),
        ("30일", "thirty (30) days"),
        ("30 영업일", "30 business days"),
        ("12월 23일", "December 23"),
        ("2024년 3월 5일", "2024-03-05"),
        ("2.5년", "2.5yrs"),
        ("8개월", "8+ months"),
        ("두 건", "two reference checks"),
        ("50퍼센트", "50%"),
        ("200KB", "200Kb"),
        ("1,000", "1000"),
        ("10.2.5", "version 10.2.5"),
        ("15분", "(Default : 15)"),
        ("4주", "4 weeks (30 days)"),
    ],
)
def test_one_quantity_written_two_ways_is_the_same(said: str, written: str) -> None:
    assert missing(quantities(said), quantities(written)) == set()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("48 hours", "24 hours"),
        ("24 days", "24 hours"),
        ("30,000 dollars", "3만원"),
        ("3만원", "3원"),
        ("10.2.5", "10.2.4"),
        ("5개월", "5 years"),
        ("50%", "5.0%"),
        ("열 명", "9명"),
    ],
)
def test_another_number_or_another_unit_is_missing(said: str, written: str) -> None:
    assert missing(quantities(said), quantities(written)) != set()


def test_words_that_are_months_only_beside_a_number_are_left_alone() -> None:
    assert quantities("You may march on.") == set()
    assert Quantity("5", "") in quantities("by May 9")


def test_a_text_without_numbers_has_none() -> None:
    assert quantities("책상은 튼튼하다. The desk is sturdy.") == set()


def test_the_number_of_a_version_is_no_amount() -> None:
    assert missing(quantities("최대 10개"), quantities("in version 10.0, it provides"))
    assert missing(quantities("10 tokens"), quantities("10 tokens")) == set()
    assert Quantity("10", "version") in quantities("버전 10")
