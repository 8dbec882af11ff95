"""When a connector is synced next, by its schedule, what the last sync came to, and what was missed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.store.sources import SourceState

AGAIN_FIRST = timedelta(minutes=5)
AGAIN_LONGEST = timedelta(hours=1)
"""A source that fails is asked again after the first, doubling up to the second, however often its schedule
would have it asked."""
EXTRA_TRIES = 3
"""So often also before its schedule says so: a nightly sync that failed should not wait for a day."""


def next_run(state: SourceState, regular_after: Callable[[datetime], datetime], *, now: datetime) -> datetime:
    """When it is to run next; now where that is overdue, once however many runs were missed.

    `regular_after` gives the first run by the schedule after a moment.
    """
    if state.started_at is None or state.was_interrupted:
        return now
    regular = regular_after(state.started_at)
    if not state.failures or state.is_paused or state.finished_at is None:
        return max(regular, now)
    again = state.finished_at + min(AGAIN_FIRST * (1 << min(state.failures - 1, 10)), AGAIN_LONGEST)
    return max(again, now) if state.failures <= EXTRA_TRIES else max(again, regular, now)
