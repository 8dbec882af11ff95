"""Which repeated questions are recognised: by wording, and what nearness of meaning would have done instead.

    .venv/bin/python bench/repeats.py

Pairs of tests/answering/repeated_questions.py; needs the default embedding model.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.answering.facts import quantities
from bot.answering.terms import latin_names
from bot.answering.wording import wordings
from bot.app import App
from bot.config import load_config
from bot.contracts import Morphology
from tests.answering.repeated_questions import HELD_OUT_NEAR, HELD_OUT_SAME, NEAR, Pair, same_pairs


async def recognised(pairs: Sequence[Pair], morphology: Morphology) -> list[bool]:
    """Whether the two of each pair say the same by their wording."""
    found = await wordings([question for pair in pairs for question in pair], morphology)
    return [one.says_the_same(other) for one, other in zip(found[::2], found[1::2], strict=True)]


def facts_agree(pair: Pair) -> bool:
    one, other = pair
    return quantities(one) == quantities(other) and latin_names(one) == latin_names(other)


async def main() -> None:
    own_same = same_pairs()[: -len(HELD_OUT_SAME)]
    async with App(load_config(None)) as app:
        for name, same, near in (
            ("rules were written on these", own_same, list(NEAR)),
            ("held out", list(HELD_OUT_SAME), list(HELD_OUT_NEAR)),
        ):
            by_wording = (await recognised(same, app.morphology), await recognised(near, app.morphology))
            print(f"{name}: {len(same)} pairs the same, {len(near)} near misses")
            print(f"  wording: {sum(by_wording[0])} recognised, {sum(by_wording[1])} wrongly")
            for pair, is_same in zip(near, by_wording[1], strict=True):
                if is_same:
                    print("    wrong:", *pair, sep="  ")
            for pair, is_same in zip(same, by_wording[0], strict=True):
                if not is_same:
                    print("    missed:", *pair, sep="  ")
            pairs = [*same, *near]
            vectors = await app.embedder.queries([question for pair in pairs for question in pair])
            cosines = np.einsum("ij,ij->i", vectors[::2], vectors[1::2])
            comparable = np.array([facts_agree(pair) for pair in near])
            of_same, of_near = cosines[: len(same)], cosines[len(same) :][comparable]
            print(
                f"  meaning, numbers and names alike: near misses {np.median(of_near):.3f} (median), "
                f"{of_near.max():.3f} (greatest); the same {np.median(of_same):.3f} (median)"
            )
            print(f"  above every near miss: {int(np.sum(of_same > of_near.max()))} of {len(same)}")


if __name__ == "__main__":
    asyncio.run(main())
