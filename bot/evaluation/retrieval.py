"""How well the right document is found, on questions whose right document is known.

Ranks are of documents: the first passage of a document counts, the rest of it is passed over.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.contracts import Index, Passage, Progress, unwatched
from bot.evaluation.question_sets import CONNECTOR, KnownDocument, KnownQuestion, QuestionSet
from bot.sync.embedding import embed_waiting
from connectors.base import EVERYONE, Document

ASKING = frozenset({EVERYONE})
"""On whose behalf the questions are asked."""
# The index gives at most three passages of a document while others wait: 30 hold ten documents, if there are.
PASSAGES = 30
MISSED = 5
"""A question is missed where no right document is among so many."""
_AT_ONCE = 4

Explain = Callable[[str], Awaitable[Sequence[tuple[Passage, str]]]]
"""A question to what a search for it finds, best first, each with why it stands there."""
Translate = Callable[[str], Awaitable[str]]
"""A question to the same in the other language."""


@dataclass(frozen=True)
class Asked:
    """What became of one question."""

    question: KnownQuestion
    ranks: tuple[int, ...]
    """Of its right documents, from 1, ascending; empty where none was found."""
    milliseconds: float


@dataclass(frozen=True)
class Outcome:
    """What became of one set."""

    name: str
    asked: tuple[Asked, ...]

    @property
    def kinds(self) -> dict[str, list[Asked]]:
        """Its questions by kind, sorted by its name."""
        found: dict[str, list[Asked]] = {}
        for one in sorted(self.asked, key=lambda one: one.question.kind):
            found.setdefault(one.question.kind, []).append(one)
        return found


@dataclass(frozen=True)
class Standing:
    """A document in the result of a missed question."""

    rank: int
    title: str
    where: str
    why: str


@dataclass(frozen=True)
class Miss:
    """A question with no right document among the first MISSED."""

    set: str
    question: KnownQuestion
    rank: int | None
    above: tuple[Standing, ...]
    """What stood there instead, at most MISSED documents."""
    right: Standing | None
    """The first right document, where it was found at all."""


async def evaluate_retrieval(
    index: Index,
    *,
    documents: Mapping[str, KnownDocument],
    sets: Sequence[QuestionSet],
    present: Mapping[str, str] | None = None,
    ready: Callable[[], object] | None = None,
    translate: Translate | None = None,
    progress: Progress | None = None,
) -> tuple[list[Outcome], float]:
    """Put `documents` into `index`, embed what waits, ask the questions; says the seconds before asking.

    `present`: doc_id to version of documents that are in the index already. `ready` blocks until the index
    finds all it will: it is called in a thread after the first search, which is not counted. With `translate`
    every question is searched for in both languages; the times are those of the searches alone.
    """
    say = progress or unwatched
    started = time.perf_counter()
    have = present or {}
    await _put_all(index, {i: one for i, one in documents.items() if have.get(i) != one.version}, say)
    await embed_waiting(index, say)
    index_s = time.perf_counter() - started

    await index.search(sets[0].questions[0].text, ASKING, 1)  # loads what loads on the first question
    if ready is not None:
        await asyncio.to_thread(ready)
    count = sum(len(each.questions) for each in sets)
    outcomes: list[Outcome] = []
    done = 0
    for each in sets:
        asked: list[Asked] = []
        for question in each.questions:
            say("asking", done, count)
            asked.append(await _ask(index, question, translate))
            done += 1
        outcomes.append(Outcome(each.name, tuple(asked)))
    say("asking", count, count)
    return outcomes, index_s


async def _ask(index: Index, question: KnownQuestion, translate: Translate | None) -> Asked:
    translation = "" if translate is None else await translate(question.text)
    started = time.perf_counter()
    passages = await index.search(question.text, ASKING, PASSAGES, translation=translation)
    took_ms = 1000 * (time.perf_counter() - started)
    found: dict[str, bool] = {}
    for passage in passages:
        places = {passage.document_id, *(copy.document_id for copy in passage.copies)}
        found.setdefault(passage.document_id, not places.isdisjoint(question.gold))
    ranks = tuple(rank for rank, is_right in enumerate(found.values(), 1) if is_right)
    return Asked(question, ranks, took_ms)


def scorecard(outcomes: Sequence[Outcome], index_s: float) -> dict[str, Any]:
    """The figures over all questions, and under "sets" those of each set and of each kind in it.

    recall@k: share of questions with a right document among the first k; mrr@10, ndcg@10 likewise over the
    first 10; query_ms: p50 and p95 of a search in milliseconds; index_s: seconds to index and embed.
    """
    return {
        **figures([one for outcome in outcomes for one in outcome.asked]),
        "index_s": round(index_s, 1),
        "sets": [
            {
                "name": outcome.name,
                **figures(outcome.asked),
                "by_kind": {kind: figures(asked) for kind, asked in outcome.kinds.items() if kind},
            }
            for outcome in outcomes
        ],
    }


def figures(asked: Sequence[Asked]) -> dict[str, Any]:
    """The figures over some questions; see `scorecard`."""
    times = [one.milliseconds for one in asked]
    return {
        **scores([one.ranks for one in asked], [len(one.question.gold) for one in asked]),
        "query_ms": {f"p{percent}": round(float(np.percentile(times, percent)), 1) for percent in (50, 95)},
    }


def scores(ranks: Sequence[Sequence[int]], gold_counts: Sequence[int]) -> dict[str, float]:
    """The figures over the ranks (from 1, ascending) at which each question's right documents were found."""
    count = len(ranks)

    def share(values: Iterator[float]) -> float:
        return round(sum(values) / count, 4)

    return {
        "n": count,
        **{f"recall@{k}": share(float(bool(found and found[0] <= k)) for found in ranks) for k in (1, 5, 10)},
        "mrr@10": share(1 / found[0] if found and found[0] <= 10 else 0.0 for found in ranks),
        "ndcg@10": share(_ndcg(found, gold) for found, gold in zip(ranks, gold_counts, strict=True)),
    }


def _ndcg(found: Sequence[int], gold: int) -> float:
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(gold, 10) + 1))
    return sum(1 / math.log2(1 + rank) for rank in found if rank <= 10) / ideal


async def misses(
    outcomes: Sequence[Outcome], explain: Explain, progress: Progress | None = None
) -> list[Miss]:
    """Every missed question, asked once more to learn what stood above the right document, and why."""
    say = progress or unwatched
    missed = [
        (outcome.name, one)
        for outcome in outcomes
        for one in outcome.asked
        if not one.ranks or one.ranks[0] > MISSED
    ]
    found: list[Miss] = []
    for number, (name, one) in enumerate(missed):
        say("explaining misses", number, len(missed))
        standings = _standings(await explain(one.question.text))
        right = next((each for document, each in standings if document in one.question.gold), None)
        above = [each for document, each in standings if document not in one.question.gold]
        found.append(
            Miss(name, one.question, one.ranks[0] if one.ranks else None, tuple(above[:MISSED]), right)
        )
    if missed:
        say("explaining misses", len(missed), len(missed))
    return found


def _standings(found: Sequence[tuple[Passage, str]]) -> list[tuple[str, Standing]]:
    """The first passage of each document."""
    first: dict[str, Standing] = {}
    for passage, why in found:
        where = f"{passage.connector} > {passage.section}" if passage.section else passage.connector
        first.setdefault(passage.document_id, Standing(len(first) + 1, passage.title, where, why))
    return list(first.items())


async def _put_all(index: Index, documents: Mapping[str, KnownDocument], say: Progress) -> None:
    waiting = iter(documents.items())
    done = 0

    async def work() -> None:
        nonlocal done
        for doc_id, known in waiting:
            title = known.parsed.title
            document = Document(doc_id, title, f"file:///{doc_id}", b"", "text/markdown", None)
            await index.put(CONNECTOR, known.version, document, known.parsed)
            done += 1
            say("indexing", done, len(documents))

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
