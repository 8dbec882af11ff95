"""Which documents a search may look at: readers and filter, worked out once and then kept up to date."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.contracts import Filter, Readers
from bot.index.segments import Segment
from bot.store.changes import CorpusChanges, State
from connectors.base import EVERYONE

_KEPT = 32


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
    """Answers for any readers and filter. Safe to share between threads; blocking. Raises StoreError.

    The first search on behalf of some readers looks at all documents, later ones only at what changed.
    """

    def __init__(self, changes: CorpusChanges) -> None:
        self._changes = changes
        self._known: OrderedDict[tuple[Readers, Filter | None], Allowed] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, state: State, readers: Readers, narrowed: Filter | None) -> Allowed:
        """What `readers` may read of what `narrowed` lets through, at `state` or later."""
        key = (readers, narrowed)
        with self._lock:
            known = self._known.get(key)
        if known is None or known.state != state:
            known = self._at(state, readers, narrowed, known)
            with self._lock:
                self._known[key] = known
                self._known.move_to_end(key)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return known

    def _at(self, state: State, readers: Readers, narrowed: Filter | None, old: Allowed | None) -> Allowed:
        if old is None and EVERYONE in readers and len(readers) > 1:
            # most documents are for everyone: these are looked up once, and not anew for each person
            flags = self.at(state, frozenset({EVERYONE}), narrowed).flags.copy()
            own = self._changes.allowed(readers - {EVERYONE}, narrowed)
            flags[own[own <= state.epoch]] = True
            return Allowed(state, flags)
        changed = self._changes.since(old.state) if old is not None else None
        flags = np.zeros(state.epoch + 2, np.bool_)  # no number is above the epoch
        if old is None or changed is None or len(changed) > 10_000:
            numbers = self._changes.allowed(readers, narrowed)
        else:
            flags[: min(len(old.flags), len(flags))] = old.flags[: len(flags)]
            numbers = self._changes.allowed(readers, narrowed, among=sorted(changed))
            touched = np.fromiter(changed, np.int64, len(changed))
            flags[touched[touched <= state.epoch]] = False
        flags[numbers[numbers <= state.epoch]] = True
        return Allowed(state, flags)
