"""The embedding model, as the rest of Footnote sees it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from bot.children import Child
from bot.contracts import Vectors
from bot.errors import ModelError
from bot.models.failures import as_model_errors
from bot.models.gguf_header import read_header
from bot.models.runtimes import Runtime, runtime_for

QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "
"""What the E5 models were trained with."""

CALL_TOKENS = 256
"""About the tokens of one call of `passages`: a query waits for the call under way, some 50-200 ms."""

_CALLS_AHEAD = 2  # one is computed while the next lies ready


class GgufEmbedder:
    """A GGUF embedding model in a process of its own, loaded on first use or by `start`.

    Computed by the faster of the runtimes that can (`bot.models.runtimes`), unless one is asked for.
    Satisfies `bot.contracts.Embedder`. Texts are cut at what the model reads (512 tokens for E5).
    """

    def __init__(self, path: Path, threads: int, name: str, runtime: Runtime | None = None) -> None:
        """`name` is the model's; `threads` 0: one for each core. Raises ModelBroken."""
        threads = threads or os.cpu_count() or 1
        header = read_header(path)
        self.runtime = runtime or runtime_for(header)
        # int8 vectors differ a little (cosine .9997) from those that databases have from llama.cpp
        self.name = name if self.runtime is Runtime.LLAMA else f"{name}/int8"
        self.path = path
        dimensions = header.number("embedding_length")
        if not dimensions:
            raise ModelError(f"The model file {path} is not one that embeds texts.")
        self.dimensions = dimensions
        self._child = Child(
            "bot.models.embed_worker", str(path), str(threads), self.runtime, name="embedding model"
        )

    @property
    def pid(self) -> int | None:
        """The process id of the model while it is loaded or loading."""
        return self._child.pid

    async def start(self) -> None:
        """Load the model now. Raises ModelError."""
        with as_model_errors(self.name):
            await self._child.start()

    async def queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions). Goes ahead of passages that wait."""
        return await self._embed([QUERY_PREFIX + text for text in texts], priority=0)

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), in small calls between which queries are served."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        calls = iter(portions(texts))

        async def work() -> None:
            for portion in calls:
                prefixed = [PASSAGE_PREFIX + texts[which] for which in portion]
                vectors[portion] = await self._embed(prefixed, priority=1)

        workers = [asyncio.create_task(work()) for _ in range(_CALLS_AHEAD)]
        try:
            await asyncio.gather(
                *workers
            )  # not a TaskGroup: callers wait for a ModelError, not a group of them
        finally:
            for worker in workers:
                worker.cancel()
        return vectors

    async def close(self) -> None:
        """End the process; the next use starts another."""
        await self._child.close()

    async def _embed(self, texts: list[str], priority: int) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        with as_model_errors(self.name):
            data = await self._child.call("embed", {"texts": texts}, priority=priority)
        return np.frombuffer(data, np.float32).reshape(len(texts), self.dimensions)


def portions(texts: Sequence[str]) -> Iterable[list[int]]:
    """Which texts go into one call: neighbours by length, about CALL_TOKENS together."""
    guesses = [_tokens_about(text) for text in texts]
    portion: list[int] = []
    used = 0
    for which in sorted(range(len(texts)), key=guesses.__getitem__):
        if portion and used + guesses[which] > CALL_TOKENS:
            yield portion
            portion, used = [], 0
        portion.append(which)
        used += guesses[which]
    if portion:
        yield portion


def _tokens_about(text: str) -> int:
    """A guess without the tokeniser: a token of E5 has some 4 bytes of English, 5 of Korean."""
    return 6 + len(text.encode("utf-8", "replace")) // 4
