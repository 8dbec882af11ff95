"""Vector search over the mirror of all vectors: whitened, in int8, exact, allowed rows masked inside.

One chunk takes 384 bytes, and a search reads each of them once: under a tenth of a second at a million chunks
on one core, whatever the filter. What int8 rounds off does not change a ranking, as the candidates are scored
again by the float32 vectors of the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numkong
import numpy as np
from numpy.typing import NDArray

from bot.contracts import Vectors
from bot.index.allowed import Allowed
from bot.index.fusion import Scored
from bot.index.mirror import LARGEST, Mirror
from bot.index.segments import Segment, SegmentFolder
from bot.index.whitening import (
    FIXED_TEXTS,
    LANGUAGES,
    SAMPLE,
    STALE_AFTER,
    LanguageMeans,
    Whitening,
)
from bot.index.windows import of_each
from bot.store.changes import ChunkVectors, CorpusChanges

_DOCUMENTS_AT_ONCE = 500
_GATHERED_BELOW = 3  # fewer than one row in so many is allowed: those are copied together instead
_SPLIT_ABOVE = 50_000  # rows; less is not worth a second thread

_COLUMNS = ("ids", "documents", "vectors", "scales", "lengths")
_ARRAYS = frozenset((*_COLUMNS, "by_id", "questions", "passages", "matrix", "measured"))


class VectorMirror(Mirror):
    """All vectors of one model."""

    def __init__(
        self, changes: CorpusChanges, folder: SegmentFolder, model: str, dimensions: int, **settings: int
    ) -> None:
        super().__init__(changes, folder, **settings)
        self._model = model
        self._dimensions = dimensions
        self._fixed: LanguageMeans | None = None
        self._held = np.zeros(0, np.int64)  # by chunk id: number of the document its row is of
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="vectors")

    @property
    def has_means(self) -> bool:
        """Is what the fixed texts have to say known, from `use_means` or from an earlier time?"""
        with self._refreshing:
            if self._view is None:
                self._view = self._loaded()
            return self._fixed is not None or (self._view is not None and _has_means(self._view.segments))

    def use_means(self, means: LanguageMeans) -> None:
        """Start the whitening from these; what was made without them is made anew."""
        with self._refreshing:
            self._fixed = means
            self._view = None

    def nearest(
        self,
        segments: Sequence[Segment],
        vector: NDArray[np.float32],
        language: str,
        allowed: Allowed,
        limit: int,
        also: Collection[int] = (),
    ) -> Scored:
        """The `limit` allowed chunks nearest to a question's vector, with cosines to within about 0.002.

        Allowed chunks of `also` that have a vector are given too, however far they are. `exact` says more of
        those that matter.
        """
        if not any(map(len, segments)) or limit < 1:
            return []
        question = _whitening_of(segments[0]).of_question(vector, language)
        scale = max(float(np.abs(question).max()), 1e-9) / 127
        quantised = np.rint(question / scale).astype(np.int8)
        found: list[tuple[int, float]] = []
        asked_for = np.fromiter(also, np.int64, len(also))
        for segment in segments:
            mask = allowed.rows(segment)
            near = self._near(segment, mask, quantised, limit)
            wanted = _rows_of(segment, asked_for)
            rows = np.union1d(near, wanted[mask[wanted]])
            if len(rows):
                vectors, scales = segment.arrays["vectors"][rows], segment.arrays["scales"][rows]
                cosines = scale * scales * _dots(vectors, quantised)
                found += zip(segment.ids[rows].tolist(), cosines.tolist(), strict=True)
        found.sort(key=lambda item: (-item[1], item[0]))
        wanted_ids = frozenset(also)
        return found[:limit] + [item for item in found[limit:] if item[0] in wanted_ids]

    def exact(
        self, segments: Sequence[Segment], vector: NDArray[np.float32], language: str, ids: Collection[int]
    ) -> dict[int, float]:
        """Chunk id to cosine by the vectors of the database, of those of `ids` that have one."""
        if not any(map(len, segments)) or not ids:
            return {}
        whitening = _whitening_of(segments[0])
        # the matrix is symmetric: (W(p - m)) . q = (p - m) . (Wq), and the length of W(p - m) is known
        question = whitening.matrix @ whitening.of_question(vector, language)
        off = whitening.passages @ question
        found = self._changes.vectors_of_chunks(self._model, self._dimensions, sorted(ids))
        products = found.vectors @ question - off[_numbers_of(found.languages)]
        lengths = np.zeros(len(found.ids), np.float32)
        for segment in segments:
            rows, at = _found_in(segment, found.ids)
            lengths[at] = segment.arrays["lengths"][rows]
        return {
            int(chunk_id): float(product / length)
            for chunk_id, product, length in zip(found.ids, products, lengths, strict=True)
            if length
        }

    def window_cosines(
        self,
        segments: Sequence[Segment],
        vector: NDArray[np.float32],
        language: str,
        windows: Mapping[int, tuple[str, Vectors]],
    ) -> dict[int, NDArray[np.float32]]:
        """Chunk id to the cosine of each of its windows; `windows` are chunk id to language and rows."""
        if not any(map(len, segments)) or not windows:
            return {}
        whitening = _whitening_of(segments[0])
        counts = [len(rows) for _, rows in windows.values()]
        languages = np.repeat(_numbers_of([of for of, _ in windows.values()]), counts)
        rows, _ = whitening.of_passages(np.concatenate([rows for _, rows in windows.values()]), languages)
        products = rows @ whitening.of_question(vector, language)
        return dict(zip(windows, of_each(products, counts), strict=True))

    def _near(
        self, segment: Segment, mask: NDArray[np.bool_], question: NDArray[np.int8], limit: int
    ) -> NDArray[np.int64]:
        """The rows of the `limit` nearest allowed ones, and maybe some more, in no order."""
        vectors, scales = segment.arrays["vectors"], segment.arrays["scales"]

        def of(part: slice) -> NDArray[np.int64]:
            rows = np.flatnonzero(mask[part])
            if len(rows) > limit:
                if len(rows) * _GATHERED_BELOW < part.stop - part.start:
                    scores = _dots(vectors[part][rows], question)
                else:
                    scores = _dots(vectors[part], question)[rows]
                scores *= scales[part][rows]
                # of the allowed rows alone: among many equal values the best are found twenty times slower
                rows = rows[np.argpartition(scores, len(rows) - limit)[-limit:]]
            return np.asarray(rows + part.start, np.int64)

        if len(segment) <= _SPLIT_ABOVE:
            return of(slice(0, len(segment)))
        half = len(segment) // 2
        return np.concatenate([*self._threads.map(of, (slice(0, half), slice(half, len(segment))))])

    # --- as a mirror ----------------------------------------------------------------------------------------

    def _about(self) -> Mapping[str, str]:
        return {
            "format": "vectors 1",
            "model": self._model,
            "dimensions": str(self._dimensions),
            "fixed texts": hashlib.sha256(FIXED_TEXTS.encode()).hexdigest()[:16],
        }

    def _is_usable(self, segments: Sequence[Segment]) -> bool:
        is_whole = bool(segments) and all(
            one.arrays.keys() >= _ARRAYS
            and {len(one.arrays[name]) for name in _COLUMNS} == {len(one)}
            and _is_whitened_alike(one, segments[0])
            for one in segments
        )
        return is_whole and _has_means(segments)

    def _is_worth_saving(self, segments: Sequence[Segment]) -> bool:
        return _has_means(segments)  # else it is good for this process only

    def _is_stale(self, segments: Sequence[Segment]) -> bool:
        if not segments or (self._fixed is not None and not _has_means(segments)):
            return True
        measured, newest = (int(value) for value in segments[0].arrays["measured"])
        newer = sum(int(np.count_nonzero(one.ids > newest)) for one in segments)
        older = sum(map(len, segments)) - newer
        return newer + abs(older - measured) > STALE_AFTER * max(measured, 1)

    def _made(self) -> tuple[Segment, ...]:
        numbers = self._changes.numbers()
        sample = self._sample(numbers)
        fixed = self._fixed or LanguageMeans.none(self._dimensions)
        whitening = Whitening.measured_on(sample.vectors, _numbers_of(sample.languages), fixed)
        # of a small corpus the sample is all there is
        batches = [sample] if len(sample.ids) < SAMPLE else self._read(numbers)
        made: list[Segment] = []
        parts: list[Segment] = []
        for batch in batches:
            parts.append(_segment(whitening, batch, np.zeros(2, np.int64)))
            if sum(map(len, parts)) >= LARGEST:
                made.append(_joined(parts, None))
                parts = []
        if parts or not made:
            made.append(_joined(parts or [_segment(whitening, sample, np.zeros(2, np.int64))], None))
        newest = max(int(one.ids.max(initial=0)) for one in made)
        measured = np.array([sum(map(len, made)), newest], np.int64)
        return tuple(Segment({**one.arrays, "measured": measured}) for one in made)

    def _sample(self, numbers: NDArray[np.int64]) -> ChunkVectors:
        batches: list[ChunkVectors] = []
        count = 0
        for batch in self._read(np.random.default_rng(0).permutation(numbers)):
            batches.append(batch)
            if (count := count + len(batch.ids)) >= SAMPLE:
                break
        return _all(batches, self._dimensions)

    def _read(self, numbers: NDArray[np.int64]) -> Iterator[ChunkVectors]:
        for start in range(0, len(numbers), _DOCUMENTS_AT_ONCE):
            piece = numbers[start : start + _DOCUMENTS_AT_ONCE].tolist()
            yield self._changes.vectors(self._model, self._dimensions, piece)

    def _news(self, changed: Sequence[int]) -> Segment | None:
        view = self._view
        if view is None or not view.segments:
            return None
        found = _all([*self._read(np.array(changed, np.int64))], self._dimensions)
        there = np.zeros(len(found.ids), np.bool_)
        known = found.ids < len(self._held)
        there[known] = self._held[found.ids[known]] == found.numbers[known]
        if there.all():
            return None
        new = ChunkVectors(
            found.ids[~there],
            found.numbers[~there],
            [one for one, is_there in zip(found.languages, there, strict=True) if not is_there],
            found.vectors[~there],
        )
        first = view.segments[0]
        segment = _segment(_whitening_of(first), new, first.arrays["measured"])
        self._note(segment)
        return segment

    def _merged(self, segments: Sequence[Segment], alive: NDArray[np.bool_] | None) -> Segment:
        return _joined(segments, alive)

    def _hold(self, segments: Sequence[Segment]) -> None:
        self._held = np.zeros(0, np.int64)
        for segment in segments:
            self._note(segment)

    def _note(self, segment: Segment) -> None:
        if len(segment):
            if (highest := int(segment.ids.max())) >= len(self._held):
                self._held = np.append(
                    self._held, np.zeros(highest * 5 // 4 + 64 - len(self._held), np.int64)
                )
            self._held[segment.ids] = segment.documents


def _dots(rows: NDArray[np.int8], question: NDArray[np.int8]) -> NDArray[np.float32]:
    return np.asarray(np.asarray(numkong.cdist(question[None], rows, "dot"))[0], np.float32)


def _segment(whitening: Whitening, found: ChunkVectors, measured: NDArray[np.int64]) -> Segment:
    languages = _numbers_of(found.languages)
    rows, lengths = whitening.of_passages(found.vectors, languages)
    scales = np.maximum(np.abs(rows).max(axis=1, initial=0), 1e-9) / 127
    return Segment(
        {
            "ids": found.ids,
            "documents": found.numbers,
            "vectors": np.rint(rows / scales[:, None]).astype(np.int8),
            "scales": scales.astype(np.float32),
            "lengths": lengths,
            "by_id": np.argsort(found.ids).astype(np.int32),
            "questions": whitening.questions,
            "passages": whitening.passages,
            "matrix": whitening.matrix,
            "measured": measured,
        }
    )


def _joined(segments: Sequence[Segment], alive: NDArray[np.bool_] | None) -> Segment:
    keep = [slice(None) if alive is None else np.take(alive, one.documents, mode="clip") for one in segments]
    columns = {
        name: np.concatenate([one.arrays[name][kept] for one, kept in zip(segments, keep, strict=True)])
        for name in _COLUMNS
    }
    return Segment({**segments[0].arrays, **columns, "by_id": np.argsort(columns["ids"]).astype(np.int32)})


def _found_in(segment: Segment, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of a segment that have one of `ids`, and where in `ids` that is."""
    if not len(segment) or not len(ids):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    by_id = segment.arrays["by_id"]
    places = np.minimum(np.searchsorted(segment.ids, ids, sorter=by_id), len(segment) - 1)
    rows = by_id[places].astype(np.int64)
    there = np.flatnonzero(segment.ids[rows] == ids)
    return rows[there], there


def _rows_of(segment: Segment, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    return _found_in(segment, ids)[0]


def _whitening_of(segment: Segment) -> Whitening:
    arrays = segment.arrays
    return Whitening(arrays["questions"], arrays["passages"], arrays["matrix"])


def _has_means(segments: Sequence[Segment]) -> bool:
    """Was this made with the language means, or before they were known?"""
    return bool(segments) and bool(_whitening_of(segments[0]).questions.any())


def _is_whitened_alike(one: Segment, other: Segment) -> bool:
    return all(
        np.array_equal(one.arrays[name], other.arrays[name]) for name in ("questions", "passages", "matrix")
    )


def _all(batches: Sequence[ChunkVectors], dimensions: int) -> ChunkVectors:
    if not batches:
        nothing = np.empty(0, np.int64)
        return ChunkVectors(nothing, nothing, [], np.empty((0, dimensions), np.float32))
    return ChunkVectors(
        np.concatenate([one.ids for one in batches]),
        np.concatenate([one.numbers for one in batches]),
        [language for one in batches for language in one.languages],
        np.concatenate([one.vectors for one in batches]),
    )


def _numbers_of(languages: Sequence[str]) -> NDArray[np.int8]:
    return np.array([LANGUAGES.index(one) for one in languages], np.int8)
