"""Stand-ins that are real enough to work with: deterministic, small, no weights, no child processes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from bot.contracts import Vectors, Word
from bot.errors import ModelUnavailable


class Clock:
    """Seconds since 1970 that stand still until a test moves `now`."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class HashEmbedder:
    """Texts that share words (or pairs of syllables) are near each other; nothing else is."""

    def __init__(self, dimensions: int = 128, name: str = "hash") -> None:
        self.name = name
        self.dimensions = dimensions
        self.passages_seen: list[str] = []
        self.is_down = False

    async def queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedded(texts)

    async def passages(self, texts: Sequence[str]) -> Vectors:
        self.passages_seen += texts
        return self._embedded(texts)

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        if self.is_down:
            raise ModelUnavailable("The embedding process died.")
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in plain_terms(text):
                number = int.from_bytes(hashlib.sha256(term.encode()).digest()[:8], "big")
                row[number % self.dimensions] += 1 if number >> 63 else -1
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return rows


class PlainMorphology:
    """English words in small letters, Korean words as pairs of syllables."""

    def __init__(self, rules: str = "plain") -> None:
        self.rules = rules
        self.is_down = False

    async def terms(self, texts: Sequence[str]) -> list[list[str]]:
        if self.is_down:
            raise ModelUnavailable("The morphology process died.")
        return [plain_terms(text) for text in texts]

    async def words(self, texts: Sequence[str]) -> list[list[Word]]:
        return [
            [Word(term, place, place + 1) for place, term in enumerate(terms)]
            for terms in await self.terms(texts)
        ]


def plain_terms(text: str) -> list[str]:
    terms: list[str] = []
    for word in re.findall(r"[a-z0-9]+|[가-힣]+", text.lower()):
        if word[0].isascii() or len(word) == 1:
            terms.append(word)
        else:
            terms += [word[at : at + 2] for at in range(len(word) - 1)]
    return terms
