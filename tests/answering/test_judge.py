from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.answering.answer import Answering
from bot.answering.judge import Judge
from bot.contracts import Citation, Message, SourcesFound, TextAdded, Turn
from bot.models.chat import LlamaChat
from tests.answering.cast import SHELF, ScriptedModel, ShelfIndex, asked, events_of, streamed, the_answer

HOTEL = "When is a hotel booking accepted?"
REPLY = "The booking is accepted automatically after 24 hours [1]."


@dataclass
class Odds:
    """Always as sure as it was told to be."""

    sure: float
    asked: list[list[Message]] = field(default_factory=list)

    async def log_odds(
        self, messages: Sequence[Message], these: Sequence[str], those: Sequence[str]
    ) -> float:
        self.asked.append(list(messages))
        return self.sure


def judged(sure: float, reply: str = REPLY) -> tuple[Answering, Odds]:
    odds = Odds(sure)
    answering = Answering(ShelfIndex(SHELF), ScriptedModel([reply]), judge=Judge(odds))
    return answering, odds


async def test_an_answer_that_answers_is_shown() -> None:
    footnote, odds = judged(0.5)
    events = await events_of(footnote, asked(HOTEL))
    assert the_answer(events).found
    assert streamed(events) == the_answer(events).text
    (messages,) = odds.asked
    assert HOTEL in messages[-1].content
    assert the_answer(events).citations[0].quote in messages[-1].content
    assert "[1]" not in messages[-1].content


async def test_an_answer_to_another_question_is_never_shown() -> None:
    footnote, _ = judged(-0.1)
    events = await events_of(footnote, asked(HOTEL))
    answer = the_answer(events)
    assert not answer.found
    assert not any(isinstance(event, TextAdded) for event in events)
    assert answer.citations == ()
    assert answer.nearest


async def test_a_follow_up_is_judged_with_the_question_that_it_follows() -> None:
    footnote, odds = judged(0.5)
    await events_of(footnote, asked("and when?", Turn("user", "How are hotel bookings accepted?")))
    (messages,) = odds.asked
    assert "How are hotel bookings accepted? and when?" in messages[-1].content


async def test_what_no_passage_supports_is_not_even_judged() -> None:
    footnote, odds = judged(9.0, "Lunch is served on the moon every Friday by llamas.")
    events = await events_of(footnote, asked(HOTEL))
    assert not the_answer(events).found
    assert odds.asked == []
    assert isinstance(events[0], SourcesFound)


def citation(title: str, quote: str) -> Citation:
    return Citation(1, "doc", "wiki", title, "", "", quote, None)


@pytest.mark.weights
async def test_a_real_model_gives_odds_that_repeat(weights: Callable[[str], Path]) -> None:
    model = LlamaChat(weights("smollm2-135m-instruct"), "smollm2", context=512, threads=2)
    try:
        judge = Judge(model)
        question, source = "What is the capital of France?", citation("France", "Its capital is Paris.")
        first = await judge.answers(question, "Paris is the capital of France.", source)
        other = await judge.answers(question, "Bananas are yellow.", source)
        again = await judge.answers(question, "Paris is the capital of France.", source)
    finally:
        await model.close()
    assert first == pytest.approx(again, abs=1e-3)
    assert first != other
