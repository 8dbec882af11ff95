"""Questions with the passages that carry the answer among others, as in RAFT (Zhang et al. 2024,
arXiv:2403.10131): a model learns to find and cite, rather than to know by heart.

Where RAFT has the model answer from memory when the right passage is not there, ours is to decline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from bot.answering import prompts
from bot.answering.terms import plain_terms
from bot.pieces import pieces_of
from bot.tuning.data.checking import UNSUPPORTED, Checks, Supported, as_shown, check_answer, evidence_of
from bot.tuning.data.dataset import same_words
from bot.tuning.data.splitting import with_passages
from bot.tuning.rows import Row, RowPassage

MOST_BESIDE = 4
"""Passages that stand beside those that carry the answer; at least one, where there is any."""
_LOOKED_AT = 24
"""Of the passages of a split, so many are compared with a question, and the nearest stand beside."""
NOTHING_LEFT = "none of its passages is left"


class Assembly:
    """Puts rows of one split together, with passages of that split beside. Repeatable by `random`."""

    def __init__(self, passages: Sequence[RowPassage], checks: Checks, random: Random) -> None:
        """`passages`: what may stand beside."""
        unique: dict[str, RowPassage] = {}
        for passage in passages:
            unique.setdefault(same_words(passage.text), passage)
        self._passages = list(unique.values())
        self._checks = checks
        self._random = random

    async def assembled(self, row: Row) -> Row | str:
        """A row as it is learned from, or why it cannot be. Its answer is checked against what the model is
        shown. Raises ModelError."""
        if row.kind not in ("answer", "abstain"):
            return row
        if row.kind == "abstain":
            return await self._abstention(row)
        if not row.passages:
            return NOTHING_LEFT
        if row.gold and len(row.passages) > len(row.gold):
            return self._shuffled(row)  # it is as it was served
        beside = self._beside(row, self._random.randint(1, MOST_BESIDE))
        reason = UNSUPPORTED
        # what the model is shown has its limit: with fewer passages beside, more is shown of the right one
        for count in range(len(beside), -1, -1):
            passages = [*row.passages, *beside[:count]]
            found = await check_answer(row.question, row.answer, passages, self._checks)
            if isinstance(found, str):
                reason = found
            elif all(found.came_from[place] < len(row.passages) for place in found.gold):
                return self._shuffled(_as_found(row, found))
        return reason

    async def without_gold(self, row: Row) -> Row | None:
        """The same question with other passages alone, to be declined; None where these answer it, too."""
        right = {row.passages[place].document for place in row.gold}
        near = [*row.passages, *self._beside(row, MOST_BESIDE)]
        beside = [passage for passage in near if passage.document not in right][:MOST_BESIDE]
        if not beside:
            return None
        if isinstance(await check_answer(row.question, row.answer, beside, self._checks), Supported):
            return None
        shown = await evidence_of(row.question, beside, self._checks)
        if not shown:
            return None
        declined = replace(
            row,
            id=f"{row.id} without its passage",
            kind="abstain",
            passages=tuple(map(as_shown, shown)),
            gold=(),
            answer=prompts.NOT_FOUND,
        )
        return self._shuffled(declined)

    async def abstentions(self, rows: Sequence[Row], share: float) -> list[Row]:
        """So many rows without their right passage that `share` of all decline, one at least, as far as there
        are passages for it. Raises ModelError."""
        answered = [row for row in rows if row.kind == "answer"]
        declined = sum(row.kind == "abstain" for row in rows)
        # of n rows, d of which decline, and k more that do: (d + k) = share (n + k)
        wanted = (share * (len(answered) + declined) - declined) / (1 - share)
        missing = max(round(wanted), 0 if declined else 1)
        found: list[Row] = []
        for row in self._random.sample(answered, len(answered)):
            if len(found) >= missing:
                break
            if (made := await self.without_gold(row)) is not None:
                found.append(made)
        return found

    async def _abstention(self, row: Row) -> Row | str:
        passages = list(row.passages)
        if len(passages) < 2:
            passages += self._beside(row, self._random.randint(1, MOST_BESIDE))
        shown = await evidence_of(row.question, passages, self._checks)
        if not shown:
            return NOTHING_LEFT
        return self._shuffled(replace(row, passages=tuple(map(as_shown, shown))))

    def _beside(self, row: Row, most: int) -> list[RowPassage]:
        """Passages of others that are near the question by their words, nearest first."""
        own = [_said(passage.text) for passage in row.passages]
        asked = plain_terms(row.question)
        looked_at = self._random.sample(self._passages, min(_LOOKED_AT, len(self._passages)))
        others = [passage for passage in looked_at if not _repeats(_said(passage.text), own)]
        others.sort(key=lambda passage: -len(asked & plain_terms(passage.text)))
        return others[:most]

    def _shuffled(self, row: Row) -> Row:
        order = list(range(len(row.passages)))
        self._random.shuffle(order)
        return with_passages(row, order)


def _said(text: str) -> frozenset[str]:
    """The sentences of a passage, or of what is shown of it."""
    return frozenset(said for piece in pieces_of(text) if (said := same_words(piece.text)))


def _repeats(said: frozenset[str], own: Sequence[frozenset[str]]) -> bool:
    """Whether it says no more than one of them, or all that one of them says: the answer may stand in it."""
    return any(said <= other or other <= said for other in own)


def _as_found(row: Row, found: Supported) -> Row:
    return replace(row, passages=found.passages, gold=found.gold, answer=found.answer)
