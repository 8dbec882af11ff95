"""Which documents a search may look at: readers and filter, remembered while the corpus stays as it is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.contracts import Filter, Readers
from bot.index.reader_sets import ReaderSets
from bot.index.segments import Segment
from bot.store.changes import CorpusChanges, State

_KEPT = 32
_READ_ANEW_ABOVE = 10_000  # changed documents

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Allowed:
    """The documents of one search, at one state of the corpus."""

    state: State
    flags: NDArray[np.bool_]
    """By number."""
    _masks: dict[Segment, NDArray[np.bool_]] = field(default_factory=dict)

    def rows(self, segment: Segment) -> NDArray[np.bool_]:
        """For each row of the segment: may it be found?"""
        mask = self._masks.get(segment)
        if mask is None:
            mask = np.take(self.flags, segment.documents, mode="clip")  # the last flag is False
            self._masks[segment] = mask
        return mask


class AllowedDocuments:
    """Answers for any readers and filter. Safe to share between threads; blocking. Raises StoreError."""

    def __init__(self, changes: CorpusChanges) -> None:
        self._changes = changes
        self._sets = ReaderSets(changes)
        self._known: OrderedDict[tuple[Readers, Filter | None], Allowed] = OrderedDict()
        self._within: OrderedDict[Filter, Allowed] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, state: State, readers: Readers, narrowed: Filter | None) -> Allowed:
        """What `readers` may read of what `narrowed` lets through, at `state` or later."""
        key = (readers, narrowed)
        known = self._kept(self._known, key)
        if known is None or known.state != state:
            flags = _flags(state, self._sets.readable(state, readers))
            if narrowed is not None:
                flags &= self._let_through(state, narrowed)
            known = Allowed(state, flags)
            self._keep(self._known, key, known)
        return known

    def _let_through(self, state: State, narrowed: Filter) -> NDArray[np.bool_]:
        """What the filter lets through, whoever may read it: for `at` alone."""
        known = self._kept(self._within, narrowed)
        if known is None or known.state != state:
            changed = None if known is None else self._changes.since(known.state)
            if known is None or changed is None or len(changed) > _READ_ANEW_ABOVE:
                flags = _flags(state, self._changes.within(narrowed))
            else:
                flags = _flags(state, self._changes.within(narrowed, among=sorted(changed)))
                old = known.flags[: len(flags)].copy()
                touched = np.fromiter(changed, np.int64, len(changed))
                old[touched[touched < len(old)]] = False
                flags[: len(old)] |= old
            known = Allowed(state, flags)
            self._keep(self._within, narrowed, known)
        return known.flags

    def _kept(self, where: OrderedDict[Key, Allowed], key: Key) -> Allowed | None:
        with self._lock:
            if key in where:
                where.move_to_end(key)
            return where.get(key)

    def _keep(self, where: OrderedDict[Key, Allowed], key: Key, one: Allowed) -> None:
        with self._lock:
            where[key] = one
            where.move_to_end(key)
            while len(where) > _KEPT:
                where.popitem(last=False)


def _flags(state: State, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    flags = np.zeros(state.epoch + 2, np.bool_)  # no number is above the epoch
    flags[numbers[numbers <= state.epoch]] = True
    return flags
