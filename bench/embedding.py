"""Tokens a second of the embedding model by each runtime, turn about in one run.

    python bench/embedding.py [--passages 32] [--rounds 3] [--threads N] [--chat MODEL] [--json]

`as it comes` is llama_cpp.Llama.embed with its defaults; the others are what Footnote runs, each in its child
process, as a sync and a question reach it: passages of about 240 tokens, Korean and English sentences in
turn, in bulk; questions one at a time. With --chat, everything is measured again while that model generates
beside it, its own speed too. Needs the models (footnote models pull).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import platformdirs
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.children import WAITING

os.environ |= WAITING  # before OpenMP is loaded

from bot.contracts import Message, Sampling
from bot.models.chat import LlamaChat
from bot.models.embed_worker import EmbedEngine
from bot.models.embedder import PASSAGE_PREFIX, GgufEmbedder
from bot.models.runtimes import Runtime
from bot.models.weights import locate

SENTENCES = (
    "연차 휴가는 1년에 15일이며 남은 휴가는 다음 해로 넘길 수 없습니다. ",
    "Employees get 15 days of paid leave a year, and unused days lapse at the end of it. ",
    "데이터베이스 접근 권한은 관리자가 승인한 다음 날부터 유효합니다. ",
    "Backups run every night at two and are kept for thirty days in another building. ",
    "장애가 발생하면 먼저 담당자에게 알리고 복구 절차를 따르십시오. ",
    "The release branch is cut on Monday; only fixes are merged until it ships. ",
)

AS_IT_COMES = "as it comes"


def made_passages(count: int) -> list[str]:
    """`count` texts of about 240 tokens, half Korean and half English in turn."""
    return [
        f"{number}. " + "".join(SENTENCES[(number + i) % 6] for i in range(15))[: 700 + number % 50]
        for number in range(count)
    ]


Embed = Callable[[list[str]], Awaitable[object]]


async def measure(
    subjects: dict[str, tuple[Embed, Embed]], texts: list[str], tokens: int, rounds: int
) -> dict[str, dict[str, float]]:
    """By subject: tokens a second, and milliseconds of a question, over all rounds."""
    rates: dict[str, list[float]] = {name: [] for name in subjects}
    waits: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, (passages, queries) in subjects.items():
            start = time.perf_counter()
            await passages(texts)
            rates[name].append(tokens / (time.perf_counter() - start))
            for sentence in SENTENCES * 2:
                start = time.perf_counter()
                await queries([sentence])
                waits[name].append(1000 * (time.perf_counter() - start))
    plain = rates[AS_IT_COMES]
    return {
        name: {
            "tokens_per_s": round(statistics.median(rates[name])),
            "ratio": round(statistics.median(a / b for a, b in zip(rates[name], plain, strict=True)), 2),
            "query_ms_p50": round(statistics.median(waits[name]), 1),
            "query_ms_p95": round(statistics.quantiles(waits[name], n=20)[-1], 1),
        }
        for name in subjects
    }


@contextlib.asynccontextmanager
async def generating(model: str, directory: Path, threads: int) -> AsyncIterator[Callable[[], float]]:
    """A chat model at work; what is yielded gives its pieces a second since the last asking."""
    chat = LlamaChat(locate(model, directory), model, 2048, threads)
    pieces, since = 0, time.perf_counter()
    begun = asyncio.Event()

    async def work() -> None:
        nonlocal pieces
        while True:
            prompt = [Message("user", "Write a long story about a lighthouse.")]
            async for _ in chat.stream(prompt, Sampling(max_tokens=400)):
                pieces += 1
                begun.set()

    def rate() -> float:
        nonlocal pieces, since
        now = time.perf_counter()
        result, pieces, since = pieces / (now - since), 0, now
        return result

    task = asyncio.create_task(work())
    try:
        await begun.wait()
        rate()
        yield rate
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await chat.close()


async def run(given: argparse.Namespace) -> dict[str, Any]:
    directory = platformdirs.user_data_path("footnote") / "models"
    path = locate("multilingual-e5-small", directory)
    texts = made_passages(given.passages)
    counter = EmbedEngine(path, given.threads, Runtime.LLAMA)
    tokens = sum(len(counter.tokens(PASSAGE_PREFIX + text)) for text in texts)

    import llama_cpp

    plain = llama_cpp.Llama(str(path), embedding=True, n_ctx=512, n_threads=given.threads, verbose=False)

    async def embed_plainly(passages: list[str]) -> object:
        return await asyncio.to_thread(plain.embed, [PASSAGE_PREFIX + text for text in passages])

    subjects: dict[str, tuple[Embed, Embed]] = {AS_IT_COMES: (embed_plainly, embed_plainly)}
    report: dict[str, Any] = {"threads": given.threads, "mean_passage_tokens": round(tokens / len(texts))}
    async with contextlib.AsyncExitStack() as stack:
        for runtime in Runtime:
            embedder = GgufEmbedder(path, given.threads, "bench", runtime)
            stack.push_async_callback(embedder.close)
            start = time.perf_counter()
            await embedder.start()
            report[f"{runtime}_start_s"] = round(time.perf_counter() - start, 2)
            await embedder.passages(texts[:4])
            report[f"{runtime}_memory_mb"] = psutil.Process(embedder.pid).memory_info().rss >> 20
            subjects[runtime] = (embedder.passages, embedder.queries)
        report["alone"] = await measure(subjects, texts, tokens, given.rounds)
        if given.chat:
            async with generating(given.chat, directory, given.threads) as rate:
                await asyncio.sleep(10)
                report["chat_alone_per_s"] = round(rate(), 1)
                report["beside_chat"] = {}
                for name in list(subjects)[1:]:
                    rate()
                    beside = {AS_IT_COMES: subjects[AS_IT_COMES], name: subjects[name]}
                    measured = await measure(beside, texts, tokens, 1)
                    rate()
                    for _ in range(given.rounds):
                        await subjects[name][0](texts)
                    measured[name]["chat_per_s"] = round(rate(), 1)
                    report["beside_chat"][name] = measured[name]
    return report


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--passages", type=int, default=32)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options.add_argument("--chat", default="", help="a chat model to generate beside it")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    report = asyncio.run(run(given))
    if not given.json:
        for key, value in report.items():
            if not isinstance(value, dict):
                print(f"{key:26} {value}")
                continue
            print(key)
            for name, numbers in value.items():
                print(f"  {name:24} " + "  ".join(f"{what} {number}" for what, number in numbers.items()))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
