"""Measures how well questions that mention nobody are told from everything else people write.

    .venv/bin/python -m bench.questions [--eval ../shared/eval]

The hand-written messages of tests/answering/channel_messages.tsv, both halves; with --eval also texts that
nobody wrote for this: questions with and without their question mark, and the sentences of KLUE-NLI, which
state. Prints JSON. `misread` lists what was told wrong of the hand-written ones.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Iterable
from pathlib import Path

from bot.answering.asking import asks
from tests.answering.channel_messages import figures, read_messages

MOST = 1_000
"""Texts of one file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--eval", type=Path)
    given = parser.parse_args()
    messages = read_messages()
    measured: dict[str, object] = {
        half: {"messages": sum(m.half == half for m in messages), **dataclasses.asdict(figures(half))}
        for half in ("tune", "held_out")
    }
    measured["misread"] = [m.text for m in messages if m.is_taken_for_one != m.is_question]
    if given.eval:
        for name in ("handbook_dev", "qa/korquad1", "qa/squad2", "qa/policyqa"):
            questions = texts(given.eval / f"{name}.jsonl", "question")
            measured[name] = {
                "texts": len(questions),
                "taken": share(questions),
                "taken without mark": share(question.rstrip(" ?") for question in questions),
            }
        for part in ("premise", "hypothesis"):
            stated = [text for text in texts(given.eval / "nli/klue_nli.jsonl", part) if "?" not in text]
            measured[f"klue_nli {part}"] = {"texts": len(stated), "taken": share(stated)}
    began = time.perf_counter()
    for message in messages:
        assert isinstance(message.is_taken_for_one, bool)
    measured["microseconds a message"] = round((time.perf_counter() - began) / len(messages) * 1e6)
    print(json.dumps(measured, ensure_ascii=False, indent=2))


def texts(path: Path, key: str) -> list[str]:
    """The first different texts of a JSONL file."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return list(dict.fromkeys(row[key] for row in rows))[:MOST]


def share(given: Iterable[str]) -> float:
    """How many of them are taken for questions."""
    taken = [asks(text) for text in given]
    return round(sum(taken) / len(taken), 3)


if __name__ == "__main__":
    main()
