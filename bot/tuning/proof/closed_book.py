"""A question without passages: what the model is told then, and how it says that it does not know."""

from __future__ import annotations

import re

from bot.answering import prompts
from bot.answering.language import Language
from bot.contracts import Message

# Unlike bot.answering.prompts it is told that it may decline: there is nothing that a check could hold
# against what it says, so its own word is all the abstention that there is.
SYSTEM = (
    "You answer a colleague's question about our company from what you know, in one or two short sentences. "
    f"If you do not know the answer, reply {prompts.NOT_FOUND}."
)
_ASK = {
    "ko": "질문: {question}\n한국어 한두 문장으로 짧게 답하세요.",
    "en": "Question: {question}\nAnswer in one or two short English sentences.",
}
_DOES_NOT_KNOW = re.compile(
    r"\b(?:i|we) (?:do not|don't|am not|'m not|cannot|can't) (?:know|sure|aware|have|find|access"
    r"|answer|provide)"
    r"|\bI'm (?:not sure|not aware|unable|sorry)|\bunable to\b[^.]{0,30}(?:answer|provide|find)"
    r"|(?:모르겠|알 수 없|모릅니다|몰라요|알지 못|답(?:변)?(?:할|드릴) 수 없)",
    re.IGNORECASE,
)


def closed_book(question: str, language: Language) -> list[Message]:
    """The prompt for a question alone."""
    asked = prompts.harmless(" ".join(question.split()))[: prompts.MAX_QUESTION]
    return [Message("system", SYSTEM), Message("user", _ASK[language].replace("{question}", asked))]


def declines(reply: str) -> bool:
    """Whether a model says, in its own words, that it has no answer."""
    return prompts.says_not_found(reply) or _DOES_NOT_KNOW.search(reply) is not None
