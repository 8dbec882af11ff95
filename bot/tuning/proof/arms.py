"""The four arms: the base model and the tuned one, each asked alone and with the row's passages.

With passages an arm answers as the bot does, by bot.answering, so that what is measured is what people would
read. Alone it answers from what its weights hold. Base and tuned are one process with the adapter on or off:
nothing else differs between them.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.answering.answer import Answering
from bot.answering.judge import Judge
from bot.answering.translation import Translator
from bot.contracts import (
    Answer,
    Embedder,
    Filter,
    Finished,
    Message,
    Morphology,
    Passage,
    Question,
    Readers,
    Sampling,
)
from bot.errors import ModelError, ModelUnavailable
from bot.tuning.adapted import AdaptedChat
from bot.tuning.proof.closed_book import closed_book, declines
from bot.tuning.proof.fixed import FixedTask
from bot.tuning.rows import Row
from connectors.base import EVERYONE

Arm = Literal["base", "base+retrieval", "tuned", "tuned+retrieval"]
ARMS: tuple[Arm, ...] = ("base", "base+retrieval", "tuned", "tuned+retrieval")
RETRIEVAL: frozenset[Arm] = frozenset({"base+retrieval", "tuned+retrieval"})
TUNED: frozenset[Arm] = frozenset({"tuned", "tuned+retrieval"})


class OneSide:
    """The model with one adapter, or without. Keeps what it wrote last. A ChatModel."""

    def __init__(self, chat: AdaptedChat, adapter: str) -> None:
        self.name = chat.name
        self.written = ""
        self.is_whole = False
        """Whether it ended by itself, rather than because no more was wanted."""
        self._chat = chat
        self._adapter = adapter

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncGenerator[str, None]:
        self.written, self.is_whole = "", False
        pieces = self._chat.stream(messages, sampling, user, seconds=seconds, adapter=self._adapter)
        try:
            async for piece in pieces:
                self.written += piece
                yield piece
            self.is_whole = True
        finally:
            await pieces.aclose()  # cancels the generation

    async def count_tokens(self, text: str) -> int:
        return await self._chat.count_tokens(text)


@dataclass(frozen=True)
class Cited:
    """A citation of an answer: its number, the document, and the words of it that are quoted."""

    number: int
    document: str
    quote: str


@dataclass(frozen=True)
class ArmAnswer:
    """What one arm made of one question."""

    arm: str
    id: str
    """Of the row, or of the fixed task."""
    reply: str
    """What the model wrote."""
    is_whole: bool
    text: str
    """What a person would read; that is `reply` where no passages were given."""
    found: bool
    """Whether it answers rather than declines."""
    citations: tuple[Cited, ...] = ()
    tokens: int = 0
    """Of `reply`."""
    seconds: float = 0.0
    """Until all of the answer was there and checked."""
    problem: str = ""
    """Why the model could not be asked this; then it counts as declined."""


@dataclass(frozen=True)
class Parts:
    """What answering needs besides the model; see bot.answering.answer.Answering."""

    morphology: Morphology | None = None
    embedder: Embedder | None = None
    max_tokens: int = 256
    clock: Callable[[], float] = time.perf_counter


def is_asked(row: Row, arm: Arm) -> bool:
    """Whether an arm has anything to answer: a text asks nothing, and a chat has no passages."""
    return row.kind != "text" and not (row.kind == "chat" and arm in RETRIEVAL)


async def ask(row: Row, arm: Arm, chat: AdaptedChat, adapter: str, parts: Parts) -> ArmAnswer:
    """One question, one arm. `adapter`: the name of the tuned side's. Raises ModelUnavailable."""
    side = OneSide(chat, adapter if arm in TUNED else "")
    started = parts.clock()
    try:
        if arm in RETRIEVAL:
            return await _with_passages(row, arm, side, chat, adapter, parts)
        messages = list(row.prompt()) if row.kind == "chat" else closed_book(row.question, row.language)
        return await _alone(row.id, arm, messages, side, parts)
    except ModelUnavailable:
        raise
    except ModelError as exc:
        return _unasked(row.id, arm, exc, parts.clock() - started)


async def ask_fixed(task: FixedTask, arm: str, side: OneSide, parts: Parts) -> ArmAnswer:
    """One task of a fixed set, one side. `arm`: what its answer is kept as. Raises ModelUnavailable."""
    started = parts.clock()
    try:
        return await _alone(task.id, arm, task.prompt(), side, parts)
    except ModelUnavailable:
        raise
    except ModelError as exc:
        return _unasked(task.id, arm, exc, parts.clock() - started)


def _unasked(id: str, arm: str, exc: ModelError, seconds: float) -> ArmAnswer:
    """The prompt is too long for the model: no reason to lose the other questions."""
    return ArmAnswer(arm, id, "", False, "", found=False, seconds=seconds, problem=exc.message)


async def _alone(id: str, arm: str, messages: Sequence[Message], side: OneSide, parts: Parts) -> ArmAnswer:
    """What the model says to these messages. Raises ModelError."""
    started = parts.clock()
    async for _ in side.stream(messages, Sampling(max_tokens=parts.max_tokens)):
        pass
    text = side.written.strip()
    took = parts.clock() - started
    return ArmAnswer(
        arm,
        id,
        side.written,
        side.is_whole,
        text,
        found=bool(text) and not declines(text),
        tokens=await side.count_tokens(side.written),
        seconds=took,
    )


async def _with_passages(
    row: Row, arm: Arm, side: OneSide, chat: AdaptedChat, adapter: str, parts: Parts
) -> ArmAnswer:
    answering = Answering(
        _Given(row),
        side,
        morphology=parts.morphology,
        embedder=parts.embedder,
        # a side of its own: what is kept is the answer, not the translation
        translator=Translator(OneSide(chat, adapter if arm in TUNED else "")),
        judge=Judge(chat),  # without the adapter, as it serves
        max_tokens=parts.max_tokens,
    )
    started = parts.clock()
    answer = await _answer(answering, row.question)
    took = parts.clock() - started
    return ArmAnswer(
        arm,
        row.id,
        side.written,
        side.is_whole,
        answer.text,
        found=answer.found,
        citations=tuple(Cited(each.number, each.document_id, each.quote) for each in answer.citations),
        tokens=await side.count_tokens(side.written),
        seconds=took,
    )


async def _answer(answering: Answering, question: str) -> Answer:
    asked = Question(question, readers=frozenset({EVERYONE}), fresh=True)
    async for event in answering.answer(asked):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("an answer always finishes or raises")


class _Given:
    """A search that finds the passages of a row, in their order."""

    def __init__(self, row: Row) -> None:
        self._passages = [
            Passage(number, each.document, "", each.title, "", each.section, each.text, -float(number), None)
            for number, each in enumerate(row.passages)
        ]

    async def search(
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> list[Passage]:
        del text, readers, limit, narrowed, translation
        return list(self._passages)
