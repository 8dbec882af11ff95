"""Retrieval, tuning, both, or neither yet? Read off the table, with the figures that say so.

Nothing is said that no figure carries: where an interval holds both better and worse, or too few questions
were asked, that is what is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.answering.language import Language
from bot.tuning.proof.advice_words import CASES, MISUNDERSTANDINGS, OVERALL, TOPICS, WITHOUT
from bot.tuning.proof.fixed import FIXED
from bot.tuning.proof.measures import METRIC
from bot.tuning.proof.words import ARM_WORDS, METRIC_WORDS, difference, figure

ENOUGH = 20
"""Questions. Of fewer, one more right answer moves a share by over five points, and nothing is concluded."""

Case = Literal["better", "worse", "unclear", "few", "none"]
Choice = Literal["retrieval", "tuning", "manner", "both", "neither", "unclear"]

WITH_RETRIEVAL = "tuned+retrieval - base+retrieval"
ALONE = "tuned - base"
SEARCH = "base+retrieval - base"
INSTEAD = "tuned - base+retrieval"
HELPS = (
    "correct",
    "citation_precision",
    "citation_recall",
    "abstained_when_unanswerable",
    "false_refusals",
    "format",
    "tone",
)
"""What tuning may be worth having for."""
MANNER = ("format", "tone")
"""Of these, what says how an answer is written and not whether it is right."""
HARMS = (
    "correct",
    "citation_precision",
    "citation_recall",
    "abstained_when_unanswerable",
    "false_refusals",
)
"""What it must not cost."""
_SIDES = {"general": ALONE, "injection": WITH_RETRIEVAL}
"""Which arms do the tasks of FIXED: by themselves, or over passages."""


@dataclass(frozen=True)
class Figure:
    """A figure of the table that a sentence rests on."""

    where: str
    """An arm, a difference ("A - B"), or one of FIXED."""
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Advice:
    """What is to be said about one question that customers ask."""

    topic: str
    heading: str
    choice: str
    """Of "overall" the Choice; else the case of the first figure."""
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]
    """One or more for each sentence that says how something is here, in their order."""


def case_of(metric: str, estimate: Mapping[str, Any]) -> Case:
    """What a difference tells: better or worse only where all of its interval does."""
    if estimate["value"] is None:
        return "none"
    if estimate["n"] < ENOUGH:
        return "few"
    sign = -1 if metric in METRIC and METRIC[metric].better == "lower" else 1
    low, high = sorted((sign * estimate["low"], sign * estimate["high"]))
    return "better" if low > 0 else "worse" if high < 0 else "unclear"


def choose(card: Mapping[str, Any]) -> Choice:
    """What to use, by the scorecard."""
    asked = [(SEARCH, "correct"), *((pair, name) for pair in (WITH_RETRIEVAL, ALONE) for name in HELPS)]
    if all(_case(card, pair, metric) in ("few", "none") for pair, metric in asked):
        return "unclear"
    retrieval = _case(card, SEARCH, "correct") == "better"
    beside = _is_worth_it(card, WITH_RETRIEVAL)
    if retrieval:
        return "both" if beside else "retrieval"
    if not beside and not _is_worth_it(card, ALONE):
        return "neither"
    better = {
        metric
        for pair in (WITH_RETRIEVAL, ALONE)
        for metric in HELPS
        if _case(card, pair, metric) == "better"
    }
    return "manner" if better <= set(MANNER) else "tuning"


def advise(card: Mapping[str, Any], language: Language) -> list[Advice]:
    """The choice first, then topic by topic, then what is often misunderstood."""
    topics = [
        _topic(card, language, "facts", ((SEARCH, "correct"), (INSTEAD, "correct"))),
        _topic(
            card,
            language,
            "sources",
            (
                (WITH_RETRIEVAL, "citation_precision"),
                (WITH_RETRIEVAL, "citation_recall"),
                (WITH_RETRIEVAL, "own_citation_precision"),
            ),
        ),
        _topic(card, language, "manner", _either(card, ("tone", "format"))),
        _topic(
            card,
            language,
            "invention",
            ((WITH_RETRIEVAL, "abstained_when_unanswerable"), (WITH_RETRIEVAL, "false_refusals")),
        ),
        _topic(card, language, "speed", ((INSTEAD, "seconds"), *_either(card, ("tokens", "seconds")))),
        _topic(card, language, "forgetting", (("general", "general"),)),
        _topic(card, language, "orders", (("injection", "injection"),)),
    ]
    return [_overall(card, language), *topics, _misunderstandings(card, language)]


def _is_worth_it(card: Mapping[str, Any], pair: str) -> bool:
    harmed = any(_case(card, pair, metric) == "worse" for metric in HARMS)
    harmed |= any(_case(card, name, name) == "worse" for name in FIXED)
    return not harmed and any(_case(card, pair, metric) == "better" for metric in HELPS)


def _case(card: Mapping[str, Any], pair: str, metric: str) -> Case:
    return case_of(metric, _estimate(card, pair, metric))


def _estimate(card: Mapping[str, Any], where: str, metric: str) -> Mapping[str, Any]:
    if where in FIXED:
        found: Mapping[str, Any] = card[where]["gain"]
    elif where in card["gains"]:
        found = card["gains"][where][metric]
    else:
        found = card["arms"][where]["metrics"][metric]
    return found


def _either(card: Mapping[str, Any], metrics: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """With retrieval where that was measured; a dataset of chats has no passages."""
    return tuple(
        (WITH_RETRIEVAL if _case(card, WITH_RETRIEVAL, metric) != "none" else ALONE, metric)
        for metric in metrics
    )


def _topic(
    card: Mapping[str, Any], language: Language, topic: str, figures: Sequence[tuple[str, str]]
) -> Advice:
    said = [(_compared(card, language, where, metric), where, metric) for where, metric in figures]
    heading, why = TOPICS[language][topic]
    return Advice(
        topic,
        heading,
        _case(card, *figures[0]),
        (*(text for text, _, _ in said), why),
        tuple(_figure(card, where, metric) for _, where, metric in said),
    )


def _compared(card: Mapping[str, Any], language: Language, where: str, metric: str) -> str:
    """One sentence on one difference."""
    estimate = _estimate(card, where, metric)
    first, second = _SIDES.get(where, where).split(" - ")
    words = {
        "first": ARM_WORDS[language][first],
        "second": ARM_WORDS[language][second],
        "metric": METRIC_WORDS[language][metric],
    }
    case = case_of(metric, estimate)
    if case == "none":
        return WITHOUT[language].format(**words)
    return CASES[language][case].format(
        **words, gain=difference(metric, estimate, language), n=estimate["n"], enough=ENOUGH
    )


def _figure(card: Mapping[str, Any], where: str, metric: str) -> Figure:
    estimate = _estimate(card, where, metric)
    return Figure(where, metric, estimate["value"], estimate["low"], estimate["high"], estimate["n"])


def _overall(card: Mapping[str, Any], language: Language) -> Advice:
    choice = choose(card)
    shown = [(SEARCH, "correct"), *((WITH_RETRIEVAL, metric) for metric in _telling(card, WITH_RETRIEVAL))]
    if choice in ("tuning", "manner") and len(shown) == 1:
        shown += [(ALONE, metric) for metric in _telling(card, ALONE)]
    heading, texts = OVERALL[language]
    return Advice(
        "overall",
        heading,
        choice,
        (texts[choice], *(_compared(card, language, where, metric) for where, metric in shown)),
        tuple(_figure(card, where, metric) for where, metric in shown),
    )


def _telling(card: Mapping[str, Any], pair: str) -> Iterator[str]:
    return (metric for metric in HELPS if _case(card, pair, metric) in ("better", "worse"))


def _misunderstandings(card: Mapping[str, Any], language: Language) -> Advice:
    """What people believe of tuning and of retrieval, beside what was measured here."""
    heading, texts = MISUNDERSTANDINGS[language]
    places = {
        "tuned": ("tuned", "correct"),
        "base": ("base", "correct"),
        "served": ("base+retrieval", "correct"),
        "cited": ("base+retrieval", "citation_precision"),
    }
    words: dict[str, object] = {"rows": card["train_rows"], "created": card["dataset_created"][:10]}
    for name, (arm, metric) in places.items():
        estimate = _estimate(card, arm, metric)
        text = figure(metric, estimate, language) if estimate["value"] is not None else None
        words[name] = text or {"en": "not measured", "ko": "측정하지 못함"}[language]
    return Advice(
        "misunderstandings",
        heading,
        "none",
        tuple(text.format(**words) for text in texts),
        tuple(_figure(card, arm, metric) for arm, metric in places.values()),
    )
