"""What a sync would do, without doing any of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.errors import FootnoteError
from bot.store.sources import Sources
from bot.sync.plan import compare, cursor_for
from connectors.base import Connector, SourceError


@dataclass(frozen=True)
class SyncPreview:
    """What the next sync of one connector would do. All but `unchanged` are item ids, in order."""

    connector: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    """Could not be read, and are not tried again yet."""
    unreadable: tuple[str, ...] = ()
    """Are there and cannot be listed."""
    unchanged: int = 0
    is_doubtful: bool = False
    """So much would be removed that the sync would pause the connector and ask an admin instead."""
    error: str = ""
    """Why the source could not be listed; empty if it could."""


async def preview(
    name: str,
    connector: Connector,
    sources: Sources,
    versions: Callable[[str], Mapping[str, str]],
    *,
    now: datetime,
    force: bool = False,
) -> SyncPreview:
    """List the source as the next sync would, and compare; nothing is stored, fetched or removed."""
    state = await asyncio.to_thread(sources.state, name)
    try:
        listing = await asyncio.to_thread(connector.items, cursor_for(state, now=now, force=force))
    except (SourceError, FootnoteError) as exc:
        return SyncPreview(name, error=str(exc))
    held = await asyncio.to_thread(versions, name)
    aside = await asyncio.to_thread(sources.set_aside, name)
    forgotten = await asyncio.to_thread(sources.forgotten, name)
    plan = compare(listing, held, aside, now=now, force=force, forgotten=forgotten)
    wanted = sorted(item.id for item in plan.wanted)
    return SyncPreview(
        name,
        added=tuple(item_id for item_id in wanted if item_id not in held),
        changed=tuple(item_id for item_id in wanted if item_id in held),
        removed=plan.gone,
        set_aside=tuple(sorted(plan.left_aside)),
        unreadable=tuple(sorted(item_id for item_id, _ in listing.unreadable)),
        unchanged=plan.unchanged,
        is_doubtful=plan.loses_too_much,
    )
