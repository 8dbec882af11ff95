"""The Index: documents in, passages out, full text and vectors together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answering.language import language_of
from bot.contracts import Embedder, Morphology, Passage, Readers
from bot.errors import ModelError
from bot.index.centring import LanguageMeans
from bot.index.chunking import SectionNodeParser, embedded_text, section_nodes
from bot.index.fusion import distinct, fused, spread
from bot.index.mirror import Scored
from bot.index.vector_store import SqliteVectorStore, text_hash
from bot.parsing.parsed import Parsed
from bot.store.corpus import Chunk, Corpus, StoredDocument, document_id
from bot.store.database import Database
from connectors.base import Document

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
    """One search, with what each half contributed: for `explain` and for tuning."""

    terms: list[str]
    language: str
    lexical: Scored
    dense: Scored
    passages: list[Passage]


class HybridIndex:
    """Implements bot.contracts.Index. Without an embedder, or while it fails, full text alone is searched."""

    def __init__(self, database: Database, morphology: Morphology, embedder: Embedder | None) -> None:
        self.corpus = Corpus(database)
        self._morphology = morphology
        self._embedder = embedder
        self._parser = SectionNodeParser()
        self._vectors = (
            SqliteVectorStore(self.corpus, embedder.name, embedder.dimensions)
            if embedder is not None
            else None
        )
        self._measuring: asyncio.Lock | None = None
        self._has_means = False
        self._embedder_fails = False

    # --- documents ------------------------------------------------------------------------------------------

    async def put(self, connector: str, version: str, document: Document, parsed: Parsed) -> None:
        """Add or replace a document. Raises StoreError, ModelUnavailable."""
        drafts = await asyncio.to_thread(self._chunks, connector, document, parsed)
        texts = [parsed.title, *(part for section, _, text in drafts for part in (section, text))]
        title, *rest = [" ".join(terms) for terms in await self._morphology.terms(texts)]
        chunks = tuple(
            Chunk(
                section=section,
                anchor=anchor,
                text=text,
                language=language_of(text),
                text_hash=text_hash(embedded_text(parsed.title, section, text)),
                title_terms=title,
                section_terms=section_terms,
                body_terms=body_terms,
            )
            for (section, anchor, text), section_terms, body_terms in zip(
                drafts, rest[::2], rest[1::2], strict=True
            )
        )
        stored = StoredDocument(
            connector=connector,
            item_id=document.id,
            version=version,
            title=parsed.title,
            url=document.url,
            language=language_of(" ".join(chunk.text for chunk in chunks[:20])),
            updated_at=document.updated_at,
            readers=document.readers,
            chunks=chunks,
        )
        await asyncio.to_thread(self.corpus.put, stored)

    async def remove(self, connector: str, item_ids: Sequence[str]) -> None:
        await asyncio.to_thread(self.corpus.remove, connector, item_ids)

    def _chunks(self, connector: str, document: Document, parsed: Parsed) -> list[tuple[str, str, str]]:
        """(section, anchor, text) of each chunk."""
        nodes = section_nodes(parsed, document_id(connector, document.id))
        return [
            (node.metadata["section"], node.metadata["anchor"], node.get_content())
            for node in self._parser.get_nodes_from_documents(nodes)  # type: ignore[arg-type]
        ]

    # --- vectors --------------------------------------------------------------------------------------------

    async def unembedded(self) -> int:
        if self._embedder is None:
            return 0
        return await asyncio.to_thread(self.corpus.unembedded, self._embedder.name)

    async def embed_some(self, limit: int) -> int:
        """Embed up to `limit` waiting texts. Raises ModelError, StoreError; what was stored stays."""
        if self._embedder is None:
            return 0
        await self._measure_means()
        name = self._embedder.name
        waiting = await asyncio.to_thread(self.corpus.waiting, name, limit)
        if not waiting:
            return 0
        vectors = await self._embedder.passages(
            [embedded_text(one.title, one.section, one.text) for one in waiting]
        )
        await asyncio.to_thread(self.corpus.add_vectors, name, [one.text_hash for one in waiting], vectors)
        return len(waiting)

    async def _measure_means(self) -> None:
        if self._embedder is None or self._vectors is None or self._has_means:
            return
        self._measuring = self._measuring or asyncio.Lock()
        async with self._measuring:
            if not self._has_means:
                means = await LanguageMeans.measured_by(self._embedder)
                await asyncio.to_thread(self._vectors.client.use_means, means)
                self._has_means = True

    # --- search ---------------------------------------------------------------------------------------------

    async def search(self, text: str, readers: Readers, limit: int) -> list[Passage]:
        """The best passages that at least one of `readers` may read. Raises StoreError, ModelUnavailable."""
        return (await self.explain(text, readers, limit)).passages

    async def explain(self, text: str, readers: Readers, limit: int) -> Found:
        """`search`, with what led to its result."""
        text = text[:QUESTION_CHARACTERS].strip()
        if not text or not readers or limit < 1:
            return Found([], language_of(text), [], [], [])
        language = language_of(text)
        (terms,), vector = await asyncio.gather(self._morphology.terms([text]), self._vector_of(text))
        terms = distinct(terms, QUESTION_TERMS)
        return await asyncio.to_thread(self._search, terms, vector, language, readers, limit)

    async def _vector_of(self, text: str) -> NDArray[np.float32] | None:
        if self._embedder is None:
            return None
        try:
            await self._measure_means()
            vector: NDArray[np.float32] = (await self._embedder.queries([text]))[0]
        except ModelError as exc:
            if not self._embedder_fails:
                log.warning("searching by full text alone: %s", exc)
            self._embedder_fails = True
            return None
        if self._embedder_fails:
            log.info("the embedding model answers again")
            self._embedder_fails = False
        return vector

    def _search(
        self,
        terms: list[str],
        vector: NDArray[np.float32] | None,
        language: str,
        readers: Readers,
        limit: int,
    ) -> Found:
        lexical = self.corpus.matching(terms, readers, TERM_WEIGHTS, CANDIDATES)
        dense: Scored = []
        if vector is not None and self._vectors is not None:
            dense = self._vectors.client.search(vector, language, readers, CANDIDATES)
        both = fused(lexical, dense)[: max(4 * limit, 40)]
        candidates = {passage.chunk_id: passage for passage in self.corpus.passages(dict(both), readers)}
        kept = [item for item in both if item[0] in candidates]
        documents = {chunk_id: passage.document_id for chunk_id, passage in candidates.items()}
        best = spread(kept, documents, PER_DOCUMENT, limit)
        return Found(terms, language, lexical, dense, [candidates[chunk_id] for chunk_id, _ in best])
