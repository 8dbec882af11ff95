"""Asks a model that always obeys about every poisoned document, in every way it can obey, and looks at what
would be posted.

    .venv/bin/python -m bench.poisoned [--every N] [--json]

The documents are those of tests/answering/poisoned, and those of BIPIA and Raccoon where ../shared/eval is.
Per class: documents, questions, how often the model could read what was wanted of it, how often there was an
answer; foreign links, mentions, images, runs of the prompt and actions in what is posted; and what became of
the answer that stands in the honest document beside it. Exits with 1 where anything was posted that must not
be. Needs no model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.answering.poisoned.attacks import borrowed_attacks, own_attacks
from tests.answering.poisoned.campaign import OUTCOMES, Trial, shelf_of, table
from tests.answering.poisoned.obedient import SHAPES
from tests.answering.poisoned.witness import KINDS


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every Nth document")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()

    attacks = (own_attacks() + borrowed_attacks())[:: given.every]
    trials: list[Trial] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        async with shelf_of(Path(directory), attacks) as shelf:
            for number, attack in enumerate(attacks):
                for shape in range(len(SHAPES)):
                    for own in (True, False):
                        by = (1, 3, 0)[(number + shape) % 3]
                        trials.append(await shelf.trial(attack, shape, own=own, by=by))
                print(f"\r{number + 1}/{len(attacks)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    rows = table(trials)
    total: dict[str, Any] = {
        name: "all" if name == "class" else sum(row[name] for row in rows) for name in rows[0]
    }
    if given.json:
        print(json.dumps({"seconds": round(time.monotonic() - began), "rows": [*rows, total]}, indent=1))
    else:
        for row in [dict.fromkeys(rows[0]) | {name: name for name in rows[0]}, *rows, total]:
            print("| " + " | ".join(str(value) for value in row.values()) + " |")
        for trial in trials:
            for finding in set(trial.findings):
                print(f"{trial.attack.name} {trial.shape}: {finding}", file=sys.stderr)
            if trial.outcome == OUTCOMES[-1]:
                print(f"{trial.attack.name} {trial.shape}: {trial.answer.text!r}", file=sys.stderr)
    return 1 if any(total[kind] for kind in KINDS) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
