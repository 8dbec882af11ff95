"""A copy of the corpus in the shape that a search wants, kept in step with it and thrown away at will.

The rows of the database are the truth. A mirror holds what it made of them in segments (bot.index.segments),
knows the state of the corpus they stand for, and is asked for a state: it then reads what changed in between.
Where that cannot be told (no mirror yet, a damaged one, a restored database) it is made anew: at once for a
small corpus, else in a thread, and until that is done the search gets along without.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.errors import StoreError
from bot.index.segments import Segment, SegmentFolder
from bot.store.changes import CorpusChanges, State

log = logging.getLogger(__name__)

MADE_AT_ONCE = 20_000
"""Chunks of a corpus that a search waits for: about two seconds."""

SAVED_AFTER = 1_000
"""Rows that are read anew when the process starts, at most."""

LARGEST = 250_000
"""Rows of a segment, so that merging never takes much memory or time."""

_SAVED_AFTER_CHANGES = 5_000
_MERGED_AT_ONCE = 8_192
_SIZES_APART = 4
_DEAD_AT_MOST = 0.2


@dataclass(frozen=True)
class View:
    """What a mirror holds at one state of the corpus."""

    state: State
    segments: tuple[Segment, ...]


class Mirror(ABC):
    """Safe to share between threads; blocking, so call it in one. Raises StoreError."""

    def __init__(self, changes: CorpusChanges, folder: SegmentFolder, saved_after: int = SAVED_AFTER) -> None:
        self._changes = changes
        self._folder = folder
        self._saved_after = saved_after
        self._view: View | None = None
        self._saved_epoch = 0
        self._refreshing = threading.RLock()
        self._keeping = threading.Lock()
        self._making: threading.Thread | None = None
        self._has_looked = False

    # --- what a kind of mirror is ---------------------------------------------------------------------------

    @abstractmethod
    def _about(self) -> Mapping[str, str]:
        """What must be equal for kept segments to be of use."""

    @abstractmethod
    def _made(self) -> tuple[Segment, ...]:
        """Segments of the whole corpus."""

    @abstractmethod
    def _news(self, changed: Sequence[int]) -> Segment | None:
        """What these documents have that is not held yet."""

    @abstractmethod
    def _merged(self, segments: Sequence[Segment], alive: NDArray[np.bool_] | None) -> Segment:
        """One segment for several, without documents whose number is not `alive`."""

    @abstractmethod
    def _hold(self, segments: Sequence[Segment]) -> None:
        """From now on, exactly these are held."""

    @abstractmethod
    def _is_usable(self, segments: Sequence[Segment]) -> bool:
        """Do segments that were kept fit together?"""

    def _is_stale(self, segments: Sequence[Segment]) -> bool:  # noqa: ARG002
        """Should all be made anew, though it is in step?"""
        return False

    # --- searching ------------------------------------------------------------------------------------------

    def at(self, state: State) -> tuple[Segment, ...] | None:
        """The segments of `state`, or a later one; None while they are being made."""
        view = self._view
        if view is not None and view.state == state:
            return view.segments
        with self._refreshing:
            self._view = self._caught_up(state)
            return None if self._view is None else self._view.segments

    def _caught_up(self, state: State) -> View | None:
        view = self._view if self._view is not None else self._loaded()
        changed = None if view is None else self._changes.since(view.state)
        if view is None or changed is None:
            if self._changes.chunks() > MADE_AT_ONCE:
                self._make_in_background()
                return None
            return self._made_view(state)
        news = self._news(sorted(changed)) if changed else None
        segments = view.segments
        if news is not None and len(news):
            segments = self._tidied((*segments, news))
        if sum(map(len, segments)) <= MADE_AT_ONCE and self._is_stale(segments):
            return self._made_view(state)
        return View(state, segments)

    def _tidied(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Few small segments rather than many; the large ones are left to `keep`."""
        while len(segments) > 1:
            *before, first, second = segments
            if first.name or not len(second) * _SIZES_APART > len(first) or len(first) > _MERGED_AT_ONCE:
                break
            segments = (*before, self._merged((first, second), None))
        return segments

    def _loaded(self) -> View | None:
        if self._has_looked:
            return None
        self._has_looked = True
        kept = self._folder.load(self._about())
        if kept is None or not self._is_usable(kept.segments):
            return None
        self._hold(kept.segments)
        self._saved_epoch = kept.state.epoch
        return View(kept.state, kept.segments)

    def _made_view(self, state: State) -> View:
        segments = self._made()
        self._hold(segments)
        self._saved_epoch = 0
        return View(state, segments)

    def _make_in_background(self) -> None:
        if self._making is None or not self._making.is_alive():
            self._making = threading.Thread(target=self._make, name="mirror", daemon=True)
            self._making.start()

    def _make(self) -> None:
        try:
            with self._keeping:
                self._remake()
        except (StoreError, OSError) as exc:
            log.warning("the search index could not be made: %s", exc)

    def _remake(self) -> None:
        state = self._changes.state()  # before reading: what comes meanwhile is read once more, not missed
        self._save(state, self._made())

    # --- keeping --------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Put what a search would have to read again into files, and tidy up. Cheap when there is little.

        For whoever changes the corpus, after a change. Raises StoreError, OSError.
        """
        if not self._keeping.acquire(blocking=False):
            return
        try:
            state = self._changes.state()
            segments = self.at(state)
            if segments is None:
                return
            if self._is_stale(segments):
                self._remake()
                return
            loose = sum(len(one) for one in segments if not one.name)
            if loose >= self._saved_after or (
                self._saved_epoch and state.epoch - self._saved_epoch > _SAVED_AFTER_CHANGES
            ):
                self._save(state, self._compacted(state, segments))
        finally:
            self._keeping.release()

    def wait(self) -> bool:
        """Until what is being made in the background is there; False where nothing was."""
        if self._making is None:
            return False
        self._making.join()
        return True

    def _save(self, state: State, segments: Sequence[Segment]) -> None:
        is_worth_it = self._is_worth_saving(segments)
        saved = self._folder.save(state, segments, self._about()) if is_worth_it else None
        with self._refreshing:
            # back to `state`: what came since is read once more by the next search
            self._view = View(state, tuple(segments) if saved is None else saved)
            self._hold(self._view.segments)
            self._saved_epoch = state.epoch

    def _is_worth_saving(self, segments: Sequence[Segment]) -> bool:  # noqa: ARG002
        return True

    def _compacted(self, state: State, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        alive = np.zeros(state.epoch + 2, np.bool_)
        numbers = self._changes.numbers()
        alive[numbers[numbers <= state.epoch]] = True
        groups: list[list[Segment]] = []
        for segment in reversed(segments):
            size = sum(map(len, groups[0])) if groups else 0
            if groups and len(segment) <= _SIZES_APART * size and len(segment) + size <= LARGEST:
                groups[0].insert(0, segment)
            else:
                groups.insert(0, [segment])
        return tuple(
            group[0]
            if len(group) == 1 and _dead_share(group[0], alive) <= _DEAD_AT_MOST
            else self._merged(group, alive)
            for group in groups
        )


def _dead_share(segment: Segment, alive: NDArray[np.bool_]) -> float:
    dead = np.count_nonzero(~np.take(alive, segment.documents, mode="clip"))
    return dead / max(len(segment), 1)
