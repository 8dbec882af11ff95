"""Mutated model files, each on the way that a model file goes, while another model serves.

    .venv/bin/python bench/hostile_weights.py [--tiny 7000] [--real 3000] [--first 0] [--json FILE]

`--tiny` mutations of a model of 120 KB that is made here, `--real` ones of the header of SmolLM2-135M (its
weights are zeros: they are not what is tried). Each is looked at by `bot.models.gguf_header` in this process
and, if that finds nothing wrong, loaded, asked for two tokens and freed again by a child that is confined as
the chat model's is. Of these every tenth, and all that a child died of, are given to `LlamaChat` itself too.
All the while the first model is asked for a canary. Mutation N is the same in every run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

import platformdirs

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.contracts import Message, Sampling
from bot.errors import ModelError
from bot.models.catalogue import CATALOGUE
from bot.models.chat import LlamaChat
from bot.models.gguf_header import read_header
from tests.models.hostile import Campaign, mutated
from tests.models.tiny_llama import CONTEXT, write_tiny_llama

EVERY = 10


async def serve_canaries(chat: LlamaChat, over: asyncio.Event) -> int:
    """Ask until it is over; how often. Fails on a wrong reply or a model that stopped."""
    asked = 0
    while not over.is_set():
        sampling = Sampling(max_tokens=40, grammar=f'root ::= "canary {asked} sings"')
        reply = "".join([piece async for piece in chat.stream([Message("user", "Sing.")], sampling)])
        if reply != f"canary {asked} sings":
            raise AssertionError(reply)
        asked += 1
        await asyncio.sleep(0.2)
    return asked


async def really(path: Path) -> str:
    """What LlamaChat makes of a file."""
    chat = LlamaChat(path, "mutated", CONTEXT, 1)
    try:
        async with contextlib.aclosing(
            chat.stream([Message("user", "hi")], Sampling(max_tokens=2))
        ) as pieces:
            async for _ in pieces:
                pass
    except ModelError as exc:
        return type(exc).__name__
    finally:
        await chat.close()
    return "served"


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--tiny", type=int, default=7000)
    options.add_argument("--real", type=int, default=3000)
    options.add_argument("--first", type=int, default=0, help="the first mutation's number")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    real = platformdirs.user_data_path("footnote") / "models" / CATALOGUE["smollm2-135m-instruct"].file
    report: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as directory:
        tiny = write_tiny_llama(Path(directory) / "good.gguf")
        chat = LlamaChat(tiny, "good", CONTEXT, 1)
        over = asyncio.Event()
        serving = asyncio.create_task(serve_canaries(chat, over))
        for name, path, count in (("tiny", tiny, chosen.tiny), ("real", real, chosen.real)):
            if not count:
                continue
            header, size = read_header(path), path.stat().st_size
            with path.open("rb") as file:
                whole = file.read(min(tensor.start for tensor in header.tensors.values()))
                whole += b"" if name == "real" else file.read()
            target = Path(directory) / "mutated.gguf"
            campaign, ways, began = Campaign(target), dict[str, int](), time.monotonic()
            for number in range(chosen.first, chosen.first + count):
                data = mutated(whole, number, header)
                # cut ones stay cut; all others get the room that their weights had
                outcome = await campaign.load(data, size if len(data) > len(whole) * 0.99 else 0)
                passed = campaign.tried - campaign.refused_by_us
                if outcome == "died" or (outcome != "refused by us" and passed % EVERY == 0):
                    way = await really(target)
                    ways[way] = ways.get(way, 0) + 1
                if serving.done():
                    serving.result()
            await campaign.close()
            report[name] = {
                "tried": campaign.tried,
                "refused_by_header_check": campaign.refused_by_us,
                "refused_by_llama_cpp": campaign.refused_by_llama,
                "loaded": campaign.loaded,
                "child_died": campaign.died,
                "child_hung": campaign.hung,
                "deaths": campaign.deaths,
                "through_LlamaChat": ways,
                "seconds": round(time.monotonic() - began),
            }
            print(name, json.dumps(report[name]), flush=True)
        over.set()
        report["canaries_served_meanwhile"] = await serving
        await chat.close()
    print(json.dumps(report, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
