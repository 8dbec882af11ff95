"""Who waits for whom at the engine, and what is left of those who give up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Message, Sampling
from bot.errors import ModelBusy
from bot.models.serving import Engine
from bot.models.serving.line import MAX_WAITING
from tests.models.serving.test_engine import Heard, talk, work_off

pytestmark = pytest.mark.weights


@pytest.fixture
def path(weights: Callable[[str], Path]) -> Path:
    return weights("smollm2-135m-instruct")


def test_what_is_urgent_and_finds_no_room_does_not_stop_what_holds_the_room(path: Path) -> None:
    heard = Heard()
    engine = Engine(path, 512, 1, heard, cells=512)
    engine.reply(0, [Message("user", "word " * 300)], Sampling(max_tokens=4))
    engine.step()
    engine.log_odds(1, [Message("user", "other " * 300)], ["Yes"], ["No"], priority=0)
    for _ in range(60):
        if not engine.is_idle:
            engine.step()
    engine.close()
    assert set(heard.results) == {0, 1}


def test_what_is_asked_about_an_answer_under_way_goes_before_prompts_of_others(path: Path) -> None:
    heard = Heard()
    engine = Engine(path, 1024, 1, heard)
    engine.reply(0, [Message("user", "word " * 250)], Sampling(max_tokens=4))
    engine.step()
    engine.log_odds(1, talk("Is that so?"), ["Yes"], ["No"], priority=0)
    while 1 not in heard.results:
        engine.step()
    assert 0 not in heard.texts
    work_off(engine)
    engine.close()
    assert set(heard.results) == {0, 1}


def test_an_interruption_between_two_passes_is_not_lost_and_costs_one_pass(path: Path) -> None:
    heard = Heard()
    engine = Engine(path, 1024, 1, heard)
    engine.reply(0, talk("Name three rivers."), Sampling(max_tokens=4))
    engine.interrupt()
    engine.step()
    assert engine._working[0].done == 0
    engine.step()
    assert engine._working[0].done > 0
    engine.close()


def test_too_many_and_too_late_can_be_told_from_a_model_that_died(path: Path) -> None:
    heard = Heard()
    engine = Engine(path, 1024, 1, heard)
    engine.reply(0, talk("?"), Sampling(max_tokens=1), deadline=0.0)
    for number in range(1, MAX_WAITING):
        engine.reply(number, talk("?"), Sampling(max_tokens=1))
    with pytest.raises(ModelBusy, match="wait for the model already"):
        engine.reply(MAX_WAITING, talk("?"), Sampling(max_tokens=1))
    engine.step()
    assert isinstance(heard.errors[0], ModelBusy)
    engine.close()


def call(text: str, max_tokens: int) -> dict[str, Any]:
    return {
        "messages": [asdict(Message("user", text))],
        "sampling": asdict(Sampling(max_tokens=max_tokens)),
    }
