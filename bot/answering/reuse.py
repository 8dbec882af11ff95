"""Giving a checked answer again to who asks the same.

Wrong reuse is worse than none, so all of this must hold:
- the question says the same (bot.answering.wording), stands by itself, and is for the very same readers:
  that somebody asked is nobody else's business;
- the model would read letter by letter what it read then, the passages put in the order of then. The search
  is made again, on behalf of these readers, and the prompt built from it: whatever changed in documents,
  access, search or prompts shows there, and a sync that touched other documents does not;
- every quote stands where it stood;
- the same model, settings and checks made it, and nobody voted it down.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.answering.evidence import Evidence
from bot.answering.wording import wordings
from bot.contracts import Answer, Citation, Message, Morphology, Passage, Question
from bot.store.answers import AnswerRecord, Answers
from bot.store.kept import QuestionKey

LONGEST_REPEATED = 500
"""Characters. What is longer tells a story, and is not told twice."""


@dataclass(frozen=True)
class Kept:
    """An answer that may be given again, if nothing it stands on has changed."""

    record: AnswerRecord

    @property
    def question(self) -> str:
        return " ".join(self.record.question.split())

    @property
    def translation(self) -> str:
        """What was searched for beside the question."""
        return str(self.record.trace.get("translation", ""))

    def arranged(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """What is now to be shown, which comes by rank, in the order of then."""
        order = {rank: place for place, rank in enumerate(self.record.trace.get("order", ()))}
        return sorted(evidence, key=lambda item: order.get(item.rank, len(order)))

    def holds(self, prompt: Sequence[Message]) -> bool:
        """Whether this is what the model read then."""
        now = [{"role": message.role, "content": message.content} for message in prompt]
        return bool(now) and now == self.record.trace.get("prompt")

    def citations(self, passages: Sequence[Passage]) -> tuple[Citation, ...] | None:
        """The citations as their documents are now named and reached; None where a quote is not there."""
        found: list[Citation] = []
        for old in self.record.answer.citations:
            source = next(
                (
                    passage
                    for passage in passages
                    if passage.document_id == old.document_id
                    and passage.section == old.section
                    and old.quote in passage.text
                ),
                None,
            )
            if source is None:
                return None
            now = replace(old, title=source.title, url=source.url, updated_at=source.updated_at)
            found.append(replace(now, copies=source.copies))
        return tuple(found)


class Reuse:
    """The answers that were kept. `made_by` names everything that an answer depends on besides documents."""

    def __init__(self, answers: Answers, made_by: str, morphology: Morphology | None = None) -> None:
        self._answers = answers
        self._made_by = made_by
        self._morphology = morphology

    async def key(self, question: Question, answerer: str = "") -> QuestionKey | None:
        """Under which an answer to this question is kept; None where none can be. Raises ModelUnavailable.

        `answerer` tells the adapter that it is answered with from others.
        """
        if question.history or len(question.text) > LONGEST_REPEATED:
            return None
        (wording,) = await wordings([question.text], self._morphology)
        return QuestionKey(self._audience(question, answerer), wording.key) if wording.key else None

    async def find(self, question: Question, key: QuestionKey) -> Kept | None:
        """What may be given again, as far as the question tells. Raises StoreError, ModelUnavailable."""
        record = await asyncio.to_thread(self._answers.kept, key)
        if record is None:
            return None
        mine, its = await wordings([question.text, record.question], self._morphology)
        return Kept(record) if mine.says_the_same(its) else None

    def _audience(self, question: Question, answerer: str) -> str:
        narrowed = question.narrowed
        parts = [
            self._made_by,
            sorted(question.readers),
            sorted(narrowed.within) if narrowed else [],
            [day.isoformat() if day else "" for day in (narrowed.since, narrowed.before)]
            if narrowed
            else ["", ""],
            *([answerer] if answerer else []),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def made_by(*names: str) -> str:
    """A digest of the models and settings named, and of the code that answers.

    The code itself, not a version: a check that was mended must not vouch for what it let through before.
    """
    digest = hashlib.sha256("\0".join(names).encode())
    here = Path(__file__).parent
    sources = [*sorted(here.glob("*.py")), here.parent / "pieces.py", here.parent / "sentences.py"]
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def given_again(kept: Kept, citations: tuple[Citation, ...], trace_id: str) -> Answer:
    """The answer once more, under an id of its own."""
    return replace(
        kept.record.answer,
        citations=citations,
        trace_id=trace_id,
        nearest=(),
        reused_from=kept.record.asked_at,
    )
