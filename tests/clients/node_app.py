"""The scripted app in Node (app.mjs), as a child process."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.sandbox import Sandbox
from tests.clients.scripted import Json
from tests.node import CLIENTS, Node


class NodeApp:
    """See ScriptedApp."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.heard: list[tuple[str, Json]] = []
        self.request_url = ""
        self._process = process
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(self, routine: str, **given: object) -> Any:
        assert self._process.stdin is not None
        number = len(self._asked)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "routine": routine, "given": given})
        self._process.stdin.write(line.encode() + b"\n")
        return await answer

    async def ready(self) -> None:
        """Wait until the app is connected, or listens."""
        self.request_url = await self._ready

    async def read(self) -> None:
        """Take what the app prints, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            if "heard" in said:
                kind, body = said["heard"]
                self.heard.append((kind, body))
            elif "ready" in said:
                self._ready.set_result(said["ready"])
            elif "error" in said:
                self._asked[said["id"]].set_exception(RuntimeError(said["error"]))
            else:
                self._asked[said["id"]].set_result(said["result"])
        gone = RuntimeError("the Node app ended")
        for waiting in (self._ready, *self._asked.values()):
            if not waiting.done():
                waiting.set_exception(gone)


@asynccontextmanager
async def node_app(sandbox: Sandbox, node: Node, *, http: bool = False) -> AsyncIterator[NodeApp]:
    """The app, connected to `sandbox` by Bolt's own options alone; over HTTP it only listens."""
    environment = {
        "PATH": os.environ["PATH"],
        "SLACK_API_URL": sandbox.api_url,
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
    }
    process = await asyncio.create_subprocess_exec(
        node.program,
        str(CLIENTS / "app.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
        env=environment | ({"SLACK_SIGNING_SECRET": sandbox.signing_secret} if http else {}),
    )
    app = NodeApp(process)
    reading = asyncio.create_task(app.read())
    try:
        await app.ready()
        yield app
    finally:
        if process.stdin is not None:
            process.stdin.close()  # upon which the app leaves by itself
        await process.wait()
        await reading
