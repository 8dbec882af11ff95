"""How long a pass through the model takes here, as far as it was seen lately."""

from __future__ import annotations

WEIGHT = 0.15
"""Of the latest pass."""
SMALL = 16
"""Tokens. A pass of few costs what reading all the weights costs; one of many, what computing them does."""


class Speed:
    """Seconds of a pass of n tokens, taken to be `base + each * n`."""

    def __init__(self, base: float = 0.05, each: float = 0.01) -> None:
        self.base = base
        self.each = each

    def saw(self, tokens: int, seconds: float) -> None:
        """A pass of so many tokens took so long."""
        if tokens > SMALL:
            self.each += WEIGHT * (max(seconds - self.base, 0.0) / tokens - self.each)
        else:
            self.base += WEIGHT * (max(seconds - self.each * tokens, 0.0) - self.base)

    def fits(self, seconds: float) -> int:
        """How many tokens a pass may have, to take no longer; 0 where none can."""
        return max(int((seconds - self.base) / self.each), 0) if self.each > 0 else 0
