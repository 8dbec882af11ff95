"""Kiwi behind the Morphology seam."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from bot.children import Child
from bot.contracts import Word
from bot.errors import ChildDied, ModelUnavailable
from bot.index.terms import RULES

# The child answers one call at a time. What a person waits for is short; long texts come from a sync and go
# in slices, so that a question waits for one slice at most (about 0.2 s of Korean).
_SHORT_CHARACTERS = 2_000
_SLICE_CHARACTERS = 10_000


class KiwiMorphology:
    """Terms of texts, by a child process started by the first call. Short texts go ahead of long ones."""

    def __init__(self) -> None:
        self.rules = f"{RULES}, kiwipiepy {version('kiwipiepy')}"
        self._child = Child("bot.index.morphology_worker", name="morphology")

    async def terms(self, texts: Sequence[str]) -> list[list[str]]:
        """For each text its terms, repeated as often as they occur. Raises ModelUnavailable."""
        priority = 0 if sum(map(len, texts)) <= _SHORT_CHARACTERS else 1
        found: list[list[str]] = []
        try:
            for piece in _slices(texts):
                found += await self._child.call("terms", {"texts": piece}, priority=priority)
        except ChildDied as exc:
            raise ModelUnavailable(
                "The morphology process died.", mend="Ask again: it starts anew with the next question."
            ) from exc
        return found

    async def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """For each question its terms and where they stand. Raises ModelUnavailable."""
        try:
            found = await self._child.call("words", {"texts": list(texts)}, priority=0)
        except ChildDied as exc:
            raise ModelUnavailable(
                "The morphology process died.", mend="Ask again: it starts anew with the next question."
            ) from exc
        return [[Word(*word) for word in words] for words in found]

    async def warm(self) -> None:
        """Load Kiwi now: else the first Korean question waits 3 s for it. Raises ModelUnavailable."""
        try:
            await self._child.call("warm")
        except ChildDied as exc:
            raise ModelUnavailable("The morphology process could not start.") from exc

    @property
    def pid(self) -> int | None:
        return self._child.pid

    async def close(self) -> None:
        await self._child.close()


def _slices(texts: Sequence[str]) -> list[list[str]]:
    slices: list[list[str]] = []
    size = 0
    for text in texts:
        if not slices or size + len(text) > _SLICE_CHARACTERS:
            slices.append([])
            size = 0
        slices[-1].append(text)
        size += len(text)
    return slices
