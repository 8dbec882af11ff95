"""Rows out of files: JSONL, JSON, CSV, TSV, an HTML table, a query of a SQLite file.

A row is one of: "messages" as OpenAI's format has them; "question" and "answer", with "passage" or
"passages" where they are known; "question" alone with "kind": "abstain"; "text". A file with broken rows is
refused whole, each named by its line: rows left out in silence are found when the model is trained.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, cast

from bot.answering import prompts
from bot.answering.language import Language, language_of
from bot.errors import FootnoteError
from bot.parsing.text import decode
from bot.tuning.rows import KINDS, Row, RowError, RowPassage, parse_messages
from connectors.base import CredentialsRejected, SourceUnavailable
from connectors.sql.databases import SQLite

MAX_BYTES = 200_000_000
"""Of one file."""
MOST_NAMED = 5
"""Broken rows that a complaint names."""
QUERY_SECONDS = 60
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".html", ".htm")

_NAMES = {
    "질문": "question",
    "prompt": "question",
    "답변": "answer",
    "답": "answer",
    "completion": "answer",
    "context": "passage",
    "근거": "passage",
    "본문": "passage",
    "문서": "document",
    "doc_id": "document",
    "제목": "title",
    "license": "licence",
    "라이선스": "licence",
    "동의": "consent",
    "언어": "language",
    "lang": "language",
}
"""Other names of a field, in small letters."""

Placed = tuple[str, object]
"""Where a row stands ("line 3"), and what stands there; or a RowError, where that cannot be read."""


class FileError(FootnoteError):
    """A file of rows cannot be used."""


@dataclass(frozen=True)
class Terms:
    """What holds for every row of a file that does not say otherwise."""

    licence: str = ""
    consent: str = ""


def read_file(path: Path, terms: Terms) -> list[Row]:
    """The rows of a file, by its suffix. Raises FileError, which names each broken row by its line."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FileError(
            f"{path} is of no kind that rows are read from.", mend=f"Known: {', '.join(SUFFIXES)}."
        )
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError(
                f"{path} has {size:,} bytes, more than {MAX_BYTES:,}.", mend="Split it into several files."
            )
        text = decode(path.read_bytes(), path.name)
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror}.", mend="Check its name and rights.") from exc
    if suffix in (".jsonl", ".ndjson"):
        placed = _json_lines(text)
    elif suffix == ".json":
        placed = _json(path, text)
    elif suffix in (".csv", ".tsv"):
        placed = _cells(text, "\t" if suffix == ".tsv" else "")
    else:
        placed = _html(path, text)
    return _rows(str(path), path.name, placed, terms)


def read_query(path: Path, query: str, terms: Terms) -> list[Row]:
    """The rows of one SELECT of a SQLite file, which is opened read-only; its columns have the names of
    fields. Raises FileError."""
    try:
        with SQLite(path.absolute(), QUERY_SECONDS).select(query) as found:
            columns = found.columns
            placed = [
                (f"row {number}", dict(zip(columns, row, strict=True)))
                for number, row in enumerate(found.rows, start=1)
            ]
    except (SourceUnavailable, CredentialsRejected) as exc:
        raise FileError(f"The query of {path} failed: {exc}", mend="Try it with sqlite3 first.") from exc
    return _rows(f"The query of {path}", path.name, iter(placed), terms)


def _rows(place: str, name: str, placed: Iterator[Placed], terms: Terms) -> list[Row]:
    rows: list[Row] = []
    broken: list[str] = []
    mend = ""
    for where, given in placed:
        try:
            if isinstance(given, RowError):
                raise given
            rows.append(_row(given, name, where, terms))
        except RowError as exc:
            broken.append(f"{where}: {exc.message}")
            mend = mend or exc.mend
    if broken:
        rest = f" And {len(broken) - MOST_NAMED} more." if len(broken) > MOST_NAMED else ""
        raise FileError(f"{place}, {' '.join(broken[:MOST_NAMED])}{rest}", mend=mend)
    if not rows:
        raise FileError(
            f"{place} holds no row.", mend='A row looks like {"question": "...", "answer": "..."}.'
        )
    return rows


def _row(given: object, name: str, where: str, terms: Terms) -> Row:
    if not isinstance(given, Mapping):
        raise RowError("no object.", mend='A row looks like {"question": "...", "answer": "..."}.')
    fields = {_NAMES.get(key.strip().lower(), key.strip().lower()): given[key] for key in map(str, given)}

    def text(key: str) -> str:
        value = fields.get(key)
        if value is None:
            return ""
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise RowError(f"{key} is no text.", mend=f'Give it as a text: "{key}": "...".')
        return str(value).strip()

    messages = parse_messages(fields["messages"]) if fields.get("messages") else ()
    question, answer, body = text("question"), text("answer"), text("text")
    kind = text("kind") or ("chat" if messages else "text" if body and not question else "answer")
    if kind not in KINDS:
        raise RowError(f"kind is {kind!r}.", mend=f"Known: {', '.join(KINDS)}.")
    said = {"chat": bool(messages), "text": bool(body), "abstain": bool(question)}
    if not said.get(kind, bool(question and answer)):
        what = {"chat": "messages", "text": "text", "abstain": "question"}
        missing = what.get(kind, "answer" if question else "question")
        raise RowError(f"{missing} is missing or empty.", mend=f'Give it as a text: "{missing}": "...".')
    document = text("document")
    passages = _passages(fields, document, text("title"), text("section"), text("passage"))
    language = text("language") or language_of(messages[-2].content if messages else question or body)
    if language not in ("ko", "en"):
        raise RowError(f"language is {language!r}.", mend="Known: ko, en; or leave it out.")
    readers = fields.get("readers")
    if isinstance(readers, str):
        readers = [each.strip() for each in readers.split(",") if each.strip()]
    if readers is not None and not (isinstance(readers, list) and all(isinstance(r, str) for r in readers)):
        raise RowError("readers is no list.", mend='It looks like ["channel:T1/C1"]; without it: everybody.')
    return Row(
        id=text("id") or f"{name} {where}",
        kind=kind,
        language=cast("Language", language),
        source=f"file:{name}",
        licence=text("licence") or terms.licence,
        consent=text("consent") or terms.consent,
        question=question,
        passages=passages,
        answer=prompts.NOT_FOUND if kind == "abstain" else answer,
        messages=messages,
        text=body if kind == "text" else "",
        readers=tuple(sorted(readers)) if readers else None,
        group="" if passages else document,
    )  # fmt: skip


def _passages(
    fields: Mapping[str, Any], document: str, title: str, section: str, passage: str
) -> tuple[RowPassage, ...]:
    if passage:
        return (RowPassage(document or passage, title, section, passage),)
    given = fields.get("passages")
    if isinstance(given, str) and given.strip():
        try:
            given = json.loads(given)  # a cell
        except ValueError as exc:
            raise RowError("passages is no JSON.", mend="Name a single one in the column passage.") from exc
    if not given:
        return ()
    if not isinstance(given, list):
        raise RowError("passages is no list.", mend='It looks like [{"document": "...", "text": "..."}].')
    found: list[RowPassage] = []
    for each in given:
        words = {"text": each} if isinstance(each, str) else each
        if (
            not isinstance(words, Mapping)
            or not isinstance(words.get("text"), str)
            or not words["text"].strip()
        ):
            raise RowError("A passage has no text.", mend='It looks like {"document": "...", "text": "..."}.')
        named = [str(words.get(key) or "") for key in ("document", "title", "section")]
        found.append(RowPassage(named[0] or document or words["text"], named[1], named[2], words["text"]))
    return tuple(found)


def _json_lines(text: str) -> Iterator[Placed]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"line {number}", _parsed(line)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        return RowError(
            f"no JSON ({exc}).", mend="One whole JSON object a line, its quotes and brackets closed."
        )


def _json(path: Path, text: str) -> Iterator[Placed]:
    found = _parsed(text)
    if isinstance(found, RowError):
        raise FileError(
            f"{path}: {found.message}", mend="Mend it there, or write one object a line (.jsonl)."
        )
    if isinstance(found, Mapping) and isinstance(found.get("rows"), list):
        found = found["rows"]
    if not isinstance(found, list):
        raise FileError(f"{path} holds no list of rows.", mend="It looks like [{...}, {...}].")
    yield from ((f"row {number}", each) for number, each in enumerate(found, start=1))


def _cells(text: str, delimiter: str) -> Iterator[Placed]:
    head = text.partition("\n")[0]
    delimiter = delimiter or max(",;\t|", key=lambda each: (head.count(each), each == ","))
    csv.field_size_limit(20_000_000)
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as exc:
            yield f"line {reader.reader.line_num}", RowError(f"no row ({exc}).", mend="Close its quotes.")
            return
        if row is None:
            return
        if None in row or None in row.values():
            yield (
                f"line {reader.line_num}",
                RowError(
                    "it has another number of cells than the first line.", mend="Quote cells with commas."
                ),
            )
            continue
        yield f"line {reader.line_num}", {key: cell for key, cell in row.items() if cell.strip()}


def _html(path: Path, text: str) -> Iterator[Placed]:
    from bs4 import BeautifulSoup

    # html.parser, which is Python: the file is not ours, and this process has keys
    for table in BeautifulSoup(text, "html.parser").find_all("table"):
        lines = [
            [" ".join(cell.get_text(" ").split()) for cell in line.find_all(["th", "td"])]
            for line in table.find_all("tr")
        ]
        head = [_NAMES.get(cell.lower(), cell.lower()) for cell in lines[0]] if lines else []
        if not {"question", "text"} & set(head):
            continue
        for number, cells in enumerate(lines[1:], start=2):
            yield f"table row {number}", {key: cell for key, cell in zip(head, cells, strict=False) if cell}
        return
    raise FileError(
        f"{path} has no table whose first row names question and answer.", mend="Name the columns there."
    )
