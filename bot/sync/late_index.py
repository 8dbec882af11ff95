"""An index that costs nothing until something changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.contracts import Filter, Index, Passage, Readers
from bot.parsing.parsed import Parsed
from connectors.base import Document


@dataclass(frozen=True)
class LateIndex:
    """Implements bot.contracts.Index by the one that `made` returns; it is asked for at the first use.

    A sync that finds nothing changed uses none, and importing LlamaIndex alone takes two seconds.
    """

    made: Callable[[], Index]

    async def put(self, connector: str, version: str, document: Document, parsed: Parsed) -> None:
        await self.made().put(connector, version, document, parsed)

    async def remove(self, connector: str, item_ids: Sequence[str]) -> None:
        await self.made().remove(connector, item_ids)

    async def search(
        self,
        text: str,
        readers: Readers,
        limit: int,
        narrowed: Filter | None = None,
        translation: str = "",
    ) -> list[Passage]:
        return await self.made().search(text, readers, limit, narrowed, translation)

    async def unembedded(self) -> int:
        return await self.made().unembedded()

    async def unrefined(self) -> int:
        return await self.made().unrefined()

    async def embed_some(self, limit: int) -> int:
        return await self.made().embed_some(limit)
