"""What a sync has to do: a listing against the versions we hold. Decides, and touches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.sources import SetAside
from connectors.base import Item, Listing

REMOVED_SHARE = 0.2
REMOVED_AT_LEAST = 5
"""A listing that lacks more than this share, and more than this many, of what we hold is not believed."""
RETRY_FIRST = timedelta(hours=1)
RETRY_LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """What a sync has to do."""

    wanted: tuple[Item, ...]
    """New or changed, or due for another try."""
    gone: tuple[str, ...]
    """Item ids we hold that a complete listing lacks."""
    unchanged: int
    left_aside: tuple[str, ...]
    """Unreadable in this very version, and not yet due for another try."""
    outdated: tuple[str, ...]
    """Set aside once, and now gone or of another version: the reason no longer holds."""
    held: int
    """How many documents we hold."""

    @property
    def loses_too_much(self) -> bool:
        """Whether so much is gone that the source is more likely wrong than the documents deleted."""
        return len(self.gone) > REMOVED_AT_LEAST and len(self.gone) > REMOVED_SHARE * self.held


def compare(
    listing: Listing,
    held: Mapping[str, str],
    aside: Mapping[str, SetAside],
    *,
    now: datetime,
    force: bool = False,
) -> Plan:
    """Compare a listing with `held` (item id -> version). Only a complete listing makes anything gone.

    `force` wants everything. Of an id that is listed twice the last version counts.
    """
    listed = {item.id: item for item in listing.items}
    wanted: list[Item] = []
    left_aside: list[str] = []
    unchanged = 0
    for item in listed.values():
        failed = aside.get(item.id)
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
    outdated = [item_id for item_id in aside if item_id in listed and not _is_about(aside, listed[item_id])]
    gone: list[str] = []
    if listing.is_complete:
        there = listed.keys() | {item_id for item_id, _ in listing.unreadable}
        gone = sorted(held.keys() - there)
        outdated += aside.keys() - listed.keys()
    return Plan(tuple(wanted), tuple(gone), unchanged, tuple(left_aside), tuple(outdated), len(held))


def retry_at(failed: SetAside) -> datetime:
    """When an unreadable item is tried again: an hour after the last try, doubling up to a day."""
    doublings = min(failed.attempts - 1, 10)
    return failed.tried_at + min(RETRY_FIRST * (1 << doublings), RETRY_LONGEST)


def _is_about(aside: Mapping[str, SetAside], item: Item) -> bool:
    return aside[item.id].version == item.version
