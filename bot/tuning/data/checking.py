"""Does an answer stand in its passages? By the very checks that the bot makes before it shows one.

And what is the model shown of these passages? What it would be shown when it serves: a row holds that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.answering.citations import SupportCheck
from bot.answering.draft import Draft
from bot.answering.evidence import Evidence, choose_evidence
from bot.answering.judge import ANSWERS, Judge
from bot.answering.language import language_of
from bot.answering.reply import Reply
from bot.contracts import Embedder, Morphology, Passage, Question
from bot.tuning.rows import RowPassage

UNSUPPORTED = "its passages do not say what it says"
NO_SENTENCE = "its answer is no sentence that could be checked"
BESIDE = "it does not answer its question"

_MARK = re.compile(r"\s*\[(\d{1,3})\]")


@dataclass(frozen=True)
class Checks:
    """What checks are made with; see bot.answering.answer.Answering."""

    morphology: Morphology | None = None
    embedder: Embedder | None = None
    judge: Judge | None = None


@dataclass(frozen=True)
class Supported:
    """An answer that stands in its passages."""

    passages: tuple[RowPassage, ...]
    """As the model is shown them."""
    came_from: tuple[int, ...]
    """Of each, its place in what was given, from 0."""
    gold: tuple[int, ...]
    """Places of those that it stands in, from 0."""
    answer: str
    """At most the sentences that the bot would show, each with the number of its passage."""


async def check_answer(
    question: str, answer: str, passages: Sequence[RowPassage], checks: Checks
) -> Supported | str:
    """The answer with the numbers of what it stands in, or why it stands in nothing.

    [1] in the answer is the first of `passages`, a hint as it is from a model. Raises ModelError.
    """
    evidence = await evidence_of(question, passages, checks)
    if not evidence:
        return UNSUPPORTED
    # within one language words tell enough, and vectors of every sentence take long
    languages = {language_of(answer), *(language_of(item.excerpt) for item in evidence)}
    check = SupportCheck(
        question,
        evidence,
        morphology=checks.morphology,
        embedder=checks.embedder if len(languages) > 1 else None,
        judge=checks.judge,
    )
    draft = Draft(Question(question, frozenset()), language_of(question), 0.0, datetime.now(UTC))
    draft.evidence, draft.passages = evidence, [item.passage for item in evidence]
    reply = Reply()
    came_from = tuple(item.passage.chunk_id for item in evidence)
    for sentence in [*reply.add(with_marks(answer, came_from)), *reply.rest()]:
        await draft.take(sentence, check)
    if not draft.verdicts:
        return NO_SENTENCE
    if not all(verdict.quotes for verdict in draft.verdicts):
        return UNSUPPORTED
    if checks.judge is not None:
        odds = await checks.judge.answers(question, draft.text, draft.citations[0])
        if odds < ANSWERS:
            return BESIDE
    said = [(verdict.sentence.text, verdict.quotes[0].source) for verdict in draft.verdicts]
    return Supported(
        tuple(as_shown(item) for item in evidence),
        came_from,
        tuple(sorted({source for _, source in said})),
        " ".join(f"{text} [{source + 1}]" for text, source in said),
    )


async def evidence_of(question: str, passages: Sequence[RowPassage], checks: Checks) -> list[Evidence]:
    """What the model would be shown of these passages; `chunk_id` of each is its place among them."""
    found = [
        Passage(number, each.document, "", each.title, "", each.section, each.text, -float(number), None)
        for number, each in enumerate(passages)
    ]
    return await choose_evidence(question, found, morphology=checks.morphology)


def as_shown(item: Evidence) -> RowPassage:
    """A passage cut to what the model is shown of it."""
    return RowPassage(item.passage.document_id, item.passage.title, item.passage.section, item.excerpt)


def with_marks(answer: str, order: Sequence[int]) -> str:
    """An answer whose marks point into passages that now stand in this order (places of before, from 0);
    marks of what is not among them are left out."""
    places = {before: place for place, before in enumerate(order)}

    def mark(match: re.Match[str]) -> str:
        place = places.get(int(match[1]) - 1)
        return "" if place is None else f"{match[0][: -len(match[1]) - 2]}[{place + 1}]"

    return _MARK.sub(mark, answer)
