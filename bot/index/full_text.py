"""Full text search over the mirror of all chunks' terms: exact BM25 of all of them, at any size.

FTS5 ranks every chunk that holds any term of the question, one at a time, which takes seconds at a million
chunks when a term is common. Here a term is one array, and a million chunks take milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.index.allowed import Allowed
from bot.index.fusion import rarity_of
from bot.index.mirror import LARGEST, Mirror
from bot.index.postings import (
    PostingsWriter,
    entries_of,
    is_whole,
    key_of,
    length_norms,
    merged,
    scored,
    weights_of_counts,
    written,
)
from bot.index.query_terms import Alternative, Concept, QueryTerms, plain
from bot.index.segments import Segment, SegmentFolder
from bot.store.changes import CorpusChanges

_WRITTEN_AT_ONCE = 50_000


@dataclass(frozen=True)
class Matches:
    """What full text says of a question."""

    scores: dict[int, float]
    """Chunk id to BM25, best first."""
    held: dict[int, set[str]]
    """Chunk id to those of the question's terms that it holds."""
    frequencies: dict[str, int]
    """Term to the number of chunks that hold it."""
    chunks: int
    """How many there are in all."""


NO_MATCHES = Matches({}, {}, {}, 0)


class TermMirror(Mirror):
    """The terms of all chunks."""

    def __init__(self, changes: CorpusChanges, folder: SegmentFolder, **settings: int) -> None:
        super().__init__(changes, folder, **settings)
        self._held = np.zeros(0, np.bool_)  # by document number
        self._norms: dict[Segment, tuple[float, NDArray[np.float32]]] = {}

    def search(
        self,
        segments: Sequence[Segment],
        query: QueryTerms | Sequence[str],
        allowed: Allowed,
        weights: tuple[float, float, float],
        limit: int,
    ) -> Matches:
        """The best `limit` chunks among the allowed, as QueryTerms.score has it; plain terms each count for
        themselves. `weights` are those of title, section and body."""
        query = query if isinstance(query, QueryTerms) else plain(query)
        terms = query.terms
        chunks = sum(map(len, segments))
        if not terms or not chunks:
            return NO_MATCHES
        entries = {term: [entries_of(one, key_of(term)) for one in segments] for term in terms}
        frequencies = {term: sum(one.stop - one.start for one in found) for term, found in entries.items()}
        mean_length = sum(self._total_length(one) for one in segments) / chunks
        worth = weights_of_counts(weights)
        best: list[tuple[float, int, int]] = []  # -score, segment, row
        for number, segment in enumerate(segments):
            scores = np.zeros(len(segment), np.float32)
            norms = self._norms_of(segment, mean_length)
            held = {
                term: scored(segment, found[number], rarity_of(frequencies[term], chunks), worth, norms)
                for term, found in entries.items()
                if found[number].stop > found[number].start
            }
            best_of_concept = np.zeros(len(segment), np.float32)
            for concept in query.concepts:
                _add_concept(scores, concept, held, best_of_concept)
            scores *= allowed.rows(segment)
            rows = _largest(scores, limit)
            best += [(-float(scores[row]), number, int(row)) for row in rows]
        best = sorted(best)[:limit]
        ids = {(number, row): int(segments[number].ids[row]) for _, number, row in best}
        return Matches(
            {ids[number, row]: -negative for negative, number, row in best},
            _held(segments, entries, ids),
            frequencies,
            chunks,
        )

    def frequencies(self, segments: Sequence[Segment], terms: Sequence[str]) -> dict[str, int]:
        """In how many chunks each term occurs."""
        found = {term: [entries_of(one, key_of(term)) for one in segments] for term in terms}
        return {term: sum(one.stop - one.start for one in entries) for term, entries in found.items()}

    # --- as a mirror ----------------------------------------------------------------------------------------

    def _about(self) -> Mapping[str, str]:
        return {"format": "terms 1"}

    def _is_usable(self, segments: Sequence[Segment]) -> bool:
        return all(is_whole(one) for one in segments)

    def _made(self) -> tuple[Segment, ...]:
        made: list[Segment] = []
        parts: list[Segment] = []
        writer = PostingsWriter()
        for chunk in self._changes.terms(self._changes.numbers().tolist()):
            writer.add(chunk)
            if len(writer) >= _WRITTEN_AT_ONCE:
                parts.append(writer.segment())
                if sum(map(len, parts)) >= LARGEST:
                    made.append(merged(parts, None))
                    parts = []
        parts.append(writer.segment())
        return (*made, merged(parts, None) if len(parts) > 1 else parts[0])

    def _news(self, changed: Sequence[int]) -> Segment | None:
        new = [number for number in changed if number >= len(self._held) or not self._held[number]]
        segment = written(self._changes.terms(new)) if new else None
        self._note(new)
        return segment

    def _merged(self, segments: Sequence[Segment], alive: NDArray[np.bool_] | None) -> Segment:
        return merged(segments, alive)

    def _hold(self, segments: Sequence[Segment]) -> None:
        self._held = np.zeros(0, np.bool_)
        self._norms.clear()
        for segment in segments:
            self._note(segment.documents)

    def _note(self, numbers: Iterable[int] | NDArray[np.int64]) -> None:
        given = np.asarray(list(numbers) if not isinstance(numbers, np.ndarray) else numbers, np.int64)
        if len(given):
            if (highest := int(given.max())) >= len(self._held):
                self._held = np.append(
                    self._held, np.zeros(highest * 5 // 4 + 64 - len(self._held), np.bool_)
                )
            self._held[given] = True

    # --- what is worked out once a segment ------------------------------------------------------------------

    def _total_length(self, segment: Segment) -> float:
        return float(segment.arrays["lengths"].sum(dtype=np.int64))

    def _norms_of(self, segment: Segment, mean_length: float) -> NDArray[np.float32]:
        known = self._norms.get(segment)
        # a mean that moved by less than this changes no ranking
        if known is None or abs(known[0] - mean_length) > 0.01 * mean_length:
            if len(self._norms) > 64:
                self._norms.clear()
            known = self._norms[segment] = (mean_length, length_norms(segment, mean_length))
        return known[1]


_Held = Mapping[str, tuple[NDArray[np.uint32], NDArray[np.float32]]]
"""Each term that occurs in a segment to its rows there, in order, and its BM25 in them."""


def _add_concept(
    scores: NDArray[np.float32], concept: Concept, held: _Held, empty: NDArray[np.float32]
) -> None:
    """Add to each row its best alternative. `empty` is zeros, one a row, before and after."""
    if len(concept.alternatives) == 1:
        for rows, values in _rows_of(concept.alternatives[0], held):
            scores[rows] += values
        return
    found = [part for one in concept.alternatives for part in _rows_of(one, held)]
    for rows, values in found:
        empty[rows] = np.maximum(empty[rows], values)
    for rows, _ in found:  # a row that came twice is empty the second time
        scores[rows] += empty[rows]
        empty[rows] = 0


def _rows_of(alternative: Alternative, held: _Held) -> list[tuple[NDArray[np.uint32], NDArray[np.float32]]]:
    """The rows that hold all its terms, and what it counts in them; none where a term is missing."""
    if not all(term in held for term in alternative.terms):
        return []
    rows, values = held[alternative.terms[0]]
    for term in alternative.terms[1:]:
        others, more = held[term]
        rows, here, there = np.intersect1d(rows, others, assume_unique=True, return_indices=True)
        values = values[here] + more[there]
    return [(rows, values * np.float32(alternative.weight / alternative.spans))]


def _largest(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """Where the `limit` largest scores above 0 stand, in no order."""
    above = np.flatnonzero(scores > 0)
    if len(above) > limit:
        above = above[np.argpartition(-scores[above], limit - 1)[:limit]]
    return above


def _held(
    segments: Sequence[Segment],
    entries: Mapping[str, Sequence[slice]],
    ids: Mapping[tuple[int, int], int],
) -> dict[int, set[str]]:
    held: dict[int, set[str]] = {chunk_id: set() for chunk_id in ids.values()}
    for number, segment in enumerate(segments):
        rows = np.array(sorted(row for of, row in ids if of == number), np.uint32)
        if not len(rows):
            continue
        for term, found in entries.items():
            there = segment.arrays["rows"][found[number]]
            if len(there):
                at = np.minimum(np.searchsorted(there, rows), len(there) - 1)
                for row in rows[there[at] == rows]:
                    held[ids[number, int(row)]].add(term)
    return held
