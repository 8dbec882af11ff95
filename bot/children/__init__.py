"""Child processes: what is heavy, hostile or apt to crash runs outside the bot and is spoken to in frames.

Four modules are children: `bot.models.serving.worker`, `bot.models.embed_worker`,
`bot.index.morphology_worker` and `bot.parsing.worker`. Each serves its calls (`bot.children.serving`); the
bot holds a `Child` for each.

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
import itertools
import logging
import math
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

import msgpack

from bot import errors

PROTOCOL = 1
MAX_FRAME_BYTES = 256 * 1024 * 1024
START_SECONDS = 120.0
PAUSES = (0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before a child is started again that died once, twice ... with no call finished in between.
A question that it died of is asked once more, so that the second start must not wait."""

# A child gets these and no other variable: no token, no key.
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

# Threads of ggml wait for each other a thousand times a token. Those that spin take the core from whoever
# computes beside them, and those that sleep take long to wake: they spin for a moment and sleep then
# (bench/waiting.py).
WAITING = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "3000"}
_SET = {**WAITING, "PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}

log = logging.getLogger(__name__)


class Child:
    """One child process, started on the first call and again on the first call after it died.

    One that dies again before it finished a call is not started for a while (PAUSES), so that what cannot
    run does not take the machine from what can; one that is `disposable` always is, since dying is a part of
    its work. Bound to the event loop of its first call.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        name: str = "",
        disposable: bool = False,
        first: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`first`: more arguments, which it is started with until it dies of them before it is ready."""
        self.name = name or module.rsplit(".", 1)[-1]
        self._command = [sys.executable, "-m", module]
        self.arguments = arguments
        """Of the module's command line, from its next start on."""
        self._process: asyncio.subprocess.Process | None = None
        self._replies: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self._starting: asyncio.Lock | None = None
        self._reader: asyncio.Task[None] | None = None
        self._disposable = disposable
        self._first = tuple(first)
        self._clock = clock
        self._deaths = 0  # since a call was finished
        self._not_before = 0.0
        self._ended: asyncio.subprocess.Process | None = None  # by us: that is no death

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it, unless it runs.

        Raises ChildDied if it ends before it is ready, or died so often that it has to wait (`mend` says how
        long).
        """
        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            if self.pid is not None and self._reader and not self._reader.done():
                return
            await self.kill()  # what is left of an earlier one must not speak into the new one's calls
            if (wait := self._not_before - self._clock()) > 0:
                raise errors.ChildDied(
                    f"The {self.name} process died {self._deaths} times in a row.",
                    mend=f"It can be started again in {math.ceil(wait)} s.",
                )
            if not self._first or not await self._starts_with_first():
                await self._launch(self.arguments)

    async def _starts_with_first(self) -> bool:
        """Whether it runs with what is tried first; where it died of that, it is never started so again."""
        deaths, not_before = self._deaths, self._not_before
        try:
            await self._launch((*self.arguments, *self._first))
        except errors.ChildDied as exc:
            if self._process is self._ended:  # by us, not by what it was started with
                raise
            log.warning("%s It is started without %s from now on.", exc.message, " ".join(self._first))
            self._first = ()
            self._deaths, self._not_before = deaths, not_before
            return False
        return True

    async def _launch(self, arguments: Sequence[str]) -> None:
        """One more process, ready for calls. Raises ChildDied, and what it says for a reason."""
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        environment |= _SET
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            *arguments,
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
            self._died()
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
            self._ended = process
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
            self._ended = process
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
            await self._gone(process)
            raise errors.ChildDied(f"The {self.name} process died.") from exc

    async def _gone(self, process: asyncio.subprocess.Process) -> None:
        """Wait until it is known to be dead: whoever asks again at once would be sent to it once more."""
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if self._process is process and self._reader:
            await asyncio.wait({self._reader})

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise AssertionError("started with a pipe")
        unpacker = msgpack.Unpacker(max_buffer_size=MAX_FRAME_BYTES)
        reason = "ended"
        try:
            while data := await process.stdout.read(1 << 18):
                unpacker.feed(data)
                for frame in unpacker:
                    if frame.get("id") and "item" not in frame:
                        self._deaths = 0  # it finished a call, be it with an error
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
        if code and process is not self._ended:
            self._died()
        died = {"kind": "ChildDied", "message": f"The {self.name} process {reason}.", "mend": ""}
        if self._replies:
            log.warning("%s", died["message"])
        for waiting in list(self._replies.values()):
            waiting.put_nowait({"error": died})

    def _died(self) -> None:
        """Count a death of its own, and let the next start wait for it."""
        if self._disposable:
            return
        self._deaths += 1
        pause = PAUSES[min(self._deaths, len(PAUSES)) - 1]
        self._not_before = self._clock() + pause
        if pause:
            log.warning(
                "the %s process died %d times in a row; not started for %.0f s",
                self.name,
                self._deaths,
                pause,
            )


def _revived(error: Mapping[str, str]) -> errors.FootnoteError:
    kind = getattr(errors, error.get("kind", ""), errors.FootnoteError)
    if not (isinstance(kind, type) and issubclass(kind, errors.FootnoteError)):
        kind = errors.FootnoteError
    return kind(error.get("message", ""), mend=error.get("mend", ""))
