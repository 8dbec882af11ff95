"""Writes a set of questions and documents as files, so that `footnote eval answers` can be asked about it.

    .venv/bin/python bench/set_as_files.py ../shared/eval/docs/squad2.jsonl ../shared/eval/qa/squad2.jsonl \
        FOLDER [--sample N]
    footnote eval answers --corpus FOLDER --questions FOLDER/questions.jsonl

FOLDER gets documents/ with one Markdown file a document, and questions.jsonl with N of the questions, the
same ones each time, as many answerable as not where there are both. A document with "absent20" is left out,
and its questions must be declined. The evidence of a question is every sentence of its document that holds
an answer.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.sentences import sentences

DOCUMENTS = "documents"


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def as_question(row: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    doc_id = row["gold_doc_id"]
    answerable = bool(row.get("answerable", True)) and doc_id in texts
    answers = row.get("answers") or []
    held = [one for one in sentences(texts.get(doc_id, "")) if any(answer in one for answer in answers)]
    return {
        "id": row["id"],
        "question": row["question"],
        "answerable": answerable,
        "answers": answers,
        "gold_files": [f"{DOCUMENTS}/{doc_id}.md"] if answerable else [],
        "evidence": held or answers,
        "kind": f"{row['lang']} {'answerable' if answerable else 'unanswerable'}",
    }


def sampled(rows: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    shuffled = random.Random(0).sample(list(rows), len(rows))
    yes, no = ([row for row in shuffled if row["answerable"] is wanted] for wanted in (True, False))
    fewer = min(len(no), count // 2)
    return sorted(yes[: count - fewer] + no[:fewer], key=lambda row: str(row["id"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("documents", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=60)
    given = parser.parse_args()

    present = [row for row in read(given.documents) if not row.get("absent20")]
    texts = {row["doc_id"]: row["text"] for row in present}
    folder = given.folder / DOCUMENTS
    folder.mkdir(parents=True, exist_ok=True)
    for row in present:
        (folder / f"{row['doc_id']}.md").write_text(f"# {row['title']}\n\n{row['text']}\n", encoding="utf-8")
    rows = sampled([as_question(row, texts) for row in read(given.questions)], given.sample)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (given.folder / "questions.jsonl").write_text("".join(lines), encoding="utf-8")
    answerable = sum(row["answerable"] for row in rows)
    print(f"{len(present)} documents, {answerable} answerable questions, {len(rows) - answerable} others")


if __name__ == "__main__":
    main()
