"""What a sync has to do: a listing against the versions we hold. Decides, and touches nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.sources import SetAside, SourceState
from connectors.base import Item, Listing

REMOVED_SHARE = 0.2
REMOVED_AT_LEAST = 5
"""A listing that lacks more than this share, and more than this many, of what we hold is not believed."""
RETRY_FIRST = timedelta(hours=1)
RETRY_LONGEST = timedelta(days=1)
WHOLE_EVERY = timedelta(days=1)
"""A source that gives changes is listed whole so often: what its feed lost is found then."""


@dataclass(frozen=True)
class Plan:
    """What a sync has to do."""

    wanted: tuple[Item, ...]
    """New or changed, or due for another try."""
    gone: tuple[str, ...]
    """Item ids we hold that a complete listing lacks, or that the source itself says are gone."""
    unchanged: int
    left_aside: tuple[str, ...]
    """Unreadable in this very version, and not yet due for another try."""
    outdated: tuple[str, ...]
    """Set aside once, and now gone or of another version: the reason no longer holds."""
    held: int
    """How many documents we hold."""
    agreed: frozenset[str] = frozenset()
    """Item ids that an admin said may go."""

    @property
    def loses_too_much(self) -> bool:
        """Whether so much is gone that the source is more likely wrong than the documents deleted."""
        doubtful = sum(item_id not in self.agreed for item_id in self.gone)
        left = self.held - len(self.gone) + doubtful  # what was agreed upon is no measure of the rest
        return doubtful > REMOVED_AT_LEAST and doubtful > REMOVED_SHARE * left


def cursor_for(state: SourceState, *, now: datetime, force: bool = False) -> str | None:
    """What to list from: the cursor kept, or None where the whole source is due."""
    if force or state.whole_at is None or now - state.whole_at >= WHOLE_EVERY:
        return None
    return state.cursor


def compare(
    listing: Listing,
    held: Mapping[str, str],
    aside: Mapping[str, SetAside],
    *,
    now: datetime,
    force: bool = False,
    agreed: Collection[str] = (),
    forgotten: Collection[str] = frozenset(),
) -> Plan:
    """Compare a listing with `held` (item id -> version).

    What a complete listing lacks is gone, and so is what any listing says was removed, unless it lists that
    as well. What was set aside and is not listed is tried again on its own, for changes do not name it twice.
    `force` wants everything. Of an id that is listed twice the last version counts. `agreed`: see Plan.
    `forgotten` items are never wanted, whatever the source lists.
    """
    listed = {item.id: item for item in listing.items if item.id not in forgotten}
    wanted: list[Item] = []
    left_aside: list[str] = []
    outdated: list[str] = []
    unchanged = 0
    for item in listed.values():
        failed = aside.get(item.id)
        if failed and failed.version != item.version:
            outdated.append(item.id)
        if force:
            wanted.append(item)
        elif failed and failed.version == item.version:
            if now < retry_at(failed):
                left_aside.append(item.id)
            else:
                wanted.append(item)
        elif held.get(item.id) == item.version:
            unchanged += 1
        else:
            wanted.append(item)
    there = listed.keys() | {item_id for item_id, _ in listing.unreadable}
    removed = set(listing.removed) - there
    gone = held.keys() & removed
    if listing.is_complete:
        gone |= held.keys() - there
        outdated += aside.keys() - listed.keys()
    else:
        for failed in aside.values():
            if failed.item_id in removed:
                outdated.append(failed.item_id)
            elif failed.item_id not in there:
                if now < retry_at(failed):
                    left_aside.append(failed.item_id)
                else:
                    wanted.append(Item(failed.item_id, failed.version))
    return Plan(
        tuple(wanted),
        tuple(sorted(gone)),
        unchanged,
        tuple(left_aside),
        tuple(outdated),
        len(held),
        frozenset(agreed),
    )


def retry_at(failed: SetAside) -> datetime:
    """When an unreadable item is tried again: an hour after the last try, doubling up to a day."""
    doublings = min(failed.attempts - 1, 10)
    return failed.tried_at + min(RETRY_FIRST * (1 << doublings), RETRY_LONGEST)
