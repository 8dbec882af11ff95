"""Tokens of a reply -> text that may be shown."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class ReplyText:
    """Bytes of tokens to text: joins characters split over tokens, holds back and cuts off stop strings."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.is_over = False

    def add(self, data: bytes) -> str:
        """What may be shown now. Once a stop string came, `is_over` is true."""
        self._held += self._decoder.decode(data)
        found = [at for text in self._stop if (at := self._held.find(text)) >= 0]
        if found:
            self.is_over = True
            shown, self._held = self._held[: min(found)], ""
            return shown
        return self._release(self._longest_beginning_of_a_stop())

    def finish(self) -> str:
        """What was held back, at the end of the reply. A character cut in half by the end is left out."""
        return self._release(0)

    def _release(self, keep: int) -> str:
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def _longest_beginning_of_a_stop(self) -> int:
        longest = max((len(text) for text in self._stop), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(text.startswith(self._held[-length:]) for text in self._stop):
                return length
        return 0
