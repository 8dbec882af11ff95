"""An answer that was given before says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answer import Answering
from bot.answering.reuse import Reuse
from bot.slack.render import answer_message
from bot.store.answers import Answers
from bot.store.database import Database
from tests.answering.cast import SHELF, ScriptedModel, ShelfIndex
from tests.slack.cast import NOW, Workspace, answer, connected, final_replies


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


async def test_who_asks_the_same_in_the_channel_is_answered_at_once_and_elsewhere_anew(
    sandbox: Workspace, path: Path
) -> None:
    database = Database(path)
    answers = Answers(database)
    model = ScriptedModel(["The booking is accepted automatically after 24 hours [1]."] * 3)
    footnote = Answering(ShelfIndex(SHELF), model, answers=answers, reuse=Reuse(answers, "m1"))
    async with connected(sandbox, path, footnote.answer):

        async def ask(person: str, channel: str, question: str) -> str:
            thread = await sandbox.say(person, channel, f"@footnote {question}")
            (reply,) = await sandbox.wait_for(lambda: final_replies(sandbox, channel, thread))
            return str(reply)

        question = "What happens when my manager does not react to my hotel booking?"
        first = await ask("minsu", "general", question)
        again = await ask(
            "alex", "general", "Hi! what happens when my manager doesn't react to my hotel booking"
        )
        elsewhere = await ask("minsu", "handbook-ko", question)
    database.close()
    assert "after 24 hours" in first
    assert "after 24 hours" in again
    assert "Answered just now; the sources have not changed since." in again
    assert "Answered just now" not in first + elsewhere
    assert len(model.prompts) == 2
