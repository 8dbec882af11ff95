"""In what order rows are learned from, and how fast: pure functions of the seed and the step.

That is why a run that was killed goes on exactly: nothing about the data has to be remembered but the step.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

BUCKET = 32
"""Batches whose rows are sorted by length together: rows of one batch are nearly as long as each other, so
that little is computed for padding, and yet every epoch mixes them anew."""


def batches_of_epoch(lengths: Sequence[int], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """Every row once, as indices, in batches of at most `batch` rows of much the same length."""
    drawn = random.Random(f"{seed}/{epoch}")  # noqa: S311 - an order, not a secret
    order = list(range(len(lengths)))
    drawn.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), batch * BUCKET):
        bucket = sorted(order[start : start + batch * BUCKET], key=lambda row: lengths[row])
        batches += [bucket[at : at + batch] for at in range(0, len(bucket), batch)]
    drawn.shuffle(batches)
    return batches


def batches_in_order(lengths: Sequence[int], batch: int) -> list[list[int]]:
    """Every row once, the longest first: what does not fit into memory shows at once."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [order[at : at + batch] for at in range(0, len(order), batch)]


def steps_in_epoch(rows: int, batch: int, accumulation: int) -> int:
    """Steps of the optimizer that one pass over the rows takes."""
    return math.ceil(math.ceil(rows / batch) / accumulation)


def rate_at(step: int, total: int, highest: float, warm_up: float) -> float:
    """The learning rate of step `step` (from 0) of `total`: a line up, then a cosine down to nothing.

    Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts.
    """
    rising = math.ceil(total * warm_up)
    if step < rising:
        return highest * (step + 1) / rising
    done = (step - rising) / max(1, total - rising)
    return highest * 0.5 * (1 + math.cos(math.pi * done))
