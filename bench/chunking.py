"""What the size of chunks does to a search: recall of documents, and of the passage that holds the answer.

    .venv/bin/python bench/chunking.py FOLDER --questions ../shared/eval/handbook_dev.jsonl \
        [--sizes 120,240,480]

Indexes the files below FOLDER once for each size (estimated tokens; a block beyond a quarter more is split),
in a scratch database, with vectors, without windows, and asks the questions whose gold_files lie in FOLDER.
"answer@k": among the first k passages is one that holds the evidence. "characters": of the first five
passages, which is what there is to read. Prints a row for each size and then JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.config import load_config
from bot.contracts import Passage
from bot.evaluation.answers import KnownQuestion, read_questions
from bot.index.chunking import SectionNodeParser
from bot.index.hybrid import HybridIndex
from bot.index.morphology import KiwiMorphology
from bot.index.synonyms import SynonymLists
from bot.models.embedder import GgufEmbedder
from bot.models.weights import locate
from bot.parsing.parsed import Parsed
from bot.parsing.parser import Parser
from bot.store.database import Database
from connectors.base import EVERYONE, Document
from connectors.folder import Folder

READERS = frozenset({EVERYONE})


async def parsed_files(folder: Path) -> list[tuple[Document, Parsed]]:
    """Every file below `folder` that can be read."""
    connector = Folder(folder)
    found: list[tuple[Document, Parsed]] = []
    parser = Parser()
    try:
        for item in connector.items(None).items:
            document = await asyncio.to_thread(connector.fetch, item)
            found.append((document, await parser.parse(document)))
    finally:
        await parser.close()
    return found


async def measured(
    index: HybridIndex,
    files: Sequence[tuple[Document, Parsed]],
    questions: Sequence[KnownQuestion],
    folder: str,
) -> dict[str, Any]:
    for document, parsed in files:
        await index.put(folder, "1", document, parsed)
    while await index.unembedded():
        await index.embed_some(256)
    await index.search("?", READERS, 1)
    await asyncio.to_thread(index.wait)
    at = (1, 5)
    documents, answers, characters = dict.fromkeys(at, 0), dict.fromkeys(at, 0), 0
    items = {row[0]: row[1] for row in index.corpus.database.rows("SELECT id, item_id FROM documents")}
    for question in questions:
        passages = await index.search(question.question, READERS, 30)
        paths = list(dict.fromkeys(f"{folder}/{items[one.document_id]}" for one in passages))
        holds = [_holds(one, question, f"{folder}/{items[one.document_id]}") for one in passages]
        for k in at:
            documents[k] += any(path in question.right_files for path in paths[:k])
            answers[k] += any(holds[:k])
        characters += sum(len(one.text) for one in passages[:5])
    count = len(questions)
    return {
        "chunks": int(index.corpus.database.value("SELECT count(*) FROM chunks")),
        **{f"recall@{k}": round(documents[k] / count, 3) for k in at},
        **{f"answer@{k}": round(answers[k] / count, 3) for k in at},
        "characters": characters // count,
    }


def _holds(passage: Passage, question: KnownQuestion, path: str) -> bool:
    text = _plain(passage.text)
    return path in question.right_files and any(_plain(evidence) in text for evidence in question.evidence)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", re.sub(r"\]\([^)]*\)", "]", text).casefold())


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--questions", type=Path, required=True)
    options.add_argument("--sizes", default="120,240,480")
    given = options.parse_args()
    name = given.folder.resolve().name
    asked = [
        each
        for each in read_questions(given.questions)
        if each.answerable and any(path.startswith(f"{name}/") for path in each.right_files)
    ]
    files = await parsed_files(given.folder.resolve())
    print(f"{len(files)} files, {len(asked)} questions", file=sys.stderr)
    config = load_config()
    models = config.models
    embedder = GgufEmbedder(locate(models.embedding, config.models_dir), models.threads, models.embedding)
    morphology = KiwiMorphology()
    rows = []
    try:
        for size in map(int, given.sizes.split(",")):
            with tempfile.TemporaryDirectory() as scratch:
                database = Database(Path(scratch) / "footnote.db")
                index = HybridIndex(
                    database, morphology, embedder, SynonymLists(morphology, None, shipped=True)
                )
                index._parser = SectionNodeParser(
                    target_tokens=size, most_tokens=size * 5 // 4, small_tokens=size // 4
                )
                rows.append({"size": size, **await measured(index, files, asked, name)})
                print(rows[-1], flush=True)
                database.close()
    finally:
        await embedder.close()
        await morphology.close()
    print(json.dumps(rows))


if __name__ == "__main__":
    asyncio.run(main())
