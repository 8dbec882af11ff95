"""Measures the local workspace: its start, 200 people at once, 500 Socket Mode connections, 200 open pages.

    .venv/bin/python bench/sandbox.py [--seconds 10] [--messages 200] [--connections 500] [--pages 200]

Prints JSON, seconds and bytes. The workspace and all clients share one process and one core, so delays and
stalls are upper bounds; `clients_rss` is counted with it. What is checked, and ends the run with an error:

- nothing is lost: every message reaches exactly one connection, and every page that may see it;
- nothing is reordered: over each connection the messages of a channel arrive in the order of their ts, and at
  each page likewise. (Between connections Slack promises no order, and neither do we: a channel's messages go
  to the connections in turn.)
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import psutil

from bot.sandbox import Sandbox

CHANNELS = ("general", "handbook-ko", "people-team", "partner-project")
READER = "U01JIWOO00"
TO_FIRST_ANSWER = """
import asyncio, sys, time
from bot.sandbox.server import Sandbox
async def main():
    async with Sandbox() as sandbox:
        print(sandbox.api_url, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--pages", type=int, default=200)
    given = parser.parse_args()
    report: dict[str, object] = {
        "start_cold_s": spread([await start_cold() for _ in range(5)]),
        "start_in_process_s": spread([await start_in_process() for _ in range(20)]),
    }
    many = 10 * given.connections  # so that each connection has an order to keep
    for messages, connections, pages in (
        (given.messages, 1, 0),
        (given.messages, 10, 0),
        (given.messages, given.connections, 0),
        (many, given.connections, 0),
        (given.messages, 1, given.pages),
    ):
        name = f"{messages} messages, {connections} connections, {pages} pages"
        report[name] = await load(messages, given.seconds, connections, pages)
    print(json.dumps(report, indent=2))


# --- start --------------------------------------------------------------------------------------------------


async def start_cold() -> float:
    """From a new Python process to its first HTTP answer."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TO_FIRST_ANSWER, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert process.stdout
    address = (await process.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as session, session.post(address + "api.test") as response:
        assert response.status == 200
    took = time.perf_counter() - began
    process.kill()
    await process.wait()
    return took


async def start_in_process() -> float:
    """What a test waits for its workspace."""
    began = time.perf_counter()
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        async with session.post(sandbox.api_url + "api.test") as response:
            assert response.status == 200
        return time.perf_counter() - began


# --- load ---------------------------------------------------------------------------------------------------


async def load(messages: int, seconds: float, connections: int, pages: int) -> dict[str, object]:
    """`messages` spread evenly over `seconds`, to an app with so many connections, and to so many pages."""
    heard: list[list[tuple[str, str, float]]] = [[] for _ in range(connections)]
    """By connection: channel, ts and when it came."""
    seen: list[list[tuple[str, str, float]]] = [[] for _ in range(pages)]
    said: dict[str, float] = {}
    stalls: list[float] = []
    idle = psutil.Process().memory_info().rss
    async with Sandbox(max_connections=connections, rate_limits=False) as sandbox, clients() as session:
        tasks = [asyncio.create_task(listen(sandbox, session, one)) for one in heard]
        tasks += [asyncio.create_task(read_along(sandbox, session, one)) for one in seen]
        await sandbox.wait_for(lambda: sandbox.connections == connections, 120)
        await sandbox.wait_for(lambda: all(seen), 120)
        for one in seen:
            one.clear()  # the greeting
        tasks.append(asyncio.create_task(watch(stalls)))
        began = time.perf_counter()
        for number in range(messages):
            await asyncio.sleep(max(0.0, began + number * seconds / messages - time.perf_counter()))
            at = time.perf_counter()
            text = f"message {number}: " + "how many days may I work from home? " * 4
            said[await sandbox.say("jiwoo", CHANNELS[number % len(CHANNELS)], text)] = at
        await sandbox.wait_for(lambda: sum(map(len, heard)) >= messages, 60)
        await sandbox.wait_for(lambda: all(len(one) >= messages for one in seen), 60)
        await sandbox.wait_for(lambda: not sandbox.delivery.delivering, 60)
        rss = psutil.Process().memory_info().rss
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not sandbox.delivery.undelivered, "an envelope was given up"
    arrived = [entry for one in heard for entry in one]
    assert sorted(ts for _, ts, _ in arrived) == sorted(said), "an envelope was lost or doubled"
    for one in (*heard, *seen):
        assert_in_order(one)
    assert all({ts for _, ts, _ in one} == set(said) for one in seen), "a page missed something"
    result: dict[str, object] = {
        "lost": 0,
        "reordered": 0,
        "to_the_app_s": spread([at - said[ts] for _, ts, at in arrived]),
        "loop_stall_s": spread(stalls),
        "rss_before": idle,
        "rss_with_clients": rss,
    }
    if pages:
        result["to_a_page_s"] = spread([at - said[ts] for one in seen for _, ts, at in one])
    return result


def assert_in_order(arrived: list[tuple[str, str, float]]) -> None:
    by_channel: dict[str, list[str]] = collections.defaultdict(list)
    for channel, ts, _ in arrived:
        by_channel[channel].append(ts)
    for stamps in by_channel.values():
        assert all(earlier < later for earlier, later in itertools.pairwise(stamps)), "reordered"


@asynccontextmanager
async def clients() -> AsyncIterator[aiohttp.ClientSession]:
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout()
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield session


async def listen(
    sandbox: Sandbox, session: aiohttp.ClientSession, heard: list[tuple[str, str, float]]
) -> None:
    """One Socket Mode connection that acknowledges everything."""
    headers = {"Authorization": f"Bearer {sandbox.app_token}"}
    async with session.post(sandbox.api_url + "apps.connections.open", headers=headers) as response:
        address = (await response.json())["url"]
    async with session.ws_connect(address) as socket:
        async for frame in socket:
            at = time.perf_counter()
            envelope: dict[str, Any] = json.loads(frame.data)
            if "envelope_id" in envelope:
                await socket.send_json({"envelope_id": envelope["envelope_id"]})
                event = envelope["payload"]["event"]
                heard.append((event["channel"], event["ts"], at))


async def read_along(
    sandbox: Sandbox, session: aiohttp.ClientSession, seen: list[tuple[str, str, float]]
) -> None:
    """One page that is open."""
    async with session.get(f"{sandbox.url}/page/updates?user={READER}") as response:
        async for line in response.content:
            at = time.perf_counter()
            if line.startswith(b"data: "):
                update = json.loads(line[6:])
                if update["kind"] == "hello":
                    seen.append(("", "", at))
                elif update["kind"] == "message":
                    seen.append((update["channel"], update["message"]["ts"], at))


async def watch(stalls: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        stalls.append(time.perf_counter() - began - 0.01)


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {"p50": round(statistics.median(ordered), 4), "p95": round(p95, 4), "max": round(ordered[-1], 4)}


if __name__ == "__main__":
    asyncio.run(main())
