"""The cast of the answering tests: an index of given passages, a model of given replies, ways to ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from bot.answering.answer import Answering
from bot.contracts import (
    Answer,
    AnswerEvent,
    Filter,
    Finished,
    Message,
    Passage,
    Question,
    Readers,
    Sampling,
    TextAdded,
    Turn,
)
from bot.errors import ModelUnavailable
from connectors.base import EVERYONE, Document


@dataclass
class ShelfIndex:
    """Finds the same passages for every question, and remembers what was searched for."""

    passages: Sequence[Passage]
    searched: list[tuple[str, Readers]] = field(default_factory=list)
    translations: list[str] = field(default_factory=list)

    async def search(
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> list[Passage]:
        self.searched.append((text, readers))
        self.translations.append(translation)
        return list(self.passages)[:limit]

    async def put(self, connector: str, version: str, document: Document, parsed: object) -> None:
        raise NotImplementedError

    async def remove(self, connector: str, item_ids: Sequence[str]) -> None:
        raise NotImplementedError

    async def unembedded(self) -> int:
        return 0

    async def unrefined(self) -> int:
        return 0

    async def embed_some(self, limit: int) -> int:
        return 0


@dataclass
class ScriptedModel:
    """Replies what it was told to, three characters at a time; dies where a reply says DIE."""

    replies: list[str]
    name: str = "scripted"
    prompts: list[list[Message]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)
    closed_early: int = 0

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncIterator[str]:
        self.seconds.append(seconds)
        self.prompts.append(list(messages))
        self.users.append(user)
        reply = self.replies.pop(0)
        is_complete = False
        try:
            for at in range(0, len(reply), 3):
                if "DIE" in reply[at : at + 5]:
                    raise ModelUnavailable("The model died.")
                yield reply[at : at + 3]
            is_complete = True
        finally:
            self.closed_early += not is_complete

    async def count_tokens(self, text: str) -> int:
        return len(text) // 3


def passage(text: str, title: str = "Handbook", section: str = "", number: int = 1) -> Passage:
    return Passage(
        chunk_id=number,
        document_id=f"d{number}",
        connector="handbook",
        title=title,
        url=f"https://wiki.example.com/{number}",
        section=section,
        text=text,
        score=1.0 / number,
        updated_at=None,
    )


TRAVEL = passage(
    "Book hotels in the travel portal. After 24 hours without any manual action, the booking is accepted "
    "automatically. Meals are paid up to $75 a day.",
    title="Travel",
    section="Approvals",
    number=1,
)
LEAVE = passage(
    "연차는 입사일 기준으로 15일이 주어집니다. 남은 연차는 다음 해 3월까지 사용할 수 있습니다. "
    "경조사비는 30,000원까지 지원합니다.",
    title="휴가 규정",
    section="연차",
    number=2,
)
SHELF = (TRAVEL, LEAVE)


def asked(text: str, *history: Turn) -> Question:
    return Question(text=text, readers=frozenset({EVERYONE}), history=tuple(history))


def answering(reply: str, passages: Sequence[Passage] = SHELF) -> tuple[Answering, ScriptedModel, ShelfIndex]:
    model, index = ScriptedModel([reply]), ShelfIndex(passages)
    return Answering(index, model), model, index


async def events_of(footnote: Answering, question: Question) -> list[AnswerEvent]:
    return [event async for event in footnote.answer(question)]


async def answer_to(question: str, reply: str, passages: Sequence[Passage] = SHELF) -> Answer:
    footnote, _, _ = answering(reply, passages)
    return the_answer(await events_of(footnote, asked(question)))


def the_answer(events: Sequence[AnswerEvent]) -> Answer:
    last = events[-1]
    assert isinstance(last, Finished)
    return last.answer


def streamed(events: Sequence[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextAdded))
