from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.answering.answer import Answering
from bot.contracts import Answer, Passage
from tests.answering.cast import ScriptedModel, ShelfIndex, asked, events_of, passage, the_answer

OLD = passage("연차는 입사일 기준으로 1년에 15일이 주어집니다.", title="취업규칙 2024", number=1)
NEW = passage("연차는 입사일 기준으로 1년에 17일이 주어집니다.", title="취업규칙 2025", number=2)
BOOK_OLD = passage("Employees get 15 days of annual leave a year.", title="Handbook 2024", number=1)
BOOK_NEW = passage("Employees get 17 days of annual leave per year.", title="Handbook 2025", number=2)


async def answered(question: str, reply: str, *passages: Passage) -> Answer:
    footnote = Answering(ShelfIndex(passages), ScriptedModel([reply]))
    return the_answer(await events_of(footnote, asked(question)))


@pytest.mark.parametrize("reply", ["연차는 1년에 17일입니다 [1].", "연차는 1년에 15일입니다 [2]."])
async def test_two_editions_that_differ_are_both_shown_the_current_one_first(reply: str) -> None:
    answer = await answered("연차는 며칠인가요?", reply, NEW, OLD)
    assert answer.text == (
        "“연차는 입사일 기준으로 1년에 17일이 주어집니다.” [1]\n"
        "이전 문서에는 다르게 나와 있어요: “연차는 입사일 기준으로 1년에 15일이 주어집니다.” [2]"
    )
    assert [citation.title for citation in answer.citations] == ["취업규칙 2025", "취업규칙 2024"]
    assert [citation.quote for citation in answer.citations] == [NEW.text, OLD.text]


async def test_who_asks_formally_is_told_so_formally() -> None:
    answer = await answered("연차는 며칠입니까?", "연차는 1년에 17일입니다 [1].", NEW, OLD)
    assert "이전 문서에는 다르게 나와 있습니다:" in answer.text


async def test_it_is_said_in_english_too() -> None:
    answer = await answered(
        "How many days of annual leave?", "Employees get 15 days of annual leave [2].", BOOK_NEW, BOOK_OLD
    )
    assert answer.text == (
        "“Employees get 17 days of annual leave per year.” [1]\n"
        "An older document says otherwise: “Employees get 15 days of annual leave a year.” [2]"
    )


async def test_without_years_in_titles_the_dates_of_the_documents_tell() -> None:
    march, may = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    answer = await answered(
        "How many days of annual leave?",
        "Employees get 15 days of annual leave [1].",
        replace(BOOK_OLD, title="Leave", updated_at=march),
        replace(BOOK_NEW, title="Time off", updated_at=may),
    )
    assert answer.text.startswith("“Employees get 17 days")


async def test_where_nothing_tells_which_is_current_the_one_that_was_cited_comes_first() -> None:
    answer = await answered(
        "How many days of annual leave?",
        "Employees get 15 days of annual leave [1].",
        replace(BOOK_OLD, title="Leave"),
        replace(BOOK_NEW, title="Time off"),
    )
    assert "year.” [1]\nThe documents differ. Another one says: “Employees get 17 days" in answer.text


async def test_a_document_of_another_connector_makes_nothing_out_of_date() -> None:
    answer = await answered(
        "How many days of annual leave?",
        "Employees get 15 days of annual leave [1].",
        BOOK_OLD,
        replace(BOOK_NEW, connector="uploads"),
    )
    assert answer.text.startswith(
        "“Employees get 15 days of annual leave a year.” [1]\nThe documents differ."
    )


async def test_of_several_the_newest_counts() -> None:
    newest = passage("Employees get 20 days of annual leave per year.", title="Handbook 2026", number=3)
    answer = await answered(
        "How many days of annual leave?",
        "Employees get 15 days of annual leave [1].",
        BOOK_OLD,
        BOOK_NEW,
        newest,
    )
    assert answer.text.startswith("“Employees get 20 days of annual leave per year.” [1]\nAn older")


async def test_who_asks_for_a_year_gets_that_year_alone() -> None:
    answer = await answered(
        "2024년 취업규칙에서 연차는 며칠인가요?", "연차는 1년에 15일입니다 [2].", NEW, OLD
    )
    assert "17" not in answer.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Employees get 15 days of annual leave.", "Employees get 15 days of annual leave."),  # they agree
        ("Employees get 15 days of annual leave.", "Employees get 10 days of sick pay in hospital."),
        ("Employees get 15 days of annual leave.", "Employees get 3 weeks of annual leave."),  # another unit
        ("In 2024 employees get 15 days of annual leave.", "In 2025 employees get 17 days of annual leave."),
        ("Employees get 15 days of annual leave.", "Employees get annual leave."),
        ("Employees get 15 days of annual leave.", "15 days, then 17 days."),
        ("Employees get 15 days of annual leave.", "Contractors get 10 days of annual leave."),
        (
            "Employees in Seoul get 15 days of annual leave.",
            "Employees in Busan get 10 days of annual leave.",
        ),
    ],
)
async def test_what_is_no_conflict_is_not_called_one(one: str, other: str) -> None:
    answer = await answered(
        "How many days of annual leave?",
        "Employees get 15 days of annual leave [1].",
        passage(one, number=1),
        passage(other, number=2),
    )
    assert answer.found
    assert len(answer.citations) == 1


async def test_the_rules_of_two_groups_are_no_conflict() -> None:
    one = "정규직 직원의 건강검진은 1년에 1회 회사가 비용을 냅니다."
    answer = await answered(
        "정규직 건강검진은 1년에 몇 번이에요?",
        "정규직 직원의 건강검진은 1년에 1회입니다 [1].",
        passage(one, number=1),
        passage(one.replace("정규직", "계약직").replace("1회", "2회"), number=2),
    )
    assert answer.found
    assert len(answer.citations) == 1


async def test_two_sentences_of_one_document_are_no_conflict() -> None:
    text = "Employees get 15 days of annual leave a year. Employees get 17 days of annual leave a year."
    answer = await answered(
        "How many days of annual leave?", "Employees get 15 days of annual leave [1].", passage(text)
    )
    assert "differ" not in answer.text


async def test_another_number_than_the_one_asked_about_is_left_alone() -> None:
    answer = await answered(
        "How many days of annual leave do employees get?",
        "Employees get 15 days of annual leave [1].",
        passage("Employees get 15 days of annual leave after 3 months of work.", number=1),
        passage("Employees get 15 days of annual leave after 6 months of work.", number=2),
    )
    assert "differ" not in answer.text
