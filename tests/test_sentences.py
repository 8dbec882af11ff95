"""Where sentences end, in Korean and English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("Python 3.12 costs 1,000 won. Really!", ["Python 3.12 costs 1,000 won.", "Really!"]),
        ("Use a tool, e.g. Vim. Dr. Kim does.", ["Use a tool, e.g. Vim.", "Dr. Kim does."]),
        ("It opens at 5 p.m. The guard knows.", ["It opens at 5 p.m.", "The guard knows."]),
        ("It opens at 5 p.m. every day.", ["It opens at 5 p.m. every day."]),
        ("The limit is 20. Then it stops.", ["The limit is 20.", "Then it stops."]),
        ("See example.com/a.b for v10.2.5 now.", ["See example.com/a.b for v10.2.5 now."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Wait... what? Yes.", ["Wait... what?", "Yes."]),
        ("Run `a. B` first. Then go.", ["Run `a. B` first.", "Then go."]),
        ("연차는 15일입니다. 반차도 됩니다.", ["연차는 15일입니다.", "반차도 됩니다."]),
        ("2024. 5. 3. 개정되었다. 시행은 6월이다.", ["2024. 5. 3. 개정되었다.", "시행은 6월이다."]),
        ("신청했다.그리고 기다렸다.", ["신청했다.", "그리고 기다렸다."]),
        ("될까요? 됩니다!", ["될까요?", "됩니다!"]),
        ("15일입니다. [1] 다음은 [2].", ["15일입니다. [1]", "다음은 [2]."]),
        ("It is 15 days.[1][2] Next.", ["It is 15 days.[1][2]", "Next."]),
        ("1. 첫째 항목입니다.\n2. 둘째 항목", ["1. 첫째 항목입니다.", "2. 둘째 항목"]),
        ("- one\n- two\n\nthree", ["- one", "- two", "three"]),
        ("a line\nthat goes on. End", ["a line\nthat goes on.", "End"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_a_text_is_cut_where_a_sentence_ends_and_nowhere_else(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="가나다요. !?\n-1a[]`\"'…。", max_size=60))
def test_no_letter_is_lost_or_moved(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
