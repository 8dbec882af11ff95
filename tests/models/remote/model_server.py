"""A model server that answers as a test says, byte for byte, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Write = Callable[[bytes], Awaitable[None]]

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
"""What a stream begins with that lasts until the connection is closed."""
CHUNKED = STREAM.replace(b"Connection: close", b"Transfer-Encoding: chunked")


def event(text: str = "", finish: str | None = None, **delta: Any) -> bytes:
    """One event of a reply."""
    given = {"content": text, **delta} if text else delta
    choice = {"index": 0, "delta": given, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


END = event(finish="stop") + b"data: [DONE]\n\n"


def answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer; `content` as JSON, or as it is where it is bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def listing(*names: str, owner: str = "somebody", **about: Any) -> bytes:
    """The answer to GET /models."""
    return answer(200, {"data": [{"id": name, "owned_by": owner, **about} for name in names]})


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: Mapping[str, str]
    """By name in small letters."""
    body: Any


@dataclass
class ModelServer:
    """`replies` are sent one after the other to POSTs, the last of them again and again: bytes, or a function
    that writes. `models` is sent to GET /models."""

    models: bytes = field(default_factory=lambda: listing("m"))
    replies: list[bytes | Callable[[Write], Awaitable[None]]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody closed a connection before its answer was whole."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode(), reader, writer)
        writer.close()

    async def _answer(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append(Asked(path, headers, json.loads(body) if body else None))

        async def write(data: bytes) -> None:
            try:
                writer.write(data)
                await writer.drain()
            except ConnectionError:
                self.hung_up.set()
                raise

        if method == "GET":
            await write(self.models)
            return
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if not isinstance(reply, bytes):
            await reply(write)
        else:
            await write(reply)
            if b"Content-Length" in reply.partition(b"\r\n\r\n")[0]:
                return
        writer.close()
        raise ConnectionAbortedError

    @property
    def posts(self) -> list[Asked]:
        return [one for one in self.asked if one.body is not None]


@contextlib.asynccontextmanager
async def model_server(*replies: bytes | Callable[[Write], Awaitable[None]]) -> AsyncIterator[ModelServer]:
    """Serve on a free port of 127.0.0.1."""
    served = ModelServer(replies=list(replies))
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError):
            await served.handle(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
