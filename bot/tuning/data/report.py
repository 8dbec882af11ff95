"""What is in a dataset, counted, with a few of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.answering.evidence import estimated_tokens
from bot.tuning.data.dataset import SPLITS, Dataset
from bot.tuning.rows import KINDS, Row

LONGEST_SHOWN = 300
"""Characters of a text in an example."""


@dataclass(frozen=True)
class DatasetReport:
    """Counts are of rows, by split first where there are two."""

    name: str
    hash: str
    created: str
    seed: int
    readers: Sequence[str] | None
    kinds: Mapping[str, Mapping[str, int]]
    languages: Mapping[str, Mapping[str, int]]
    sources: Mapping[str, int]
    licences: Mapping[str, int]
    consents: Mapping[str, int]
    documents: Mapping[str, int]
    """How many, by split."""
    passages: Mapping[int, int]
    """By the number of passages in its prompt, questions with passages."""
    tokens: Mapping[str, int]
    """Estimated, of prompt and reply: "median" and "longest"."""
    rejected: Mapping[str, int]
    masked: Mapping[str, int]
    advice: Sequence[str]
    examples: Sequence[Mapping[str, object]]
    """The first training row of each kind, its texts shortened. Personal data is masked in them."""


def report_on(dataset: Dataset) -> DatasetReport:
    """From an opened dataset."""
    rows = [row for split in SPLITS for row in dataset.splits[split]]
    manifest = dataset.manifest
    tokens = sorted(_tokens(row) for row in rows)
    passages = Counter(len(row.passages) for row in rows if row.passages)
    return DatasetReport(
        name=dataset.name,
        hash=dataset.hash,
        created=manifest.created,
        seed=manifest.seed,
        readers=dataset.readers,
        kinds=_by_split(dataset, lambda row: row.kind),
        languages=_by_split(dataset, lambda row: row.language),
        sources=_counted(rows, lambda row: row.source),
        licences=_counted(rows, lambda row: row.licence or "not known"),
        consents=_counted(rows, lambda row: row.consent or "not known"),
        documents={split: len(manifest.documents[split]) for split in SPLITS},
        passages=dict(sorted(passages.items())),
        tokens={"median": tokens[len(tokens) // 2], "longest": tokens[-1]} if tokens else {},
        rejected=manifest.rejected,
        masked=manifest.masked,
        advice=manifest.advice,
        examples=_examples(dataset.train),
    )


def _by_split(dataset: Dataset, of: Callable[[Row], str]) -> dict[str, dict[str, int]]:
    return {split: _counted(rows, of) for split, rows in dataset.splits.items()}


def _counted(rows: Sequence[Row], of: Callable[[Row], str]) -> dict[str, int]:
    return dict(Counter(map(of, rows)).most_common())


def _tokens(row: Row) -> int:
    return sum(estimated_tokens(text) for text in [*(each.content for each in row.prompt()), row.reply()])


def _examples(rows: Sequence[Row]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for kind in KINDS:
        row = next((row for row in rows if row.kind == kind), None)
        if row is None:
            continue
        shown: dict[str, object] = {"id": row.id, "kind": kind, "source": row.source}
        if kind == "text":
            shown["text"] = _short(row.text)
        elif kind == "chat":
            shown["messages"] = [
                {"role": each.role, "content": _short(each.content)} for each in row.messages
            ]
        else:
            shown["question"] = _short(row.question)
            shown["passages"] = [
                {"title": each.title, "section": each.section, "text": _short(each.text)}
                for each in row.passages
            ]
            shown["answer"] = _short(row.answer)
        found.append(shown)
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
