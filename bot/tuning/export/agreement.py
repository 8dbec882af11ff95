"""Whether two programs that compute the same weights say the same: their logits, place by place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]
"""Of one text, of shape (places, vocabulary)."""

POSITIONS = 500
"""At which they are compared."""
TOKENS = 2_000
"""Of texts, at least, if there are as many: the places are spread evenly over them."""
LEAST = 0.98
"""The share of places at which the likeliest token has to be the same. Of the same weights as 16 bits, what
is left are places where two tokens are nearly as likely."""
MOST_APART = 0.05
"""The mean difference of a logit, in standard deviations of the logits of a place. A model that mostly
repeats its input would name the same tokens whatever else it computes."""


@dataclass(frozen=True)
class Text:
    """Tokens, and the places among them after which the next one is looked at."""

    tokens: tuple[int, ...]
    places: tuple[int, ...]


def choose(texts: Iterable[Sequence[int]], positions: int = POSITIONS, tokens: int = TOKENS) -> list[Text]:
    """The first texts that have so many tokens together, and evenly spread places in them. Texts without a
    place are left out; fewer tokens than positions: all places."""
    taken: list[Sequence[int]] = []
    total = 0
    for text in texts:
        if total >= tokens:
            break
        taken.append(text)
        total += len(text)
    count = min(positions, total)
    chosen = [(2 * number + 1) * total // (2 * count) for number in range(count)]
    found: list[Text] = []
    start = 0
    for text in taken:
        places = tuple(place - start for place in chosen if start <= place < start + len(text))
        if places:
            found.append(Text(tuple(text), places))
        start += len(text)
    return found


@dataclass(frozen=True)
class Agreement:
    """How alike two of them are."""

    positions: int
    top1: float
    """The share of places at which both have the same token as the likeliest."""
    max_difference: float
    """The largest of any logit."""
    mean_difference: float
    """Over all logits, as it is and not squared."""
    spread: float
    """The standard deviation of the logits of a place, of the second ones and over all places."""

    @property
    def is_enough(self) -> bool:
        """Whether both compute the same model."""
        return self.top1 >= LEAST and self.mean_difference <= MOST_APART * self.spread


class Tally:
    """Compares text by text."""

    def __init__(self) -> None:
        self._positions = self._same = self._numbers = 0
        self._largest = self._sum = self._spreads = 0.0

    def add(self, ours: Logits, theirs: Logits) -> None:
        """One more text. The vocabularies may have rows at their ends that the other one has not."""
        width = min(ours.shape[1], theirs.shape[1])
        ours, theirs = ours[:, :width], theirs[:, :width]
        difference = np.abs(ours - theirs)
        self._positions += len(ours)
        self._same += int((ours.argmax(axis=1) == theirs.argmax(axis=1)).sum())
        self._numbers += difference.size
        self._sum += float(difference.sum(dtype=np.float64))
        self._spreads += float(theirs.std(axis=1, dtype=np.float64).sum())
        # NaN is larger than everything: numbers that are none agree with nothing
        self._largest = float(np.max([self._largest, difference.max(initial=0.0)]))

    def agreement(self) -> Agreement:
        """Of all texts so far."""
        return Agreement(
            self._positions,
            self._same / self._positions if self._positions else 0.0,
            self._largest,
            self._sum / self._numbers if self._numbers else 0.0,
            self._spreads / self._positions if self._positions else 0.0,
        )


class LogitsFile:
    """Logits on disk, text after text: those of a large vocabulary are half a gigabyte."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shapes: list[tuple[int, int]] = []

    def add(self, logits: Logits, file: IO[bytes]) -> None:
        """Those of one more text, written to `file`, which is open at the end of ours. Raises OSError."""
        self._shapes.append((logits.shape[0], logits.shape[1]))
        file.write(np.ascontiguousarray(logits, np.float32).data)

    def __iter__(self) -> Iterator[Logits]:
        with self.path.open("rb") as file:
            for rows, columns in self._shapes:
                yield np.fromfile(file, np.float32, rows * columns).reshape(rows, columns)
