"""One search: full text and vectors together, readers inside both."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import numpy as np
from llama_index.core.vector_stores.types import VectorStoreQuery
from numpy.typing import NDArray

from bot.answering.language import language_of
from bot.contracts import Embedder, Morphology, Passage, Readers
from bot.errors import ModelError
from bot.index.fusion import coverage, fused, rarity_of, spread
from bot.index.vector_store import SqliteVectorStore, readable_by
from bot.store.corpus import Corpus

log = logging.getLogger(__name__)

# What a title or heading says counts for more than the same word in the text below it.
TERM_WEIGHTS = (2.0, 1.5, 1.0)
CANDIDATES = 100
PER_DOCUMENT = 3
# A question longer than this is a pasted document; its beginning has to do.
QUESTION_CHARACTERS = 2_000
QUESTION_TERMS = 48


@dataclass(frozen=True)
class Found:
    """One search, and what each half of it said: for tuning and for explaining a result."""

    terms: list[str]
    language: str
    coverages: dict[int, float]
    """Chunk id to the share of the question's terms it holds."""
    cosines: dict[int, float]
    """Chunk id to nearness; empty where there was no vector for the question."""
    passages: list[Passage]


class HybridSearch:
    """Searches a corpus. Without an embedder, or while it fails, it finds by full text alone."""

    def __init__(
        self,
        corpus: Corpus,
        morphology: Morphology,
        embedder: Embedder | None,
        vectors: SqliteVectorStore | None,
    ) -> None:
        self._corpus = corpus
        self._morphology = morphology
        self._embedder = embedder
        self._vectors = vectors
        self._embedder_fails = False

    async def find(self, question: str, readers: Readers, limit: int) -> Found:
        """The best passages that at least one of `readers` may read. Raises StoreError, ModelUnavailable."""
        question = question[:QUESTION_CHARACTERS].strip()
        language = language_of(question)
        if not question or not readers or limit < 1:
            return Found([], language, {}, {}, [])
        (terms,), vector = await asyncio.gather(self._morphology.terms([question]), self._vector_of(question))
        distinct = list(dict.fromkeys(terms))[:QUESTION_TERMS]
        return await asyncio.to_thread(self._find, distinct, vector, language, readers, limit)

    async def _vector_of(self, question: str) -> NDArray[np.float32] | None:
        if self._embedder is None:
            return None
        try:
            vector: NDArray[np.float32] = (await self._embedder.queries([question]))[0]
        except ModelError as exc:
            if not self._embedder_fails:
                log.warning("searching by full text alone: %s", exc)
            self._embedder_fails = True
            return None
        if self._embedder_fails:
            log.warning("the embedding model answers again")
            self._embedder_fails = False
        return vector

    def _find(
        self,
        terms: list[str],
        vector: NDArray[np.float32] | None,
        language: str,
        readers: Readers,
        limit: int,
    ) -> Found:
        bm25 = dict(self._corpus.matching(terms, readers, TERM_WEIGHTS, CANDIDATES))
        coverages = self._coverages(terms, list(bm25))
        cosines: dict[int, float] = {}
        if vector is not None and self._vectors is not None:
            query = VectorStoreQuery(vector.tolist(), CANDIDATES, filters=readable_by(readers))
            near = self._vectors.query(query, language=language, also=coverages.keys())
            cosines = dict(zip(map(int, near.ids or ()), near.similarities or (), strict=True))
        best = fused(coverages, bm25, cosines)[: max(4 * limit, 40)]
        passages = {passage.chunk_id: passage for passage in self._corpus.passages(dict(best), readers)}
        kept = [item for item in best if item[0] in passages]
        documents = {chunk_id: passage.document_id for chunk_id, passage in passages.items()}
        shown = [passages[chunk_id] for chunk_id, _ in spread(kept, documents, PER_DOCUMENT, limit)]
        return Found(terms, language, coverages, cosines, shown)

    def _coverages(self, terms: list[str], chunk_ids: list[int]) -> dict[int, float]:
        if not chunk_ids:
            return {}
        frequencies, chunks = self._corpus.frequencies(terms)
        rarity = {term: rarity_of(frequencies[term], chunks) for term in terms}
        held = self._corpus.terms_of(chunk_ids)
        return {chunk_id: coverage(terms, words, rarity) for chunk_id, words in held.items()}
