"""The types that the parts of Footnote hand to each other, and the few seams between them. Read this first.

A question goes Question -> Index.search -> Passage -> ChatModel.stream -> Answer. A sync goes
connectors.base.Item -> Document -> bot.parsing.Parsed -> Index.put -> SyncReport.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bot.parsing.parsed import Parsed
    from connectors.base import Document

Readers = frozenset[str]
"""The principals on whose behalf a search is made: "everyone", "user:T1/U1", "channel:T1/C1", ..."""

Vectors = NDArray[np.float32]
"""Shape (number of texts, dimensions); every row of length 1."""


# --- a question and its answer ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """One earlier message of the same conversation."""

    role: str
    """"user" or "assistant"."""
    text: str


@dataclass(frozen=True)
class Filter:
    """What a search is narrowed to, besides what its readers may read. Every part left empty allows all."""

    within: tuple[str, ...] = ()
    """Any of these: "handbook" is a whole connector, "handbook/benefits/" its items whose id begins so. A
    document set is such a tuple under a name."""
    since: datetime | None = None
    """Updated then or later. A document that does not say when it was updated is neither since nor before."""
    before: datetime | None = None
    """Updated earlier than this."""


@dataclass(frozen=True)
class Question:
    """What somebody asked, who, and where the answer will land."""

    text: str
    readers: Readers
    """Who may read the place where the answer LANDS, not who asks."""
    locale: str = ""
    """As Slack gives it ("ko-KR"); only a hint, the question's own language decides."""
    history: tuple[Turn, ...] = ()
    narrowed: Filter | None = None
    """Which documents may answer, besides what `readers` may read."""
    fresh: bool = False
    """Answer it anew, though a verified answer to the same question may be at hand."""
    user: str = ""
    """Whose it is, as a key that tells nobody who that is: people take turns by it at the model."""
    deadline: float = math.inf
    """By `time.monotonic()`: nobody waits for the answer any longer than that."""
    id: str = ""
    """The same whenever it is asked again, as another attempt; what falls into a share is told by it."""
    asked_in: str = ""
    """Id of the channel where its answer lands for all to read; "" in private and elsewhere."""


@dataclass(frozen=True)
class Copy:
    """Another document that has the same text as a passage."""

    document_id: str
    connector: str
    title: str
    url: str


@dataclass(frozen=True)
class Passage:
    """A piece of one document that a search found."""

    chunk_id: int
    document_id: str
    connector: str
    title: str
    url: str
    section: str
    """The headings above it, joined by " > "; empty at the top of a document."""
    text: str
    score: float
    updated_at: datetime | None
    nearness: tuple[float, ...] = ()
    """The cosine of each window of the text (bot/pieces.py) to the question, or of the whole text; empty
    where it is not known."""
    copies: tuple[Copy, ...] = ()
    """Where else the same text stands, of what the readers of the search may read."""


@dataclass(frozen=True)
class Citation:
    """One numbered source of an answer. `quote` occurs in the cited passage, letter for letter."""

    number: int
    document_id: str
    connector: str
    title: str
    url: str
    section: str
    quote: str
    updated_at: datetime | None
    copies: tuple[Copy, ...] = ()
    """Where else the cited passage stands."""


@dataclass(frozen=True)
class Timings:
    """Seconds since the question was taken up; None where it did not come to that."""

    search_s: float = 0.0
    first_token_s: float | None = None
    """Until the model's first token of the answer."""
    first_text_s: float | None = None
    """Until the first checked sentence could be shown."""
    total_s: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What is said to the person, with its sources. `found` is False where the documents do not carry it."""

    text: str
    citations: tuple[Citation, ...]
    found: bool
    trace_id: str
    language: str
    """"ko" or "en"."""
    nearest: tuple[Passage, ...] = ()
    """Where `found` is False: the documents that came closest; their texts are the words that did."""
    timings: Timings = field(default_factory=Timings)
    reused_from: datetime | None = None
    """Where it was given before and its sources have not changed: when it was made and checked."""


# --- what answering says while it works: a stream of these ------------------------------------------------


@dataclass(frozen=True)
class SourcesFound:
    """These passages were found and go to the model. Comes again, with what was found in both languages,
    where the question was translated."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class TextAdded:
    """One more checked piece of the answer, citation marks included, to append to what is shown."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The whole answer; its text replaces what was streamed."""

    answer: Answer


AnswerEvent = SourcesFound | TextAdded | Finished


# --- the seams ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """One chat message for a model. role: "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True)
class Sampling:
    """How to draw tokens. temperature 0 is greedy, hence repeatable."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 0.95
    repeat_penalty: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = 0
    grammar: str = ""
    """What a reply may look like, in llama.cpp's GBNF; its first rule is `root`."""
    log_probabilities: bool = False
    """Whether to say how likely the model held each token of the reply."""


class ChatModel(Protocol):
    """A language model that chats. Raises ModelError; closing the iterator early cancels the generation."""

    name: str

    def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncIterator[str]:
        """Pieces of the reply as they are decoded. Where several wait, those of one `user` take turns with
        those of others. Raises ModelBusy where the whole of it is not there after so many `seconds`."""

    async def count_tokens(self, text: str) -> int: ...


class Embedder(Protocol):
    """Texts to vectors of one space. Raises ModelError."""

    name: str
    """Changes whenever the vectors would: vectors are stored under it."""
    dimensions: int

    async def queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what people ask: goes ahead of passages that wait."""

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """Embed pieces of documents, in bulk."""


@dataclass(frozen=True, slots=True)
class Word:
    """A term of a question, and where in it that stands."""

    term: str
    start: int
    end: int
    kind: str = "word"
    """"word" (one after the other they are the whole text), "whole" (made of several words), "part" (of one
    word), or "form" (an amount in its one spelling)."""
    known: bool = True
    """Whether it is a word of the language, as far as a dictionary can tell; Latin words count as known."""


class Morphology(Protocol):
    """Text to the terms a full-text index holds, Korean by morphemes. Raises ModelUnavailable."""

    rules: str
    """Changes whenever the terms of a text would: terms are stored with it."""

    async def terms(self, texts: Sequence[str]) -> list[list[str]]: ...

    async def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """The terms of questions, with where they stand."""


class Searchable(Protocol):
    """What answers come from. Raises StoreError."""

    async def search(
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> list[Passage]:
        """The best passages that at least one of `readers` may read, best first. `translation`: the same
        question in another language, where documents in that language may answer it."""


class Index(Searchable, Protocol):
    """What is known of the documents. Raises StoreError."""

    async def put(self, connector: str, version: str, document: Document, parsed: Parsed) -> None:
        """Add a document, or replace it: its chunks, full text and readers change in one transaction."""

    async def remove(self, connector: str, item_ids: Sequence[str]) -> None:
        """Forget documents at once: none of their text is left in the file."""

    async def unembedded(self) -> int:
        """How many chunks have no vector yet; they are found by full text alone."""

    async def unrefined(self) -> int:
        """How many chunks have a vector and no windows yet: they are found, but less well put in order."""

    async def embed_some(self, limit: int) -> int:
        """Give up to `limit` chunks their vectors or, once all have one, their windows; say how many."""


Progress = Callable[[str, int, int], None]
"""progress(what, done, total): `what` is a short present participle; total 0 means not known yet."""


def unwatched(_what: str, _done: int, _total: int) -> None:
    """The Progress that nobody looks at."""


# --- reports -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SyncReport:
    """What one sync of one connector did."""

    connector: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    skipped: int = 0
    """Unchanged."""
    failed: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    """(item id, reason) of each document set aside."""
    error: str = ""
    """Why the source as a whole could not be synced; empty if it could."""
    seconds: float = 0.0
