"""What was tuned on documents that an admin forgets, and so may still know their words: said where they are.

That it cannot be told undoes nothing: the documents are gone by then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.errors import FootnoteError
from bot.slack import texts
from bot.tuning.activation.learned import Learned, Learners

log = logging.getLogger(__name__)

MOST_NAMED = 5
"""Runs, and datasets. `footnote tune list` has all of them."""


class LearnedSaid:
    """Words about it, in the language of who forgets. Without `learners` nothing was tuned here."""

    def __init__(self, learners: Learners | None) -> None:
        self._learners = learners

    async def documents(self, connector: str, item_id: str = "") -> list[str]:
        """Ids of what is about to be forgotten: a document, or all of a connector. Raises StoreError."""
        if self._learners is None:
            return []
        return await asyncio.to_thread(self._learners.documents, connector, item_id)

    async def markdown(self, document_ids: Sequence[str], language: str) -> str:
        """What learned from them, and what to do about it; "" where nothing did."""
        return await self._said(document_ids, language, "forget_learned_{}", "\n", "`{}`")

    async def line(self, document_ids: Sequence[str], language: str) -> str:
        """The same in short, without markup."""
        return await self._said(document_ids, language, "forget_learned_{}_short", " ", "{}")

    async def _said(
        self, document_ids: Sequence[str], language: str, text: str, between: str, name: str
    ) -> str:
        if self._learners is None:
            return ""
        try:
            learned = await asyncio.to_thread(self._learners.of, document_ids)
        except FootnoteError as exc:
            log.warning("what learned from documents that were forgotten cannot be told: %s", exc)
            return texts.text("forget_learned_unknown", language, reason=str(exc))
        said = []
        for what, names in _named(learned):
            listed = ", ".join(name.format(each) for each in names[:MOST_NAMED])
            if len(names) > MOST_NAMED:
                listed += f" +{len(names) - MOST_NAMED}"
            said.append(texts.text(text.format(what), language, names=listed))
        return between.join(said)


def _named(learned: Learned) -> list[tuple[str, tuple[str, ...]]]:
    return [(what, names) for what, names in (("runs", learned.runs), ("data", learned.datasets)) if names]
