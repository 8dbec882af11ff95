"""Rows out of files, and what is said of broken ones."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.answering import prompts
from bot.tuning.data.files import FileError, Terms, read_file, read_query

QUESTION, ANSWER, PASSAGE = "병가는 며칠인가요?", "병가는 30일입니다 [1].", "병가는 30일이다."
TERMS = Terms("internal", "written for training")
FORMS = {
    "rows.jsonl": json.dumps({"question": QUESTION, "answer": ANSWER, "passage": PASSAGE}),
    "rows.json": json.dumps([{"질문": QUESTION, "답변": ANSWER, "근거": PASSAGE}]),
    "rows.csv": f"question,answer,passage\n{QUESTION},{ANSWER},{PASSAGE}\n",
    "rows.tsv": f"question\tanswer\tpassage\n{QUESTION}\t{ANSWER}\t{PASSAGE}\n",
    "rows.html": "<table><tr><th>Menu</th></tr></table>"
    "<table><tr><th>질문</th><th>답변</th><th>근거</th></tr>"
    f"<tr><td>{QUESTION}</td><td>{ANSWER}</td><td>{PASSAGE}</td></tr></table>",
}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", FORMS)
def test_the_same_row_comes_out_of_every_form(tmp_path: Path, name: str) -> None:
    (row,) = read_file(written(tmp_path, name, FORMS[name]), TERMS)
    assert (row.kind, row.language, row.question, row.answer) == ("answer", "ko", QUESTION, ANSWER)
    assert [passage.text for passage in row.passages] == [PASSAGE]
    assert (row.source, row.licence, row.consent) == (f"file:{name}", "internal", "written for training")


def test_a_korean_csv_of_excel_is_read_in_its_encoding(tmp_path: Path) -> None:
    (row,) = read_file(written(tmp_path, "rows.csv", FORMS["rows.csv"].encode("cp949")), TERMS)
    assert row.question == QUESTION


def test_rows_come_out_of_a_query(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "faq.db")) as db, db:
        db.execute("CREATE TABLE faq (q TEXT, a TEXT, p TEXT, of TEXT)")
        db.execute("INSERT INTO faq VALUES (?, ?, ?, 'CC0-1.0')", [QUESTION, ANSWER, PASSAGE])
    query = "SELECT q AS question, a AS answer, p AS passage, of AS licence FROM faq"
    (row,) = read_query(tmp_path / "faq.db", query, TERMS)
    assert (row.question, row.licence) == (QUESTION, "CC0-1.0")
    with pytest.raises(FileError, match="failed"):
        read_query(tmp_path / "faq.db", "DELETE FROM faq", TERMS)


def test_messages_of_openai_become_chat_and_a_question_without_answer_an_abstention(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Good day."}]
    lines = [
        {"messages": turns},
        {"question": QUESTION, "kind": "abstain", "passage": PASSAGE},
        {"text": "x y"},
    ]
    rows = read_file(written(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines))), TERMS)
    assert [row.kind for row in rows] == ["chat", "abstain", "text"]
    assert rows[0].reply() == "Good day."
    assert rows[1].answer == prompts.NOT_FOUND


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", '{"question": "a", "answer": "b"}\n{"question": ', "line 2: no JSON"),
        ("a.jsonl", '\n\n{"question": "a"}', "line 3: answer is missing"),
        ("a.jsonl", '{"messages": [{"role": "user", "content": "a"}]}', "line 1: user and assistant"),
        ("a.jsonl", "[1]", "line 1: no object"),
        ("a.jsonl", '{"question": "a", "answer": ["b"]}', "line 1: answer is no text"),
        ("a.jsonl", "[" * 100_000, "line 1: no JSON"),
        ("a.jsonl", "", "holds no row"),
        ("a.json", '{"a": 1}', "no list of rows"),
        ("a.json", "{", "no JSON"),
        ("a.csv", "question,answer\na,b,c\n", "line 2: it has another number of cells"),
        ("a.csv", 'question,answer\na,"b', "line 2: no row"),
        ("a.html", "<p>nothing</p>", "has no table"),
        ("a.docx", "x", "of no kind"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_mend(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    with pytest.raises(FileError) as caught:
        read_file(written(tmp_path, name, content), TERMS)
    assert says in caught.value.message
    assert name in caught.value.message
    assert caught.value.mend


def test_many_broken_lines_are_counted_and_five_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 5: .* And 4 more\."):
        read_file(written(tmp_path, "a.jsonl", "{\n" * 9), TERMS)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.csv cannot be read"):
        read_file(tmp_path / "none.csv", TERMS)
