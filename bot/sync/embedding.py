"""Filling in vectors behind the full text, in slices, so that a waiting question goes ahead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from bot.contracts import Index, Progress

SLICE = 8
"""Chunks at a time (2 to 3 s of two cores): what a kill loses, and how long a pause takes to begin."""

PATIENCE_SECONDS = 60.0
"""A slice waits no longer than this for questions: under a load that never ends, new documents would never be
found by their meaning. A slice a minute takes a twentieth of the machine at most."""

COUNTED_AFTER = 64
"""Slices until what is left is counted again; in between it is only counted down."""


async def embed_waiting(
    index: Index, progress: Progress | None = None, *, free: asyncio.Event | None = None
) -> int:
    """Embed every chunk that has no vector yet, then the windows of all; say how many chunks got a vector.

    Each slice is stored before the next begins, so cancelling (or a kill) loses one at most. While `free` is
    given and not set, a slice begins every PATIENCE_SECONDS only: clear it for as long as a question needs
    the processor. Raises ModelError, StoreError.
    """
    embedded = await _all_of(index, index.unembedded, "embedding", progress, free)
    await _all_of(index, index.unrefined, "refining", progress, free)
    return embedded


async def wait_for_quiet(free: asyncio.Event) -> None:
    """Until nobody asks, for PATIENCE_SECONDS at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await free.wait()


async def _all_of(
    index: Index,
    left: Callable[[], Awaitable[int]],
    what: str,
    progress: Progress | None,
    free: asyncio.Event | None,
) -> int:
    done = 0
    slices = 0
    waiting = await left()
    while waiting > 0:
        if free is not None:
            await wait_for_quiet(free)
        if progress:
            progress(what, done, done + waiting)
        finished = await index.embed_some(SLICE)
        if not finished:
            break
        done += finished
        waiting -= finished
        slices += 1
        if waiting <= 0 or slices % COUNTED_AFTER == 0:
            waiting = await left()  # a sync may have added some
    if progress and done:
        progress(what, done, done + waiting)
    return done
