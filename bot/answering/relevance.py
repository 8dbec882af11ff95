"""Does a text answer the very question, or is it only true and near it?

What the check of sentences lets through stands in the documents, but may answer another question: the price
of a renewal where that of a licence was asked. The chat model is asked once more, with nothing but the
question, the answer and the words it stands on, and the odds of its "Yes" against its "No" decide.
bench/results.md has how well they do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot.answering import prompts
from bot.contracts import Citation, Message

# Of 28 answers to handbook_dev that the check of sentences let through, 21 of them right: with the words they
# stand on this keeps 20 right ones and 3 others; without those words, from 0.0, 18 and 2. "12 hours." alone
# was near 0 either way, whatever was asked.
ANSWERS = 0.2
"""Log odds from which a text counts as an answer."""
LONGEST = 300
"""Characters of an answer, and of its quote, that are judged: what answers stands at the beginning."""

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

    async def log_odds(self, question: str, answer: str, source: Citation) -> float:
        """From ANSWERS on: it does. `source`: what the answer stands on first. Raises ModelError."""
        text = re.sub(r"\[\d+\]", "", answer)[:LONGEST]
        quote = " ".join(source.quote.split())[:LONGEST]
        return await self._model.log_odds(
            prompts.relevance(question, f"{source.title}: “{quote}”\n{text}"), _YES, _NO
        )
