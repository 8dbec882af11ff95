"""What one answer is worth, measure by measure.

A measure of one answer is (part, whole); over questions it is the sum of the parts over that of the wholes.
So a share of citations and a mean of seconds are reckoned alike, and resampled by question alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.answering import prompts
from bot.answering.facts import missing, quantities
from bot.answering.language import language_of
from bot.answering.reply import Reply, Sentence
from bot.answering.terms import plain_terms
from bot.contracts import Answer, Citation
from bot.evaluation.answers import KnownQuestion, Outcome, outcome
from bot.tuning.proof.arms import ArmAnswer
from bot.tuning.proof.closed_book import declines
from bot.tuning.proof.tone import Tone, tones
from bot.tuning.rows import Row

Part = tuple[float, float]
SAYS_THE_SAME = 0.5
"""Share of the reference's words, those of the question left out, that a right answer holds."""
MOST_SENTENCES = 2
"""As many as the prompt asks for."""


@dataclass(frozen=True)
class Metric:
    """One line of the table."""

    name: str
    better: Literal["higher", "lower"]
    unit: Literal["share", "tokens", "seconds"] = "share"


METRICS: tuple[Metric, ...] = (
    Metric("correct", "higher"),
    Metric("overlap", "higher"),
    Metric("citation_precision", "higher"),
    Metric("citation_recall", "higher"),
    Metric("own_citation_precision", "higher"),
    Metric("abstained_when_unanswerable", "higher"),
    Metric("own_abstention", "higher"),
    Metric("false_refusals", "lower"),
    Metric("format", "higher"),
    Metric("format_cited", "higher"),
    Metric("format_language", "higher"),
    Metric("format_length", "higher"),
    Metric("tone", "higher"),
    Metric("tokens", "lower", "tokens"),
    Metric("seconds", "lower", "seconds"),
)
METRIC: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def measure(row: Row, answer: ArmAnswer, tone: Tone | None, *, with_passages: bool) -> dict[str, Part]:
    """By the name of a metric. One that has nothing to say of this answer is left out."""
    judged = judge(row, answer)
    found: dict[str, Part] = {"tokens": (answer.tokens, 1), "seconds": (answer.seconds, 1)}
    if judged.answerable:
        found["correct"] = (judged.correct, 1)
        found["overlap"] = (_overlap(row.reply(), answer.text) if answer.found else 0.0, 1)
        found["false_refusals"] = (not answer.found, 1)
    else:
        found["abstained_when_unanswerable"] = (not answer.found, 1)
        found["own_abstention"] = (declines(answer.reply), 1)
    if with_passages:
        if answer.found:
            found["citation_precision"] = (judged.right_citations, judged.citations)
            found["citation_recall"] = (judged.cited_sentences, judged.sentences)
        marks = [mark for said in _said(answer)[0] for mark in said.marks]
        found["own_citation_precision"] = (sum(mark - 1 in row.gold for mark in marks), len(marks))
    if answer.reply.strip() and not declines(answer.reply):
        found |= _form(row, answer, with_passages=with_passages)
        if tone is not None and row.language == "ko":
            kept = tones(answer.reply)
            found["tone"] = (sum(each == tone for each in kept), len(kept))
    return {name: (float(part), float(whole)) for name, (part, whole) in found.items() if whole > 0}


def judge(row: Row, answer: ArmAnswer) -> Outcome:
    """The same comparison as of `footnote eval answers`, with a row for what is known: a citation is right
    where its quote stands in a passage that carries the answer."""
    right = {
        cited.number
        for cited in answer.citations
        if any(
            row.passages[at].document == cited.document and cited.quote in row.passages[at].text
            for at in row.gold
        )
    }
    documents = frozenset(row.passages[at].document for at in row.gold)
    known = KnownQuestion(row.id, asked(row), row.kind != "abstain", (), documents, (), row.kind)
    said = Answer(
        answer.text,
        tuple(Citation(c.number, c.document, "", "", "", "", c.quote, None) for c in answer.citations),
        answer.found,
        "",
        row.language,
    )
    paths = {cited.number: cited.document for cited in answer.citations}
    is_correct = known.answerable and answer.found and says_the_same(row, answer.text)
    return outcome(known, said, paths, right, is_correct=is_correct)


def asked(row: Row) -> str:
    """What a row asks, to be shown."""
    if row.kind == "chat":
        return next(message.content for message in reversed(row.messages) if message.role == "user")
    return row.question


def says_the_same(row: Row, text: str) -> bool:
    """Whether an answer holds every amount of the reference, and at least half of its words that the question
    does not have. A short way of saying the same in other words counts as wrong: the figure is too low rather
    than too high, for all arms alike."""
    question, reference, said = asked(row), _unmarked(row.reply()), _unmarked(text)
    amounts = quantities(reference)
    # an amount that the question gave already tells nothing, unless it is all there is to say
    amounts = (amounts - quantities(question)) or amounts
    if missing(amounts, quantities(said)):
        return False
    wanted = {term for term in plain_terms(reference) if not term[0].isdigit()}
    wanted = (wanted - plain_terms(question)) or wanted
    return not wanted or len(wanted & plain_terms(said)) >= SAYS_THE_SAME * len(wanted)


def _overlap(reference: str, text: str) -> float:
    """F1 of the terms of two texts, 0..1."""
    wanted, said = plain_terms(_unmarked(reference)), plain_terms(_unmarked(text))
    common = len(wanted & said)
    return 2 * common / (len(wanted) + len(said)) if common else 0.0


def _form(row: Row, answer: ArmAnswer, *, with_passages: bool) -> dict[str, Part]:
    """Whether the model wrote what it was asked to write, before anything was checked or put right.

    A chat has a form of its own: of it, only the language is looked at.
    """
    said, is_more = _said(answer)
    in_language = language_of(_unmarked(answer.reply)) == row.language
    found = {"format_language": in_language}
    if row.kind != "chat":
        found["format_length"] = len(said) + is_more <= MOST_SENTENCES
    if with_passages:
        shown = range(1, len(row.passages) + 1)
        found["format_cited"] = all(each.marks and set(each.marks) <= set(shown) for each in said)
    return {name: (kept, 1) for name, kept in {**found, "format": all(found.values())}.items()}


def _said(answer: ArmAnswer) -> tuple[list[Sentence], bool]:
    """The sentences of a reply, and whether another was begun when no more was wanted."""
    reply = Reply()
    said = reply.add(answer.reply)
    rest = reply.rest()
    if not answer.is_whole and said:  # it was cut off behind a sentence that was enough
        return said, bool(rest)
    return [*said, *rest], False


def _unmarked(text: str) -> str:
    return re.sub(r"\[\d+\]", " ", text).replace(prompts.NOT_FOUND, "")
