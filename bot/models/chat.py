"""The chat model, as the rest of Footnote sees it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict
from pathlib import Path

from bot.children import Child
from bot.contracts import Message, Sampling
from bot.models.failures import as_model_errors


class LlamaChat:
    """A GGUF chat model in a process of its own, loaded on first use or by `start`.

    One reply at a time; later ones wait. A prompt that begins like the one before is only read from where
    they differ. Satisfies `bot.contracts.ChatModel`.
    """

    def __init__(self, path: Path, name: str, context: int, threads: int) -> None:
        """`context`: tokens that a prompt and its reply may have together. `threads` 0: one for each core."""
        threads = threads or os.cpu_count() or 1
        self.name = name
        self.path = path
        self._child = Child(
            "bot.models.serving.worker", str(path), str(context), str(threads), name="chat model"
        )

    @property
    def pid(self) -> int | None:
        """The process id of the model while it is loaded or loading."""
        return self._child.pid

    async def start(self) -> None:
        """Load the model now. Raises ModelError."""
        with as_model_errors(self.name):
            await self._child.start()

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, user: str = ""
    ) -> AsyncGenerator[str, None]:
        """Pieces of the reply. Raises ModelError (prompt too long), ModelUnavailable (the process died)."""
        call = {
            "messages": [asdict(message) for message in messages],
            "sampling": asdict(sampling),
            "user": user,
        }
        with as_model_errors(self.name):
            async with contextlib.aclosing(self._child.stream("reply", call)) as pieces:
                async for piece in pieces:
                    if piece:
                        yield piece

    async def log_odds(
        self, messages: Sequence[Message], these: Sequence[str], those: Sequence[str]
    ) -> float:
        """How much likelier the reply begins like the likeliest of `these` than like that of `those`: the
        natural logarithm of the ratio. Raises ModelError (prompt too long), ModelUnavailable.

        It goes ahead of replies that have not begun: it is asked about one that is under way.
        """
        call = {
            "messages": [asdict(message) for message in messages],
            "these": list(these),
            "those": list(those),
        }
        with as_model_errors(self.name):
            return float(await self._child.call("log_odds", call, priority=0))

    async def gives_log_odds(self) -> bool:
        """True: servers have a say in it, a model here has not."""
        return True

    async def count_tokens(self, text: str) -> int:
        """How many tokens of the context `text` takes, markers around it not counted."""
        with as_model_errors(self.name):
            return int(await self._child.call("count", {"text": text}, priority=0))

    async def close(self) -> None:
        """End the process; the next use starts another."""
        await self._child.close()
