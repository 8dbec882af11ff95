"""Our Embedder as LlamaIndex sees one."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from bot.contracts import Embedder


class EmbedderAdapter(BaseEmbedding):
    """Passes on to an Embedder. The methods that are not async must not be called inside an event loop."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder, **settings: Any) -> None:
        super().__init__(model_name=embedder.name, **settings)
        self._embedder = embedder

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return _as_list((await self._embedder.queries([query]))[0])

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return _as_list((await self._embedder.passages([text]))[0])

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [_as_list(row) for row in await self._embedder.passages(texts)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return asyncio.run(self._aget_query_embedding(query))

    def _get_text_embedding(self, text: str) -> list[float]:
        return asyncio.run(self._aget_text_embedding(text))


def _as_list(row: Any) -> list[float]:
    return [float(value) for value in row]
