from __future__ import annotations

import pytest

from bot.parsing.articles import heading
from bot.parsing.numbering import Level, Numberings, numeral


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("제1장 총칙", (2, "제1장 총칙", False)),
        ("제 2 절  휴가", (3, "제 2 절 휴가", False)),
        ("제12조(연차휴가) ① 회사는 준다.", (5, "제12조(연차휴가)", True)),
        ("제5조의2(특별 휴가)", (5, "제5조의2(특별 휴가)", False)),
        ("제3조【목적】 이 규칙은", (5, "제3조【목적】", True)),
        ("제3조(휴가)에 따라 준다.", None),
        ("제3조(휴가) 및 제4조(휴직)는 준용한다.", None),
        ("제2장의 규정에 따른다.", None),
        ("제1조(목적) ········· 3", None),
        ("제3자에게 알린다", None),
        ("이 규정 제1장 총칙", None),
    ],
)
def test_headings_of_rules_are_told_from_what_only_cites_them(
    line: str, found: tuple[int, str, bool] | None
) -> None:
    assert heading(line) == found


@pytest.mark.parametrize(
    ("style", "numbers"),
    [
        ("DIGIT", {1: "1", 12: "12"}),
        ("CIRCLED_DIGIT", {1: "①", 20: "⑳", 21: "21"}),
        ("ROMAN_CAPITAL", {4: "IV", 1999: "MCMXCIX", 4000: "4000"}),
        ("ROMAN_SMALL", {9: "ix"}),
        ("LATIN_CAPITAL", {1: "A", 26: "Z", 27: "AA"}),
        ("CIRCLED_LATIN_SMALL", {1: "ⓐ", 26: "ⓩ"}),
        ("HANGUL_SYLLABLE", {1: "가", 14: "하", 15: "거", 29: "고"}),
        ("CIRCLED_HANGUL_SYLLABLE", {1: "㉮", 14: "㉻"}),
        ("HANGUL_JAMO", {1: "ㄱ", 14: "ㅎ"}),
        ("CIRCLED_HANGUL_JAMO", {1: "㉠"}),
        ("HANGUL_PHONETIC", {1: "일", 10: "십", 11: "십일", 20: "이십", 99: "구십구"}),
        ("IDEOGRAPH", {3: "三", 12: "十二"}),
        ("CIRCLED_IDEOGRAPH", {1: "㊀", 10: "㊉"}),
        ("DECAGON_CIRCLE", {1: "갑", 10: "계", 11: "11"}),
        ("UNHEARD_OF", {7: "7"}),
    ],
)
def test_numbers_look_as_hangul_writes_them(style: str, numbers: dict[int, str]) -> None:
    assert {number: numeral(number, style) for number in numbers} == numbers


def test_levels_count_on_and_those_below_start_again() -> None:
    levels = [Level("제^1조"), Level("^2)", "HANGUL_SYLLABLE"), Level("^n"), Level("^N")]
    numberings = Numberings()
    marks = [numberings.mark("a", levels, level) for level in (0, 1, 1, 0, 1, 2, 3, 3)]
    assert marks == ["제1조", "가)", "나)", "제2조", "가)", "2.1.1", "2.1.1.1.", "2.1.1.2."]
    assert numberings.mark("b", levels, 0) == "제1조"


def test_a_level_that_was_passed_over_counts_as_its_first() -> None:
    levels = [Level("^1"), Level("^1.^2"), Level("^1.^2.^3")]
    numberings = Numberings()
    assert [numberings.mark("a", levels, level) for level in (0, 2, 2, 1, 2)] == [
        "1",
        "1.1.1",
        "1.1.2",
        "1.2",
        "1.2.1",
    ]


def test_a_level_that_the_numbering_does_not_know_has_no_number() -> None:
    assert Numberings().mark("a", [], 0) == ""
    assert Numberings().mark("a", [Level("^1.")], 9) == ""
    assert Numberings().mark("a", [Level("^9^0.")], 0) == "."
