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
    """Always as sure as it was told to be that a text answers, and that a source says what is claimed."""

    answers: float
    supports: float
    asked: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)

    is_able: bool = True

    async def gives_log_odds(self) -> bool:
        return self.is_able

    async def log_odds(
        self, messages: Sequence[Message], these: Sequence[str], those: Sequence[str]
    ) -> float:
        said = messages[-1].content
        if "Claim: " in said:
            self.claims.append(said)
            return self.supports
        self.asked.append(said)
        return self.answers


def judged(sure: float, reply: str = REPLY, *, supports: float = 1.0) -> tuple[Answering, Odds]:
    odds = Odds(sure, supports)
    answering = Answering(ShelfIndex(SHELF), ScriptedModel([reply]), judge=Judge(odds))
    return answering, odds


async def test_an_answer_that_answers_is_shown() -> None:
    footnote, odds = judged(1.0)
    events = await events_of(footnote, asked(HOTEL))
    assert the_answer(events).found
    assert streamed(events) == the_answer(events).text
    (judged_text,) = odds.asked
    assert HOTEL in judged_text
    assert the_answer(events).citations[0].quote in judged_text
    assert "[1]" not in judged_text


async def test_with_a_model_that_tells_no_likelihoods_answers_are_shown_unjudged() -> None:
    footnote, odds = judged(-0.1)
    odds.is_able = False
    events = await events_of(footnote, asked(HOTEL))
    assert the_answer(events).found
    assert streamed(events) == the_answer(events).text
    assert (odds.asked, odds.claims) == ([], [])


async def test_an_answer_to_another_question_is_never_shown() -> None:
    footnote, _ = judged(-0.1)
    events = await events_of(footnote, asked(HOTEL))
    answer = the_answer(events)
    assert not answer.found
    assert not any(isinstance(event, TextAdded) for event in events)
    assert answer.citations == ()
    # what came near is shown as such, in the document's own words
    assert answer.nearest[0].text in " ".join(SHELF[0].text.split())
    assert "24 hours" in answer.nearest[0].text


async def test_a_follow_up_is_judged_with_the_question_that_it_follows() -> None:
    footnote, odds = judged(1.0)
    await events_of(footnote, asked("and when?", Turn("user", "How are hotel bookings accepted?")))
    (judged_text,) = odds.asked
    assert "How are hotel bookings accepted? and when?" in judged_text


async def test_a_sentence_that_its_source_does_not_say_is_never_shown() -> None:
    reply = "After 24 hours the booking accepts the automatically accepted booking [1]."
    footnote, odds = judged(1.0, reply, supports=-0.1)
    events = await events_of(footnote, asked(HOTEL))
    assert not the_answer(events).found
    assert not any(isinstance(event, TextAdded) for event in events)
    (claim,) = odds.claims
    assert "Claim: After 24 hours the booking accepts" in claim


@pytest.mark.parametrize("reply", [f"{SHELF[0].text.splitlines()[-1]} [1]", "24 hours [1]"])
async def test_what_is_copied_and_a_mere_amount_need_no_judge(reply: str) -> None:
    footnote, odds = judged(1.0, reply, supports=-9.0)
    assert the_answer(await events_of(footnote, asked(HOTEL))).found
    assert odds.claims == []


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
