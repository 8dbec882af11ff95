"""The second stage of a search: the best candidates once more, by their most fitting few sentences.

A chunk is as large as what should be shown and read together; its one vector says what it is about on the
whole. A question mostly fits one sentence of it. So every chunk also has a vector for each window: a few
sentences under the chunk's title and heading. Windows are not searched, they only put the best candidates
of the first stage in order, so they lie on disk and cost a search some 10 ms. They are made last, and take
up to as long as the vectors did. docs/retrieval.md has what they earn, and what was tried instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.contracts import Vectors
from bot.index.fusion import Scored

RERANKED = 25
"""Candidates of the first stage that are looked at again."""

WINDOWS_WEIGHT = 1.0


def embedded_window(title: str, section: str, window: str) -> str:
    """What is embedded: without its heading a sentence often does not say what it speaks of."""
    heading = section.rpartition(" > ")[2]
    return f"{title}: {heading}\n{window}" if heading else f"{title}\n{window}"


def packed(vectors: Vectors) -> bytes:
    """Rows of length 1 as int8, each to its own scale: the length of 1 gives the scale back."""
    scales = np.maximum(np.abs(vectors).max(axis=1, keepdims=True, initial=0), 1e-9) / 127
    rows: NDArray[np.int8] = np.rint(vectors / scales).astype(np.int8)
    return rows.tobytes()


def unpacked(blob: bytes, dimensions: int) -> Vectors:
    """The rows that were packed, of length 1."""
    rows = np.frombuffer(blob, np.int8).reshape(-1, dimensions).astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


def reranked(found: Scored, cosines: Mapping[int, float], nearest_windows: Mapping[int, float]) -> Scored:
    """The first RERANKED of `found` in the order of score + WINDOWS_WEIGHT * cosine of the nearest window.

    A chunk without windows yet counts as near as its own vector says, and the rest stays behind.
    """
    if not nearest_windows:
        return found
    head = [
        (chunk_id, score + WINDOWS_WEIGHT * nearest_windows.get(chunk_id, cosines.get(chunk_id, 0.0)))
        for chunk_id, score in found[:RERANKED]
    ]
    head.sort(key=lambda item: (-item[1], item[0]))
    return head + found[RERANKED:]


def of_each(products: NDArray[np.float32], counts: Sequence[int]) -> list[NDArray[np.float32]]:
    """`products` cut into runs of `counts`, one after the other."""
    return np.split(products, np.cumsum(counts)[:-1])
