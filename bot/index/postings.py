"""Full text as arrays: for each term, the rows that hold it. Built, merged and scored a whole term at a time.

A segment has, besides `ids` and `documents`: `lengths` (terms of each row), `keys` (the sorted hashes of its
terms: no text of a removed document can be read out of a file), `starts` (where each key's entries begin, and
their end), and for each entry `rows` and `counts`. A count is how often the term occurs in title, section and
body, in 2, 2 and 4 bits: BM25 gains next to nothing beyond 3 and 15.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.index.segments import Segment
from bot.store.changes import ChunkTerms

# Robertson's constants as FTS5 has them
K1 = 1.2
B = 0.75

_BLOCK = 4_000_000


def key_of(term: str) -> int:
    """The number a term goes by."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


class PostingsWriter:
    """Chunks in, a segment out."""

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}
        self._ids, self._documents, self._lengths = array("q"), array("q"), array("I")
        self._entry_keys, self._entry_rows, self._entry_counts = array("Q"), array("I"), array("B")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, chunk: ChunkTerms) -> None:
        """One more row."""
        row = len(self._ids)
        self._ids.append(chunk.chunk_id)
        self._documents.append(chunk.number)
        length = 0
        counts: dict[str, int] = {}
        for text, shift, most in zip(chunk.fields, (6, 4, 0), (3, 3, 15), strict=True):
            for term, count in Counter(text.split()).items():
                length += count
                counts[term] = counts.get(term, 0) | (min(count, most) << shift)
        self._lengths.append(length)
        for term in counts:
            key = self._keys.get(term)
            if key is None:
                key = self._keys[term] = key_of(term)
            self._entry_keys.append(key)
        self._entry_rows.extend([row] * len(counts))
        self._entry_counts.extend(counts.values())

    def segment(self) -> Segment:
        """All rows added so far; the writer starts anew."""
        keys = np.array(self._entry_keys, np.uint64)
        order = np.argsort(keys, kind="stable")
        distinct, starts = np.unique(keys[order], return_index=True)
        segment = Segment(
            {
                "ids": np.array(self._ids, np.int64),
                "documents": np.array(self._documents, np.int64),
                "lengths": np.array(self._lengths, np.uint32),
                "keys": distinct,
                "starts": np.append(starts, len(keys)).astype(np.int64),
                "rows": np.array(self._entry_rows, np.uint32)[order],
                "counts": np.array(self._entry_counts, np.uint8)[order],
            }
        )
        known = self._keys
        self.__init__()  # type: ignore[misc]
        if len(known) < 1_000_000:
            self._keys = known
        return segment


def written(chunks: Iterable[ChunkTerms]) -> Segment:
    """The segment of these chunks."""
    writer = PostingsWriter()
    for chunk in chunks:
        writer.add(chunk)
    return writer.segment()


def merged(segments: Sequence[Segment], alive: NDArray[np.bool_] | None) -> Segment:
    """One segment for several, in their order, without rows of documents that are not `alive`."""
    keep = [
        np.ones(len(one), np.bool_) if alive is None else np.take(alive, one.documents, mode="clip")
        for one in segments
    ]
    new_rows, count = [], 0
    for kept in keep:
        new_rows.append((np.cumsum(kept) - 1 + count).astype(np.uint32))
        count += int(kept.sum())
    keys = np.unique(np.concatenate([one.arrays["keys"] for one in segments]))
    at_most = np.zeros(len(keys), np.int64)
    places = []
    for one in segments:
        place = np.searchsorted(keys, one.arrays["keys"])
        places.append(place)
        at_most[place] += np.diff(one.arrays["starts"])
    rows = np.empty(int(at_most.sum()), np.uint32)
    counts = np.empty(len(rows), np.uint8)
    frequencies = np.zeros(len(keys), np.int64)
    filled = 0
    # in blocks of terms, so that what is in between stays small beside the result
    borders = np.searchsorted(np.cumsum(at_most), np.arange(_BLOCK, len(rows) + _BLOCK, _BLOCK))
    start = 0
    for stop in [*np.unique(np.minimum(borders + 1, len(keys)))]:
        parts = []
        for one, place, kept, renumbered in zip(segments, places, keep, new_rows, strict=True):
            first, last = np.searchsorted(place, [start, stop])
            begins = one.arrays["starts"]
            entries = slice(int(begins[first]), int(begins[last]))
            of_key = np.repeat(place[first:last] - start, np.diff(begins[first : last + 1]))
            old = one.arrays["rows"][entries]
            there = kept[old]
            parts.append((of_key[there], renumbered[old[there]], one.arrays["counts"][entries][there]))
        each = [np.bincount(part[0], minlength=stop - start) for part in parts]
        total = np.sum(each, axis=0)
        free = filled + np.concatenate([[0], np.cumsum(total)[:-1]])
        for (of_key, part_rows, part_counts), size in zip(parts, each, strict=True):
            before = np.concatenate([[0], np.cumsum(size)[:-1]])
            target = np.arange(len(of_key)) + (free - before)[of_key]
            rows[target], counts[target] = part_rows, part_counts
            free = free + size
        frequencies[start:stop] = total
        filled += int(total.sum())
        start = stop
    left = frequencies > 0
    return Segment(
        {
            **{
                name: np.concatenate(
                    [one.arrays[name][kept] for one, kept in zip(segments, keep, strict=True)]
                )
                for name in ("ids", "documents", "lengths")
            },
            "keys": keys[left],
            "starts": np.concatenate([[0], np.cumsum(frequencies[left])]),
            "rows": rows[:filled],
            "counts": counts[:filled],
        }
    )


def is_whole(segment: Segment) -> bool:
    """Has it all arrays, in lengths that fit?"""
    arrays = segment.arrays
    return (
        arrays.keys() >= {"ids", "documents", "lengths", "keys", "starts", "rows", "counts"}
        and len(arrays["lengths"]) == len(segment)
        and len(arrays["starts"]) == len(arrays["keys"]) + 1
        and len(arrays["rows"]) == len(arrays["counts"]) == int(arrays["starts"][-1])
    )


def entries_of(segment: Segment, key: int) -> slice:
    """Where the entries of a term stand; empty where it does not occur."""
    keys = segment.arrays["keys"]
    at = int(np.searchsorted(keys, np.uint64(key)))
    if at == len(keys) or int(keys[at]) != key:
        return slice(0, 0)
    starts = segment.arrays["starts"]
    return slice(int(starts[at]), int(starts[at + 1]))


def weights_of_counts(weights: tuple[float, float, float]) -> NDArray[np.float32]:
    """For each of the 256 counts what it is worth; `weights` are those of title, section and body."""
    every = np.arange(256)
    title, section, body = weights
    worth = (every >> 6) * title + ((every >> 4) & 3) * section + (every & 15) * body
    return np.asarray(worth, np.float32)


def length_norms(segment: Segment, mean_length: float) -> NDArray[np.float32]:
    """BM25's denominator without the count, for each row."""
    lengths = segment.arrays["lengths"].astype(np.float32)
    return np.asarray(K1 * (1 - B + B * lengths / max(mean_length, 1e-9)), np.float32)


def scored(
    segment: Segment,
    entries: slice,
    rarity: float,
    worth: NDArray[np.float32],
    norms: NDArray[np.float32],
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """The rows that hold a term, in order, and its BM25 in each."""
    rows = segment.arrays["rows"][entries]
    count = worth[segment.arrays["counts"][entries]]
    return rows, np.asarray((rarity * (K1 + 1)) * count / (count + norms[rows]), np.float32)
