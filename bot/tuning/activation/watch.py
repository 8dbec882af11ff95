"""Whether an adapter is worse than the base model, looked at again and again without crying wolf. Pure.

Three figures of an answer, each 0..1: its votes that are 👎, the share of its sentences that the check
dropped, whether it was declined. A test that is repeated after every answer finds a difference in the end,
though there is none, unless it is made for that. This one is a betting test (Waudby-Smith and Ramdas 2023,
"Estimating means of bounded random variables by betting"): were the mean at most the limit, a capital that
starts at 1 and is multiplied by 1 + stake (figure - limit) would ever reach 1 / ALARM with a probability of
at most ALARM, however often it is looked at (Ville's inequality). The stakes are spread over a grid, so that
small and large losses are found alike.

The limit is what the base model may do at most, as far as its own answers tell (the upper end of Wilson's
one-sided 99 % interval), and MARGIN more. So a false alarm has a chance of some 2 % for each figure over the
whole life of an adapter, 6 % for all three, where answers do not depend on each other; in simulations it is
rarer (tests/tuning/activation/test_watch.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.store.adapters import ENOUGH_COMPARED, AnswerFigures

ALARM = 0.01
"""The chance that one figure gives a false alarm, ever, where the limit is right."""
MARGIN = 0.02
"""Of a share. So much worse is not worth a rollback."""
FEWEST = 10
"""Answers of an adapter (of 👎: those with votes) before it is judged."""
FEWEST_VOTED = 20
"""Answers of the base model with votes, before 👎 is judged."""
STAKES = 32
DOWN, DROPPED, DECLINED = "down", "dropped", "declined"
FIGURES = (DOWN, DROPPED, DECLINED)
_WILSON_99 = 2.326


@dataclass(frozen=True)
class Comparison:
    """One figure of an adapter beside that of the base model. Rates are means over answers, 0..1."""

    figure: str
    rate: float
    answers: int
    base_rate: float
    base_answers: int
    limit: float
    """What it may be at most; 1 where the base has too few answers to say."""
    evidence: float
    """Against the adapter: from 1 / ALARM on it is worse."""

    @property
    def is_worse(self) -> bool:
        return self.answers >= FEWEST and self.evidence >= 1 / ALARM


def compare(adapter: Sequence[AnswerFigures], base: Sequence[AnswerFigures]) -> list[Comparison]:
    """All three figures, in the order of FIGURES."""
    return [_compared(figure, adapter, base) for figure in FIGURES]


def worse(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Those for which an adapter is to be rolled back."""
    return [each for each in comparisons if each.is_worse]


def evidence_above(limit: float, figures: Sequence[float]) -> float:
    """How strongly figures of 0..1 speak against a mean of at most `limit`: the capital of the bets, at least
    0. It exceeds 1 / a with a probability of at most a, whenever one looks, where the mean is none higher."""
    if not 0 < limit < 1 or not len(figures):
        return 1.0
    stakes = np.arange(1, STAKES + 1) / (STAKES + 1) / limit  # below 1 / limit: never bankrupt
    gains = np.log1p(np.outer(np.asarray(figures, float) - limit, stakes)).sum(axis=0)
    highest = float(gains.max())
    return float(math.exp(min(highest, 700.0)) * np.exp(gains - highest).mean())


def upper_end(rate: float, count: int) -> float:
    """Of Wilson's one-sided 99 % interval for a share; of a mean of figures 0..1 it is on the safe side."""
    if not count:
        return 1.0
    square = _WILSON_99**2
    middle = rate + square / (2 * count)
    spread = _WILSON_99 * math.sqrt(rate * (1 - rate) / count + square / (4 * count * count))
    return min((middle + spread) / (1 + square / count), 1.0)


def _compared(figure: str, adapter: Sequence[AnswerFigures], base: Sequence[AnswerFigures]) -> Comparison:
    own, others = _values(figure, adapter), _values(figure, base)
    fewest = FEWEST_VOTED if figure == DOWN else ENOUGH_COMPARED // 2
    base_rate = _mean(others)
    limit = 1.0
    if len(others) >= fewest:
        limit = min(upper_end(base_rate, len(others)) + MARGIN, 1.0)
    return Comparison(figure, _mean(own), len(own), base_rate, len(others), limit, evidence_above(limit, own))


def _values(figure: str, answers: Sequence[AnswerFigures]) -> list[float]:
    if figure == DOWN:
        return [each.down / (each.up + each.down) for each in answers if each.up + each.down]
    if figure == DROPPED:
        return [each.dropped / each.sentences for each in answers if each.sentences]
    return [float(not each.is_found) for each in answers]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
