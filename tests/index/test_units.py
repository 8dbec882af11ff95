"""Amounts and times meet whatever way they are written."""

from __future__ import annotations

import pytest

from bot.index.units import forms_of, related_forms


def forms(text: str) -> list[str]:
    return [form.term for form in forms_of(text)]


@pytest.mark.parametrize(
    ("spellings", "form"),
    [
        (
            ("3만원", "3만 원을", "30,000원", "30000원", "삼만원", "₩30,000", "30,000 won", "KRW 30,000"),
            "30000원",
        ),
        (("1억 5천만 원", "1.5억원", "150,000,000원", "1억5천만원"), "150000000원"),
        (("오십만 원", "50만원", "500,000 KRW"), "500000원"),
        (("$1,000", "1,000 dollars", "1천 달러", "USD 1000"), "1000달러"),
        (("50%", "50 퍼센트", "50프로", "50 percent"), "50퍼센트"),
        (("1시간 30분", "1시간 반", "90분", "90 minutes", "한 시간 반"), "90분"),
        (("24시간", "24 hours", "1440분"), "1440분"),
        (("2주", "2 주", "two weeks", "2-week"), "2주"),
        (("이틀", "2일", "2 days"), "2일"),
        (("한 달", "1개월", "one month"), "1개월"),
        (("10MB", "10 메가", "10 메가바이트", "10mb"), "10mb"),
        (("9시", "오전 9시", "09:00", "9 AM", "9:00am"), "09.00시"),
        (("오후 6시 반", "18:30", "6:30 PM"), "18.30시"),
    ],
)
def test_the_spellings_of_an_amount_meet(spellings: tuple[str, ...], form: str) -> None:
    assert {spelling: forms(spelling) for spelling in spellings} == {
        spelling: [form] for spelling in spellings
    }


@pytest.mark.parametrize(
    "text",
    ["2024년 1월 5일", "2024-01-05", "2024.1.5", "2024. 1. 5.", "2024/1/5", "Jan 5, 2024", "5 January 2024"],
)
def test_a_date_is_held_whole_by_month_and_without_its_year(text: str) -> None:
    assert forms(text) == ["2024-01-05", "2024-01", "01-05"]


@pytest.mark.parametrize(
    "text",
    [
        "v10.2.5",
        "10.2.5",
        "2024년",
        "3분기",
        "1주년",
        "한국 시간",
        "3원칙",
        "19:75",
        "13월 40일",
        "QP-2",
        "제2주차",
    ],
)
def test_what_only_looks_like_an_amount_is_none(text: str) -> None:
    assert forms(text) == []


def test_a_form_says_where_it_stands() -> None:
    text = "식대는 3만 원까지"

    (form,) = forms_of(text)

    assert text[form.start : form.end] == "3만 원"


@pytest.mark.parametrize(
    ("form", "related"),
    [
        ("2주", ("14일",)),
        ("14일", ("2주",)),
        ("15일", ()),
        ("1년", ("12개월",)),
        ("12개월", ("1년",)),
        ("1440분", ("1일",)),
        ("06.00시", ("18.00시",)),
        ("18.00시", ()),
        ("30000원", ()),
    ],
)
def test_what_may_well_mean_the_same_is_related(form: str, related: tuple[str, ...]) -> None:
    assert related_forms(form) == related


@pytest.mark.parametrize("piece", ["1", "1,", "1만", "일만", "한 ", "1 ", "1-", "24:", "2024."])
def test_a_hostile_text_is_read_to_its_end(piece: str) -> None:
    assert all(len(form) < 64 for form in forms(piece * 20_000 + "원"))
