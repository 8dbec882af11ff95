"""Measures the whole bot in the local workspace: start, memory, waiting times, stalls of the event loop.

    .venv/bin/python bench/slack.py DATA_DIR [--questions ../shared/eval/handbook_dev.jsonl] [--limit N]

DATA_DIR holds an index (`footnote sync`, or bench/search.py). Without --questions it asks about the sample
company. Prints JSON, seconds and bytes. The workspace runs in the same process, so `loop_stall_s` is an upper
bound. Wall clock: run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import statistics
import time
from pathlib import Path

import psutil

from bot.app import App
from bot.config import load_config
from bot.sandbox import Sandbox

SAMPLE = (
    "재택근무는 일주일에 며칠까지 돼요?",
    "택시비는 한 번에 얼마까지 처리돼요?",
    "how many hours does a VPN session last?",
    "안식휴가는 몇 년 일하면 나와요?",
    "what does a week on call pay?",
    "해외 출장 신청서는 언제까지 내야 하나요?",
)
USEFUL = {"assistant.threads.setStatus", "chat.startStream", "chat.postMessage"}
SOURCES = {"chat.startStream", "chat.postMessage"}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--limit", type=int, default=20)
    given = parser.parse_args()
    questions = list(SAMPLE)
    if given.questions:
        rows = [json.loads(line) for line in given.questions.read_text(encoding="utf-8").splitlines()]
        questions = [row["question"] for row in rows][:: max(1, len(rows) // given.limit)]

    began = time.perf_counter()
    async with Sandbox() as workspace:
        config = dataclasses.replace(load_config(), data_dir=given.data_dir, connectors={})
        config = dataclasses.replace(
            config,
            slack=config.slack.model_copy(update={"api_url": workspace.api_url}),
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
        )
        async with App(config) as app:
            stop, ready = asyncio.Event(), asyncio.Event()
            serving = asyncio.create_task(app.serve(app.slack_bot(), stop=stop, ready=ready.set))
            await ready.wait()
            ready_s = time.perf_counter() - began
            for _ in range(600):  # the models load behind
                if vars(app).get("chat") is not None and app.chat.pid:
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(8)
            idle = memory()
            await ask(workspace, questions[0])  # warm
            stalls: list[float] = []
            watching = asyncio.create_task(watch(stalls))
            waits = [await ask(workspace, question) for question in questions]
            watching.cancel()
            warm = memory()
            stop.set()
            await serving
    print(
        json.dumps(
            {
                "questions": len(waits),
                "ready_s": round(ready_s, 2),
                "first_useful_s": spread([wait["useful"] for wait in waits]),
                "sources_shown_s": spread([wait["sources"] for wait in waits]),
                "final_s": spread([wait["final"] for wait in waits]),
                "loop_stall_s": spread(stalls),
                "loop_stalls_over_50ms": sum(stall > 0.05 for stall in stalls),
                "idle": idle,
                "after_questions": warm,
            },
            indent=2,
        )
    )


async def ask(workspace: Sandbox, question: str) -> dict[str, float]:
    """Seconds from the mention to the first sign of life, the sources, the final reply."""
    seen = len(workspace.calls)
    began = time.perf_counter()
    ts = await workspace.say("jiwoo", "general", f"<@{workspace.bot_user_id}> {question}")
    times: dict[str, float] = {}
    while "final" not in times:
        now = time.perf_counter() - began
        methods = {call.method for call in workspace.calls[seen:]}
        if methods & USEFUL:
            times.setdefault("useful", now)
        if methods & SOURCES:
            times.setdefault("sources", now)
        if any(m.get("metadata") and m.get("bot_id") for m in workspace.messages("general", ts)):
            times["final"] = now
        await asyncio.sleep(0.005)
    return {"useful": times.get("useful", now), "sources": times.get("sources", now), "final": times["final"]}


async def watch(stalls: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        stalls.append(time.perf_counter() - began - 0.01)


def memory() -> dict[str, int]:
    """Resident bytes of the bot process, and proportional ones of the whole tree."""
    bot = psutil.Process(os.getpid())
    tree = [bot, *bot.children(recursive=True)]
    return {
        "bot_rss": bot.memory_info().rss,
        "tree_pss": sum(process.memory_full_info().pss for process in tree),
    }


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {"p50": round(statistics.median(ordered), 3), "p95": round(p95, 3), "max": round(ordered[-1], 3)}


if __name__ == "__main__":
    asyncio.run(main())
