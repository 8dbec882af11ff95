"""Does a text answer the very question, or is it only true and near it?

What the check of sentences lets through stands in the documents, but may answer another question: the price
of a renewal where that of a licence was asked. The chat model is asked once more, with nothing but the
question and the answer, and the odds of its "Yes" against its "No" decide. bench/results.md has how well
they do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot.answering import prompts
from bot.contracts import Message

ANSWERS = 0.0
"""Log odds from which a text counts as an answer."""
LONGEST = 400
"""Characters of an answer that are judged: what answers a question stands at the beginning."""

_YES = ("Yes", "yes", "예", "네")
_NO = ("No", "no", "아니")


class Likelihoods(Protocol):
    """A chat model whose likelihoods can be asked for. Raises ModelError."""

    async def log_odds(
        self, messages: Sequence[Message], these: Sequence[str], those: Sequence[str]
    ) -> float: ...


class RelevanceCheck:
    """Asks a chat model whether an answer answers."""

    def __init__(self, model: Likelihoods) -> None:
        self._model = model

    async def log_odds(self, question: str, answer: str) -> float:
        """Above ANSWERS: it does. Raises ModelError."""
        text = re.sub(r"\[\d+\]", "", answer)[:LONGEST]
        return await self._model.log_odds(prompts.relevance(question, text), _YES, _NO)
