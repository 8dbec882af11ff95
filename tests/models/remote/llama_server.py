"""llama.cpp's own server in a process, as the package xllamacpp carries it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

KEY = "right-key"
ALIAS = "small"
CONTEXT = 1024
"""Tokens, of its one slot."""

_SERVE = """
import sys, xllamacpp
given = xllamacpp.CommonParams()
given.model.path, context, alias, key = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
given.n_ctx, given.n_parallel, given.n_gpu_layers, given.port, given.warmup = context, 1, 0, 0, False
given.cpuparams.n_threads = given.cpuparams_batch.n_threads = 1
given.model_alias, given.api_keys, given.endpoint_slots = {alias}, [key], True
server = xllamacpp.Server(given)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@dataclass
class LlamaServer:
    """A server that runs. `url` ends with /v1."""

    url: str
    process: subprocess.Popen[bytes]

    async def is_working(self) -> bool:
        """Whether it writes a reply at the moment."""
        slots = await self._get("/slots")
        return any(slot["is_processing"] for slot in slots)

    async def becomes(self, *, working: bool) -> None:
        """Wait until it is, or is not."""
        while await self.is_working() is not working:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.02)

    async def _get(self, path: str) -> Any:
        async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {KEY}"}) as client:
            return (await client.get(self.url.removesuffix("/v1") + path, timeout=60)).json()


@contextlib.contextmanager
def llama_server(model: Path) -> Iterator[LlamaServer]:
    """Serve a GGUF model on a free port of 127.0.0.1."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(model), str(CONTEXT), ALIAS, KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            assert process.stdout
            address = process.stdout.readline().decode().strip()
            assert address, "the server did not start"
            yield LlamaServer(f"{address}/v1", process)
        finally:
            process.kill()
