"""How long a pass through the model takes here, as far as it was seen lately."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

SHAPE = {
    1: 1.0,
    2: 1.6,
    4: 2.6,
    8: 5.4,
    16: 6.5,
    32: 9.0,
    64: 13.5,
    128: 22.0,
    256: 41.0,
    512: 80.0,
}
"""Passes of so many tokens, in passes of one: what is expected before it is seen. Measured with the default
model on two cores: a few tokens cost nearly as much each as one alone, many a fifth of that."""

_SIZES = tuple(SHAPE)

WEIGHT = 0.15
"""Of the latest pass."""


class Speed:
    """Learns how many seconds a pass takes, by how many tokens it carries."""

    def __init__(self, one: float = 0.05) -> None:
        """`one`: what a pass of one token is taken to last until one is seen."""
        self._seen: dict[int, float] = {}
        """Size to the seconds of such a pass, in those of SHAPE."""
        self._one = one

    def saw(self, tokens: int, seconds: float) -> None:
        """A pass of so many tokens took so long."""
        size = self._nearest(tokens)
        found = seconds / _shape(tokens)
        known = self._seen.get(size, found)
        self._seen[size] = known + WEIGHT * (found - known)

    def of(self, tokens: int) -> float:
        """Seconds that a pass of so many tokens is likely to take."""
        return _shape(tokens) * self._unit(tokens)

    def fits(self, seconds: float, beside: int = 0) -> int:
        """How many tokens can go into a pass beside so many others, if it shall take no longer."""
        if self.of(beside + 1) > seconds:
            return 0
        return bisect_right(range(beside + 1, _SIZES[-1] + 1), seconds, key=self.of)

    def _unit(self, tokens: int) -> float:
        """What one unit of SHAPE lasts at about that size."""
        if not self._seen:
            return self._one
        size = self._nearest(tokens)
        return self._seen[min(self._seen, key=lambda seen: abs(seen.bit_length() - size.bit_length()))]

    def _nearest(self, tokens: int) -> int:
        at = bisect_left(_SIZES, tokens)
        around = _SIZES[max(at - 1, 0) : at + 1]
        return min(around, key=lambda size: abs(size - tokens))


def _shape(tokens: int) -> float:
    """SHAPE at any size, straight between two of it."""
    at = bisect_left(_SIZES, tokens)
    if at == len(_SIZES):
        return SHAPE[_SIZES[-1]] * tokens / _SIZES[-1]
    above = _SIZES[at]
    if at == 0 or above == tokens:
        return SHAPE[above]
    below = _SIZES[at - 1]
    return SHAPE[below] + (SHAPE[above] - SHAPE[below]) * (tokens - below) / (above - below)
