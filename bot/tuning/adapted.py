"""A chat model that answers with an adapter or without, as proof and activation see it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from bot.contracts import Message, Sampling


class AdaptedChat(Protocol):
    """bot.models.chat.LlamaChat is one. `adapter` None or "": without. Raises ModelError, and NotFound where
    no adapter of that name is beside the model."""

    name: str

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        user: str = "",
        *,
        seconds: float | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[str, None]: ...

    async def log_odds(
        self,
        messages: Sequence[Message],
        these: Sequence[str],
        those: Sequence[str],
        *,
        adapter: str | None = None,
    ) -> float: ...

    async def gives_log_odds(self) -> bool: ...

    async def count_tokens(self, text: str) -> int: ...
