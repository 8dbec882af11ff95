"""The Index: documents in, passages out, full text and vectors together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from bot.answering.language import language_of
from bot.contracts import Embedder, Filter, Morphology, Passage, Readers
from bot.errors import ModelError, StoreError
from bot.index.chunking import SectionNodeParser, embedded_text, section_nodes
from bot.index.full_text import TermMirror
from bot.index.retriever import HybridRetriever
from bot.index.search import Found, HybridSearch
from bot.index.segments import SegmentFolder, mirror_folder
from bot.index.synonyms import SynonymLists
from bot.index.vector_store import SqliteVectorStore, text_hash
from bot.index.whitening import LanguageMeans
from bot.index.windows import embedded_window, packed
from bot.parsing.parsed import Parsed
from bot.pieces import windows_of
from bot.store.changes import CorpusChanges
from bot.store.corpus import Chunk, Corpus, StoredDocument, document_id
from bot.store.database import Database
from bot.store.terms import TermFields
from bot.store.vectors import CorpusVectors
from bot.store.waiting import Waiting
from bot.store.windows import Windows
from connectors.base import Document

log = logging.getLogger(__name__)

LOOKED_UP = 512
"""Waiting texts that are looked up at once, since each time all chunks are gone over (0.4 s for 100,000).
What is asked for meanwhile goes first after these."""

_KEPT_AFTER = 64  # changes: what a process that starts has to read again, at most


class HybridIndex:
    """Implements bot.contracts.Index. Without an embedder, or while it fails, full text alone is searched."""

    def __init__(
        self,
        database: Database,
        morphology: Morphology,
        embedder: Embedder | None,
        synonyms: SynonymLists | None = None,
    ) -> None:
        self.corpus = Corpus(database)
        self._morphology = morphology
        self._embedder = embedder
        self._parser = SectionNodeParser()
        self._vectors = (
            SqliteVectorStore(database, embedder.name, embedder.dimensions) if embedder is not None else None
        )
        self._rows = CorpusVectors(database, embedder.name) if embedder is not None else None
        self._windows = Windows(database, embedder.name) if embedder is not None else None
        self._full_text = TermMirror(
            CorpusChanges(database), SegmentFolder(mirror_folder(database.path), "terms")
        )
        self._search = HybridSearch(
            self.corpus,
            morphology,
            embedder,
            self._full_text,
            self._vectors.client if self._vectors else None,
            self._windows,
            synonyms,
        )
        self._measuring: asyncio.Lock | None = None
        self._has_means = False
        self._changes_not_kept = 0
        self._to_embed: deque[Waiting] = deque()
        self._to_refine: deque[Waiting] = deque()

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
                terms=TermFields(title, section_terms, body_terms),
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
            term_rules=self._morphology.rules,
        )
        await asyncio.to_thread(self.corpus.put, stored)
        await self._changed()

    async def remove(self, connector: str, item_ids: Sequence[str]) -> None:
        await asyncio.to_thread(self.corpus.remove, connector, item_ids)
        await self._changed()

    async def renew_terms(self, limit: int) -> int:
        """Make the terms of up to `limit` documents anew that other rules made, from their stored texts; says
        how many. Until then they are found by the old ones. Raises StoreError, ModelUnavailable."""
        rules = self._morphology.rules
        documents = await asyncio.to_thread(self.corpus.terms.made_by_others, rules, limit)
        for document in documents:
            rows = await asyncio.to_thread(self.corpus.texts_of, document)
            made = await self._morphology.terms([part for _, *parts in rows for part in parts])
            fields = [" ".join(terms) for terms in made]
            terms = {
                row[0]: TermFields(*fields[at : at + 3])
                for row, at in zip(rows, range(0, len(fields), 3), strict=True)
            }
            await asyncio.to_thread(self.corpus.terms.replace, document, rules, terms)
            await self._changed()
        return len(documents)

    async def _changed(self) -> None:
        """After some changes, let the mirrors take them into their files."""
        self._changes_not_kept += 1
        if self._changes_not_kept >= _KEPT_AFTER:
            self._changes_not_kept = 0
            await asyncio.to_thread(self.keep)

    def wait(self) -> bool:
        """Until mirrors that are being made in the background are there; False where none was."""
        waited = self._full_text.wait()
        return (self._vectors is not None and self._vectors.client.wait()) or waited

    def keep(self) -> None:
        """Bring the files of the mirrors up to date; they only save time, so a failure is only logged."""
        try:
            self._full_text.keep()
            if self._vectors is not None:
                self._vectors.client.keep()
        except (StoreError, OSError) as exc:
            log.warning("the search index cannot be kept in files: %s", exc)

    def _chunks(self, connector: str, document: Document, parsed: Parsed) -> list[tuple[str, str, str]]:
        """(section, anchor, text) of each chunk."""
        nodes = section_nodes(parsed, document_id(connector, document.id))
        return [
            (node.metadata["section"], node.metadata["anchor"], node.get_content())
            for node in self._parser.get_nodes_from_documents(nodes)  # type: ignore[arg-type]
        ]

    # --- vectors --------------------------------------------------------------------------------------------

    async def unembedded(self) -> int:
        return 0 if self._rows is None else await asyncio.to_thread(self._rows.missing)

    async def unrefined(self) -> int:
        return 0 if self._windows is None else await asyncio.to_thread(self._windows.missing)

    async def embed_some(self, limit: int) -> int:
        """Embed up to `limit` waiting texts; once there are none, the windows of that many.

        Says how many chunks got a vector or, then, how many texts got windows. Raises ModelError, StoreError;
        what was stored stays.
        """
        if self._embedder is None or self._rows is None:
            return 0
        await self._measure_means()
        while waiting := await _next(self._to_embed, self._rows.waiting, limit):
            vectors = await self._embedder.passages(
                [embedded_text(one.title, one.section, one.text) for one in waiting]
            )
            stored = await asyncio.to_thread(self._rows.put, [one.text_hash for one in waiting], vectors)
            await self._changed()
            if stored:  # else all of them are gone meanwhile
                return stored
        return await self._embed_windows(limit)

    async def _embed_windows(self, limit: int) -> int:
        if self._embedder is None or self._windows is None:
            return 0
        waiting = await _next(self._to_refine, self._windows.waiting, limit)
        windows = [windows_of(one.text) for one in waiting]
        vectors = await self._embedder.passages(
            [
                embedded_window(one.title, one.section, window)
                for one, own in zip(waiting, windows, strict=True)
                for window in own
            ]
        )
        ends = np.cumsum([len(own) for own in windows], dtype=np.int64)
        rows = [packed(vectors[end - len(own) : end]) for end, own in zip(ends, windows, strict=True)]
        await asyncio.to_thread(self._windows.put, [one.text_hash for one in waiting], rows)
        return len(waiting)

    async def _measure_means(self) -> None:
        if self._embedder is None or self._vectors is None or self._has_means:
            return
        self._measuring = self._measuring or asyncio.Lock()
        async with self._measuring:
            if not self._has_means and not await asyncio.to_thread(self._know_means):
                means = await LanguageMeans.measured_by(self._embedder)
                await asyncio.to_thread(self._vectors.client.use_means, means)
            self._has_means = True

    def _know_means(self) -> bool:
        return self._vectors is not None and self._vectors.client.has_means

    # --- search ---------------------------------------------------------------------------------------------

    async def search(
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> list[Passage]:
        """The best passages that at least one of `readers` may read. Raises StoreError, ModelUnavailable."""
        return (await self.explain(text, readers, limit, narrowed, translation)).passages

    async def explain(
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> Found:
        """`search`, with what led to its result."""
        with contextlib.suppress(ModelError):  # the search itself says so and goes on without
            await self._measure_means()
        return await self._search.find(text, readers, limit, narrowed, translation)

    def retriever(self, readers: Readers, limit: int) -> HybridRetriever:
        """The same search for LlamaIndex."""
        return HybridRetriever(self._search, readers, limit)


async def _next(known: deque[Waiting], look_up: Callable[[int], list[Waiting]], limit: int) -> list[Waiting]:
    """The next `limit` at most of the texts known to wait; where none is known, it is looked which do."""
    if not known:
        known.extend(await asyncio.to_thread(look_up, LOOKED_UP))
    return [known.popleft() for _ in range(min(limit, len(known)))]
