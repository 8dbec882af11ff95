"""In which order the model is shown passages: so that a prompt begins like one it has read lately.

The model need not read again what a prompt has in common with an earlier one, from its beginning on
(bot.models.serving). The rules come first and are always the same; then come the passages. Of all orders that
one is taken which begins with as many passages as can be like a recent prompt, and what is left goes by how
often it was shown lately: what many questions need comes first, and is shared by most.

Only the order depends on what others asked, never which passages are shown: everybody's are those that they
may read. Nothing an asker sees tells the order (citations are numbered as the answer uses them). How soon an
answer comes may tell, as it may with any cache, that somebody asked of the same passages not long before.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence

REMEMBERED = 48
"""Prompts whose order is known: as many as the engine keeps sequences."""


class PassageOrder:
    """Knows the orders of the latest prompts of this process, by digests of their passages.

    The same passages one prompt after the other always give the same orders: no clock and no chance is in it.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._recent: deque[tuple[bytes, ...]] = deque(maxlen=remembered)

    def arrange(self, passages: Sequence[str]) -> list[int]:
        """The places of passages, the best first and as they would stand in the prompt, in the order to show
        them; which is remembered as shown."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in passages]
        shown = Counter(key for prompt in self._recent for key in prompt)
        begun = max(
            self._beginnings(keys),
            key=lambda places: (
                len(places),
                [shown[keys[at]] for at in places],
                [-at for at in places],
            ),
        )
        rest = sorted(set(range(len(keys))) - set(begun), key=lambda at: (-shown[keys[at]], at))
        order = [*begun, *rest]
        self._recent.append(tuple(keys[at] for at in order))
        return order

    def _beginnings(self, keys: Sequence[bytes]) -> Iterator[list[int]]:
        """With what of these passages recent prompts begin, as places; nothing is a beginning, too."""
        yield []
        for prompt in self._recent:
            begun: list[int] = []
            for key in prompt:
                at = next((at for at, own in enumerate(keys) if own == key and at not in begun), None)
                if at is None:
                    break
                begun.append(at)
            yield begun
