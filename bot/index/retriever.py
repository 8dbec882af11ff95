"""The search as a LlamaIndex retriever, for query engines and evaluators of that world."""

from __future__ import annotations

import asyncio

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from bot.contracts import Readers
from bot.index.chunking import chunk_node
from bot.index.search import HybridSearch


class HybridRetriever(BaseRetriever):
    """At most `limit` passages of what `readers` may read; a retriever is for one set of readers only.

    `retrieve` must not be called inside an event loop; `aretrieve` may. Raises StoreError, ModelUnavailable.
    """

    def __init__(self, search: HybridSearch, readers: Readers, limit: int) -> None:
        super().__init__()
        self._search = search
        self._readers = readers
        self._limit = limit

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = await self._search.find(query_bundle.query_str, self._readers, self._limit)
        nodes: list[NodeWithScore] = []
        for passage in found.passages:
            node = chunk_node(
                title=passage.title,
                section=passage.section,
                text=passage.text,
                document_id=passage.document_id,
                position=passage.chunk_id,
            )
            node.metadata["url"] = passage.url
            node.excluded_embed_metadata_keys.append("url")
            nodes.append(NodeWithScore(node=node, score=passage.score))
        return nodes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return asyncio.run(self._aretrieve(query_bundle))
