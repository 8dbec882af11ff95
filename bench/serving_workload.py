"""Forty questions as a Slack workspace asks them: many about the same few pages, each with four passages.

Passages are the surroundings of the evidence of handbook_dev.jsonl of ../shared/eval. Which one a question is
about, and which three others a search brings along, is drawn by Zipf's law: some pages are asked for again
and again. The same seed makes the same workload.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answering import prompts
from bot.answering.evidence import Evidence
from bot.answering.order import PassageOrder
from bot.contracts import Message, Passage
from bot.evaluation.answers import holds_answer

PASSAGES = 4
CHARACTERS = 620
"""Of a passage in English; of one in Korean, which takes about twice as many tokens, half of it."""


@dataclass(frozen=True)
class Asked:
    """A question, and what a search brought for it, the best first."""

    question: str
    language: str
    passages: tuple[int, ...]
    """Places in the pool."""
    right: int
    """The one that holds the answer."""
    answers: tuple[tuple[str, ...], ...]
    """Groups of which a right answer has one each."""


@dataclass(frozen=True)
class Workload:
    """What is asked, of which passages."""

    pool: tuple[Passage, ...]
    asked: tuple[Asked, ...]

    def messages(self, which: int, order: Sequence[int]) -> list[Message]:
        """The prompt of a question with its passages in that order."""
        one = self.asked[which]
        evidence = [Evidence(self.pool[at], self.pool[at].text, (), (), (), (), ()) for at in order]
        return prompts.messages(one.question, "ko" if one.language == "ko" else "en", evidence)

    def is_right(self, which: int, order: Sequence[int], reply: str) -> tuple[bool, bool]:
        """Whether a reply holds the answer, and whether it names the passage that does."""
        one = self.asked[which]
        cites = f"[{list(order).index(one.right) + 1}]" in reply
        return holds_answer(reply, one.answers), cites


def by_rank(workload: Workload) -> list[tuple[int, ...]]:
    """As a search brings them."""
    return [one.passages for one in workload.asked]


def reused_most(workload: Workload) -> list[tuple[int, ...]]:
    """As Footnote shows them to the model."""
    order, orders = PassageOrder(), []
    for one in workload.asked:
        places = order.arrange([workload.pool[at].text for at in one.passages])
        orders.append(tuple(one.passages[at] for at in places))
    return orders


def make(questions: Path, corpora: Path, count: int = 40, exponent: float = 1.1, seed: int = 8) -> Workload:
    """Raises OSError where the evaluation data is not there."""
    rows = [json.loads(line) for line in questions.read_text("utf-8").splitlines()]
    pool: list[Passage] = []
    known: list[tuple[str, str, tuple[tuple[str, ...], ...]]] = []
    for row in rows:
        if not row["answerable"]:
            continue
        passage = _surroundings(corpora / row["gold_files"][0], row["evidence"][0], len(pool))
        if passage:
            pool.append(passage)
            groups = row.get("must_contain_groups") or [row["answers"]]
            known.append((row["question"], row["lang"], tuple(tuple(group) for group in groups)))
    drawn = random.Random(seed)
    drawn.shuffle(both := list(zip(pool, known, strict=True)))
    pool, known = [one for one, _ in both], [one for _, one in both]
    weights = [1 / (rank + 1) ** exponent for rank in range(len(pool))]
    asked = []
    for _ in range(count):
        found: list[int] = []
        while len(found) < PASSAGES:
            (at,) = drawn.choices(range(len(pool)), weights)
            if at not in found:
                found.append(at)
        right = found[0]
        drawn.shuffle(found)  # the search is right about the page, not always about its rank
        question, language, answers = known[right]
        asked.append(Asked(question, language, tuple(found), right, answers))
    return Workload(tuple(pool), tuple(asked))


def _surroundings(path: Path, evidence: str, number: int) -> Passage | None:
    text = path.read_text("utf-8")
    at = text.find(evidence)
    if at < 0:
        return None
    is_korean = sum("가" <= letter <= "힣" for letter in text[at : at + CHARACTERS]) > CHARACTERS // 8
    length = CHARACTERS // 2 if is_korean else CHARACTERS
    start = max(at + len(evidence) // 2 - length // 2, 0)
    shown = " ".join(text[start : start + length].split())
    return Passage(number, str(number), "handbook", path.stem, "", "", shown, 1.0, None)
