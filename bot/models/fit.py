"""Measures what a chat model does on this machine, in the process that answers are written in."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from bot.answering.prompts import SYSTEM
from bot.children import Child
from bot.contracts import Message, Progress, Sampling
from bot.errors import ModelError
from bot.models.chat import process_of
from bot.models.embedder import GgufEmbedder
from bot.models.estimate import PROMPT_TOKENS, Speed, answer_seconds
from bot.models.failures import as_model_errors
from bot.models.threads import cores

WRITTEN = 32
"""Tokens of a measured reply."""
RUNS = 3
SECONDS = 60.0
"""For all thread counts of a model together: there are fewer runs where this is used up, but with each count
one alone and one beside the embedding model."""
NEARLY = 1.05
"""Of the best time: fewer threads that need no more than this are preferred, they leave cores to others."""
_TRIED = 8  # replies, to find one that is long enough
BUSY = 30.0
"""Per cent of the processor that others may take before figures are called low."""

_WORKER = "bot.models.serving.worker"
_WORDS = (
    "leave", "travel", "expense", "report", "approval", "manager", "office", "security", "badge", "contract",
    "review", "meeting", "schedule", "customer", "support", "ticket", "server", "backup", "laptop", "budget",
)  # fmt: skip


@dataclass(frozen=True)
class AtThreads:
    """Medians with one number of threads."""

    threads: int
    alone: Speed
    beside: Speed | None
    """While the embedding model works as much as it can; None where there is none here."""
    embedded: float = 0.0
    """Passages a second that it embedded meanwhile."""


@dataclass(frozen=True)
class Measured:
    """One model on this machine."""

    model: str
    load_s: float
    memory_bytes: int
    """Of its process, with its share of what several map (PSS)."""
    in_tiles: bool
    """Whether the processor multiplies its weights as tiles (bot.models.serving.tiles)."""
    kept: int
    """Tokens of Footnote's own instructions, which are read once."""
    at: tuple[AtThreads, ...]
    threads: int
    """The best of them."""

    @property
    def best(self) -> AtThreads:
        """The figures with that many."""
        return next(one for one in self.at if one.threads == self.threads)


def thread_counts(logical: int, physical: int) -> list[int]:
    """The numbers of threads worth a try with so many cores."""
    physical = min(physical, logical)
    tried = {physical // 2, physical - 1, physical, logical} | ({1, 2} if physical <= 4 else set())
    return sorted(count for count in tried if 1 <= count <= logical)


def threads_to_try() -> list[int]:
    """On this machine."""
    logical = cores()
    return thread_counts(logical, psutil.cpu_count(logical=False) or logical)


def recommended(measured: Sequence[AtThreads], kept: int) -> int:
    """The fewest threads with which a typical answer takes nearly the shortest time, alone and beside the
    embedding model: the sum of both counts."""

    def seconds(one: AtThreads) -> float:
        return sum(answer_seconds(speed, kept) for speed in (one.alone, one.beside) if speed)

    enough = NEARLY * min(map(seconds, measured))
    return min(one.threads for one in measured if seconds(one) <= enough)


def what_disturbs() -> str:
    """Why figures measured now would be low, or ""; looks for half a second."""
    for process in psutil.process_iter(["cmdline"]):
        if _WORKER in (process.info["cmdline"] or ()):
            return "Footnote is running: its chat model is loaded, and works when somebody asks"
    busy = psutil.cpu_percent(0.5)
    return f"other programs take {busy:.0f} % of the processor" if busy > BUSY else ""


async def measure(
    path: Path,
    name: str,
    *,
    context: int,
    embedder: Path | None,
    needed: int,
    counts: Sequence[int],
    progress: Progress,
    seconds: float = SECONDS,
    prompt_tokens: int = PROMPT_TOKENS,
    clock: Callable[[], float] = time.monotonic,
) -> Measured:
    """Run the model with each number of threads. `context`: as the bot has it, for the memory; `needed`:
    bytes of memory that it takes, about; `embedder`: the file of the embedding model; `prompt_tokens`: about
    how long the prompts are that are read.

    Raises ModelError (not enough memory), ModelBroken, ModelUnavailable.
    """
    available = psutil.virtual_memory().available
    if needed > available:
        raise ModelError(
            f"There is not enough memory to measure {name}: it takes about {needed >> 20:,} MB, and"
            f" {available >> 20:,} MB are available.",
            mend="Close something, or measure a smaller one: footnote models fit --model NAME",
        )
    what, total = f"measuring {name}", len(counts) * (2 if embedder else 1) * RUNS
    runs = iter(range(total + 1))
    progress(what, next(runs), total)
    found: list[AtThreads] = []
    load_s, memory, kept, in_tiles = 0.0, 0, 0, False
    began = clock()
    # few threads take longest: the most first, so that a slow machine has shown something soon
    for number, threads in enumerate(sorted(counts, reverse=True), 1):
        until = began + seconds * number / len(counts)
        half = began + seconds * (number - 0.5) / len(counts) if embedder else until
        child = process_of(path, context, threads)
        try:
            with as_model_errors(name):
                started = clock()
                await child.start()
                load_s = load_s or clock() - started
                kept = kept or int(await child.call("count", {"text": SYSTEM}))
                in_tiles = bool((await child.call("stats"))["in_tiles"])
                bench = _Bench(child, until_now=clock, tick=lambda: progress(what, next(runs), total))
                await bench.warm(prompt_tokens)
                alone = await bench.speed(half)
                beside, embedded = None, 0.0
                if embedder:
                    async with _embedding(embedder, threads) as done:
                        before, since = done(), clock()
                        beside = await bench.speed(until)
                        embedded = (done() - before) / (clock() - since)
                found.append(AtThreads(threads, alone, beside, embedded))
                memory = max(memory, _memory(child.pid))
        finally:
            await child.close()
    progress(what, total, total)
    found.reverse()
    return Measured(name, load_s, memory, in_tiles, kept, tuple(found), recommended(found, kept))


class _Bench:
    """Asks a model in its process, and says how fast it was."""

    def __init__(self, child: Child, until_now: Callable[[], float], tick: Callable[[], None]) -> None:
        self._child = child
        self._now = until_now
        self._tick = tick
        self._words = 0
        self._asked = 0

    async def warm(self, prompt_tokens: int) -> None:
        """Bring the weights into memory, and find how many words a prompt of the wanted length has."""
        sample = " ".join(_WORDS)
        count = int(await self._child.call("count", {"text": sample}))
        self._words = prompt_tokens * len(_WORDS) // max(count, 1)
        await self._ask(64, 2)

    async def speed(self, until: float) -> Speed:
        """Medians of RUNS, or of as many as could begin by then, at least one."""
        reading: list[float] = []
        writing: list[float] = []
        for run in range(RUNS):
            if not run or self._now() < until:
                self._asked += 1
                about = await self._ask(self._words, 1)
                reading.append((about["prompt_tokens"] - about["reused_tokens"]) / about["first_token_s"])
                writing.append(await self._writing())
            self._tick()
        return Speed(median(reading), median(writing))

    async def _writing(self) -> float:
        """Tokens a second after the beginning that was read last. Of what was guessed ahead and was right
        nothing counts: how much that is depends on what an answer copies."""
        for number in range(_TRIED):
            about = await self._ask(self._words, WRITTEN, f"Chapter {number}: ")
            written = int(about["reply_tokens"]) - int(about["accepted_tokens"]) - 1
            if written >= WRITTEN // 8:
                return written / float(about["total_s"] - about["first_token_s"])
        raise ModelError(
            "The model ends its replies at once: how fast it writes cannot be measured.",
            mend="Is it one that chats? footnote models list shows some.",
        )

    async def _ask(self, words: int, most: int, end: str = "") -> dict[str, Any]:
        """What a prompt took; that of another number is like none before, so that nothing of it is known."""
        chosen = random.Random(self._asked).choices(_WORDS, k=words)  # noqa: S311 - no secret
        call = {
            "messages": [
                asdict(Message("system", f"{self._asked}. " + " ".join(chosen))),
                asdict(Message("user", f"{end}Write a long story of an office in which these words occur.")),
            ],
            "sampling": asdict(Sampling(max_tokens=most)),
        }
        about: dict[str, Any] = await self._child.call("reply", call)
        return about


@contextlib.asynccontextmanager
async def _embedding(path: Path, threads: int) -> AsyncIterator[Callable[[], int]]:
    """Embed passages all the while; gives how many were so far."""
    embedder = GgufEmbedder(path, threads, "the embedding model")
    done = 0

    async def embed() -> None:
        nonlocal done
        chance = random.Random(0)  # noqa: S311 - no secret
        while True:
            texts = [" ".join(chance.choices(_WORDS, k=150)) for _ in range(8)]
            await embedder.passages(texts)
            done += len(texts)

    await embedder.start()
    work = asyncio.create_task(embed())
    try:
        yield lambda: done
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await embedder.close()


def _memory(pid: int | None) -> int:
    try:
        info = psutil.Process(pid).memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(info, "pss", 0) or info.rss)
