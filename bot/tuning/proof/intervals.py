"""How sure a figure is: 95 % intervals by resampling questions (Efron's percentile bootstrap).

Questions are what is drawn anew, whole, for both arms of a difference alike (a paired bootstrap): an arm that
had the easier questions, or an answer with many citations, then counts for no more than one question.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from bot.tuning.proof.measures import Part

RESAMPLES = 10_000
LOW, HIGH = 0.025, 0.975
MOST_EXACT = 8
"""Questions. Of so few all 6,435 ways to draw them are looked at, rather than some by chance."""
_AT_A_TIME = 500
_SAME = 1e-12

Floats = NDArray[np.float64]
Counts = NDArray[np.uint8]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; all None where there was nothing to measure."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    """Questions that it stands on."""
    method: str = ""
    """ "bootstrap"; "exact": of at most MOST_EXACT questions, all draws; "no spread": see `_unspread`."""


@dataclass
class Bootstrap:
    """Draws questions. The same seed and number of questions give the same draws."""

    seed: int = 0
    resamples: int = RESAMPLES
    _drawn: dict[int, tuple[Counts, Floats]] = field(default_factory=dict)

    def estimate(self, parts: Sequence[Part | None], bounds: tuple[float, float] | None) -> Estimate:
        """Of one arm: the parts by question, None where the metric has nothing to say of it. `bounds`: what
        the metric of a single question can be, where it has bounds."""
        known = [part for part in parts if part is not None]
        return self._estimate(np.array([(*part, 0.0, 1.0) for part in known], float), bounds)

    def difference(
        self,
        first: Sequence[Part | None],
        second: Sequence[Part | None],
        bounds: tuple[float, float] | None,
    ) -> Estimate:
        """How much higher the first arm is than the second, over the same questions in the same order.
        Nothing where either has nothing."""
        pairs = [
            (*(one or (0.0, 0.0)), *(other or (0.0, 0.0)))
            for one, other in zip(first, second, strict=True)
            if one is not None or other is not None
        ]
        table = np.array(pairs, float)
        if not pairs or not table[:, 1].sum() or not table[:, 3].sum():
            return Estimate()
        wide = (bounds[0] - bounds[1], bounds[1] - bounds[0]) if bounds else None
        return self._estimate(table, wide)

    def _estimate(self, table: Floats, bounds: tuple[float, float] | None) -> Estimate:
        """`table`: a row for each question, of (part, whole, part, whole); the second ratio is taken off."""
        n = len(table)
        if not n:
            return Estimate()
        value = float(_ratios(table.sum(axis=0, keepdims=True))[0])
        counts, weights = self._draws(n)
        drawn = np.concatenate(
            [
                _ratios(counts[at : at + _AT_A_TIME].astype(float) @ table)
                for at in range(0, len(counts), _AT_A_TIME)
            ]
        )
        known = ~np.isnan(drawn)  # a draw may hold no answer that has a citation
        drawn, weights = drawn[known], weights[known]
        if drawn.max() - drawn.min() < _SAME:
            return _unspread(value, n, bounds)
        low, high = _quantiles(drawn, weights)
        return Estimate(value, low, high, n, "exact" if n <= MOST_EXACT else "bootstrap")

    def _draws(self, n: int) -> tuple[Counts, Floats]:
        """How often each question is in each draw, and how likely the draw is."""
        if n not in self._drawn:
            self._drawn[n] = _all_draws(n) if n <= MOST_EXACT else self._some_draws(n)
        return self._drawn[n]

    def _some_draws(self, n: int) -> tuple[Counts, Floats]:
        chance = np.random.default_rng(self.seed)
        counts = np.empty((self.resamples, n), np.uint8)  # of any question, 256 in one draw do not happen
        for at in range(0, self.resamples, _AT_A_TIME):
            some = min(_AT_A_TIME, self.resamples - at)
            counts[at : at + some] = chance.multinomial(n, np.full(n, 1 / n), size=some)
        return counts, np.full(self.resamples, 1 / self.resamples)


def _all_draws(n: int) -> tuple[Counts, Floats]:
    draws = [np.bincount(draw, minlength=n) for draw in combinations_with_replacement(range(n), n)]
    ways = [math.factorial(n) / math.prod(math.factorial(int(c)) for c in draw) for draw in draws]
    return np.array(draws, np.uint8), np.array(ways) / n**n


def _ratios(sums: Floats) -> Floats:
    """Of rows of (part, whole, part, whole); not a number where there is nothing of one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3]
    return found


def _quantiles(values: Floats, weights: Floats) -> tuple[float, float]:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    last = len(order) - 1
    low, high = (values[order[min(int(np.searchsorted(reached, q)), last)]] for q in (LOW, HIGH))
    return float(low), float(high)


def _unspread(value: float, n: int, bounds: tuple[float, float] | None) -> Estimate:
    """Where all questions say the same, any draw of them does, too, which would pretend to be certain.

    If another outcome had a likelihood above u = 1 - 0.025^(1/n), n questions without it would come about
    less than once in 40 times. So the figure is within what up to u of the worst, or best, would make of it.
    """
    if bounds is None:
        return Estimate(value, value, value, n, "no spread")
    unseen = 1 - LOW ** (1 / n)
    low, high = value - (value - bounds[0]) * unseen, value + (bounds[1] - value) * unseen
    return Estimate(value, low, high, n, "no spread")
