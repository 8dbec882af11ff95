"""Scores the check of sentences alone: does a text support a sentence, as people judged it?

    .venv/bin/python bench/verifier.py ../shared/eval/nli/klue_nli.jsonl [--sample N] [--words-only]

Every row (premise, hypothesis, label, supports) is one passage and one sentence of a model that cites it. The
same rows are checked by words, numbers and meaning alone, and with the chat model's opinion as well, which
`--words-only` leaves out. Prints JSON: accuracy, precision and recall of "supported", how much of each label
passes, and milliseconds a sentence. "asked": the share of sentences about which the chat model was asked.
`--sample` takes N rows, the same ones each time. Run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.answering.citations import SupportCheck
from bot.answering.evidence import choose_evidence
from bot.answering.judge import Judge
from bot.answering.reply import parse_sentence
from bot.app import App
from bot.config import load_config
from bot.contracts import Embedder, Morphology, Passage


@dataclass(frozen=True)
class Checked:
    row: dict[str, Any]
    is_supported: bool
    was_asked: bool
    seconds: float


class CountingJudge(Judge):
    """Says how often it was asked."""

    asked = 0

    async def supports(self, title: str, words: str, sentence: str) -> float:
        self.asked += 1
        return await super().supports(title, words, sentence)


async def check_all(
    rows: Sequence[dict[str, Any]], morphology: Morphology, embedder: Embedder, judge: CountingJudge | None
) -> list[Checked]:
    checked: list[Checked] = []
    for row in rows:
        passage = Passage(1, "doc", "rows", "", "", "", row["premise"], 1.0, None)
        evidence = await choose_evidence(row["premise"], [passage], morphology=morphology)
        asked_before, started = judge.asked if judge else 0, time.monotonic()
        check = SupportCheck("", evidence, morphology=morphology, embedder=embedder, judge=judge)
        verdict = await check.verdict(parse_sentence(row["hypothesis"] + " [1]"))
        seconds = time.monotonic() - started
        was_asked = judge is not None and judge.asked > asked_before
        checked.append(Checked(row, bool(verdict.quotes), was_asked, seconds))
        print(f"\r{len(checked)}/{len(rows)}", end="", file=sys.stderr)
    return checked


def figures(checked: Sequence[Checked]) -> dict[str, Any]:
    passed = [one for one in checked if one.is_supported]
    true = [one for one in checked if one.row["supports"]]
    both = sum(one.row["supports"] for one in passed)
    labels = sorted({one.row["label"] for one in checked})
    of_label = {label: [one.is_supported for one in checked if one.row["label"] == label] for label in labels}
    seconds = sorted(one.seconds for one in checked)
    return {
        "n": len(checked),
        "supported": len(true),
        "accuracy": round(sum(one.is_supported == one.row["supports"] for one in checked) / len(checked), 3),
        "precision": round(both / len(passed), 3) if passed else None,
        "recall": round(both / len(true), 3) if true else None,
        "passes": {label: round(statistics.mean(found), 3) for label, found in of_label.items()},
        "asked": round(statistics.mean(one.was_asked for one in checked), 3),
        "ms_p50": round(1000 * statistics.median(seconds), 1),
        "ms_p95": round(1000 * seconds[int(0.95 * (len(seconds) - 1))], 1),
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--words-only", action="store_true")
    given = parser.parse_args()

    rows = [json.loads(line) for line in given.rows.read_text(encoding="utf-8").splitlines()]
    if given.sample:
        rows = random.Random(0).sample(rows, min(given.sample, len(rows)))
    async with App(load_config()) as app:
        words = await check_all(rows, app.morphology, app.embedder, None)
        result = {"words, numbers, meaning": figures(words)}
        if not given.words_only:
            judge = CountingJudge(app.chat)
            await judge.supports("", rows[0]["premise"], rows[0]["hypothesis"])  # loads the model
            judge.asked = 0
            judged = await check_all(rows, app.morphology, app.embedder, judge)
            result["and the chat model"] = {"model": app.chat.name, **figures(judged)}
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
