"""Can a chat model judge answers? Its odds of Yes against No for right answers, and for those of others.

    .venv/bin/python bench/judge.py MODEL.gguf ROWS.jsonl [--adapter FILE.gguf] [--rows 24]

ROWS.jsonl: held-out rows of a dataset of `footnote tune data`. Each answer is shown with its passage, once
with its own question and once with that of the row before (bot.answering.judge). Prints both lists, and how
often the one is higher than the other (the area under the ROC curve; 0.5 is chance).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.answering.judge import Judge
from bot.contracts import Citation
from bot.models.chat import LlamaChat


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("file", type=Path, metavar="ROWS.jsonl")
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--rows", type=int, default=24)
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.file.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["kind"] == "answer"][: given.rows]
    chat = LlamaChat(given.model, given.model.stem, 2048, 0, adapter=given.adapter)
    judge = Judge(chat)
    own: list[float] = []
    other: list[float] = []
    for row, before in zip(rows, [rows[-1], *rows], strict=False):
        passage = row["passages"][row["gold"][0]]
        source = Citation(1, passage["document"], "", passage["title"], "", "", row["answer"], None)
        own.append(await judge.answers(row["question"], row["answer"], source))
        other.append(await judge.answers(before["question"], row["answer"], source))
    await chat.close()
    for name, odds in (("own question", own), ("another question", other)):
        print(f"{name}: {' '.join(f'{each:.2f}' for each in sorted(odds))}")
    higher = sum((a > b) + (a == b) / 2 for a in own for b in other) / (len(own) * len(other))
    print(f"higher for its own question: {higher:.2f} of all pairs")


if __name__ == "__main__":
    asyncio.run(main())
