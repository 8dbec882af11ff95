"""Rows that a model makes of documents: it asks what a passage answers, and answers as the bot would.

Only what stands every check of the bot becomes a row, so that the model, or a larger one that teaches it, is
believed nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from bot.answering import prompts
from bot.answering.evidence import estimated_tokens
from bot.answering.language import Language, language_of
from bot.contracts import ChatModel, Message, Progress, Sampling, unwatched
from bot.errors import ModelError, ModelUnavailable
from bot.store.source_documents import SourceChunk
from bot.tuning.data.checking import Checks, check_answer, evidence_of
from bot.tuning.data.cleaning import mask
from bot.tuning.data.dataset import same_words
from bot.tuning.data.documents import Documents
from bot.tuning.data.finished import Finished, Made, key_of
from bot.tuning.data.question_prompt import ask_for_question
from bot.tuning.rows import Row, RowPassage

SHORTEST_CHUNK, LONGEST_CHUNK = 40, 600
"""Estimated tokens of a passage that is asked about: less says too little, more is never shown whole."""
LONGEST_QUESTION = 200
"""Characters."""
NO_QUESTION = "generated: the model wrote no question that stands by itself"
TOO_LONG = "generated: too long for the model"
NO_ANSWER = "generated: the model found no answer"

_ABOUT_THE_TEXT = re.compile(
    r"구절|본문|지문|위 (?:글|내용)|이 (?:글|문서|내용)|passage|\b(?:this|the) (?:text|document|excerpt)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^[\s\"'“‘*-]*(?:\d{1,2}[.)]\s+)?(?:(?:질문|question|q)\s*[:：.]\s*)?[\s\"'“‘*]*", re.IGNORECASE
)


class Generator:
    """Makes rows with one chat model. `model` names it, and tells what it made from what others did."""

    def __init__(
        self,
        chat: ChatModel,
        model: str,
        checks: Checks,
        finished: Finished,
        *,
        max_tokens: int = 256,
    ) -> None:
        self._chat = chat
        self._model = model
        self._checks = checks
        self._finished = finished
        self._max_tokens = max_tokens

    async def rows(
        self,
        chunks: Sequence[SourceChunk],
        documents: Documents,
        rejected: Counter[str],
        counted: Counter[str],
        *,
        progress: Progress = unwatched,
    ) -> list[Row]:
        """One row of each passage that gives one, masked; `rejected` grows by reason, `counted` by what was
        masked. What was done before is not asked again.

        Raises DatasetError and ModelUnavailable; what was done until then is kept.
        """
        rows: list[Row] = []
        for done, chunk in enumerate(chunks):
            progress("generating", done, len(chunks))
            made = await self._finished.once(self._key(chunk), partial(self._made, chunk, documents))
            counted.update(made.masked or {})
            if made.row is None:
                rejected[made.reason] += 1
            else:
                # who may read it may have changed since it was made
                rows.append(replace(made.row, readers=documents.readers([chunk.document_id])))
        progress("generating", len(chunks), len(chunks))
        return rows

    def _key(self, chunk: SourceChunk) -> str:
        wanted = ask_for_question("", cast("Language", chunk.language), "", "")
        asked = [message.content for message in wanted]
        return key_of(self._model, prompts.SYSTEM, *asked, chunk.document_id, chunk.section, chunk.text)

    async def _made(self, chunk: SourceChunk, documents: Documents) -> Made:
        language = cast("Language", chunk.language)
        readers = documents.readers([chunk.document_id])
        passage = RowPassage(chunk.document_id, chunk.title, chunk.section, chunk.text)
        try:
            wanted = ask_for_question(chunk.text, language, chunk.title, chunk.section)
            question = as_question(await self._said(wanted, 100), chunk)
            if not question:
                return Made(None, NO_QUESTION)
            evidence = await evidence_of(question, [passage], self._checks)
            if not evidence:
                return Made(None, NO_ANSWER)
            reply = await self._said(prompts.messages(question, language, evidence), self._max_tokens)
            if not reply.strip() or prompts.says_not_found(reply):
                return Made(None, NO_ANSWER)
            found = await check_answer(question, reply, [passage], self._checks)
        except ModelUnavailable:
            raise
        except ModelError:  # its prompt does not fit: no reason to lose the other passages
            return Made(None, TOO_LONG)
        if isinstance(found, str):
            return Made(None, f"generated: {found}")
        row = Row(
            id=f"generated {self._key(chunk)[:12]}",
            kind="answer",
            language=language,
            source="generated",
            licence=documents.licence([chunk.document_id]),
            consent=f"written by {self._model}",
            question=question,
            passages=(passage,),
            gold=(0,),
            answer=found.answer,
            readers=readers,
        )
        counted: Counter[str] = Counter()
        return Made(mask(row, counted), masked=counted)

    async def _said(self, messages: Sequence[Message], tokens: int) -> str:
        pieces = self._chat.stream(messages, Sampling(max_tokens=tokens))
        return "".join([piece async for piece in pieces])


def as_question(said: str, chunk: SourceChunk) -> str:
    """The question that a model wrote about a passage; "" where it is none, or none without the passage."""
    lines = [line for line in said.splitlines() if line.strip()]
    text = " ".join(_BEFORE.sub("", lines[0]).rstrip("\"'”’* ").split()) if lines else ""
    if not text.endswith(("?", "？")) or len(text) > LONGEST_QUESTION or len(same_words(text)) < 6:
        return ""
    if _ABOUT_THE_TEXT.search(text) or language_of(text) != chunk.language:
        return ""
    # a heading of a FAQ, copied
    return "" if same_words(text) in same_words(chunk.text) else text


def chunks_to_ask(
    documents: Documents, most: int, seed: int, readers: tuple[str, ...] | None
) -> list[SourceChunk]:
    """At most so many passages that all of `readers` (None: everybody) may read: one of each document, then
    another of each."""
    turns: list[list[SourceChunk]] = [[]]
    for document in sorted(documents.all(), key=lambda each: _chance(seed, each.id)):
        if len(turns[0]) >= most:  # there is one of so many documents already
            break
        allowed = documents.readers([document.id])
        if allowed is not None and not (readers and set(readers) <= set(allowed)):
            continue
        fit = [
            chunk
            for chunk in documents.chunks(document.id)
            if SHORTEST_CHUNK <= estimated_tokens(chunk.text) <= LONGEST_CHUNK
        ]
        for turn, chunk in enumerate(sorted(fit, key=lambda each: _chance(seed, each.text))):
            if turn == len(turns):
                turns.append([])
            turns[turn].append(chunk)
    return [chunk for turn in turns for chunk in turn][:most]


def _chance(seed: int, text: str) -> str:
    """Where the seed puts something, whatever else there is."""
    return hashlib.sha256(f"{seed}\0{text}".encode()).hexdigest()
