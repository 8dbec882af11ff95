"""Many people asking one model: Footnote's engine, llama.cpp's own server, and llama-cpp-python as it comes.

    .venv/bin/python -m pip install xllamacpp       # carries the server
    .venv/bin/python bench/serving.py MODEL.gguf --eval ../shared/eval [--at-once 1 4 8 40] [--runs 3]
        [--only engine engine-ordered engine-plain engine-plain-ordered server server-unpacked serial]
        [--questions 40] [--json FILE]

Sends the questions of bench/serving_workload.py to each in turn, as often as --runs says, the order turned
round each time; --at-once 40 is a burst. Same model, threads, context and prompts, token for token; greedy.
"engine-ordered" gets the passages in the order that reuses most, everybody else by rank. "engine-plain" and
"server-unpacked" have the weights as they stand in the file: the engine has them in tiles on processors that
multiply those (bot.models.serving.tiles), and the server repacks them for any; both round otherwise then.
Prints medians.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import serving_workload

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.children import Child
from bot.contracts import Message, Sampling
from bot.models.native import Model
from bot.models.processor import multiplies_tiles
from bot.models.serving.prompt import prompt_tokens

CELLS = 12_288
CONTEXT = 4_096
MAX_TOKENS = 160
"""Of an answer: most end by themselves before."""

SERVER = """
import sys, time, xllamacpp as x
p = x.CommonParams()
p.model.path, p.n_ctx, threads, p.n_parallel, p.no_extra_bufts = sys.argv[1], *map(int, sys.argv[2:])
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = threads
p.kv_unified, p.cache_prompt, p.n_gpu_layers, p.port, p.warmup = True, True, 0, 0, False
server = x.Server(p)
print(server.listening_address, flush=True)
sys.stdin.read()
"""

SERIAL = """
import json, sys, time, llama_cpp
path, context, threads = sys.argv[1], *map(int, sys.argv[2:])
parameters = llama_cpp.llama_cpp.llama_model_default_params()
parameters.use_extra_bufts = False  # with AMX, and built by GCC 12, it dies of a bad tile configuration
llama_cpp.llama_cpp.llama_model_default_params = lambda: parameters
model = llama_cpp.Llama(path, n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False)
print("ready", flush=True)
for line in sys.stdin:
    prompt, most = json.loads(line)
    for part in model.create_completion(prompt, max_tokens=most, temperature=0, stream=True):
        print(json.dumps(part["choices"][0]["text"]), flush=True)
    print("null", flush=True)
"""


@dataclass
class Reply:
    """What came of one request; seconds since it was sent."""

    text: str = ""
    first_s: float = 0.0
    total_s: float = 0.0
    stall_s: float = 0.0
    """The longest between two of its pieces."""
    about: dict[str, Any] | None = None


class Engine:
    """The engine in its process, as the bot has it."""

    def __init__(self, model: Path, threads: int, *, is_plain: bool = False) -> None:
        first = () if is_plain or not multiplies_tiles() else ("--tiles",)
        arguments = (str(model), str(CONTEXT), str(threads), str(CELLS))
        self._child = Child("bot.models.serving.worker", *arguments, first=first)

    async def start(self) -> None:
        await self._child.start()

    @property
    def pid(self) -> int:
        return self._child.pid or 0

    async def pieces(self, messages: Sequence[Message], prompt: list[int]) -> AsyncIterator[Any]:
        del prompt
        call = {
            "messages": [asdict(one) for one in messages],
            "sampling": asdict(Sampling(max_tokens=MAX_TOKENS)),
        }
        async with contextlib.aclosing(self._child._converse("reply", call, 1)) as frames:
            async for frame in frames:
                yield frame.get("item") or frame.get("result")

    async def close(self) -> None:
        await self._child.close()


class Server:
    """llama.cpp's own, over HTTP."""

    def __init__(self, model: Path, threads: int, slots: int, *, is_unpacked: bool = False) -> None:
        self._arguments = [str(model), str(CELLS), str(threads), str(slots), str(int(is_unpacked))]

    async def start(self) -> None:
        command = [sys.executable, "-c", SERVER, *self._arguments]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout
        address = (await self._process.stdout.readline()).decode().strip()
        self.pid = self._process.pid
        # a connection for each request: the server may close one just when the next is sent over it
        self._client = httpx.AsyncClient(
            base_url=address, timeout=3600, trust_env=False, headers={"Connection": "close"}
        )

    async def pieces(self, messages: Sequence[Message], prompt: list[int]) -> AsyncIterator[Any]:
        del messages
        body = {
            "prompt": prompt, "n_predict": MAX_TOKENS, "temperature": 0, "stream": True, "cache_prompt": True,
        }  # fmt: skip
        async with self._client.stream("POST", "/completion", json=body) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    frame = json.loads(line[6:])
                    if frame.get("stop"):
                        yield {"prompt_tokens": frame.get("tokens_evaluated"), **(frame.get("timings") or {})}
                    else:
                        yield frame["content"]

    async def close(self) -> None:
        await self._client.aclose()
        self._process.kill()
        await self._process.wait()


class Serial:
    """llama-cpp-python's high-level API: one after the other."""

    def __init__(self, model: Path, threads: int) -> None:
        self._arguments = [str(model), str(CONTEXT), str(threads)]
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        command = [sys.executable, "-c", SERIAL, *self._arguments]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout
        await self._process.stdout.readline()
        self.pid = self._process.pid

    async def pieces(self, messages: Sequence[Message], prompt: list[int]) -> AsyncIterator[Any]:
        del messages
        async with self._lock:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps([prompt, MAX_TOKENS]).encode() + b"\n")
            while (piece := json.loads(await self._process.stdout.readline())) is not None:
                yield piece

    async def close(self) -> None:
        self._process.kill()
        await self._process.wait()


async def asked(backend: Any, messages: Sequence[Message], prompt: list[int]) -> Reply:
    reply, began = Reply(), time.perf_counter()
    last = began
    async for piece in backend.pieces(messages, prompt):
        now = time.perf_counter()
        if isinstance(piece, dict):
            reply.about = piece
        elif piece:
            if not reply.text:
                reply.first_s = now - began
            else:
                reply.stall_s = max(reply.stall_s, now - last)
            last = now
            reply.text += piece
    reply.total_s = time.perf_counter() - began
    return reply


async def run(
    backend: Any, prompts: Sequence[tuple[Sequence[Message], list[int]]], at_once: int
) -> dict[str, Any]:
    """All questions, so many at a time."""
    replies: list[Reply | None] = [None] * len(prompts)
    numbers = iter(range(len(prompts)))

    async def person() -> None:
        for which in numbers:
            replies[which] = await asked(backend, *prompts[which])

    began = time.perf_counter()
    await asyncio.gather(*(person() for _ in range(at_once)))
    seconds = time.perf_counter() - began
    done = [one for one in replies if one]
    firsts, totals = sorted(one.first_s for one in done), sorted(one.total_s for one in done)
    return {
        "per_minute": 60 * len(done) / seconds,
        "seconds": seconds,
        "first_p50": _share(firsts, 0.5),
        "first_p95": _share(firsts, 0.95),
        "total_p50": _share(totals, 0.5),
        "total_p95": _share(totals, 0.95),
        "stall_max": max(one.stall_s for one in done),
        "texts": [one.text for one in done],
        "about": [one.about for one in done],
        "megabytes": _megabytes(backend.pid),
    }


def _share(ordered: Sequence[float], share: float) -> float:
    """What that share of the values is below."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _megabytes(pid: int) -> int:
    """Memory that is its own, plus what it maps of the model: proportional set size."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 4, 8, 40])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=["engine", "engine-ordered", "server"])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()

    made = serving_workload.make(given.eval / "handbook_dev.jsonl", given.eval / "corpora", given.questions)
    vocabulary = Model(given.model, vocabulary_only=True)

    def prepared(orders: Sequence[Sequence[int]]) -> list[tuple[list[Message], list[int]]]:
        talks = [made.messages(which, order) for which, order in enumerate(orders)]
        return [(talk, prompt_tokens(vocabulary, talk)) for talk in talks]

    by_rank, reused_most = serving_workload.by_rank(made), serving_workload.reused_most(made)
    results: list[dict[str, Any]] = []
    for number in range(given.runs):
        for at_once in given.at_once:
            for name in given.only if number % 2 == 0 else given.only[::-1]:
                order = reused_most if "ordered" in name else by_rank
                backend: Any = Engine(given.model, given.threads, is_plain="plain" in name)
                if name.startswith("server"):
                    slots = min(at_once, 8)
                    backend = Server(given.model, given.threads, slots, is_unpacked=name == "server-unpacked")
                elif name == "serial":
                    backend = Serial(given.model, given.threads)
                await backend.start()
                found = await run(backend, prepared(order), at_once)
                await backend.close()
                right = [made.is_right(at, order[at], text) for at, text in enumerate(found["texts"])]
                found |= {"name": name, "at_once": at_once, "run": number}
                found |= {"right": sum(one for one, _ in right), "cited": sum(both for _, both in right)}
                results.append(found)
                shown = {key: value for key, value in found.items() if key not in ("texts", "about")}
                print({k: round(v, 2) if isinstance(v, float) else v for k, v in shown.items()}, flush=True)
                if given.json:
                    given.json.write_text(json.dumps(results, ensure_ascii=False))
    report(results)


def report(results: Sequence[dict[str, Any]]) -> None:
    """Medians, and against the server."""
    seconds = ("first_p50", "first_p95", "total_p50", "total_p95", "stall_max")
    keys = ("per_minute", *seconds, "megabytes", "right", "cited")
    for at_once in dict.fromkeys(one["at_once"] for one in results):
        of_server: dict[str, float] = {}
        for name in sorted({one["name"] for one in results}, key=lambda name: name != "server"):
            mine = [one for one in results if (one["name"], one["at_once"]) == (name, at_once)]
            medians = {key: statistics.median(one[key] for one in mine) for key in keys} if mine else {}
            of_server = medians if name == "server" else of_server
            shown = {
                key: f"{value:.2f}" + (f" ({value / of_server[key]:.2f}x)" if of_server.get(key) else "")
                for key, value in medians.items()
            }
            print(at_once, name, shown)


if __name__ == "__main__":
    asyncio.run(main())
