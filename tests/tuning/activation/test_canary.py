"""Answers made with an adapter and without: who gets which, and what the watch learns of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answer import Answering
from bot.answering.judge import Judge
from bot.contracts import Message, Question, Sampling
from bot.store.answers import Answers
from tests.answering.cast import TRAVEL, ScriptedModel, ShelfIndex, asked, events_of, the_answer
from tests.tuning.activation.shop import Host, Shop, open_shop

HOTEL = asked("My manager does not react to my hotel booking, what happens?")
TRUE = "The booking is accepted automatically after 24 hours [1]."
HALF_TRUE = f"{TRUE} Meals are paid up to $990 a day [1]."
CHANNEL = "C0123456789"


@dataclass
class Talker(Host):
    """Says the same with whatever adapter."""

    reply: str = TRUE

    async def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        user: str = "",
        *,
        seconds: float | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[str, None]:
        assert adapter in self.adapters
        yield self.reply


class Desk:
    """People ask; the model alone says what is true."""

    def __init__(self, shop: Shop, judge: Judge | None = None) -> None:
        self.shop = shop
        self.answers = Answers(shop.database)
        self.traces: list[Mapping[str, Any]] = []
        self._base = ScriptedModel([])
        self._answering = Answering(
            ShelfIndex([TRAVEL]),
            self._base,
            answers=self.answers,
            tuned=shop.serving,
            judge=judge,
            now=lambda: datetime.fromtimestamp(shop.clock.now, UTC),
        )

    async def answered_by(self, question: Question) -> str:
        """The adapter, as the trace has it."""
        self.shop.clock.now += 1
        self._base.replies = [TRUE]
        answer = the_answer(await events_of(self._answering, question))
        self.traces.append(self.answers.get(answer.trace_id).trace)
        return str(self.traces[-1]["adapter"])


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path, Talker()) as opened:
        yield opened


async def test_a_canary_in_a_channel_answers_there_alone(shop: Shop) -> None:
    shop.export("june")
    shop.registry.activate("june", who="terminal", channel=CHANNEL)
    await shop.serving.follow()
    desk = Desk(shop)
    assert await desk.answered_by(replace(HOTEL, asked_in=CHANNEL)) == "june"
    assert await desk.answered_by(replace(HOTEL, asked_in="C9876543210")) == ""
    assert await desk.answered_by(HOTEL) == "", "in private, too"


async def test_what_an_adapter_answers_is_judged_by_the_base_model(shop: Shop) -> None:
    shop.export("june")
    shop.registry.activate("june", who="terminal")
    await shop.serving.follow()
    desk = Desk(shop, Judge(shop.host))
    assert await desk.answered_by(HOTEL) == "june"
    assert desk.traces[-1]["relevance"] == 1.0


async def test_a_share_of_the_questions_is_answered_with_it_and_an_attempt_anew_likewise(shop: Shop) -> None:
    shop.export("june")
    shop.registry.activate("june", who="terminal", share=0.2)
    await shop.serving.follow()
    desk = Desk(shop)
    questions = [replace(HOTEL, id=f"C1/{number}") for number in range(60)]
    first = [await desk.answered_by(question) for question in questions]
    assert 4 <= first.count("june") <= 22
    assert [await desk.answered_by(question) for question in questions[:20]] == first[:20]


async def test_an_adapter_for_some_readers_answers_nobody_else(shop: Shop) -> None:
    shop.export("june", readers=["everyone", "channel:T1/C0123456789"])
    shop.registry.activate("june", who="terminal")
    await shop.serving.follow()
    desk = Desk(shop)
    assert await desk.answered_by(HOTEL) == ""
    both = frozenset({"everyone", "channel:T1/C0123456789"})
    assert await desk.answered_by(replace(HOTEL, readers=both)) == "june"


async def test_one_whose_sentences_the_check_drops_is_rolled_back_by_what_the_traces_say(shop: Shop) -> None:
    assert isinstance(shop.host, Talker)
    shop.host.reply = HALF_TRUE
    shop.export("june")
    desk = Desk(shop)
    for _ in range(60):
        assert await desk.answered_by(HOTEL) == ""
    shop.registry.activate("june", who="terminal")
    await shop.serving.follow()
    for _ in range(15):
        assert await desk.answered_by(HOTEL) == "june"
    (dropped,) = [one for one in shop.registry.get("june").comparisons if one.figure == "dropped"]
    assert (dropped.rate, dropped.base_rate) == (0.5, 0.0)
    await shop.serving.follow()
    assert shop.registry.history()[-1].who == "watch"
    assert "dropped 50% of 15 answers, base 0% of 60" in shop.registry.history()[-1].why
    assert await desk.answered_by(HOTEL) == ""
