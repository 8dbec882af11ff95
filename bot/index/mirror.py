"""The vectors of the corpus in memory, kept in step with the database, searched exactly.

At 10,000 chunks of 384 dimensions this is 15 MB and 1-2 ms a search; an approximate index starts to pay at
about a hundred times that.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.contracts import Readers, Vectors
from bot.index.centring import LANGUAGES, LanguageMeans
from bot.store.corpus import Corpus

Scored = list[tuple[int, float]]
"""(chunk id, score), best first."""

_MASKS_KEPT = 64


@dataclass(frozen=True)
class _Snapshot:
    epoch: int
    ids: NDArray[np.int64]
    rows: Vectors
    languages: NDArray[np.int8]
    means: NDArray[np.float32]
    inverse_lengths: NDArray[np.float32]
    """1 / |row - mean of its language|: centred rows need not be stored a second time."""
    masks: dict[Readers, NDArray[np.bool_]] = field(default_factory=dict)


class VectorMirror:
    """All vectors of one model. Safe to share between threads; blocking, so call it in one."""

    def __init__(self, corpus: Corpus, model: str, dimensions: int) -> None:
        self._corpus = corpus
        self._model = model
        self._dimensions = dimensions
        self._refreshing = threading.Lock()
        self._means = LanguageMeans.none(dimensions)
        self._buffer: Vectors = np.empty((0, dimensions), np.float32)
        self._snapshot: _Snapshot | None = None

    def use_means(self, means: LanguageMeans) -> None:
        """Take the language out by these from the next search on."""
        with self._refreshing:
            self._means = means
            self._snapshot = self._with_means(self._snapshot) if self._snapshot else None

    def search(
        self,
        vector: NDArray[np.float32],
        language: str,
        readers: Readers,
        limit: int,
        also: Collection[int] = (),
    ) -> Scored:
        """The `limit` chunks nearest to a question's vector among those `readers` may read, with cosines.

        Chunks of `also` that have a vector and may be read are given too, however far they are.
        """
        snapshot = self._current()
        allowed = np.flatnonzero(self._mask(snapshot, readers))
        if not len(allowed):
            return []
        question = self._means.centred_question(vector, language)
        off = snapshot.means @ question
        scores = (snapshot.rows @ question - off[snapshot.languages]) * snapshot.inverse_lengths
        scores = scores[allowed]
        best = np.argpartition(-scores, min(limit, len(scores)) - 1)[:limit]
        wanted = np.fromiter(also, np.int64, len(also))
        best = np.union1d(best, np.flatnonzero(np.isin(snapshot.ids[allowed], wanted)))
        best = best[np.argsort(-scores[best], kind="stable")]
        return [(int(snapshot.ids[allowed[at]]), float(scores[at])) for at in best]

    def _current(self) -> _Snapshot:
        epoch = self._corpus.epoch()
        snapshot = self._snapshot
        if snapshot is not None and snapshot.epoch == epoch:
            return snapshot
        with self._refreshing:
            if self._snapshot is None or self._snapshot.epoch != epoch:
                self._snapshot = self._refreshed(epoch, self._snapshot)
            return self._snapshot

    def _refreshed(self, epoch: int, old: _Snapshot | None) -> _Snapshot:
        held = old.ids if old else np.empty(0, np.int64)
        present = np.fromiter(
            (
                row[0]
                for row in self._corpus.database.rows(
                    "SELECT c.id FROM chunks c JOIN vectors v ON v.text_hash = c.text_hash AND v.model = ?",
                    [self._model],
                )
            ),
            np.int64,
        )
        kept = np.isin(held, present)
        rows, languages = (old.rows, old.languages) if old else (self._buffer, np.empty(0, np.int8))
        if not kept.all():
            rows, languages, held = rows[kept], languages[kept], held[kept]
            self._buffer = rows
        new_ids, new_rows, new_languages = self._read(np.setdiff1d(present, held))
        count = len(held)
        if count + len(new_ids) > len(self._buffer):
            grown = np.empty((int((count + len(new_ids)) * 1.25) + 1, self._dimensions), np.float32)
            grown[:count] = rows
            self._buffer = grown
        # Searches under way hold views of the first `count` rows only: what comes after them is free.
        self._buffer[count : count + len(new_ids)] = new_rows
        return self._with_means(
            _Snapshot(
                epoch,
                np.concatenate([held, new_ids]),
                self._buffer[: count + len(new_ids)],
                np.concatenate([languages, new_languages]),
                np.empty(0, np.float32),
                np.empty(0, np.float32),
            )
        )

    def _with_means(self, snapshot: _Snapshot) -> _Snapshot:
        rows, languages = snapshot.rows, snapshot.languages
        means = self._means.of_corpus(rows, languages)
        products = (rows @ means.T)[np.arange(len(rows)), languages]
        squares = 1.0 - 2.0 * products + (means**2).sum(axis=1)[languages]  # |row| is 1
        inverse = (1.0 / np.sqrt(np.maximum(squares, 1e-6))).astype(np.float32)
        return _Snapshot(snapshot.epoch, snapshot.ids, rows, languages, means, inverse)

    def _read(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], Vectors, NDArray[np.int8]]:
        found = self._corpus.database.rows(
            """
            SELECT c.id, c.language, v.vector FROM chunks c
            JOIN vectors v ON v.text_hash = c.text_hash AND v.model = ?
            WHERE c.id IN (SELECT value FROM json_each(?))
            """,
            [self._model, json.dumps(ids.tolist())],
        )
        vectors = b"".join(row[2] for row in found)
        return (
            np.array([row[0] for row in found], np.int64),
            np.frombuffer(vectors, "<f4").reshape(len(found), self._dimensions),
            np.array([LANGUAGES.index(row[1]) for row in found], np.int8),
        )

    def _mask(self, snapshot: _Snapshot, readers: Readers) -> NDArray[np.bool_]:
        mask = snapshot.masks.get(readers)
        if mask is None:
            readable = np.array(self._corpus.readable_chunks(readers), np.int64)
            mask = np.isin(snapshot.ids, readable)
            if len(snapshot.masks) >= _MASKS_KEPT:
                snapshot.masks.clear()
            snapshot.masks[readers] = mask
        return mask
