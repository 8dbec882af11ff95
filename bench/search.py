"""Indexes a folder of folders and measures search over it: time, and whether the right file is found.

    .venv/bin/python bench/search.py DATA_DIR [--corpus ../shared/eval/corpora]
        [--questions ../shared/eval/handbook_dev.jsonl] [--embed N] [--show]

DATA_DIR keeps the index (footnote.db): a second run reads nothing again and embeds only what is missing, N
chunks at most. Each top folder that the questions name is a connector. Prints JSON: gold@k is the share of
answerable questions with a right file among the first k passages, also by kind of question; query_ms is a
whole search, its embedding included. Times are wall clock: run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bot.config import load_config
from bot.evaluation.answers import folders_named_in
from bot.index.hybrid import HybridIndex
from bot.index.morphology import KiwiMorphology
from bot.models.embedder import GgufEmbedder
from bot.models.weights import locate
from bot.parsing.parser import Parser
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.sync import Syncing
from connectors.base import EVERYONE
from connectors.folder import Folder

READERS = frozenset({EVERYONE})
EVAL = Path("../shared/eval")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--corpus", type=Path, default=EVAL / "corpora")
    parser.add_argument("--questions", type=Path, default=EVAL / "handbook_dev.jsonl")
    parser.add_argument("--embed", type=int, default=1_000_000, help="at most so many chunks")
    parser.add_argument("--show", action="store_true", help="print what was found for each question missed")
    given = parser.parse_args()

    config = load_config()
    models = config.models
    database = Database(given.data_dir / "footnote.db")
    embedder = GgufEmbedder(locate(models.embedding, config.models_dir), models.threads, models.embedding)
    morphology, reader = KiwiMorphology(), Parser()
    index = HybridIndex(database, morphology, embedder)
    try:
        started = time.perf_counter()
        syncing = Syncing(index, reader, Sources(database), index.corpus.versions)
        for name in folders_named_in(given.questions):
            report = await syncing.run(name, Folder(path=(given.corpus / name).resolve()), progress=_say)
            print(f"\n{name}: {report.added} added, {report.failed} failed", file=sys.stderr)
        sync_s = time.perf_counter() - started
        started = time.perf_counter()
        embedded = 0
        while embedded < given.embed and (done := await index.embed_some(32)):
            embedded += done
            _say("embedding", embedded, embedded + await index.unembedded())
        embed_s = time.perf_counter() - started
        figures = {
            "sync_s": round(sync_s, 1),
            "embedded": embedded,
            "embed_s": round(embed_s, 1),
            "chunks": (chunks := sum(one.chunks for one in Sources(database).holdings().values())),
            "chunks_with_vector": chunks - await index.unembedded(),
            **await measure(index, list(_rows(given.questions)), given.show),
        }
    finally:
        await reader.close()
        await embedder.close()
        await morphology.close()
        database.close()
    print(json.dumps(figures, ensure_ascii=False, indent=1))


async def measure(index: HybridIndex, rows: list[dict[str, Any]], show: bool) -> dict[str, Any]:
    """Ask everything twice: the second time is timed, when all is loaded."""
    hits: defaultdict[str, list[int]] = defaultdict(list)
    times: list[float] = []
    for row in rows:
        await index.search(row["question"], READERS, 8)
    for row in rows:
        started = time.perf_counter()
        passages = await index.search(row["question"], READERS, 10)
        times.append(1000 * (time.perf_counter() - started))
        right = {*row.get("gold_files", ()), *row.get("gold_alternatives", ()), *row.get("also_ok_files", ())}
        if not row.get("answerable", True) or not right:
            continue
        files = ["/".join(index.corpus.item_of(passage.document_id) or ()) for passage in passages]
        rank = next((number for number, file in enumerate(files, 1) if file in right), 99)
        hits["all"].append(rank)
        hits[row["kind"]].append(rank)
        if show and rank > 5:
            print(f"\n{rank} {row['question']}\n  right: {sorted(right)}", *files[:5], sep="\n  ")
    return {
        "n": len(hits["all"]),
        **{
            f"gold@{k}": round(sum(rank <= k for rank in hits["all"]) / len(hits["all"]), 3)
            for k in (1, 5, 10)
        },
        "gold@5 by kind": {
            kind: f"{sum(rank <= 5 for rank in ranks)}/{len(ranks)}" for kind, ranks in hits.items()
        },
        "query_ms": {
            "p50": round(float(np.percentile(times, 50)), 1),
            "p95": round(float(np.percentile(times, 95)), 1),
        },
    }


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _say(what: str, done: int, total: int) -> None:
    print(f"\r{what} {done}/{total}   ", end="", file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
