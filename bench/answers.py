"""Scores answers over an index that exists already, with the models of config.toml.

    .venv/bin/python bench/answers.py DATA_DIR --corpus ../shared/eval/corpora \
        --questions ../shared/eval/handbook_dev.jsonl [--limit N] [--details FILE]

DATA_DIR holds footnote.db (copy a running bot's: answers are recorded in it). Prints JSON. The models come
from the data directory of config.toml. Run it on an otherwise idle machine: the times are wall clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from bot.app import App
from bot.config import load_config
from bot.evaluation.answers import evaluate_answers
from bot.store.database import Database
from connectors.base import EVERYONE


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--details", type=Path)
    given = parser.parse_args()

    config = load_config()
    async with App(replace(config, data_dir=given.data_dir)) as app:
        await app.index.search("?", frozenset({EVERYONE}), 1)
        await asyncio.to_thread(app.index.wait)  # for the mirrors: a question meanwhile would find less
        figures = await evaluate_answers(
            app.answering,
            given.questions,
            given.corpus,
            path_of=lambda citation: _path(app.database, given.corpus, citation.document_id),
            limit=given.limit,
            details=given.details,
            progress=lambda what, done, total: print(f"\r{what} {done}/{total}", end="", file=sys.stderr),
        )
    models = config.models
    print(json.dumps({"model": models.chat, **figures}, ensure_ascii=False, indent=1))


def _path(database: Database, root: Path, document_id: str) -> str:
    """An index of the whole corpus has its paths as item ids; one connector a top folder leaves that out."""
    row = database.row("SELECT connector, item_id FROM documents WHERE id = ?", (document_id,))
    if row is None:
        return ""
    item: str = row["item_id"]
    return item if (root / item).exists() else f"{row['connector']}/{item}"


if __name__ == "__main__":
    asyncio.run(main())
