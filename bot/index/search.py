"""One search: full text and vectors together, readers and filter inside both."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.answering.language import language_of
from bot.contracts import Embedder, Filter, Morphology, Passage, Readers
from bot.errors import ModelError
from bot.index.allowed import Allowed, AllowedDocuments
from bot.index.copies import merged
from bot.index.editions import current_first
from bot.index.full_text import NO_MATCHES, Matches, TermMirror
from bot.index.fusion import (
    AS_ASKED,
    BY_LISTS,
    TRANSLATED,
    TRANSLATED_WEIGHT,
    TRANSLATION_DISCOUNT,
    TRANSLATION_WEIGHT,
    WORDS_WEIGHT,
    Reading,
    fused,
    greatest,
    rarity_of,
    spread,
)
from bot.index.query import QuestionReader
from bot.index.query_terms import QueryTerms
from bot.index.synonyms import SynonymLists, Synonyms
from bot.index.vectors import VectorMirror
from bot.index.vocabulary import CorpusVocabulary
from bot.index.windows import RERANKED, reranked, unpacked
from bot.store.changes import CorpusChanges
from bot.store.corpus import Corpus
from bot.store.windows import Windows

log = logging.getLogger(__name__)

T = TypeVar("T")

# What a title or heading says counts for more than the same word in the text below it.
TERM_WEIGHTS = (2.0, 1.5, 1.0)
CANDIDATES = 100
PER_DOCUMENT = 3
# A question longer than this is a pasted document; its beginning has to do.
QUESTION_CHARACTERS = 2_000


@dataclass(frozen=True, eq=False)
class Meaning:
    """One wording of a question as a vector."""

    vector: NDArray[np.float32]
    language: str
    discount: float = 0.0
    """Taken off its cosines."""


@dataclass(frozen=True)
class Found:
    """One search, and what each half of it said: for tuning and for explaining a result."""

    query: QueryTerms
    """What full text looked for, and why."""
    language: str
    readings: list[Reading]
    """What full text found of the question as it stands and, where there are any, of its translations."""
    cosines: dict[int, float]
    """Chunk id to nearness; empty where there was no vector for the question."""
    windows: dict[int, float]
    """Chunk id to the nearness of its best window, of the candidates that have windows."""
    passages: list[Passage]
    superseded: frozenset[int] = frozenset()
    """Chunks that were put behind those of a newer edition."""
    allowed: int = 0
    """Documents that readers and filter let through."""
    words_s: float = 0.0
    """Morphology and full text; beside it the question got its vector."""
    embedding_s: float = 0.0
    ranking_s: float = 0.0

    @property
    def coverages(self) -> dict[int, float]:
        """Chunk id to the share of the question it holds, in the reading of which it holds most."""
        held: dict[int, float] = {}
        for reading in self.readings:
            for chunk_id, covered in reading.coverages.items():
                held[chunk_id] = max(covered, held.get(chunk_id, 0.0))
        return held


class HybridSearch:
    """Searches a corpus. Without an embedder, or while it fails, it finds by full text alone."""

    def __init__(
        self,
        corpus: Corpus,
        morphology: Morphology,
        embedder: Embedder | None,
        full_text: TermMirror,
        vectors: VectorMirror | None,
        windows: Windows | None,
        synonyms: SynonymLists | None = None,
    ) -> None:
        self._corpus = corpus
        self._changes = CorpusChanges(corpus.database)
        self._allowed = AllowedDocuments(self._changes)
        self._synonyms = synonyms
        self._reader = QuestionReader(morphology, CorpusVocabulary(corpus, self._frequencies), Synonyms())
        self._embedder = embedder
        self._full_text = full_text
        self._vectors = vectors
        self._windows = windows
        self._embedder_fails = False

    async def find(
        self,
        question: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> Found:
        """The best passages that at least one of `readers` may read. Raises StoreError, ModelUnavailable.

        With `translation`, the question in another language, a passage counts as near as it is to the nearer
        of the two, and its words are looked for as well.
        """
        wordings = [
            wording for text in (question, translation) if (wording := text[:QUESTION_CHARACTERS].strip())
        ]
        if not question.strip() or not readers or limit < 1:
            return Found(QueryTerms(()), language_of(question), [], {}, {}, [])
        question = wordings[0]
        (meanings, embedding_s), ((query, allowed, readings), words_s) = await asyncio.gather(
            _timed(self._meanings_of(wordings)), _timed(self._by_words(wordings, readers, narrowed))
        )
        found, ranking_s = await _timed(
            asyncio.to_thread(self._ranked, question, query, readings, meanings, allowed, readers, limit)
        )
        return replace(found, words_s=words_s, embedding_s=embedding_s, ranking_s=ranking_s)

    async def _by_words(
        self, wordings: Sequence[str], readers: Readers, narrowed: Filter | None
    ) -> tuple[QueryTerms, Allowed, list[Reading]]:
        """The full text half: done by the time the question has its vector."""
        if self._synonyms is not None:
            self._reader.synonyms = await self._synonyms.current()
        queries = [await self._reader.read(wording) for wording in wordings]
        return queries[0], *await asyncio.to_thread(self._matching, queries, readers, narrowed)

    def _frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        segments = self._full_text.at(self._changes.state())
        if segments is None:
            return self._corpus.terms.frequencies(terms)[0]
        return self._full_text.frequencies(segments, terms)

    async def _meanings_of(self, wordings: Sequence[str]) -> list[Meaning]:
        """None where there is no embedding model, or it fails."""
        if self._embedder is None:
            return []
        try:
            vectors = await self._embedder.queries(wordings)
        except ModelError as exc:
            if not self._embedder_fails:
                log.warning("searching by full text alone: %s", exc)
            self._embedder_fails = True
            return []
        if self._embedder_fails:
            log.warning("the embedding model answers again")
            self._embedder_fails = False
        discounts = [0.0, *[TRANSLATION_DISCOUNT] * (len(wordings) - 1)]
        return [
            Meaning(vector, language_of(text), discount)
            for text, vector, discount in zip(wordings, vectors, discounts, strict=True)
        ]

    def _matching(
        self, queries: Sequence[QueryTerms], readers: Readers, narrowed: Filter | None
    ) -> tuple[Allowed, list[Reading]]:
        state = self._changes.state()
        allowed = self._allowed.at(state, readers, narrowed)
        segments = self._full_text.at(state)

        def read(reading: QueryTerms, weight: float, name: str) -> Reading:
            if segments is not None:
                matches = self._full_text.search(segments, reading, allowed, TERM_WEIGHTS, CANDIDATES)
            else:  # the mirror is still being made: until then every term counts alike
                matches = self._matching_slowly(reading.terms, readers, narrowed)
            return Reading(_coverages(reading, matches), matches.scores, weight, name)

        query, *translations = queries
        readings = [read(query.own, WORDS_WEIGHT, AS_ASKED)]
        translated = query.translated
        if translated.concepts:
            share = len(translated.concepts) / len(query.concepts)
            readings.append(read(translated, TRANSLATED_WEIGHT * share, BY_LISTS))
        readings += [read(translation.own, TRANSLATION_WEIGHT, TRANSLATED) for translation in translations]
        return allowed, readings

    def _matching_slowly(self, terms: Sequence[str], readers: Readers, narrowed: Filter | None) -> Matches:
        found = self._corpus.terms.matching(terms, readers, TERM_WEIGHTS, CANDIDATES, narrowed)
        if not found:
            return NO_MATCHES
        held = self._corpus.terms.of_chunks([chunk_id for chunk_id, _ in found])
        return Matches(dict(found), held, *self._corpus.terms.frequencies(terms))

    def _ranked(
        self,
        question: str,
        query: QueryTerms,
        readings: list[Reading],
        meanings: Sequence[Meaning],
        allowed: Allowed,
        readers: Readers,
        limit: int,
    ) -> Found:
        most = max(4 * limit, 40)
        cosines: dict[int, float] = {}
        windows: dict[int, NDArray[np.float32]] = {}
        if not meanings or self._vectors is None or self._windows is None:
            best = fused(readings, cosines)[:most]
        else:
            mirror = self._vectors
            segments = mirror.at(allowed.state) or ()
            also = frozenset(chunk_id for reading in readings for chunk_id in reading.bm25)
            cosines = greatest(
                (
                    dict(mirror.nearest(segments, one.vector, one.language, allowed, CANDIDATES, also)),
                    one.discount,
                )
                for one in meanings
            )
            # int8 chose well enough who is looked at; who stands above whom is for the full vectors to say
            candidates = dict(fused(readings, cosines)[:most])
            cosines |= greatest(
                (mirror.exact(segments, one.vector, one.language, candidates), one.discount)
                for one in meanings
            )
            best = fused(readings, cosines)[:most]
            stored = self._windows.of_chunks([chunk_id for chunk_id, _ in best[:RERANKED]])
            dimensions = len(meanings[0].vector)
            rows = {chunk_id: (of, unpacked(blob, dimensions)) for chunk_id, (of, blob) in stored.items()}
            of_wordings = [
                (mirror.window_cosines(segments, one.vector, one.language, rows), one.discount)
                for one in meanings
            ]
            windows = {
                chunk_id: np.max([each[chunk_id] - discount for each, discount in of_wordings], axis=0)
                for chunk_id in rows
            }
        nearest_windows = {chunk_id: float(each.max()) for chunk_id, each in windows.items()}
        best = reranked(best, cosines, nearest_windows)
        passages = {passage.chunk_id: passage for passage in self._corpus.passages(dict(best), readers)}
        kept = [item for item in best if item[0] in passages]
        given = dict(kept)
        kept = current_first(kept, passages, question, self._corpus.items_of)
        superseded = frozenset(chunk_id for chunk_id, score in kept if score < given[chunk_id])
        kept, passages = merged(kept, passages)
        documents = {chunk_id: passage.document_id for chunk_id, passage in passages.items()}
        shown = [
            replace(passages[chunk_id], nearness=_nearness(chunk_id, windows, cosines))
            for chunk_id, _ in spread(kept, documents, PER_DOCUMENT, limit)
        ]
        return Found(
            query,
            language_of(question),
            readings,
            cosines,
            nearest_windows,
            shown,
            superseded,
            allowed=int(np.count_nonzero(allowed.flags)),
        )


def _nearness(
    chunk_id: int, windows: Mapping[int, NDArray[np.float32]], cosines: Mapping[int, float]
) -> tuple[float, ...]:
    """Of each window; of the whole, where it has no windows or they are not made yet."""
    if chunk_id in windows:
        return tuple(windows[chunk_id].tolist())
    return (cosines[chunk_id],) if chunk_id in cosines else ()


async def _timed(work: Awaitable[T]) -> tuple[T, float]:
    """What `work` gives, and the seconds that it took."""
    started = time.perf_counter()
    return await work, time.perf_counter() - started


def _coverages(query: QueryTerms, matches: Matches) -> dict[int, float]:
    rarity = {term: rarity_of(matches.frequencies[term], matches.chunks) for term in matches.frequencies}
    return query.coverages(matches.held, rarity)
