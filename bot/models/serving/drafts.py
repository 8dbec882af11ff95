"""Guessing what comes next without a second model: answers copy from what they were given to read.

Prompt lookup (Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding): where the last few tokens
stand earlier in the prompt or the reply, what followed them there is likely to follow again. The model checks
a guess of several tokens in one pass, and what it confirms is exactly what it would have said by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

LONGEST, SHORTEST = 4, 2
"""Tokens that have to be the same for a guess."""
MOST = 12
"""Tokens guessed at once."""
WEIGHT = 0.2
"""Of the latest guess in how often guesses come true."""
FIRST_RATE = 0.6
WORTH_GUESSING = 1.15
"""How many times as fast guessing has to look: neither times nor chances are known well enough for less."""
_TRIED_LENGTHS = (0, 1, 2, 3, 4, 6, 8, MOST)


class Drafts:
    """The guesses for one reply, and how well they do."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._tokens = list(prompt)
        self._places: dict[tuple[int, ...], int] = {}
        """Where the tokens after those of a key begin, of the last place they stand at."""
        self._indexed = 0
        self._rate = FIRST_RATE
        self.offered = 0
        self.accepted = 0

    def extend(self, tokens: Sequence[int]) -> None:
        """These tokens were added to the reply."""
        self._tokens += tokens

    def guess(self) -> list[int]:
        """What may come next, up to MOST tokens."""
        self._index()
        for length in range(LONGEST, SHORTEST - 1, -1):
            at = self._places.get(tuple(self._tokens[-length:]))
            if at is not None:
                return self._tokens[at : at + MOST]
        return []

    def expected(self, count: int) -> float:
        """How many tokens a pass is likely to give that carries so many guessed ones: at least the next."""
        return sum(self._rate**at for at in range(count + 1))

    def checked(self, offered: int, accepted: int) -> None:
        """So many of the guessed tokens came true."""
        if not offered:
            return
        self.offered += offered
        self.accepted += accepted
        # each token is right with this probability once those before it were: one miss ends a guess
        right = accepted / (accepted + 1) if accepted < offered else 1.0
        self._rate += WEIGHT * (right - self._rate)

    def _index(self) -> None:
        """Up to, and without, the last token: the end of the text is what is looked for."""
        for end in range(max(self._indexed, SHORTEST), len(self._tokens)):
            for length in range(SHORTEST, min(LONGEST, end) + 1):
                self._places[tuple(self._tokens[end - length : end])] = end
        self._indexed = max(self._indexed, len(self._tokens))


def guesses(
    replies: Sequence[Drafts], most: Sequence[int], seconds: Callable[[int], float]
) -> list[list[int]]:
    """For each reply what may come after its next token: as many as make the most tokens a second.

    `most`: how many each may have at most; `seconds`: what a pass takes that carries so many guessed tokens.
    """
    known = [one.guess()[:limit] for one, limit in zip(replies, most, strict=True)]

    def tokens_a_second(length: int) -> float:
        counts = [min(len(guess), length) for guess in known]
        expected = sum(one.expected(count) for one, count in zip(replies, counts, strict=True))
        return expected / seconds(sum(counts))

    best = max(_TRIED_LENGTHS, key=tokens_a_second) if any(known) else 0
    if best and tokens_a_second(best) < WORTH_GUESSING * tokens_a_second(0):
        best = 0
    return [guess[:best] for guess in known]
