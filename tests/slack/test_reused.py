"""An answer that was given before says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.render import answer_message
from tests.slack.cast import NOW, answer


def notes(blocks: list[dict[str, Any]]) -> list[str]:
    return [
        element["text"] for block in blocks if block["type"] == "context" for element in block["elements"]
    ]


@pytest.mark.parametrize(
    ("language", "age", "said"),
    [
        ("ko", timedelta(days=3), "3일 전에 확인한 답이에요. 그 뒤로 문서가 바뀌지 않았어요."),
        ("ko", timedelta(seconds=5), "방금 전에 확인한 답이에요. 그 뒤로 문서가 바뀌지 않았어요."),
        ("en", timedelta(days=3), "Answered 3 days ago; the sources have not changed since."),
        ("en", timedelta(seconds=5), "Answered just now; the sources have not changed since."),
    ],
)
def test_an_answer_given_again_says_when_it_was_checked(language: str, age: timedelta, said: str) -> None:
    again = replace(answer(language=language), reused_from=NOW - age)
    assert notes(answer_message(again, NOW).blocks) == [said]


def test_a_new_answer_says_nothing_of_the_kind() -> None:
    assert notes(answer_message(answer(), NOW).blocks) == []
