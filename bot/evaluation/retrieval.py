"""How well the right document is found, on questions whose right document is known.

documents, one JSON object a line:   doc_id, title (may be empty), text (Markdown), lang
questions, one JSON object a line:   id, question, and the gold field: one doc_id or a list of them

Ranks are of documents: the first passage of a document counts, the rest of it is passed over.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.contracts import Index, Progress, unwatched
from bot.errors import ConfigError, ParseError
from bot.parsing.markdown import split
from bot.parsing.parsed import Parsed
from bot.store.corpus import document_id
from connectors.base import EVERYONE, Document

CONNECTOR = "evaluation"
# The index gives at most three passages of a document while others wait: 30 hold ten documents, if there are.
_PASSAGES = 30
_AT_ONCE = 4
_EMBED_AT_ONCE = 64


@dataclass(frozen=True)
class KnownQuestion:
    """A question and the documents of which one must be found."""

    text: str
    gold: frozenset[str]


async def evaluate_retrieval(
    index: Index,
    *,
    docs: Sequence[Path],
    questions: Sequence[Path],
    gold_field: str = "gold_doc_id",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Put `docs` into an empty `index`, embed them, ask `questions`, and give the scorecard.

    recall@k: share of questions with a right document among the first k; mrr@10, ndcg@10 likewise over the
    first 10; query_ms: p50 and p95 of a search in milliseconds; index_s: seconds to index and embed.
    Questions with answerable = false, or without the gold field, are left out. Raises ConfigError for a row
    that is not as described above, or where no question is left.
    """
    documents = _documents(docs)
    known = _questions(questions, gold_field)
    say = progress or unwatched

    started = time.perf_counter()
    await _put_all(index, documents, say)
    total = await index.unembedded()
    while await index.embed_some(_EMBED_AT_ONCE):
        left = await index.unembedded()
        say("embedding", total - left, total)
        if not left:
            say("refining", total - await index.unrefined(), total)
    index_s = time.perf_counter() - started

    doc_id_of = {document_id(CONNECTOR, doc_id): doc_id for doc_id in documents}
    await index.search(known[0].text, frozenset({EVERYONE}), 1)  # loads what loads on the first question
    ranks: list[list[int]] = []
    times_ms: list[float] = []
    for number, question in enumerate(known):
        say("asking", number, len(known))
        started = time.perf_counter()
        passages = await index.search(question.text, frozenset({EVERYONE}), _PASSAGES)
        times_ms.append(1000 * (time.perf_counter() - started))
        found = list(dict.fromkeys(doc_id_of[passage.document_id] for passage in passages))
        ranks.append([rank for rank, doc_id in enumerate(found, 1) if doc_id in question.gold])
    say("asking", len(known), len(known))
    return {
        **scores(ranks, [len(question.gold) for question in known]),
        "query_ms": {
            "p50": round(float(np.percentile(times_ms, 50)), 1),
            "p95": round(float(np.percentile(times_ms, 95)), 1),
        },
        "index_s": round(index_s, 1),
    }


def scores(ranks: Sequence[Sequence[int]], gold_counts: Sequence[int]) -> dict[str, float]:
    """The figures over the ranks (from 1, ascending) at which each question's right documents were found."""
    count = len(ranks)

    def share(values: Iterator[float]) -> float:
        return round(sum(values) / count, 4)

    return {
        "n": count,
        **{f"recall@{k}": share(float(bool(found and found[0] <= k)) for found in ranks) for k in (1, 5, 10)},
        "mrr@10": share(1 / found[0] if found and found[0] <= 10 else 0.0 for found in ranks),
        "ndcg@10": share(_ndcg(found, gold) for found, gold in zip(ranks, gold_counts, strict=True)),
    }


def _ndcg(found: Sequence[int], gold: int) -> float:
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(gold, 10) + 1))
    return sum(1 / math.log2(1 + rank) for rank in found if rank <= 10) / ideal


async def _put_all(index: Index, documents: dict[str, Parsed], say: Progress) -> None:
    waiting = iter(documents.items())
    done = 0

    async def work() -> None:
        nonlocal done
        for doc_id, parsed in waiting:
            document = Document(doc_id, parsed.title, f"file:///{doc_id}", b"", "text/markdown", None)
            await index.put(CONNECTOR, "1", document, parsed)
            done += 1
            say("indexing", done, len(documents))

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


def _documents(paths: Sequence[Path]) -> dict[str, Parsed]:
    documents: dict[str, Parsed] = {}
    for where, row in _rows(paths):
        doc_id, text, title = (_text(row, field, where) for field in ("doc_id", "text", "title"))
        if not doc_id:
            raise ConfigError(f"{where}: doc_id is empty.")
        if doc_id in documents:
            raise ConfigError(f"{where}: there is a document {doc_id!r} already.", mend="Give each one id.")
        try:
            parsed = split(text, title or doc_id, title)
        except ParseError as exc:
            raise ConfigError(f"{where}: the document {doc_id!r} has no text.") from exc
        documents[doc_id] = parsed
    if not documents:
        raise ConfigError(f"There are no documents in {_names(paths)}.")
    return documents


def _questions(paths: Sequence[Path], gold_field: str) -> list[KnownQuestion]:
    known: list[KnownQuestion] = []
    for where, row in _rows(paths):
        text = _text(row, "question", where)
        gold = row.get(gold_field)
        if row.get("answerable") is False or not gold:
            continue
        ids = [gold] if isinstance(gold, str) else gold
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise ConfigError(f"{where}: {gold_field} must be a document id or a list of them.")
        known.append(KnownQuestion(text, frozenset(ids)))
    if not known:
        raise ConfigError(
            f"No question in {_names(paths)} is answerable and has the field {gold_field!r}.",
            mend="Name the field that holds the right document with --gold.",
        )
    return known


def _rows(paths: Sequence[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """("file.jsonl, line 3", row), white lines passed over."""
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"{path} cannot be read: {exc}.") from exc
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{path.name}, line {number}"
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as exc:
                raise ConfigError(f"{where} is not JSON: {exc}.") from exc
            if not isinstance(row, dict):
                raise ConfigError(f"{where}: a JSON object is expected.")
            yield where, row


def _text(row: dict[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str):
        raise ConfigError(f"{where}: the field {field!r} with a text is missing.")
    return value


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)
