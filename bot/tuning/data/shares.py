"""Which part of the rows of a dataset serves what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.tuning.rows import Row

HELDOUT = 0.2
MOST_KEPT_BACK = 0.7
"""Of the rows, for validation and held out together: the others are learned from."""
SPARE_HELDOUT = 6
"""Rows held out beyond what the gate needs: some do not stand the checks."""
EXAMINED = 0.5
"""Of the questions held out, those that are to be declined."""
GATE_HELDOUT = 36
"""Held-out rows of a kind below which the gate cannot rule out a loss even where no answer changes: the
interval of so few that are all alike reaches further than its margin (bot.tuning.activation.gate)."""


@dataclass(frozen=True)
class Shares:
    """How rows are divided. All are shares of 1."""

    validation: float = 0.1
    heldout: float | None = None
    """None: a fifth, and more where only that holds out enough questions for the gate, up to a half, as long
    as enough is left to learn from."""
    abstain: float = 0.1
    """Of the questions with passages that are learned from, those that are to be declined: the only share of
    those tried (docs/tuning-log.md) that taught a model neither to decline too much nor too little. Of those
    held out it is half: each is asked without its right passage, too."""
    rehearsed: float = 0.1
    """Of the rows that are learned from, those that are what the model itself says to general questions."""

    def heldout_of(self, rows: Sequence[Row]) -> float:
        """The share of these rows."""
        if self.heldout is not None:
            return self.heldout
        needed = (GATE_HELDOUT + SPARE_HELDOUT) / max(1, sum(row.kind == "answer" for row in rows))
        is_possible = needed <= 0.5 and needed + self.validation <= MOST_KEPT_BACK
        return max(HELDOUT, needed) if is_possible else HELDOUT
