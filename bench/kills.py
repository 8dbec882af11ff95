"""kill -9 of the chat model's process under load, again and again.

    .venv/bin/python bench/kills.py [--kills 200] [--at-once 6] [--model FILE.gguf] [--json FILE]

Clients ask without a pause, each time for a canary of their own that a grammar dictates, and ask once more
where the model died, as bot.slack.replies does. The process is killed at a random moment while they do. A
reply counts as wrong where it is not its own canary, as lost where a request ends in anything else than a
reply or the error that tells of the model; one whose second asking died too is told. "Back" is the time from
the kill to the first piece of a reply by the next process; that one is killed at the earliest when it has
finished a reply.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import platformdirs

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.contracts import Message, Sampling
from bot.errors import ModelUnavailable
from bot.models.catalogue import CATALOGUE
from bot.models.chat import LlamaChat

SYSTEM = Message("system", "You sing what you are told to sing, and nothing else. " * 8)

ENDS = ("right", "wrong", "told")


class Load:
    """Clients that ask one model, and what came of it."""

    def __init__(self, chat: LlamaChat) -> None:
        self.chat = chat
        self.counts: Counter[str] = Counter()
        self.killed: int | None = None
        self.is_back = asyncio.Event()
        self.has_answered = asyncio.Event()
        self.is_over = False
        self.under_way = 0
        self._number = 0

    async def client(self) -> None:
        while not self.is_over:
            self._number += 1
            canary = f"canary {self._number} sings of {random.randrange(10**9)}"
            self.under_way += 1
            try:
                await self._ask(canary)
            finally:
                self.under_way -= 1

    async def _ask(self, canary: str) -> None:
        self.counts["asked"] += 1
        for attempt in (1, 2):
            try:
                reply = await self._reply(canary)
            except ModelUnavailable:
                self.counts["died under a request" if attempt == 1 else "told"] += 1
                continue
            self.counts["right" if reply == canary else "wrong"] += 1
            if self.is_back.is_set():
                self.has_answered.set()
            return

    async def _reply(self, canary: str) -> str:
        sampling = Sampling(max_tokens=64, grammar=f'root ::= "{canary}"')
        reply = ""
        async for piece in self.chat.stream([SYSTEM, Message("user", f"Sing: {canary}")], sampling):
            if self.chat.pid not in (self.killed, None):
                self.is_back.set()
            reply += piece
        return reply


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--at-once", type=int, default=6)
    options.add_argument("--model", type=Path)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    tiny = platformdirs.user_data_path("footnote") / "models" / CATALOGUE["smollm2-135m-instruct"].file
    chat = LlamaChat(chosen.model or tiny, "killed", context=1024, threads=0)
    load = Load(chat)
    await chat.start()
    clients = [asyncio.create_task(load.client()) for _ in range(chosen.at_once)]
    back: list[float] = []
    while len(back) < chosen.kills:
        await asyncio.sleep(random.uniform(0.05, 1.5))
        for client in clients:
            if client.done():
                client.result()
        pid = chat.pid
        if pid is None or not load.under_way:
            continue
        load.killed = pid
        load.is_back.clear()
        load.has_answered.clear()
        os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
        await asyncio.wait_for(load.is_back.wait(), 600)
        back.append(time.monotonic() - killed)
        await asyncio.wait_for(load.has_answered.wait(), 600)  # else it is a process that never works
        if len(back) % 20 == 0:
            print(len(back), dict(load.counts), f"max back {max(back):.2f} s", flush=True)
    load.is_over = True
    await asyncio.gather(*clients)
    await chat.close()
    report = {
        "kills": len(back),
        **load.counts,
        "wrong": load.counts["wrong"],
        "lost": load.counts["asked"] - sum(load.counts[end] for end in ENDS),
        "back_p50_s": round(statistics.median(back), 2),
        "back_p95_s": round(sorted(back)[int(0.95 * (len(back) - 1))], 2),
        "back_max_s": round(max(back), 2),
        "back_over_5_s": sum(one > 5 for one in back),
    }
    print(json.dumps(report, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
