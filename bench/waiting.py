"""How long threads of llama.cpp should spin before they sleep, where one waits for the other.

    .venv/bin/python bench/waiting.py MODEL.gguf --embedder EMBEDDER.gguf [--spins 0 1000 3000 10000]
        [--runs 2] [--threads 2]

Passes of 1, 4 and 128 tokens after 400 others, with each GOMP_SPINCOUNT by turns: with nothing beside, beside
one busy loop, and beside an embedding model that embeds all the while. Prints medians in milliseconds, and
what they are of those without spinning.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import llama_cpp.llama_cpp as llama

from bot.children import WAITING
from bot.models.embedder import GgufEmbedder
from bot.models.native import Batch, Model
from bot.models.serving import tiles

BEFORE = 400
PASSES = {1: 25, 4: 10, 128: 2}
"""Tokens of a pass, and how many such passes are timed."""


def timed_passes(path: Path, threads: int) -> dict[str, float]:
    """Median milliseconds of a pass, by its tokens."""
    model = Model(path, repacked=tiles.can_be_had())
    cells = BEFORE + sum(tokens * count for tokens, count in PASSES.items())
    context = model.context(n_ctx=cells, n_batch=BEFORE, n_threads=threads, n_threads_batch=threads)
    batch, done = Batch(BEFORE, 1), 0

    def timed(tokens: int) -> float:
        nonlocal done
        batch.clear()
        batch.add([1000 + at * 7 for at in range(tokens)], start=done, sequence=0, wants="last")
        began = time.perf_counter()
        if llama.llama_decode(context, batch.handle):
            raise SystemExit("a pass failed")
        done += tokens
        return 1000 * (time.perf_counter() - began)

    timed(BEFORE)
    return {str(size): statistics.median(timed(size) for _ in range(count)) for size, count in PASSES.items()}


async def embed_for_ever(path: Path, threads: int) -> None:
    embedder = GgufEmbedder(path, threads, "beside")
    await embedder.start()
    text = "The office is open from nine to six, and the leave of a year is fifteen days. " * 8
    while True:
        await embedder.passages([f"{number} {text}" for number in range(8)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--embedder", type=Path)
    parser.add_argument("--spins", type=int, nargs="+", default=[0, 1000, 3000, 10_000])
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--as", dest="role", choices=["timed", "embedder"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.role == "timed":  # in a process of its own: OpenMP reads its settings once
        print(json.dumps(timed_passes(given.model, given.threads)))
        return
    if given.role == "embedder":
        asyncio.run(embed_for_ever(given.embedder, given.threads))

    me = [sys.executable, __file__, *sys.argv[1:]]
    beside = {"nothing": [], "a busy loop": [sys.executable, "-c", "while True: pass"]}
    if given.embedder:
        beside["embedding"] = [*me, "--as", "embedder"]
    for what, command in beside.items():
        other = subprocess.Popen(command, start_new_session=True) if command else None
        time.sleep(10 if other else 0)
        found: dict[int, list[dict[str, float]]] = {spins: [] for spins in given.spins}
        for run in range(given.runs):
            for spins in given.spins if run % 2 == 0 else given.spins[::-1]:
                environment = {**os.environ, **WAITING, "GOMP_SPINCOUNT": str(spins)}
                said = subprocess.run(
                    [*me, "--as", "timed"], env=environment, capture_output=True, check=True
                )
                found[spins].append(json.loads(said.stdout))
        if other:
            other.terminate()
            other.wait()
        report(what, found)


def report(what: str, found: dict[int, list[dict[str, float]]]) -> None:
    """Medians, and against the first of them."""
    first: dict[str, float] = {}
    for spins, runs in found.items():
        medians = {size: statistics.median(run[size] for run in runs) for size in runs[0]}
        first = first or medians
        shown = [f"{size}: {ms:.1f} ms ({ms / first[size]:.2f}x)" for size, ms in medians.items()]
        print(f"beside {what}, GOMP_SPINCOUNT={spins}  " + "  ".join(shown), flush=True)


if __name__ == "__main__":
    main()
