"""How fast a LoRA trains here: frozen weights of 32 and of 16 bits, with dropout and without.

    .venv/bin/python bench/training.py MODEL.gguf [--tokens 512] [--steps 3] [--runs 3] [--json FILE]

Steps of two rows of so many tokens, the last 60 of each to be learned; the text is drawn at random, which
takes as long as any. The first step of a model that was just loaded is not counted. The order of the settings
is turned round with each run. Prints medians, in tokens a second.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.tuning.training import TrainingSettings, methods
from bot.tuning.training.base import Base, open_base
from bot.tuning.training.encoding import Example
from bot.tuning.training.loop import Loop

LEARNED = 60
WAYS = {
    f"{precision}, dropout {dropout:g}": TrainingSettings(
        precision=precision, dropout=dropout, batch=2, accumulation=1, evaluations=1, patience=0
    )
    for precision in ("float32", "bfloat16")
    for dropout in (0.05, 0.0)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    base = open_base(given.model)
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for run in range(given.runs):
        for way in list(WAYS)[:: -1 if run % 2 else 1]:
            found[way].append(tokens_a_second(base, WAYS[way], given.tokens, given.steps))
            print(f"run {run + 1}: {way}: {found[way][-1]:.0f} tokens/s", flush=True)
    medians = {way: statistics.median(each) for way, each in found.items()}
    first = next(iter(medians.values()))
    for way, speed in medians.items():
        print(f"{way}: {speed:.0f} tokens/s, {speed / first:.2f}x")
    if given.json:
        given.json.write_text(json.dumps({"model": given.model.name, "medians": medians, "all": found}))


def tokens_a_second(base: Base, settings: TrainingSettings, tokens: int, steps: int) -> float:
    """Of `steps` steps after a first one."""
    drawn = random.Random(settings.seed)
    learned = (False,) * (tokens - LEARNED) + (True,) * LEARNED
    rows = [
        Example(tuple(drawn.randrange(1000, 10_000) for _ in range(tokens)), learned)
        for _ in range(settings.batch * (steps + 1))
    ]
    model = methods.prepare(methods.begin(base, settings, "cpu"), settings)
    loop = Loop(model, rows, rows[:1], replace(settings, epochs=1), "cpu")
    spent = []
    for _ in range(steps + 1):
        begun = time.perf_counter()
        loop._learn(settings.rate)
        loop.state.step += 1
        spent.append(time.perf_counter() - begun)
    del loop, model
    gc.collect()
    return settings.batch * tokens * steps / sum(spent[1:])


if __name__ == "__main__":
    main()
