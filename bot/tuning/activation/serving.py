"""Adapters beside the model: those that are active are loaded, each question gets its own, and one whose
answers are worse than the base model's is rolled back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bot.answering.translation import Translator
from bot.answering.tuned import Answerer
from bot.contracts import Message, Question, Sampling
from bot.errors import FootnoteError, NotFound
from bot.store.adapters import Adapters, TunedAdapter
from bot.store.database import Database
from bot.store.notices import Kind, Notices
from bot.tuning.activation.choice import Activation, chosen
from bot.tuning.activation.registry import AdapterRegistry
from bot.tuning.activation.watch import Comparison, worse
from bot.tuning.adapted import AdaptedChat

log = logging.getLogger(__name__)

WATCH = "watch"
"""Who rolls back what nobody did."""
LOOK_SECONDS = 5.0
"""Between two looks for what other processes activated or rolled back."""


class AdapterHost(AdaptedChat, Protocol):
    """One that takes adapters beside it and drops them. Raises ModelError."""

    async def load_adapter(self, name: str, path: Path) -> None: ...

    async def drop_adapter(self, name: str) -> None: ...


class WithAdapter:
    """A model that answers with one of its adapters; without it, where that was dropped meanwhile."""

    def __init__(self, host: AdapterHost, adapter: str) -> None:
        self.name = host.name
        self._host = host
        self.adapter = adapter
        """"": it was dropped, and the model answered without any."""

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = "", *, seconds: float | None = None
    ) -> AsyncGenerator[str, None]:
        """As ChatModel has it."""
        try:
            async with _closing(self._stream(messages, sampling, user, seconds)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        except NotFound:  # said before the first piece
            self.adapter = ""
        async with _closing(self._stream(messages, sampling, user, seconds)) as pieces:
            async for piece in pieces:
                yield piece

    def _stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str, seconds: float | None
    ) -> AsyncGenerator[str, None]:
        return self._host.stream(messages, sampling, user, seconds=seconds, adapter=self.adapter or None)

    async def count_tokens(self, text: str) -> int:
        """As ChatModel has it."""
        return await self._host.count_tokens(text)


class AdapterServing:
    """Chooses who answers a question, and keeps the model and the history in step."""

    def __init__(self, database: Database, registry: AdapterRegistry, host: AdapterHost) -> None:
        self._adapters = Adapters(database)
        self._notices = Notices(database)
        self._registry = registry
        self._host = host
        self._loaded: dict[str, str] = {}
        """By the name beside the model, the SHA-256 of what was loaded."""
        self._activations: list[Activation] = []
        self._known: list[TunedAdapter] = []
        self._failed: dict[str, str] = {}
        self._judged: dict[str, int] = {}
        self._changing = asyncio.Lock()

    async def answerer(self, question: Question) -> Answerer | None:
        """Who answers it with an adapter; None: the model without one."""
        loaded = [adapter for adapter in self._known if self._loaded.get(adapter.name) == adapter.sha256]
        adapter = chosen(self._activations, loaded, question)
        if adapter is None:
            return None
        model = WithAdapter(self._host, adapter.name)
        # as it was measured: translated by the same side, and judged by the base model
        return Answerer(model, Translator(model), f"{adapter.name} {adapter.sha256}")

    async def follow(self) -> None:
        """Load what is active, let go of what is not any more, and roll back what is worse.

        Raises StoreError. One that cannot be loaded is said in the log, and answers nothing.
        """
        async with self._changing:
            activations, known = await asyncio.to_thread(self._now)
            if await asyncio.to_thread(self._roll_back_worse, activations):
                activations, known = await asyncio.to_thread(self._now)
            wanted = {one.adapter for one in activations}
            for adapter in known:
                if adapter.name in wanted and self._loaded.get(adapter.name) != adapter.sha256:
                    await self._load(adapter)
            self._activations, self._known = activations, known  # from now on chosen, or not any more
            for name in [name for name in self._loaded if name not in wanted]:
                del self._loaded[name]
                with contextlib.suppress(NotFound):
                    await self._host.drop_adapter(name)
            await asyncio.to_thread(self._name_forgotten)

    async def run(self, look_seconds: float = LOOK_SECONDS) -> None:
        """Follow for ever."""
        while True:
            try:
                await self.follow()
            except FootnoteError as exc:
                log.warning("the adapters stay as they are: %s", exc)
            await asyncio.sleep(look_seconds)

    def _now(self) -> tuple[list[Activation], list[TunedAdapter]]:
        return self._registry.active(), self._adapters.all()

    async def _load(self, adapter: TunedAdapter) -> None:
        if self._failed.get(adapter.name) == adapter.sha256:
            return
        try:
            path = await asyncio.to_thread(self._registry.checked_file, adapter)
            await self._host.load_adapter(adapter.name, path)
        except FootnoteError as exc:
            self._failed[adapter.name] = adapter.sha256  # said once; a restart tries again
            log.error("the adapter %s does not answer: %s", adapter.name, exc)
            return
        self._loaded[adapter.name] = adapter.sha256

    def _roll_back_worse(self, activations: Sequence[Activation]) -> bool:
        """Whether one was."""
        found = False
        for name in {one.adapter for one in activations}:
            own = [one for one in activations if one.adapter == name]
            bad = worse(self._registry.compared(own))
            if not bad:
                continue
            why = ", ".join(in_words(each) for each in bad)
            self._registry.roll_back(name, who=WATCH, why=why)
            self._notices.add(name, Kind.ADAPTER_ROLLED_BACK, why, datetime.now(UTC))
            log.warning("the adapter %s was rolled back: %s", name, why)
            found = True
        return found

    def _name_forgotten(self) -> None:
        """Admins hear once of each that learned from what is not there any more."""
        for name, gone in self._adapters.gone().items():
            if gone > self._judged.get(name, 0):
                self._notices.add(name, Kind.ADAPTER_LEARNED, f"{name}: {gone:,}", datetime.now(UTC))
            self._judged[name] = gone


def in_words(comparison: Comparison) -> str:
    """A figure beside that of the base model."""
    return (
        f"{comparison.figure} {comparison.rate:.0%} of {comparison.answers} answers,"
        f" base {comparison.base_rate:.0%} of {comparison.base_answers}"
    )


@contextlib.asynccontextmanager
async def _closing(stream: AsyncGenerator[str, None]) -> AsyncIterator[AsyncGenerator[str, None]]:
    """Closing it cancels the generation."""
    try:
        yield stream
    finally:
        await stream.aclose()
