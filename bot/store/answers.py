"""What was asked and answered, with the trace that shows why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from bot.contracts import Answer, Citation, Passage
from bot.errors import NotFound
from bot.store.adapters import note_figures
from bot.store.database import Database
from bot.store.kept import QuestionKey, keep, kept_trace_id
from bot.store.quoted import dropped_since, forget_words, note_cited, note_documents

_ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True)
class AnswerRecord:
    """One answered question. `trace`: what `bot.answering` wrote down about it, in keys of its own."""

    asked_at: datetime
    question: str
    answer: Answer
    trace: Mapping[str, Any]
    is_forgotten: bool = False
    """A document that it read is gone, or says something else now: of the answer and its trace nothing is
    left that documents said."""


@dataclass(frozen=True)
class AnswerCounts:
    """How many questions were answered, and how many of them with an answer found."""

    asked: int
    found: int


class Answers:
    """The answers in the database. Every method raises StoreError where the file fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        question: str,
        answer: Answer,
        trace: Mapping[str, Any],
        asked_at: datetime,
        *,
        key: QuestionKey | None = None,
        repeats: str = "",
        is_private: bool = False,
    ) -> None:
        """Keep an answer under its trace_id; recording the same one again replaces it.

        Where a document that it read was dropped since it was asked, its words are not kept. An answer made
        anew is the one to give again under `key`; `repeats` is the trace_id of one that was given again.
        `is_private`: only the asker sees the question.
        """
        documents = _documents_of(answer, trace)
        with self._database.write() as db:
            db.conn.execute(
                """INSERT INTO answers (trace_id, asked_at, question, answer, trace, found, repeats,
                    is_private)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET
                    asked_at = excluded.asked_at, question = excluded.question, answer = excluded.answer,
                    trace = excluded.trace, found = excluded.found, repeats = excluded.repeats,
                    is_private = excluded.is_private, is_forgotten = 0""",
                [
                    answer.trace_id,
                    asked_at.timestamp(),
                    question,
                    _ANSWER.dump_json(answer).decode(),
                    to_json(trace).decode(),
                    int(answer.found),
                    repeats,
                    int(is_private),
                ],
            )
            note_figures(db.conn, answer.trace_id, trace)
            note_documents(db.conn, answer.trace_id, documents)
            note_cited(db.conn, answer.trace_id, _cited_of(answer))
            if key is not None:
                keep(db.conn, key, answer.trace_id, is_found=answer.found)
            if dropped_since(db.conn, documents, asked_at.timestamp()):
                forget_words(db.conn, [answer.trace_id])

    def get(self, trace_id: str) -> AnswerRecord:
        """The answer of that trace_id. Raises NotFound."""
        row = self._database.row("SELECT * FROM answers WHERE trace_id = ?", (trace_id,))
        if row is None:
            raise NotFound(f"There is no answer {trace_id}.", mend="Its id stands below the answer.")
        return AnswerRecord(
            asked_at=datetime.fromtimestamp(row["asked_at"], UTC),
            question=row["question"],
            answer=_ANSWER.validate_json(row["answer"]),
            trace=json.loads(row["trace"]),
            is_forgotten=bool(row["is_forgotten"]),
        )

    def kept(self, key: QuestionKey) -> AnswerRecord | None:
        """The answer to give again to this question, if there is one that nobody voted down."""
        trace_id = kept_trace_id(self._database, key)
        if trace_id is None:
            return None
        try:
            return self.get(trace_id)
        except NotFound:  # its question was deleted just now
            return None

    def counts(self, since: datetime | None = None) -> AnswerCounts:
        """How many there are, from `since` on."""
        row = self._database.row(
            "SELECT count(*) AS asked, coalesce(sum(found), 0) AS found FROM answers WHERE asked_at >= ?",
            (since.timestamp() if since else 0.0,),
        )
        return AnswerCounts(row["asked"], row["found"]) if row is not None else AnswerCounts(0, 0)

    def forget(self, trace_id: str) -> None:
        """Remove one answer: its question was edited or deleted. None of that trace_id is no error."""
        with self._database.write() as db:
            db.conn.execute("DELETE FROM answers WHERE trace_id = ?", [trace_id])

    def forget_unshown(self, question: str, since: float) -> None:
        """Remove the answers to this text that no reply shows: the process died before one could."""
        with self._database.write() as db:
            db.conn.execute(
                """DELETE FROM answers WHERE question = ? AND asked_at >= ? AND trace_id NOT IN
                (SELECT payload ->> 'trace_id' FROM outbox WHERE payload ->> 'trace_id' IS NOT NULL)""",
                [question, since],
            )


def _cited_of(answer: Answer) -> list[tuple[int, str]]:
    """(number, document id) of each citation, and of each document that has the same words."""
    cited = [(citation.number, citation.document_id) for citation in answer.citations]
    return cited + [
        (citation.number, copy.document_id) for citation in answer.citations for copy in citation.copies
    ]


def _documents_of(answer: Answer, trace: Mapping[str, Any]) -> set[str]:
    """Ids of the documents whose words are in an answer or its trace."""
    found = {str(passage["document_id"]) for passage in trace.get("passages", ())}
    sources: list[Citation | Passage] = [*answer.citations, *answer.nearest]
    for source in sources:
        found.add(source.document_id)
        found.update(copy.document_id for copy in source.copies)
    return found
