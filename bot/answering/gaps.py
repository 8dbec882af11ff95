"""What people asked and the documents did not answer, for whoever keeps the documents.

A question asked in a direct message or for the asker's eyes alone is counted and not shown: it may name
people or tell of an illness, and was not meant for whoever reads this. Where the same was also asked in the
open, that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.answering.wording import wordings
from bot.contracts import Morphology
from bot.store.asked import AskedQuestion, AskedQuestions, NearDocument

NEAREST = 3


@dataclass(frozen=True)
class Gap:
    """A question without an answer."""

    question: str
    """As it was asked last where others could read it."""
    times: int
    """How often it was asked, in private included, since it was answered last."""
    first_asked: datetime
    last_asked: datetime
    nearest: tuple[NearDocument, ...]
    """The documents that came nearest then and are still there, nearest first."""


@dataclass(frozen=True)
class Gaps:
    """The most asked first, then the latest. What was asked in private alone is only counted."""

    gaps: tuple[Gap, ...]
    private_questions: int
    private_times: int


async def find_gaps(
    asked: AskedQuestions, morphology: Morphology | None, since: datetime | None = None
) -> Gaps:
    """Questions asked from `since` on that were not answered when they were asked last.

    Those that say the same count as one. Raises StoreError, ModelUnavailable.
    """
    open_ones = await unanswered(asked.since(since), morphology)
    shown = [together for together in open_ones if not all(one.is_private for one in together)]
    hidden = [together for together in open_ones if all(one.is_private for one in together)]
    near = asked.documents({one for together in shown for one in _last_open(together).documents})
    gaps = [_gap(together, near) for together in shown]
    return Gaps(
        tuple(sorted(gaps, key=lambda gap: (gap.times, gap.last_asked), reverse=True)),
        len(hidden),
        sum(map(len, hidden)),
    )


async def unanswered(
    questions: Sequence[AskedQuestion], morphology: Morphology | None
) -> list[list[AskedQuestion]]:
    """Of questions in the order they were asked, those that were not answered when they were asked last.

    Those that say the same are together, as often as they were asked since they were answered. Raises
    ModelUnavailable.
    """
    same: dict[str, list[AskedQuestion]] = {}
    for question, wording in zip(
        questions, await wordings([one.text for one in questions], morphology), strict=True
    ):
        together = same.setdefault(wording.key, [])
        if question.is_found:
            together.clear()
        elif wording.key:  # only signs and smileys: nobody can write a document for that
            together.append(question)
    return [together for together in same.values() if together]


def _gap(together: list[AskedQuestion], near: dict[str, NearDocument]) -> Gap:
    last_open = _last_open(together)
    nearest = [near[one] for one in last_open.documents if one in near]
    return Gap(
        last_open.text,
        len(together),
        together[0].asked_at,
        together[-1].asked_at,
        tuple(nearest[:NEAREST]),
    )


def _last_open(together: Sequence[AskedQuestion]) -> AskedQuestion:
    """A search in private may have found what others may not read, so what that found is not told either."""
    return next(one for one in reversed(together) if not one.is_private)
