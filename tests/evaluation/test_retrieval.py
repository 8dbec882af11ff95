"""The retrieval scorecard, on an index whose answers are known beforehand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.contracts import Filter, Passage, Readers
from bot.errors import ConfigError
from bot.evaluation.question_sets import CONNECTOR, read_documents, read_question_sets
from bot.evaluation.report import html
from bot.evaluation.retrieval import Explain, evaluate_retrieval, misses, scorecard, scores
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
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
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


async def card_of(docs: Path, *questions: Path, gold: Sequence[str] = ("gold_doc_id",)) -> dict[str, Any]:
    return scorecard(
        *await evaluate_retrieval(
            ShelfIndex(), documents=read_documents([docs]), sets=read_question_sets(questions, gold)
        )
    )


async def test_ranks_are_of_documents_not_of_passages(docs: Path, tmp_path: Path) -> None:
    questions = write(
        tmp_path / "q.jsonl",
        {"id": "1", "question": "d1", "gold_doc_id": "d1"},
        {"id": "2", "question": "d1 d2", "gold_doc_id": "d2"},
        {"id": "3", "question": "nothing", "gold_doc_id": "d3"},
        {"id": "4", "question": "d3 d1", "gold_doc_id": "d3"},
    )

    figures = await card_of(docs, questions)

    assert set(figures) == {
        "n",
        "recall@1",
        "recall@5",
        "recall@10",
        "mrr@10",
        "ndcg@10",
        "query_ms",
        "index_s",
        "sets",
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

    assert (await card_of(docs, questions))["n"] == 1
    assert (await card_of(docs, questions, gold=["other"]))["n"] == 1


async def test_any_of_several_right_documents_counts(docs: Path, tmp_path: Path) -> None:
    questions = write(
        tmp_path / "q.jsonl", {"id": "1", "question": "d2 d1", "gold_doc_ids": ["d1", "d2", "d3"]}
    )

    figures = await card_of(docs, questions, gold=["gold_doc_ids"])

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
        await card_of(docs, questions)

    assert complaint in str(caught.value)


async def test_a_gold_that_is_no_id_is_named_by_file_and_line(docs: Path, tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": 7})

    with pytest.raises(ConfigError, match=r"q\.jsonl, line 1: gold_doc_id must be"):
        await card_of(docs, questions)


async def test_no_question_left_says_which_field_was_looked_for(docs: Path, tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": "d1"})

    with pytest.raises(ConfigError, match="'other'"):
        await card_of(docs, questions, gold=["other"])


async def test_progress_is_told_to_the_end(docs: Path, tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": "d1"})
    told: list[tuple[str, int, int]] = []

    await evaluate_retrieval(
        ShelfIndex(),
        documents=read_documents([docs]),
        sets=read_question_sets([questions]),
        progress=lambda *what: told.append(what),
    )

    assert ("indexing", 3, 3) in told
    assert ("embedding", 3, 3) in told
    assert told[-1] == ("asking", 1, 1)


async def test_documents_that_are_there_already_are_not_put_again(docs: Path, tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", {"id": "1", "question": "d1", "gold_doc_id": "d1"})
    documents, index = read_documents([docs]), ShelfIndex()
    present = {"d1": documents["d1"].version, "d2": "of another text"}

    await evaluate_retrieval(
        index, documents=documents, sets=read_question_sets([questions]), present=present
    )

    assert set(index.documents) == {"d2", "d3"}


async def test_each_file_and_each_gold_field_is_a_row_with_its_kinds(docs: Path, tmp_path: Path) -> None:
    mixed = write(
        tmp_path / "mixed.jsonl",
        {"question": "d1", "gold_doc_id": "d1", "xling": "d2", "kind": "heading", "lang": "ko"},
        {"question": "d2", "gold_doc_id": "d1", "xling": "d2", "kind": "heading", "lang": "en"},
        {"question": "d3", "gold_doc_id": "d3", "kind": "overview", "lang": "en"},
    )
    plain = write(tmp_path / "plain.jsonl", {"question": "d3", "gold_doc_id": "d3"})

    card = await card_of(docs, mixed, plain, gold=["gold_doc_id", "xling"])

    assert card["n"] == 6
    recalls = {each["name"]: (each["n"], each["recall@1"]) for each in card["sets"]}
    assert recalls == {"mixed gold_doc_id": (3, 0.6667), "mixed xling": (2, 0.5), "plain gold_doc_id": (1, 1)}
    kinds = {kind: each["recall@1"] for kind, each in card["sets"][0]["by_kind"].items()}
    assert kinds == {"heading en": 0.0, "heading ko": 1.0, "overview": 1.0}


def test_gold_files_are_documents_of_the_corpus_folders(tmp_path: Path) -> None:
    (tmp_path / "Wiki").mkdir()
    (tmp_path / "Wiki/pay.md").write_text("Pay.")
    row = {"question": "when?", "gold_files": ["Wiki/pay.md"], "also_ok_files": ["Wiki/hr.md"], "kind": "en"}
    declined = {"question": "who?", "gold_files": [], "answerable": False, "kind": "unanswerable"}
    questions = write(tmp_path / "q.jsonl", row, declined)

    (found,) = read_question_sets([questions], corpus=tmp_path)

    (question,) = found.questions
    assert question.gold == {document_id("wiki", "pay.md"), document_id("wiki", "hr.md")}
    assert (question.gold_names, question.kind) == (("Wiki/hr.md", "Wiki/pay.md"), "en")


def test_a_gold_file_that_is_not_there_is_named_by_file_and_line(tmp_path: Path) -> None:
    right = {"question": "when?", "gold_files": ["wiki/pay.md"]}
    (tmp_path / "wiki").mkdir()
    (tmp_path / "wiki/pay.md").write_text("Pay.")
    questions = write(tmp_path / "q.jsonl", right, {"question": "who?", "gold_files": ["wiki/gone.md"]})

    with pytest.raises(ConfigError, match=r"q\.jsonl, line 2: there is no 'wiki/gone\.md'"):
        read_question_sets([questions], corpus=tmp_path)


def explaining(*found: tuple[str, str]) -> Explain:
    """Finds two passages of each of (doc id, title), for any question."""

    async def explain(_question: str) -> list[tuple[Passage, str]]:
        return [
            (Passage(n, document_id(CONNECTOR, name), "docs", title, "", "Top", "", 1.0, None), f"why {name}")
            for name, title in found
            for n in (1, 2)
        ]

    return explain


async def test_a_miss_says_what_stood_above_and_why(docs: Path, tmp_path: Path) -> None:
    questions = write(
        tmp_path / "q.jsonl",
        {"id": "found", "question": "d1", "gold_doc_id": "d1"},
        {"id": "lost", "question": "d2", "gold_doc_id": "d3"},
    )
    outcomes, _ = await evaluate_retrieval(
        ShelfIndex(), documents=read_documents([docs]), sets=read_question_sets([questions])
    )

    (miss,) = await misses(outcomes, explaining(("d1", "One"), ("d2", "Two"), ("d3", "Three")))

    assert (miss.set, miss.question.id, miss.rank) == ("q", "lost", None)
    assert [(each.rank, each.title, each.why) for each in miss.above] == [
        (1, "One", "why d1"),
        (2, "Two", "why d2"),
    ]
    assert miss.right is not None
    assert (miss.right.rank, miss.right.title) == (3, "Three")


class Page(HTMLParser):
    """What a browser would take from a page: elements, attributes that name an address, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_report_is_one_page_with_plots_and_escaped_texts(docs: Path, tmp_path: Path) -> None:
    hostile = "<script>alert('연차')</script> & 몇 일?"
    questions = write(
        tmp_path / "q.jsonl",
        {"id": "1", "question": "d1", "gold_doc_id": "d1", "kind": "<b>a</b>"},
        {"id": "2", "question": hostile, "gold_doc_id": "d3", "kind": "b"},
    )
    outcomes, index_s = await evaluate_retrieval(
        ShelfIndex(), documents=read_documents([docs]), sets=read_question_sets([questions])
    )
    missed = await misses(outcomes, explaining(("d1", "<img src=x>"), ("d2", "휴가 규정")))

    page = Page(html(scorecard(outcomes, index_s), outcomes, missed, datetime(2026, 1, 2, tzinfo=UTC)))

    assert page.elements.count("svg") == 3
    assert not {"script", "img", "link", "iframe"} & set(page.elements)
    assert page.addresses == []
    assert page.elements.count("b") == 1  # the question of the one miss
    for text in (
        hostile,
        "<img src=x>",
        "휴가 규정",
        "why d2",
        "not found: d3",
        "Missed: 1 of 2",
        "<b>a</b>",
    ):
        assert text in page.text
    assert "prefers-color-scheme: dark" in page.text
