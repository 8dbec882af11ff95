"""What the chat model itself makes of an answer: two questions, each with Yes or No.

Words, numbers and meaning tell most of what a model invents from what it read. Two things they cannot tell:
whether a sentence that uses the words of its source also says what that says ("A pays B", "B pays A"), and
whether what is true also answers the very question (the price of a renewal where that of a licence was
asked). For both the chat model reads a few lines more, and the odds of its "Yes" against its "No" decide.
bench/results.md has how well they do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot.answering import prompts
from bot.contracts import Citation, Message

# Of 28 answers to handbook_dev that the check of sentences let through, 21 of them right: with the words they
# stand on this keeps 20 right ones and 3 others from 0.2 on; without those words, from 0.0, 18 and 2. "12
# hours." alone was near 0 either way. With every sentence put to the model (SUPPORTS), the
# right ones lie at 0.61 to 2.7; on 40 questions of SQuAD 2 at 0.48 to 2.6, its near misses at 0.1 to 1.9.
ANSWERS = 0.55
"""Log odds from which a text counts as an answer."""
# Of 120 pairs of KLUE-NLI, 27 of them supported: from 0.0, 19 of these and 13 others pass; from 1.0, 15, 4.
# True sentences of the default model about handbook_dev lie at 0.2 to 4.6, shreds of sentences lower.
SUPPORTS = 0.0
"""Log odds from which a source counts as saying what a sentence says."""
LONGEST = 300
"""Characters of an answer, and of its quote, that are judged: what answers stands at the beginning."""

_YES = ("Yes", "yes", "예", "네")
_NO = ("No", "no", "아니")


class Likelihoods(Protocol):
    """A chat model whose likelihoods can be asked for. Raises ModelError."""

    async def log_odds(
        self, messages: Sequence[Message], these: Sequence[str], those: Sequence[str]
    ) -> float: ...

    async def gives_log_odds(self) -> bool:
        """Whether this model tells how likely it holds what: a server elsewhere may not."""


class Judge:
    """Asks a chat model what its answers are worth. Raises ModelError."""

    def __init__(self, model: Likelihoods) -> None:
        self._model = model

    async def is_able(self) -> bool:
        """Whether its model tells likelihoods. Where it does not, answers do without a judge."""
        return await self._model.gives_log_odds()

    async def answers(self, question: str, answer: str, source: Citation) -> float:
        """From ANSWERS on: it answers the question. `source`: what it stands on first."""
        text = re.sub(r"\[\d+\]", "", answer)[:LONGEST]
        shown = f"{_quoted(source.title, source.quote)}\n{text}"
        return await self._model.log_odds(prompts.relevance(question, shown), _YES, _NO)

    async def supports(self, title: str, words: str, sentence: str) -> float:
        """From SUPPORTS on: these words of a document say what the sentence says."""
        messages = prompts.support(_quoted(title, words), sentence[:LONGEST])
        return await self._model.log_odds(messages, _YES, _NO)


def _quoted(title: str, words: str) -> str:
    return f"{title}: “{' '.join(words.split())[:LONGEST]}”"
