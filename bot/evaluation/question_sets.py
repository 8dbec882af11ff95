"""Sets of questions whose right documents are known, and the documents to find, read from JSONL files.

documents, one JSON object a line:   doc_id, title (may be empty), text (Markdown), lang
questions, one JSON object a line:   id, question, lang, kind, and what names the right documents: a gold
                                     field with one doc_id or a list of them, or gold_files (with
                                     also_ok_files, gold_alternatives), paths relative to a corpus folder
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.errors import ConfigError, ParseError
from bot.evaluation.answers import right_files
from bot.parsing.markdown import split
from bot.parsing.parsed import Parsed
from bot.store.corpus import document_id

CONNECTOR = "evaluation"
"""Under which documents of JSONL files are indexed."""


@dataclass(frozen=True)
class KnownDocument:
    """A document to find. `version` changes with its text."""

    parsed: Parsed
    version: str


@dataclass(frozen=True)
class KnownQuestion:
    """A question and the documents of which one must be found."""

    id: str
    text: str
    gold: frozenset[str]
    """Ids of documents in the index."""
    gold_names: tuple[str, ...]
    """The same as the file of questions names them."""
    kind: str = ""


@dataclass(frozen=True)
class QuestionSet:
    """The questions of one file."""

    name: str
    questions: tuple[KnownQuestion, ...]


def read_documents(paths: Sequence[Path]) -> dict[str, KnownDocument]:
    """Documents by their doc_id. Raises ConfigError, naming file and line."""
    documents: dict[str, KnownDocument] = {}
    for path, number, row in _rows(paths):
        where = f"{path.name}, line {number}"
        doc_id, text, title = (_text(row, field, where) for field in ("doc_id", "text", "title"))
        if not doc_id:
            raise ConfigError(f"{where}: doc_id is empty.")
        if doc_id in documents:
            raise ConfigError(f"{where}: there is a document {doc_id!r} already.", mend="Give each one id.")
        try:
            parsed = split(text, title or doc_id, title)
        except ParseError as exc:
            raise ConfigError(f"{where}: the document {doc_id!r} has no text.") from exc
        documents[doc_id] = KnownDocument(
            parsed, hashlib.sha256(f"{title}\0{text}".encode()).hexdigest()[:16]
        )
    if paths and not documents:
        raise ConfigError(f"There are no documents in {_names(paths)}.")
    return documents


def read_question_sets(
    paths: Sequence[Path], gold_fields: Sequence[str] = ("gold_doc_id",), corpus: Path | None = None
) -> list[QuestionSet]:
    """A set for each file and each of the `gold_fields` that it has, in order.

    Questions with answerable = false or without gold are left out. With a `corpus`, questions that have
    gold_files go by these. A file of several kinds and languages has them told apart. Raises ConfigError,
    naming file and line, or the file that no question is left of.
    """
    sets: list[QuestionSet] = []
    for path in paths:
        rows = list(_rows([path]))
        by_files = corpus is not None and any("gold_files" in row for _, _, row in rows)
        fields = ("gold_files",) if by_files else tuple(gold_fields)
        found = []
        for field in fields:
            if questions := _questions(rows, field, corpus if by_files else None):
                name = path.stem if len(fields) == 1 else f"{path.stem} {field}"
                found.append(QuestionSet(name, _told_apart(questions)))
        if not found:
            raise ConfigError(
                f"No question in {path.name} is answerable and has the field "
                f"{' or '.join(map(repr, fields))}.",
                mend="Name the field that holds the right document with --gold"
                + (", or the folder that gold_files are relative to with --corpus." if not by_files else "."),
            )
        sets += found
    return sets


def _questions(
    rows: Sequence[tuple[Path, int, dict[str, Any]]], field: str, corpus: Path | None
) -> list[tuple[KnownQuestion, str]]:
    """Each with its language."""
    known: list[tuple[KnownQuestion, str]] = []
    for path, number, row in rows:
        where = f"{path.name}, line {number}"
        text = _text(row, "question", where)
        if row.get("answerable") is False or not row.get(field):
            continue
        if corpus is not None:
            names = sorted(right_files(path, number, row))
            if not any((corpus / name).is_file() for name in names):
                raise ConfigError(f"{where}: there is no {names[0]!r} in {corpus}.", mend="Check --corpus.")
            gold = [_id_of_file(name) for name in names]
        else:
            names = _ids(row[field], field, where)
            gold = [document_id(CONNECTOR, name) for name in names]
        question = KnownQuestion(
            str(row.get("id", number)), text, frozenset(gold), tuple(names), str(row.get("kind") or "")
        )
        known.append((question, str(row.get("lang") or "")))
    return known


def _ids(gold: object, field: str, where: str) -> list[str]:
    ids = [gold] if isinstance(gold, str) else gold
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise ConfigError(f"{where}: {field} must be a document id or a list of them.")
    return ids


def _id_of_file(name: str) -> str:
    """The corpus's top folders are connectors, in small letters."""
    folder, _, item = name.partition("/")
    return document_id(folder.lower(), item)


def _told_apart(questions: Sequence[tuple[KnownQuestion, str]]) -> tuple[KnownQuestion, ...]:
    """With the language in the name of every kind that is asked in several."""
    languages: dict[str, set[str]] = {}
    for question, language in questions:
        languages.setdefault(question.kind, set()).add(language)
    return tuple(
        replace(question, kind=f"{question.kind} {language}".strip())
        if len(languages[question.kind]) > 1
        else question
        for question, language in questions
    )


def _rows(paths: Sequence[Path]) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    """(file, line, row), white lines passed over."""
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
            yield path, number, row


def _text(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str):
        raise ConfigError(f"{where}: the field {field!r} with a text is missing.")
    return value


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)
