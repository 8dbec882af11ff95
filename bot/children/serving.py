"""The child's side of `bot.children`: calls come in over stdin, and what comes of them goes out.

`serve` answers one call after the other, `serve_together` all of them at the same time.
"""

from __future__ import annotations

import contextlib
import ctypes
import inspect
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

import msgpack

from bot import errors
from bot.children import MAX_FRAME_BYTES, PROTOCOL

log = logging.getLogger(__name__)

Frame = dict[str, Any]
Handler = Callable[..., Any]
"""A function of the call's params. Returns the result, or is a generator whose items are streamed."""


def serve(handlers: Mapping[str, Handler], *, prepare: Callable[[], None] | None = None) -> None:
    """Answer calls from stdin until it ends, one at a time, lower priority first; then return.

    `prepare` runs before the greeting (loading a model); what it raises goes to the parent as the reason
    why the child did not start. Streams are cancelled between two of their items.
    """
    opened = _opened(lambda _outlet: prepare() if prepare else None)
    if opened is None:
        return
    calls, outlet = opened
    waiting: queue.PriorityQueue[tuple[float, int, Frame]] = queue.PriorityQueue()
    cancelled: set[int] = set()

    def heard(frame: Frame) -> None:
        if frame.get("cancel"):
            cancelled.add(frame["id"])
        elif frame:
            waiting.put((frame["priority"], frame["id"], frame))
        else:  # what still waits is for nobody
            waiting.put((float("-inf"), 0, {}))

    threading.Thread(target=_listen, args=(calls, heard), daemon=True).start()
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
                        outlet.piece(number, item)
                outcome = None
            outlet.result(number, outcome)
        except BrokenPipeError:
            return
        except Exception as exc:  # one failed call must not end the child
            if not isinstance(exc, errors.FootnoteError | MemoryError):
                log.exception("call %s failed", call["method"])
            outlet.error(number, exc)
        finally:
            cancelled.discard(number)


class Together(Protocol):
    """What works on many calls at a time, a step of all of them after the other."""

    @property
    def is_idle(self) -> bool: ...

    def begin(self, number: int, method: str, params: Mapping[str, Any], priority: int) -> None:
        """Take a call in. What it raises is the call's outcome."""

    def cancel(self, number: int) -> None:
        """Nobody waits for it any more."""

    def interrupt(self) -> None:
        """A call is to be cancelled: come back from the step under way. Called from another thread."""

    def step(self) -> None:
        """Do a little of what there is to do."""


def serve_together(make: Callable[[Outlet], Together]) -> None:
    """Answer calls from stdin until it ends, all of them at the same time; then return.

    `make` runs before the greeting (loading a model), with what tells the parent what comes of its calls;
    what it raises goes to the parent as the reason why the child did not start.
    """
    made: list[Together] = []
    opened = _opened(lambda outlet: made.append(make(outlet)))
    if opened is None:
        return
    (calls, outlet), (work,) = opened, made
    frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()

    def heard(frame: Frame) -> None:
        frames.put(frame)
        if not frame or frame.get("cancel"):
            work.interrupt()

    threading.Thread(target=_listen, args=(calls, heard), daemon=True).start()
    try:
        while True:
            while work.is_idle or not frames.empty():
                frame = frames.get()
                if not frame:
                    return
                if frame.get("cancel"):
                    work.cancel(frame["id"])
                    continue
                try:
                    work.begin(frame["id"], frame["method"], frame["params"], frame["priority"])
                except Exception as exc:  # noqa: BLE001 - one failed call must not end the child
                    outlet.error(frame["id"], exc)
            work.step()
    except BrokenPipeError:
        return


def _opened(prepare: Callable[[Outlet], None]) -> tuple[IO[bytes], Outlet] | None:
    """Where calls come from and where their outcomes go, the parent greeted; None where `prepare` failed."""
    _die_with_parent()
    give_way(0)  # as far as its parent does
    calls = sys.stdin.buffer
    outlet = Outlet(os.fdopen(os.dup(1), "wb", buffering=0))
    os.dup2(2, 1)  # whatever a C library prints must not land between our frames
    try:
        prepare(outlet)
    except Exception as exc:  # noqa: BLE001 - the parent must learn why
        outlet.error(0, exc)
        return None
    outlet.greet()
    return calls, outlet


def give_way(by: int) -> None:
    """Have the system run everybody else first: `by` steps of niceness more than now, up to 19.

    A child has a session of its own, and where Linux divides its time among sessions (autogroup, on by
    default) niceness counts within one only: the session gets the same.
    """
    niceness = os.nice(by)
    if niceness > 0:
        with contextlib.suppress(OSError):  # not Linux, or switched off
            Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


class Outlet:
    """What comes of calls, as frames to the parent. Raises BrokenPipeError once it is gone."""

    def __init__(self, frames: IO[bytes]) -> None:
        self._frames = frames

    def greet(self) -> None:
        """Calls can be taken now."""
        self._send({"id": 0, "protocol": PROTOCOL})

    def piece(self, number: int, item: Any) -> None:
        """One more item of a stream."""
        self._send({"id": number, "item": item})

    def result(self, number: int, value: Any) -> None:
        """A call is done."""
        self._send({"id": number, "result": value})

    def error(self, number: int, exc: Exception) -> None:
        """A call came to nothing."""
        self._send({"id": number, "error": _error(exc)})

    def _send(self, frame: Frame) -> None:
        data = memoryview(msgpack.packb(frame))
        while data:
            data = data[self._frames.write(data) :]


def _listen(calls: IO[bytes], heard: Callable[[Frame], None]) -> None:
    """Tell of every frame; of an empty one at the end: the parent is gone or has no more calls, or a frame
    took more memory than there may be, and a child that no longer hears must end."""
    unpacker = msgpack.Unpacker(max_buffer_size=MAX_FRAME_BYTES)
    descriptor = calls.fileno()
    try:
        while data := os.read(descriptor, 1 << 18):
            unpacker.feed(data)
            for frame in unpacker:
                heard(frame)
    finally:
        heard({})


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
