"""How long a repeated question takes, and how often a kept answer survives a sync of other documents.

    .venv/bin/python bench/kept_answers.py DATA_DIR --questions FILE.jsonl [--ask "QUESTION"]... [--repeat N]

DATA_DIR holds a copy of an index with vectors: documents in it are changed and answers recorded. Each --ask
is answered anew by the model of config.toml, then asked N times again. For survival no chat model is needed:
what the model would read is compared before and after some documents get one more sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.answering import prompts
from bot.answering.answer import FOUND_LIMIT
from bot.answering.evidence import choose_evidence
from bot.answering.language import language_of
from bot.app import App
from bot.config import load_config
from bot.contracts import Finished, Message, Question, TextAdded
from bot.parsing.parsed import Parsed, Section
from connectors.base import EVERYONE, Document

READERS = frozenset({EVERYONE})
CHANGED = (1, 9, 44)
"""Documents changed: of 874 one, 1 % and 5 %."""


async def timed(app: App, question: Question) -> tuple[float, float, Finished]:
    """Seconds to the first text and to the end."""
    began = time.perf_counter()
    first = 0.0
    async for event in app.answering.answer(question):
        if isinstance(event, TextAdded) and not first:
            first = time.perf_counter() - began
        if isinstance(event, Finished):
            return first, time.perf_counter() - began, event
    raise AssertionError("an answer always ends with Finished")


async def repeats(app: App, text: str, times: int) -> None:
    first, total, event = await timed(app, Question(text, READERS, fresh=True))
    print(f"{text}\n  made: first text {first:.2f} s, whole {total:.2f} s, found {event.answer.found}")
    if not event.answer.found:
        return
    runs = [await timed(app, Question(text, READERS)) for _ in range(times)]
    assert all(run[2].answer.reused_from for run in runs)
    firsts, totals = (np.percentile([run[place] for run in runs], (50, 95, 100)) for place in (0, 1))
    for name, figures in (("first text", firsts), ("whole", totals)):
        print(f"  again, {name}: p50 {figures[0]:.3f} s, p95 {figures[1]:.3f} s, max {figures[2]:.3f} s")


async def read(app: App, question: str) -> tuple[list[Message], set[str]]:
    """What the model would read, and the documents found."""
    passages = await app.index.search(question, READERS, FOUND_LIMIT)
    evidence = await choose_evidence(question, passages, morphology=app.morphology)
    found = {passage.document_id for passage in passages}
    return prompts.messages(question, language_of(question), evidence), found


async def change(app: App, document_id: str) -> None:
    """One more sentence at its end, and vectors for what is new."""
    row = app.database.row("SELECT * FROM documents WHERE id = ?", [document_id])
    assert row is not None
    sections: list[Section] = []
    for _, _, path, text in app.index.corpus.texts_of(document_id):
        sections.append(Section(tuple(path.split(" > ")) if path else (), text))
    sections[-1] = replace(sections[-1], text=f"{sections[-1].text}\n\nReviewed by the owner this week.")
    document = Document(row["item_id"], row["title"], row["url"], b"", "text/markdown", None, READERS)
    await app.index.put(row["connector"], "changed", document, Parsed(row["title"], tuple(sections)))


async def survival(app: App, questions: Sequence[str]) -> None:
    before = {question: await read(app, question) for question in questions}
    again = {question: await read(app, question) for question in questions}
    assert all(before[question][0] == again[question][0] for question in questions)
    ids = [row[0] for row in app.database.rows("SELECT id FROM documents ORDER BY id")]
    chosen = random.Random(5).sample(ids, max(CHANGED))
    done = 0
    for count in CHANGED:
        for document_id in chosen[done:count]:
            await change(app, document_id)
        done = count
        while await app.index.unembedded():
            await app.index.embed_some(32)
        changed = set(chosen[:count])
        untouched = [question for question in questions if not before[question][1] & changed]
        kept = [question for question in untouched if (await read(app, question))[0] == before[question][0]]
        print(
            f"{count} of {len(ids)} documents changed: none of the found ones for {len(untouched)} of "
            f"{len(questions)} questions, of which {len(kept)} would be answered at once"
        )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--ask", action="append", default=[])
    parser.add_argument("--repeat", type=int, default=20)
    given = parser.parse_args()
    async with App(replace(load_config(), data_dir=given.data_dir)) as app:
        await app.index.search("준비", READERS, 1)
        await asyncio.to_thread(app.index.wait)
        for question in given.ask:
            await repeats(app, question, given.repeat)
        if given.questions:
            rows = [json.loads(line) for line in given.questions.read_text().splitlines() if line]
            await survival(app, [row["question"] for row in rows])


if __name__ == "__main__":
    asyncio.run(main())
