"""A few documents and an answer about them, for what stands below an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.contracts import Answer
from bot.store.answers import Answers
from bot.store.corpus import Chunk, Corpus, StoredDocument, document_id
from bot.store.database import Database
from bot.store.terms import TermFields
from tests.slack.cast import answer, citation, passage

EVERYONE = frozenset({"everyone"})
BEFORE = "## 연차\n연차는 입사한 날부터 쌓입니다. "
QUOTE = "연차는 1년에 **15일**입니다."
AFTER = " 남은 연차는 [다음 해](https://evil.example/x)로 이월됩니다. <!channel> <@U03MINSU00> ![x](https://evil.example/y.png)"
LEAVE = document_id("handbook", "leave.md")
PAY = document_id("handbook", "pay.md")


def _a_document(item_id: str, title: str, texts: tuple[str, ...], readers: frozenset[str]) -> StoredDocument:
    chunks = tuple(
        Chunk("연차", "#a", text, "ko", hashlib.sha256(text.encode()).digest(), TermFields(title, "", text))
        for text in texts
    )
    url = f"https://wiki.example.com/{item_id}"
    return StoredDocument(
        "handbook", item_id, "1", title, url, "ko", datetime(2026, 5, 3, tzinfo=UTC), readers, chunks
    )


class Library:
    """The documents and answers in the database at `path`, beside the bot that works with it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, readers: frozenset[str] = EVERYONE, text: str = BEFORE + QUOTE + AFTER) -> None:
        """휴가, and 급여, which only 지우 may read."""
        database = Database(self._path)
        try:
            corpus = Corpus(database)
            corpus.put(_a_document("leave.md", "휴가", (text,), readers))
            only = frozenset({"user:T01SANDBOX/U01JIWOO00"})
            corpus.put(_a_document("pay.md", "급여", ("급여는 25일에 나옵니다.",), only))
        finally:
            database.close()

    def remove(self) -> None:
        """휴가 goes."""
        database = Database(self._path)
        try:
            Corpus(database).remove("handbook", ["leave.md"])
        finally:
            database.close()

    def set_readers(self, readers: frozenset[str]) -> None:
        """Who may read 휴가 changes."""
        database = Database(self._path)
        try:
            Corpus(database).set_readers("handbook", "leave.md", readers)
        finally:
            database.close()

    def record(self, given: Answer, question: str = "연차는 며칠이야?", **trace: Any) -> None:
        """The answer is kept, with that trace."""
        database = Database(self._path)
        try:
            kept: Mapping[str, Any] = trace or TRACE
            Answers(database).record(question, given, kept, datetime.now(UTC))
        finally:
            database.close()


TRACE: Mapping[str, Any] = {
    "earlier": "휴가가 궁금해요",
    "translation": "How many days of annual leave are there?",
    "passages": [
        {"chunk_id": 1, "document_id": LEAVE, "title": "휴가", "section": "연차", "score": 0.8125},
        {"chunk_id": 2, "document_id": PAY, "title": "급여", "section": "지급일", "score": 0.25},
    ],
    "prompt": [
        {"role": "system", "content": "출처만 보고 답하세요."},
        {"role": "user", "content": "[1] 연차는 1년에 15일입니다. [2] 급여는 25일에 나옵니다."},
    ],
    "reply": "연차는 1년에 15일이에요 [1]. 급여는 25일에 나와요 [2].",
    "verdicts": [
        {"sentence": "연차는 1년에 15일이에요", "marks": [1], "reason": "supported", "sources": [1]},
        {
            "sentence": "급여는 25일에 나와요",
            "marks": [2],
            "reason": "it is not about the question",
            "sources": [],
        },
    ],
    "relevance": 2.0,
    "found": True,
}


def found(**changes: Any) -> Answer:
    """Cites 휴가."""
    cited = citation(document_id=LEAVE, quote=QUOTE, url="https://wiki.example.com/leave.md#a")
    return answer(**{"citations": (cited,), **changes})


def not_found(**changes: Any) -> Answer:
    """Names 휴가 and 급여 as near."""
    near = (passage("휴가", document_id=LEAVE), passage("급여", document_id=PAY))
    given = {"text": "문서에서 답을 찾지 못했어요.", "citations": (), "found": False, "nearest": near}
    return answer(**{**given, **changes})
