"""Hours of questions to one model: are all replies right, and does its memory stay where it is?

    .venv/bin/python bench/soak.py [--minutes 120] [--at-once 6] [--model FILE.gguf] [--json FILE]

Clients ask without a pause, each time for a canary of their own that a grammar dictates, behind one of 40
beginnings that repeat (the prefix tree has something to share and to forget). One request in five is
cancelled at a random moment. Every 10 s the process's resident memory is read; its slope is a least-squares
line through the second half. The cells of the cache are allocated at the start and are no part of a growth;
so the engine is asked at the end what it holds: no request, and no more cells than there are.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import platformdirs

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.contracts import Message, Sampling
from bot.models.catalogue import CATALOGUE
from bot.models.chat import LlamaChat

BEGINNINGS = [
    Message("system", f"You sing. Song book {book}: " + f"verse {book} of the long song. " * 20)
    for book in range(40)
]


async def client(chat: LlamaChat, name: int, until: float, counts: Counter[str]) -> None:
    number = 0
    while time.monotonic() < until:
        number += 1
        canary = f"canary {name} {number} sings of {random.randrange(10**9)}"
        messages = [random.choice(BEGINNINGS), Message("user", f"Sing: {canary}")]
        most = random.randrange(12) if random.random() < 0.2 else None
        reply, pieces = "", 0
        stream = chat.stream(messages, Sampling(max_tokens=64, grammar=f'root ::= "{canary}"'))
        async with contextlib.aclosing(stream):
            if most == 0:
                counts["cancelled"] += 1
                continue
            async for piece in stream:
                reply, pieces = reply + piece, pieces + 1
                if pieces == most:
                    break
        if pieces == most:
            counts["cancelled" if canary.startswith(reply) else "wrong"] += 1
        else:
            counts["right" if reply == canary else "wrong"] += 1


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--minutes", type=float, default=120)
    options.add_argument("--at-once", type=int, default=6)
    options.add_argument("--model", type=Path)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    tiny = platformdirs.user_data_path("footnote") / "models" / CATALOGUE["smollm2-135m-instruct"].file
    chat = LlamaChat(chosen.model or tiny, "soaked", context=1024, threads=0)
    await chat.start()
    pid = chat.pid
    if pid is None:
        raise AssertionError("it runs")
    counts: Counter[str] = Counter()
    began = time.monotonic()
    until = began + 60 * chosen.minutes
    clients = [asyncio.create_task(client(chat, name, until, counts)) for name in range(chosen.at_once)]
    seen = [(0.0, resident_mb(pid))]
    while not all(one.done() for one in clients):
        await asyncio.wait(clients, timeout=10, return_when=asyncio.FIRST_EXCEPTION)
        for one in clients:
            if one.done():
                one.result()
        seen.append((time.monotonic() - began, resident_mb(pid)))
        if len(seen) % 12 == 0:
            print(f"{seen[-1][0]:.0f} s", dict(counts), f"{seen[-1][1]:.1f} MB", flush=True)
    half = [each for each in seen if each[0] > seen[-1][0] / 2]
    slope = statistics.linear_regression(*zip(*half, strict=True)).slope if len(half) > 2 else 0.0
    report = {
        "minutes": round(seen[-1][0] / 60, 1),
        **counts,
        "wrong": counts["wrong"],
        "died": int(chat.pid != pid),
        "resident_start_mb": round(seen[0][1], 1),
        "resident_after_a_minute_mb": round(min(seen, key=lambda each: abs(each[0] - 60))[1], 1),
        "resident_end_mb": round(seen[-1][1], 1),
        "resident_max_mb": round(max(each[1] for each in seen), 1),
        "slope_mb_per_hour": round(3600 * slope, 2),
        "at_the_end": await chat.stats(),
    }
    await chat.close()
    print(json.dumps(report, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
