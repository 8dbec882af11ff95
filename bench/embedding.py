"""Tokens a second of the embedding worker against llama_cpp.Llama.embed as it comes, turn about in one run.

    python bench/embedding.py [--passages 64] [--rounds 3] [--threads N] [--json]

Passages are Korean and English sentences in turn, about 250 tokens each; queries are timed one at a time.
Needs the default embedding model (footnote models pull multilingual-e5-small).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import platformdirs
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as in the worker's process, before OpenMP is loaded

from bot.models.embed_worker import EmbedEngine  # noqa: E402
from bot.models.weights import locate  # noqa: E402

SENTENCES = (
    "연차 휴가는 1년에 15일이며 남은 휴가는 다음 해로 넘길 수 없습니다. ",
    "Employees get 15 days of paid leave a year, and unused days lapse at the end of it. ",
    "데이터베이스 접근 권한은 관리자가 승인한 다음 날부터 유효합니다. ",
    "Backups run every night at two and are kept for thirty days in another building. ",
    "장애가 발생하면 먼저 담당자에게 알리고 복구 절차를 따르십시오. ",
    "The release branch is cut on Monday; only fixes are merged until it ships. ",
)


def made_passages(count: int) -> list[str]:
    """`count` texts of about 256 tokens, half Korean and half English in turn."""
    return [
        "passage: "
        + f"{number}. "
        + "".join(SENTENCES[(number + i) % 6] for i in range(15))[: 700 + number % 50]
        for number in range(count)
    ]


def measure(work: Callable[[list[str]], object], texts: list[str], tokens: int) -> float:
    start = time.perf_counter()
    work(texts)
    return tokens / (time.perf_counter() - start)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--passages", type=int, default=64)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()

    path = locate("multilingual-e5-small", platformdirs.user_data_path("footnote") / "models")
    engine = EmbedEngine(path, given.threads)
    memory_mb = psutil.Process().memory_info().rss / (1 << 20)
    texts = made_passages(given.passages)
    counts = [len(engine.tokens(text)) for text in texts]
    tokens = sum(counts)
    engine.embed(texts[:4])

    import llama_cpp

    plain = llama_cpp.Llama(str(path), embedding=True, n_ctx=512, n_threads=given.threads, verbose=False)
    plain.embed(texts[:4])
    ours: list[float] = []
    theirs: list[float] = []
    query_ms: list[float] = []
    for _ in range(given.rounds):
        ours.append(measure(engine.embed, texts, tokens))
        theirs.append(measure(plain.embed, texts, tokens))
        for sentence in SENTENCES:
            start = time.perf_counter()
            engine.embed(["query: " + sentence])
            query_ms.append(1000 * (time.perf_counter() - start))
    report = {
        "tokens_per_s": round(statistics.median(ours)),
        "tokens_per_s_as_it_comes": round(statistics.median(theirs)),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
        "query_ms_p50": round(statistics.median(query_ms), 1),
        "query_ms_max": round(max(query_ms), 1),
        "mean_passage_tokens": round(tokens / len(texts)),
        "memory_mb_loaded": round(memory_mb),
        "threads": given.threads,
        "rounds": {"ours": [round(x) for x in ours], "as_it_comes": [round(x) for x in theirs]},
    }
    if given.json:
        print(json.dumps(report))
        return
    for key, value in report.items():
        print(f"{key:28} {value}")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
