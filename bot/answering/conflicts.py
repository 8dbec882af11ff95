"""Two documents that say the same with another number: both are shown, the current one first.

Only what can hardly be anything else counts: the same words, of which one may have a few more, quantities of
the same units, one of them that the answer states. "15 days" in last year's handbook and "17 days" in this
year's conflict; a session on a laptop and one on a phone, or the rules of two years that each say which they
are, do not: each has a word of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.answering.facts import Quantity, quantities
from bot.answering.language import Language
from bot.answering.terms import Terms, plain_terms
from bot.contracts import Passage
from bot.pieces import Piece, pieces_of

SAME_WORDS = 0.6
"""Share of the words, numbers apart, that two sentences have in common, of all that either has. Even from 0.5
on, no sentence that the model is shown for the 60 questions of handbook_dev conflicts with any found one."""
FEWEST_WORDS = 3
"""What is shorter says too little to be about the same thing."""
_CLEARLY_LATER = timedelta(days=1)

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Conflict:
    """What another document says instead: passage.text[start:end]."""

    passage: Passage
    start: int
    end: int
    is_newer: bool | None
    """Than the document cited; None where neither titles nor dates tell, and between connectors: nobody who
    may write in one place makes what stands in another out of date."""


def find_conflict(
    question: str, said: str, source: Passage, start: int, end: int, passages: Sequence[Passage]
) -> Conflict | None:
    """What contradicts the sentence `said` and its quote, source.text[start:end]; the newest of many."""
    stated = {one for one in quantities(said) if one.unit}
    claims = [
        piece
        for piece in pieces_of(source.text)
        if piece.start < end and start < piece.end and quantities(piece.text) & stated
    ]
    found = [
        Conflict(other, piece.start, piece.end, _is_newer(other, source))
        for other in passages
        if other.document_id != source.document_id and not _asked_for(question, source, other)
        for piece in pieces_of(other.text)
        if any(_contradict(claim, piece, stated) for claim in claims)
    ]
    # of several newer ones the newest, else whatever the search put first
    newer = [one for one in found if one.is_newer]
    return max(newer, key=lambda one: _edition(one.passage), default=found[0] if found else None)


def shown_both(first: str, second: str, language: Language, *, is_dated: bool, formally: bool = False) -> str:
    """Two quotes with their marks, that of the current document first where `is_dated`; in Korean `formally`
    as the asker speaks (합쇼체)."""
    instead = _INSTEAD_FORMALLY if formally and language == "ko" else _INSTEAD[language]
    return f"{first}\n{instead[is_dated]} {second}"


_INSTEAD_FORMALLY = (
    "문서마다 다릅니다. 다른 문서에는 이렇게 나와 있습니다:",
    "이전 문서에는 다르게 나와 있습니다:",
)
_INSTEAD = {
    "ko": ("문서마다 달라요. 다른 문서에는 이렇게 나와 있어요:", "이전 문서에는 다르게 나와 있어요:"),
    "en": ("The documents differ. Another one says:", "An older document says otherwise:"),
}


def _contradict(claim: Piece, other: Piece, stated: set[Quantity]) -> bool:
    mine, its = quantities(claim.text), quantities(other.text)
    if mine == its or sorted(one.unit for one in mine) != sorted(one.unit for one in its):
        return False
    if not (mine - its) & stated or set(_YEAR.findall(claim.text)) != set(_YEAR.findall(other.text)):
        return False
    words, others = _words(claim.text), _words(other.text)
    if not (words <= others or others <= words):
        return False
    fewer, more = sorted((len(words), len(others)))
    return fewer >= FEWEST_WORDS and fewer >= SAME_WORDS * more


def _words(text: str) -> Terms:
    """Without numbers and what hangs on them; of a Korean word its beginning, since its end is grammar."""
    text = re.sub(r"\S*\d\S*", " ", text)
    return plain_terms(re.sub(r"([가-힣]{2})[가-힣]+", r"\1", text))


def _asked_for(question: str, source: Passage, other: Passage) -> bool:
    """Whether the question names the year of the document cited, and not that of the other."""
    asked = set(_YEAR.findall(question))
    return bool(asked & set(_YEAR.findall(source.title)) - set(_YEAR.findall(other.title)))


def _is_newer(one: Passage, other: Passage) -> bool | None:
    if one.connector != other.connector:
        return None
    year, its = max(_YEAR.findall(one.title), default=""), max(_YEAR.findall(other.title), default="")
    if year and its and year != its:
        return bool(year > its)
    if one.updated_at is None or other.updated_at is None:
        return None
    between = one.updated_at - other.updated_at
    return between > timedelta(0) if abs(between) >= _CLEARLY_LATER else None


def _edition(passage: Passage) -> tuple[str, float]:
    years = _YEAR.findall(passage.title)
    return max(years, default=""), passage.updated_at.timestamp() if passage.updated_at else 0.0
