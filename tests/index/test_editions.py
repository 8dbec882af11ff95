"""Which of two editions of one text stands first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.contracts import Passage
from bot.index.editions import current_first, marks_of

RULE = "Travel expenses are filed with receipts within {} days of coming back."
REGEL = "출장비는 출장에서 돌아온 뒤 {}일 안에 영수증을 첨부하여 신청합니다."


def passage(
    chunk_id: int, title: str, text: str, updated_at: datetime | None = None, connector: str = "wiki"
) -> Passage:
    return Passage(chunk_id, f"d{chunk_id}", connector, title, "", "", text, 0.0, updated_at)


def order(
    *passages: Passage, question: str = "travel expenses", paths: dict[int, str] | None = None
) -> list[int]:
    """Chunk ids as they stand at last, of passages that were ranked as given."""
    items = {
        one.document_id: (one.connector, (paths or {}).get(one.chunk_id, str(one.chunk_id)))
        for one in passages
    }
    ranked = [(one.chunk_id, 1.0 - at / 10) for at, one in enumerate(passages)]
    found = current_first(ranked, {one.chunk_id: one for one in passages}, question, lambda _: items)
    return [chunk_id for chunk_id, _ in found]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Travel policy v1", "Travel policy v2"),
        ("Travel policy 2.9", "Travel policy 2.10"),
        ("Travel policy (2023)", "Travel policy (2024)"),
        ("Travel policy 2023-11", "Travel policy 2024-02"),
        ("Travel policy (old)", "Travel policy"),
        ("출장 규정 제2판", "출장 규정 제3판"),
        ("출장 규정 2023년", "출장 규정 2024년"),
        ("출장 규정 2023년 12월", "출장 규정 2024년 1월"),
        ("출장 규정 2024년 1분기", "출장 규정 2024년 3분기"),
        ("출장 규정 버전 1", "출장 규정 버전 2"),
        ("출장 규정(구)", "출장 규정"),
    ],
)
def test_the_current_edition_stands_above_the_superseded_one(older: str, newer: str) -> None:
    for rule in (RULE, REGEL):
        old, new = passage(1, older, rule.format(14)), passage(2, newer, rule.format(30))

        assert order(old, new) == [2, 1]
        assert order(new, old) == [2, 1]


def test_the_path_tells_where_titles_are_equal() -> None:
    old, new = passage(1, "Travel", RULE.format(14)), passage(2, "Travel", RULE.format(30))

    assert order(old, new, paths={1: "2023/travel.md", 2: "2024/travel.md"}) == [2, 1]
    assert order(old, new, paths={1: "archive/travel.md", 2: "travel.md"}) == [2, 1]
    assert order(old, new, paths={1: "sales/2023/travel.md", 2: "it/2024/travel.md"}) == [1, 2]


@pytest.mark.parametrize("question", ["what was the travel policy in 2023?", "2023년 출장비 규정은?"])
def test_who_asks_for_an_edition_gets_it(question: str) -> None:
    old = passage(1, "Travel policy 2023", RULE.format(14))
    new = passage(2, "Travel policy 2024", RULE.format(30))

    assert order(old, new, question=question) == [1, 2]


def test_a_series_is_not_a_row_of_editions() -> None:
    first = passage(1, "회의록 2024-03-01", "새 사무실을 판교로 정했다. 이사는 5월에 한다.")
    second = passage(2, "회의록 2024-04-01", "채용 계획을 다시 세우고 예산을 줄이기로 했다.")

    assert order(first, second) == [1, 2]


def test_other_texts_and_other_connectors_are_left_alone() -> None:
    old = passage(1, "Travel policy v1", RULE.format(14))

    assert order(old, passage(2, "Leave policy v2", RULE.format(30))) == [1, 2]
    assert order(old, passage(2, "Travel policy v2", RULE.format(30), connector="other")) == [1, 2]


def test_where_only_one_has_a_mark_the_dates_of_the_documents_tell() -> None:
    def on(day: int) -> datetime:
        return datetime(2026, 1, day, tzinfo=UTC)

    marked = passage(1, "Travel policy 2023", RULE.format(14), on(1))

    assert order(marked, passage(2, "Travel policy", RULE.format(30), on(20))) == [2, 1]
    assert order(marked, passage(2, "Travel policy", RULE.format(30), on(1))) == [1, 2]
    assert order(marked, passage(2, "Travel policy", RULE.format(30))) == [1, 2]


def test_a_superseded_passage_stays_close_behind_its_successor() -> None:
    old, new = (
        passage(1, "Travel policy v1", RULE.format(14)),
        passage(3, "Travel policy v2", RULE.format(30)),
    )

    assert order(old, passage(2, "Food", "Soup."), new, passage(4, "Cars", "Wheels.")) == [2, 3, 1, 4]


def test_ordinary_numbers_are_no_marks() -> None:
    assert marks_of("Top 10 rules for 3 teams")[0] == "top 10 rules for 3 teams"
