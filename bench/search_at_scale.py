"""Search over a grown corpus (bench/grow.py), side by side with how it was done before, in one run.

    .venv/bin/python bench/search_at_scale.py GROWN_DIR [--questions FILE] [--before N] [--rounds N]

Before: float32 vectors in memory, centred, multiplied by numpy, and FTS5 over all terms of the question,
joined by OR. Both are asked the same questions in turn, on behalf of everyone and of one channel (a tenth of
the documents is closed to it); times are wall clock and hold the question's embedding and its morphemes.
`before` is asked N of the questions only, as it is slow. Agreement is the share of FTS5's ten best that are
among our hundred best by words. The first run makes the mirrors (minutes for a million chunks), told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from bot.answering.language import language_of
from bot.config import load_config
from bot.contracts import Vectors
from bot.index.fusion import Reading, coverage, fused, rarity_of
from bot.index.hybrid import HybridIndex
from bot.index.morphology import KiwiMorphology
from bot.index.query import MOST_CONCEPTS
from bot.index.search import CANDIDATES, TERM_WEIGHTS
from bot.index.whitening import LANGUAGES
from bot.models.embedder import GgufEmbedder
from bot.models.weights import locate
from bot.store.corpus import Corpus
from bot.store.database import Database
from connectors.base import EVERYONE

READERS = frozenset({EVERYONE, "channel:T1/C5"})


class Remembering:
    """Embeds a question once, so that a search can be timed with its embedding and without."""

    def __init__(self, embedder: GgufEmbedder) -> None:
        self._embedder = embedder
        self.name, self.dimensions = embedder.name, embedder.dimensions
        self.took_ms = 0.0
        self._known: dict[tuple[str, ...], Vectors] = {}

    def forget(self) -> None:
        self._known.clear()

    async def queries(self, texts: Sequence[str]) -> Vectors:
        if tuple(texts) not in self._known:
            started = time.perf_counter()
            self._known[tuple(texts)] = await self._embedder.queries(texts)
            self.took_ms = 1000 * (time.perf_counter() - started)
        return self._known[tuple(texts)]

    async def passages(self, texts: Sequence[str]) -> Vectors:
        return await self._embedder.passages(texts)


class Before:
    """The search as it was: everything in float32, FTS5 over all terms."""

    def __init__(self, corpus: Corpus, embedder: GgufEmbedder, morphology: KiwiMorphology) -> None:
        self._corpus, self._embedder, self._morphology = corpus, embedder, morphology
        sql = "SELECT c.id, c.language, v.vector FROM chunks c JOIN vectors v ON v.text_hash = c.text_hash"
        rows = corpus.database.rows(sql)
        self._ids = np.array([row[0] for row in rows], np.int64)
        languages = np.array([LANGUAGES.index(row[1]) for row in rows])
        self._rows: NDArray[np.float32] = np.empty((len(rows), embedder.dimensions), np.float32)
        for at, row in enumerate(rows):
            self._rows[at] = np.frombuffer(row[2], "<f4")
        for number in range(len(LANGUAGES)):
            self._rows[languages == number] -= self._rows[languages == number].mean(axis=0)
        self._rows /= np.linalg.norm(self._rows, axis=1, keepdims=True)
        self._allowed = np.flatnonzero(np.isin(self._ids, np.array(corpus.readable_chunks(READERS))))

    async def search(self, question: str) -> list[int]:
        """Ids of the chunks that FTS5 ranks best."""
        (terms,), vectors = await asyncio.gather(
            self._morphology.terms([question]), self._embedder.queries([question])
        )
        return await asyncio.to_thread(self._search, list(dict.fromkeys(terms))[:MOST_CONCEPTS], vectors[0])

    def _search(self, terms: list[str], vector: NDArray[np.float32]) -> list[int]:
        bm25 = dict(self._corpus.terms.matching(terms, READERS, TERM_WEIGHTS, CANDIDATES))
        frequencies, chunks = self._corpus.terms.frequencies(terms)
        rarity = {term: rarity_of(frequencies[term], chunks) for term in terms}
        held = self._corpus.terms.of_chunks(list(bm25))
        coverages = {chunk_id: coverage(terms, words, rarity) for chunk_id, words in held.items()}
        scores = (self._rows @ vector)[self._allowed]
        best = np.argpartition(-scores, CANDIDATES)[:CANDIDATES]
        cosines = {int(self._ids[self._allowed[at]]): float(scores[at]) for at in best}
        self._corpus.passages(dict(fused([Reading(coverages, bm25)], cosines)[:40]), READERS)
        return list(bm25)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("grown", type=Path)
    parser.add_argument("--questions", type=Path, default=Path("../shared/eval/handbook_dev.jsonl"))
    parser.add_argument("--before", type=int, default=20, help="ask the way before so many questions")
    parser.add_argument("--rounds", type=int, default=3, help="ask the present way all questions so often")
    given = parser.parse_args()

    config = load_config()
    models = config.models
    embedder = GgufEmbedder(locate(models.embedding, config.models_dir), models.threads, models.embedding)
    morphology = KiwiMorphology()
    questions = [json.loads(line)["question"] for line in given.questions.read_text().splitlines() if line]
    database = Database(given.grown / "footnote.db")
    figures: dict[str, Any] = {"chunks": database.value("SELECT count(*) FROM chunks")}
    try:
        await asyncio.gather(embedder.queries(["warm"]), morphology.warm())
        remembering = Remembering(embedder)
        index = HybridIndex(database, morphology, remembering)
        started = time.perf_counter()
        await index.search(questions[0], READERS, 10)
        if await asyncio.to_thread(index.wait):
            figures["made_s"] = round(time.perf_counter() - started, 1)
            figures["made_peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
            await index.search(questions[0], READERS, 10)
            index = HybridIndex(database, morphology, remembering)
            started = time.perf_counter()
            await index.search(questions[0], READERS, 10)
        figures["open_and_first_search_s"] = round(time.perf_counter() - started, 2)
        for question in questions:
            await index.search(question, READERS, 10)
        memory = psutil.Process().memory_info()
        figures["resident_mb"] = round(memory.rss / 1e6)
        figures |= await _asked(index, remembering, questions, given.rounds, None, 0)
        before = await asyncio.to_thread(Before, index.corpus, embedder, morphology)
        figures["side by side"] = await _asked(index, remembering, questions, 1, before, given.before)
    finally:
        await embedder.close()
        await morphology.close()
        database.close()
    print(json.dumps(figures, indent=1))


async def _asked(
    index: HybridIndex,
    embedder: Remembering,
    questions: list[str],
    rounds: int,
    before: Before | None,
    limit: int,
) -> dict[str, Any]:
    """Every question, if there is a `before` each to both in turn, up to `limit`."""
    times: dict[str, list[float]] = {"now": [], "embedding": [], "without_embedding": [], "before": []}
    processor: list[float] = []
    agreed: list[float] = []
    for number, question in enumerate(questions * rounds):
        if before is not None and number >= limit:
            break
        embedder.forget()
        started, used = time.perf_counter(), time.process_time()
        found = await index.explain(question, READERS, 10)
        times["now"].append(1000 * (time.perf_counter() - started))
        processor.append(1000 * (time.process_time() - used))
        times["embedding"].append(embedder.took_ms)
        started = time.perf_counter()
        await index.search(question, READERS, 10)
        times["without_embedding"].append(1000 * (time.perf_counter() - started))
        if before is not None:
            started = time.perf_counter()
            best = await before.search(question)
            times["before"].append(1000 * (time.perf_counter() - started))
            if best:
                agreed.append(sum(one in found.coverages for one in best[:10]) / len(best[:10]))
        print(f"\r{number} {language_of(question)}", end="", file=sys.stderr)
    figures: dict[str, Any] = {
        f"{name}_ms": {f"p{q}": round(float(np.percentile(values, q)), 1) for q in (50, 95)}
        for name, values in times.items()
        if values
    }
    figures["processor_ms_a_search"] = round(float(np.mean(processor)), 1)
    figures["load"] = round(os.getloadavg()[0], 1)
    if agreed:
        figures["agreement"] = round(float(np.mean(agreed)), 3)
    return figures


if __name__ == "__main__":
    asyncio.run(main())
