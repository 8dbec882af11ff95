"""Child processes: what is heavy, hostile or apt to crash runs outside the bot and is spoken to in frames.

Four modules are children: `bot.models.chat_worker`, `bot.models.embed_worker`, `bot.index.morphology_worker`
and `bot.parsing.worker`. Each calls `serve` with its handlers; the bot holds a `Child` for each.

The protocol (version 1) is msgpack objects, one after another, over the child's stdin and stdout:

    to the child      {"id", "method", "params", "priority"}    or  {"id", "cancel": true}
    from the child    {"protocol": 1}                           first of all, once it can take calls
                      {"id", "item"}                            one piece of a stream
                      {"id", "result"}                          the end of a call
                      {"id", "error": {"kind", "message", "mend"}}

msgpack and not pickle: a child that reads hostile files must not be able to run code in its parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import inspect
import itertools
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import IO, Any

import msgpack

from bot import errors

PROTOCOL = 1
MAX_FRAME_BYTES = 256 * 1024 * 1024
START_SECONDS = 120.0

# A child gets these and no other variable: no token, no key. OMP_WAIT_POLICY: threads of ggml that spin while
# they wait take the core from whoever computes beside them.
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "COVERAGE_PROCESS_START",
)

log = logging.getLogger(__name__)

Handler = Callable[..., Any]
"""A function of the call's params. Returns the result, or is a generator whose items are streamed."""


class Child:
    """One child process, started on the first call and again on the first call after it died.

    Bound to the event loop of its first call. `arguments` go to the module's command line.
    """

    def __init__(self, module: str, *arguments: str, name: str = "") -> None:
        self.name = name or module.rsplit(".", 1)[-1]
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: asyncio.subprocess.Process | None = None
        self._replies: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self._starting: asyncio.Lock | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it, unless it runs. Raises ChildDied if it ends before it is ready."""
        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            if self.pid is not None and self._reader and not self._reader.done():
                return
            await self.kill()  # what is left of an earlier one must not speak into the new one's calls
            environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
            environment |= {
                "OMP_WAIT_POLICY": "passive",
                "PYTHONUNBUFFERED": "1",
                "TOKENIZERS_PARALLELISM": "false",
            }
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment,
                start_new_session=True,  # Ctrl-C in a terminal is for the bot, which then ends its children
            )
            ready: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            self._replies[0] = ready
            self._reader = asyncio.create_task(self._read(self._process))
            try:
                hello = await asyncio.wait_for(ready.get(), START_SECONDS)
            except TimeoutError:
                await self.kill()
                raise errors.ChildDied(
                    f"The {self.name} process did not start within {START_SECONDS:.0f} s."
                ) from None
            finally:
                self._replies.pop(0, None)
            if "error" in hello:
                await self.kill()
                raise _revived(hello["error"])
            if hello.get("protocol") != PROTOCOL:
                await self.kill()
                raise errors.ChildDied(
                    f"The {self.name} process speaks another protocol.", mend="Restart Footnote."
                )

    async def call(self, method: str, params: Mapping[str, Any] | None = None, *, priority: int = 1) -> Any:
        """The result of one call; a lower `priority` is served first. Raises what the handler raised."""
        result: Any = None
        async with contextlib.aclosing(self._converse(method, params or {}, priority)) as frames:
            async for frame in frames:
                if "result" in frame:
                    result = frame["result"]
        return result

    async def stream(
        self, method: str, params: Mapping[str, Any] | None = None, *, priority: int = 1
    ) -> AsyncGenerator[Any, None]:
        """The items of one streaming call. Closing the iterator early cancels the call in the child."""
        async with contextlib.aclosing(self._converse(method, params or {}, priority)) as frames:
            async for frame in frames:
                if "item" in frame:
                    yield frame["item"]

    async def kill(self) -> None:
        """End it at once; calls under way raise ChildDied, the next call starts a new one."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        if self._reader:
            await asyncio.wait(
                {self._reader}
            )  # unlike a plain await, this leaves it alone if we are cancelled

    async def close(self) -> None:
        """End it in good order: it stops at the end of its input; killed if it does not within 5 s."""
        process = self._process
        if process is None:
            return
        if process.stdin and process.returncode is None:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
        await self.kill()

    async def _converse(
        self, method: str, params: Mapping[str, Any], priority: int
    ) -> AsyncGenerator[dict[str, Any], None]:
        await self.start()
        number = next(self._ids)
        replies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._replies[number] = replies
        is_over = False
        try:
            await self._write({"id": number, "method": method, "params": dict(params), "priority": priority})
            while not is_over:
                frame = await replies.get()
                is_over = "item" not in frame
                if "error" in frame:
                    raise _revived(frame["error"])
                yield frame
        finally:
            self._replies.pop(number, None)
            if not is_over and self.pid is not None:
                with contextlib.suppress(errors.ChildDied):
                    await self._write({"id": number, "cancel": True})

    async def _write(self, frame: dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise errors.ChildDied(f"The {self.name} process is not running.")
        data = msgpack.packb(frame)
        if len(data) > MAX_FRAME_BYTES:
            raise errors.FootnoteError(f"{len(data):,} bytes are more than the {self.name} process takes.")
        try:
            process.stdin.write(data)
            await process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as exc:
            raise errors.ChildDied(f"The {self.name} process died.") from exc

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise AssertionError("started with a pipe")
        unpacker = msgpack.Unpacker(max_buffer_size=MAX_FRAME_BYTES)
        reason = "ended"
        try:
            while data := await process.stdout.read(1 << 18):
                unpacker.feed(data)
                for frame in unpacker:
                    waiting = self._replies.get(frame.get("id", 0))
                    if waiting is not None:  # None: cancelled meanwhile
                        waiting.put_nowait(frame)
        except (ValueError, msgpack.exceptions.UnpackException, AttributeError, TypeError):
            reason = "sent something that is no frame"
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        code = await process.wait()
        if code < 0:
            reason += f" by signal {-code} ({signal.strsignal(-code)})"
        elif code:
            reason += f" with status {code}"
        died = {"kind": "ChildDied", "message": f"The {self.name} process {reason}.", "mend": ""}
        if self._replies:
            log.warning("%s", died["message"])
        for waiting in list(self._replies.values()):
            waiting.put_nowait({"error": died})


def _revived(error: Mapping[str, str]) -> errors.FootnoteError:
    kind = getattr(errors, error.get("kind", ""), errors.FootnoteError)
    if not (isinstance(kind, type) and issubclass(kind, errors.FootnoteError)):
        kind = errors.FootnoteError
    return kind(error.get("message", ""), mend=error.get("mend", ""))


# --- in the child ------------------------------------------------------------------------------------------


def serve(handlers: Mapping[str, Handler], *, prepare: Callable[[], None] | None = None) -> None:
    """Answer calls from stdin until it ends, one at a time, lower priority first; then return.

    `prepare` runs before the greeting (loading a model); what it raises goes to the parent as the reason
    why the child did not start. Streams are cancelled between two of their items.
    """
    _die_with_parent()
    calls = sys.stdin.buffer
    frames = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a C library prints must not land between our frames
    try:
        if prepare is not None:
            prepare()
    except Exception as exc:  # noqa: BLE001 - the parent must learn why
        _send(frames, {"id": 0, "error": _error(exc)})
        return
    _send(frames, {"id": 0, "protocol": PROTOCOL})

    waiting: queue.PriorityQueue[tuple[float, int, dict[str, Any]]] = queue.PriorityQueue()
    cancelled: set[int] = set()
    threading.Thread(target=_listen, args=(calls, waiting, cancelled), daemon=True).start()
    while True:
        _, number, call = waiting.get()
        if not call:
            return
        if number in cancelled:
            cancelled.discard(number)
            continue
        try:
            outcome = handlers[call["method"]](**call["params"])
            if inspect.isgenerator(outcome):
                with contextlib.closing(outcome):
                    for item in outcome:
                        if number in cancelled:
                            break
                        _send(frames, {"id": number, "item": item})
                outcome = None
            _send(frames, {"id": number, "result": outcome})
        except BrokenPipeError:
            return
        except Exception as exc:  # one failed call must not end the child
            if not isinstance(exc, errors.FootnoteError | MemoryError):
                log.exception("call %s failed", call["method"])
            _send(frames, {"id": number, "error": _error(exc)})
        finally:
            cancelled.discard(number)


def _listen(
    calls: IO[bytes], waiting: queue.PriorityQueue[tuple[float, int, dict[str, Any]]], cancelled: set[int]
) -> None:
    unpacker = msgpack.Unpacker(max_buffer_size=MAX_FRAME_BYTES)
    descriptor = calls.fileno()
    try:
        while data := os.read(descriptor, 1 << 18):
            unpacker.feed(data)
            for frame in unpacker:
                if frame.get("cancel"):
                    cancelled.add(frame["id"])
                else:
                    waiting.put((frame["priority"], frame["id"], frame))
    finally:
        # The parent is gone or has no more calls, so what still waits is for nobody; or a frame took more
        # memory than there may be, and a child that no longer hears must end.
        waiting.put((float("-inf"), 0, {}))


def _send(frames: IO[bytes], frame: dict[str, Any]) -> None:
    data = memoryview(msgpack.packb(frame))
    while data:
        data = data[frames.write(data) :]


def _error(exc: Exception) -> dict[str, str]:
    if isinstance(exc, errors.FootnoteError):
        return {"kind": type(exc).__name__, "message": exc.message, "mend": exc.mend}
    if isinstance(exc, MemoryError):
        return {"kind": "FootnoteError", "message": "It needs more memory than it may have.", "mend": ""}
    return {"kind": "FootnoteError", "message": f"{type(exc).__name__}: {exc}"[:500], "mend": ""}


def _die_with_parent() -> None:
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
