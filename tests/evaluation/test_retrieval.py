"""The retrieval scorecard, on an index whose answers are known beforehand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Filter, Passage, Readers
from bot.errors import ConfigError
from bot.evaluation.retrieval import CONNECTOR, evaluate_retrieval, scores
from bot.parsing.parsed import Parsed
from bot.store.corpus import document_id
from connectors.base import Document


class ShelfIndex:
    """Finds the documents that a question names, in the order it names them; two passages of each."""

    def __init__(self) -> None:
        self.documents: dict[str, Parsed] = {}
        self.waiting = 0

    async def put(self, connector: str, version: str, document: Document, parsed: Parsed) -> None:
        assert connector == CONNECTOR
        self.documents[document.id] = parsed
        self.waiting += 1

    async def remove(self, connector: str, item_ids: Sequence[str]) -> None:
        raise AssertionError("an evaluation removes nothing")

    async def search(
        self, text: str, readers: Readers, limit: int, narrowed: Filter | None = None
    ) -> list[Passage]:
        named = [word for word in text.split() if word in self.documents]
        return [
            Passage(number, document_id(CONNECTOR, name), CONNECTOR, "", "", "", "", 1.0, None)
            for name in named
            for number in (1, 2)
        ][:limit]

    async def unembedded(self) -> int:
        return self.waiting

    async def unrefined(self) -> int:
        return 0

    async def embed_some(self, limit: int) -> int:
        done = min(limit, self.waiting)
        self.waiting -= done
        return done


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    return path


def a_doc(doc_id: str, text: str = "Some text.") -> dict[str, Any]:
    return {"doc_id": doc_id, "title": "", "text": text, "lang": "en"}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs.jsonl", *map(a_doc, ["d1", "d2", "d3"]))


async def scorecard(docs: Path, questions: Path, **more: Any) -> dict[str, Any]:
    return await evaluate_retrieval(ShelfIndex(), docs=[docs], questions=[questions], **more)


async def test_ranks_are_of_documents_not_of_passages(docs: Path, tmp_path: Path) -> None:
    questions = write(
        tmp_path / "q.jsonl",
        {"id": "1", "question": "d1", "gold_doc_id": "d1"},
        {"id": "2", "question": "d1 d2", "gold_doc_id": "d2"},
        {"id": "3", "question": "nothing", "gold_doc_id": "d3"},
        {"id": "4", "question": "d3 d1", "gold_doc_id": "d3"},
    )

    figures = await scorecard(docs, questions)

    assert set(figures) == {
        "n",
        "recall@1",
        "recall@5",
        "recall@10",
        "mrr@10",
        "ndcg@10",
        "query_ms",
        "index_s",
    }
    assert (figures["n"], figures["recall@1"], figures["recall@5"], figures["mrr@10"]) == (
        4,
        0.5,
        0.75,
        0.625,
    )
    assert figures["ndcg@10"] == pytest.approx((1 + 0.6309 + 0 + 1) / 4, abs=1e-4)
    assert set(figures["query_ms"]) == {"p50", "p95"}


async def test_questions_without_an_answer_or_without_gold_are_left_out(docs: Path, tmp_path: Path) -> None:
    questions = write(
        tmp_path / "q.jsonl",
        {"id": "1", "question": "d1", "gold_doc_id": "d1", "answerable": False},
        {"id": "2", "question": "d1", "other": "d1"},
        {"id": "3", "question": "d2", "gold_doc_id": "d2", "answerable": True},
    )

    assert (await scorecard(docs, questions))["n"] == 1
    assert (await scorecard(docs, questions, gold_field="other"))["n"] == 1


async def test_any_of_several_right_documents_counts(docs: Path, tmp_path: Path) -> None:
    questions = write(
        tmp_path / "q.jsonl", {"id": "1", "question": "d2 d1", "gold_doc_ids": ["d1", "d2", "d3"]}
    )

    figures = await scorecard(docs, questions, gold_field="gold_doc_ids")

    assert figures["recall@1"] == 1.0
    assert figures["ndcg@10"] < 1.0


def test_a_rank_beyond_ten_is_worth_nothing_to_the_means() -> None:
    figures = scores([[11]], [1])

    assert (figures["recall@10"], figures["mrr@10"], figures["ndcg@10"]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("second_line", "complaint"),
    [
        ("{not json", "docs.jsonl, line 2 is not JSON"),
        ("[1]", "docs.jsonl, line 2: a JSON object"),
        ('{"doc_id": "d9", "title": ""}', "docs.jsonl, line 2: the field 'text'"),
        ('{"doc_id": "d1", "title": "", "text": "again"}', "docs.jsonl, line 2: there is a document 'd1'"),
        ('{"doc_id": "d9", "title": "", "text": " "}', "docs.jsonl, line 2: the document 'd9' has no text"),
    ],
)
async def test_a_bad_document_is_named_by_file_and_line(
    tmp_path: Path, second_line: str, complaint: str
) -> None:
    docs = tmp_path / "docs.jsonl"
    docs.write_text(json.dumps(a_doc("d1")) + "\n" + second_line, encoding="utf-8")
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": "d1"})

    with pytest.raises(ConfigError) as caught:
        await scorecard(docs, questions)

    assert complaint in str(caught.value)


async def test_a_gold_that_is_no_id_is_named_by_file_and_line(docs: Path, tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": 7})

    with pytest.raises(ConfigError, match=r"q\.jsonl, line 1: gold_doc_id must be"):
        await scorecard(docs, questions)


async def test_no_question_left_says_which_field_was_looked_for(docs: Path, tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": "d1"})

    with pytest.raises(ConfigError, match="'other'"):
        await scorecard(docs, questions, gold_field="other")


async def test_progress_is_told_to_the_end(docs: Path, tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": "d1"})
    told: list[tuple[str, int, int]] = []

    await scorecard(docs, questions, progress=lambda *what: told.append(what))

    assert ("indexing", 3, 3) in told
    assert ("embedding", 3, 3) in told
    assert told[-1] == ("asking", 1, 1)
