"""Filling in vectors behind the full text, in slices, so that a waiting question goes ahead."""

from __future__ import annotations

from bot.contracts import Index, Progress

SLICE = 32
"""Chunks at a time: what is lost when the process is killed, and how long it takes to stop."""


async def embed_waiting(index: Index, progress: Progress | None = None) -> int:
    """Embed every chunk that has no vector yet, and say how many that were.

    Each slice is stored before the next begins, so an interruption loses one at most. Raises ModelError.
    """
    total = await index.unembedded()
    done = 0
    while total > done or await index.unembedded():
        if progress:
            progress("embedding", done, max(total, done))
        finished = await index.embed_some(SLICE)
        if not finished:
            break
        done += finished
    if progress and done:
        progress("embedding", done, done)
    return done
