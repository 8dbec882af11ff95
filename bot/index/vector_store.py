"""The vectors table as a LlamaIndex vector store: what a PGVectorStore or Qdrant would stand in for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from llama_index.core.schema import BaseNode, MetadataMode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from pydantic import PrivateAttr

from bot.contracts import Readers
from bot.index.allowed import AllowedDocuments
from bot.index.segments import SegmentFolder, mirror_folder
from bot.index.vectors import VectorMirror
from bot.store.changes import CorpusChanges
from bot.store.database import Database
from bot.store.vectors import CorpusVectors

READERS = "readers"


class SqliteVectorStore(BasePydanticVectorStore):
    """Vectors of one model. Blocking: call it in a thread. Node ids are chunk ids, as text."""

    stores_text: bool = False
    is_embedding_query: bool = True

    _rows: CorpusVectors = PrivateAttr()
    _changes: CorpusChanges = PrivateAttr()
    _allowed: AllowedDocuments = PrivateAttr()
    _mirror: VectorMirror = PrivateAttr()

    def __init__(self, database: Database, model: str, dimensions: int) -> None:
        super().__init__(stores_text=False)
        self._rows = CorpusVectors(database, model)
        self._changes = CorpusChanges(database)
        self._allowed = AllowedDocuments(self._changes)
        folder = SegmentFolder(mirror_folder(database.path), "vectors")
        self._mirror = VectorMirror(self._changes, folder, model, dimensions)

    @property
    def client(self) -> VectorMirror:
        return self._mirror

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Store the embeddings of chunks that are in the corpus, in one transaction."""
        self._rows.put(
            [text_hash(node.get_content(metadata_mode=MetadataMode.EMBED)) for node in nodes],
            np.array([node.get_embedding() for node in nodes], np.float32),
        )
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Forget the vectors of one document's chunks; they are then waiting for new ones."""
        self._rows.drop(ref_doc_id)

    def query(self, query: VectorStoreQuery, *, language: str = "en", **_: Any) -> VectorStoreQueryResult:
        """The nearest chunks; none without the filter `readable_by(readers)`."""
        if query.query_embedding is None:
            raise ValueError("a query by vector needs one")
        state = self._changes.state()
        segments = self._mirror.at(state) or ()
        vector = np.asarray(query.query_embedding, np.float32)
        allowed = self._allowed.at(state, _readers_of(query.filters), None)
        near = dict(self._mirror.nearest(segments, vector, language, allowed, query.similarity_top_k))
        found = sorted(
            self._mirror.exact(segments, vector, language, near).items(), key=lambda item: -item[1]
        )
        return VectorStoreQueryResult(
            ids=[str(chunk_id) for chunk_id, _ in found], similarities=[score for _, score in found]
        )


def readable_by(readers: Readers) -> MetadataFilters:
    """The filter for what at least one of `readers` may read."""
    return MetadataFilters(
        filters=[MetadataFilter(key=READERS, operator=FilterOperator.ANY, value=sorted(readers))]
    )


def text_hash(embedded: str) -> bytes:
    """The key of a text's vector."""
    return hashlib.sha256(embedded.encode()).digest()


def _readers_of(filters: MetadataFilters | None) -> Readers:
    for one in filters.filters if filters else []:
        if isinstance(one, MetadataFilter) and one.key == READERS and isinstance(one.value, list):
            return frozenset(map(str, one.value))
    return frozenset()  # default deny
