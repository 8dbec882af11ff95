"""The chat model, as the rest of Footnote sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bot.children import Child
from bot.contracts import Message, Sampling
from bot.errors import ChildDied, ModelError, ModelMissing, NotFound
from bot.models.adapters import check_fits, check_name, no_such
from bot.models.catalogue import can_judge
from bot.models.failures import as_model_errors
from bot.models.processor import multiplies_tiles

_BEHIND_ALL = 9
"""The priority of what nobody waits for."""


def process_of(path: Path, context: int, threads: int) -> Child:
    """The process of a chat model (`bot.models.serving.worker`), not started yet."""
    tiles = ("--tiles",) if multiplies_tiles() else ()
    arguments = (str(path), str(context), str(threads))
    return Child("bot.models.serving.worker", *arguments, name="chat model", first=tiles)


class LlamaChat:
    """A GGUF chat model in a process of its own, loaded on first use or by `start`.

    Many replies at a time; a prompt that begins like an earlier one is only read from where they differ.
    LoRA adapters are loaded and dropped while replies are written; each call may choose one, and has
    `self.adapter` where it does not. Satisfies `bot.contracts.ChatModel`.
    """

    def __init__(
        self, path: Path, name: str, context: int, threads: int, *, adapter: Path | None = None
    ) -> None:
        """`context`: tokens that a prompt and its reply may have together. `threads` 0: one for each core.
        `adapter`: the file of one to load with the model and to answer with."""
        threads = threads or os.cpu_count() or 1
        self.name = name
        self.path = path
        if adapter:
            check_name(adapter.stem)
        self._adapters = {adapter.stem: adapter} if adapter else {}
        self.adapter = adapter.stem if adapter else ""
        """The name of the adapter of calls that choose none; "": they are for the model alone."""
        self._changing: asyncio.Lock | None = None
        self._child = process_of(path, context, threads)
        self._arguments = self._child.arguments
        self._remember(self._adapters)

    @property
    def pid(self) -> int | None:
        """The process id of the model while it is loaded or loading."""
        return self._child.pid

    @property
    def identity(self) -> str:
        """Differs whenever another model or adapter answers, as far as that can be seen without reading the
        files: kept answers are bound to it. Raises ModelMissing where one is gone."""
        files = [self.path, self._adapters[self.adapter]] if self.adapter else [self.path]
        try:
            states = [file.stat() for file in files]  # a path may hold another model now
        except OSError as exc:
            raise ModelMissing(
                f"The model {self.name} cannot be read any more ({exc.filename}).",
                mend="Put the file back, or restart Footnote with another model.",
            ) from exc
        names = f"{self.name} {self.adapter}".strip()
        return " ".join([names, *(f"{state.st_size} {state.st_mtime_ns}" for state in states)])

    async def start(self) -> None:
        """Load the model now. Raises ModelError."""
        with as_model_errors(self.name):
            await self._child.start()

    async def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        user: str = "",
        *,
        seconds: float | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[str, None]:
        """Pieces of the reply, with an adapter ("": without; None: with that of `self.adapter`).

        Raises ModelError (prompt too long), ModelUnavailable (the process died), ModelBusy (too many wait, or
        it was not done within `seconds`), NotFound (no such adapter).
        """
        call = {
            "messages": [asdict(message) for message in messages],
            "sampling": asdict(sampling),
            "user": user,
            "deadline": seconds,
            "adapter": self.adapter if adapter is None else adapter,
        }
        with as_model_errors(self.name):
            async with contextlib.aclosing(self._child.stream("reply", call)) as pieces:
                async for piece in pieces:
                    if piece:
                        yield piece

    async def log_odds(
        self,
        messages: Sequence[Message],
        these: Sequence[str],
        those: Sequence[str],
        *,
        adapter: str | None = None,
    ) -> float:
        """How much likelier the reply begins like the likeliest of `these` than like that of `those`: the
        natural logarithm of the ratio. Raises as `stream` does.

        It goes ahead of replies that have not begun: it is asked about one that is under way.
        """
        call = {
            "messages": [asdict(message) for message in messages],
            "these": list(these),
            "those": list(those),
            "adapter": self.adapter if adapter is None else adapter,
        }
        with as_model_errors(self.name):
            return float(await self._child.call("log_odds", call, priority=0))

    async def read_ahead(self, beginnings: Sequence[Sequence[Message]]) -> None:
        """Read what prompts begin with, behind all else that is to be done: the first of them then waits for
        its own rest only. Raises as `stream` does."""
        for messages in beginnings:
            call = {"messages": [asdict(message) for message in messages], "adapter": self.adapter}
            with as_model_errors(self.name):
                await self._child.call("read", call, priority=_BEHIND_ALL)

    async def stats(self) -> dict[str, int]:
        """What the process holds now: its weights in_tiles (1) or not (0); cells, cells_held and
        sequences_kept of its cache; requests working and waiting. Raises ModelUnavailable."""
        with as_model_errors(self.name):
            return dict(await self._child.call("stats", priority=0))

    async def gives_log_odds(self) -> bool:
        """False of models in the catalogue whose likelihoods were found to say nothing about an answer."""
        return can_judge(self.path.name)

    async def count_tokens(self, text: str) -> int:
        """How many tokens of the context `text` takes, markers around it not counted."""
        with as_model_errors(self.name):
            return int(await self._child.call("count", {"text": text}, priority=0))

    async def load_adapter(self, name: str, path: Path) -> None:
        """Have a LoRA adapter beside the model under a name, also whenever the process is started again.

        Where another file has the name, replies that were asked for end with that one. Raises ModelBroken
        where it does not fit the model, ModelError (odd name, too many), ModelUnavailable; nothing is changed
        then.
        """
        check_name(name)
        path = (await asyncio.to_thread(check_fits, path, self.path)).path
        async with self._change():
            self._remember({**self._adapters, name: path})
            try:
                with as_model_errors(self.name):
                    await self._child.call("load_adapter", {"name": name, "path": str(path)}, priority=0)
            except BaseException:  # also where the caller gave up: it does not know that it was loaded
                self._remember(self._adapters)
                raise
            self._adapters = {**self._adapters, name: path}

    async def drop_adapter(self, name: str) -> None:
        """Let go of an adapter: new calls cannot have it; returns once those under way ended and its memory
        is free. Raises NotFound; ModelError for the one that calls have by themselves (`self.adapter`)."""
        async with self._change():
            if name not in self._adapters:
                raise no_such(name, sorted(self._adapters))
            if name == self.adapter:
                raise ModelError(
                    f"The model answers with the adapter {name}.", mend="Choose another one before, or none."
                )
            self._adapters = {other: path for other, path in self._adapters.items() if other != name}
            self._remember(self._adapters)
        if self._child.pid is None:
            return
        with contextlib.suppress(ChildDied, NotFound):  # a new process was started without it
            await self._child.call("drop_adapter", {"name": name}, priority=0)

    async def close(self) -> None:
        """End the process; the next use starts another."""
        await self._child.close()

    def _change(self) -> asyncio.Lock:
        """One change of the adapters at a time."""
        self._changing = self._changing or asyncio.Lock()
        return self._changing

    def _remember(self, adapters: Mapping[str, Path]) -> None:
        """Have a process that is started from now on load these before it takes calls."""
        chosen = [
            text for name, path in adapters.items() for text in ("--adapter", name, str(path.absolute()))
        ]
        self._child.arguments = (*self._arguments, *chosen)
