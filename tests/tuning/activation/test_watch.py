"""Rolling back what is worse, and not what only looks so for a while."""

from __future__ import annotations

import numpy as np

from bot.store.adapters import AnswerFigures
from bot.tuning.activation.watch import ALARM, STAKES, compare, evidence_above, upper_end, worse


def lives(rate: float, base_rate: float, *, answers: int, base: int, count: int) -> int:
    """In how many of `count` lives of an adapter the alarm would go off, looked at after every answer."""
    random = np.random.default_rng(20261122)
    alarms = 0
    for _ in range(count):
        limit = upper_end(float((random.random(base) < base_rate).mean()), base) + 0.02
        figures = (random.random(answers) < rate).astype(float)
        stakes = np.arange(1, STAKES + 1) / (STAKES + 1) / limit
        capital = np.exp(np.log1p(np.outer(figures - limit, stakes)).cumsum(axis=0)).mean(axis=1)
        alarms += bool((capital >= 1 / ALARM).any())
    return alarms


def test_no_more_than_one_false_alarm_in_a_hundred_lives_of_an_adapter_that_is_no_worse() -> None:
    for rate in (0.05, 0.2, 0.5):
        assert lives(rate, rate, answers=500, base=100, count=400) <= 4


def test_an_adapter_that_is_far_worse_is_found_within_a_hundred_answers() -> None:
    assert lives(0.5, 0.1, answers=100, base=300, count=200) >= 190


def test_even_where_the_limit_is_just_met_the_alarm_keeps_its_promise() -> None:
    random = np.random.default_rng(1)
    found = sum(
        evidence_above(0.2, (random.random(300) < 0.2).astype(float).tolist()) >= 1 / ALARM
        for _ in range(1000)
    )
    assert found <= 20  # 10 are expected at most


def answers(count: int, *, found: int, up: int = 0, down: int = 0) -> list[AnswerFigures]:
    return [AnswerFigures(number < found, 2, 0, up, down) for number in range(count)]


def test_what_is_worse_is_named_with_its_figures() -> None:
    (declined,) = worse(compare(answers(60, found=15), answers(200, found=180)))
    assert (declined.figure, declined.answers, declined.base_answers) == ("declined", 60, 200)
    assert (declined.rate, round(declined.base_rate, 2)) == (0.75, 0.1)
    (down,) = worse(compare(answers(40, found=40, down=1), answers(200, found=200, up=1)))
    assert down.figure == "down"


def test_a_few_answers_or_a_base_that_nobody_knows_say_nothing() -> None:
    assert not worse(compare(answers(9, found=0), answers(500, found=500)))
    assert not worse(compare(answers(60, found=0), answers(20, found=20)))
    assert not worse(compare([], []))
