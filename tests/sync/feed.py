"""A source with a feed of changes, in memory, and the parts of a sync around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from bot.parsing.parsed import Parsed, Section
from connectors.base import Document, Item, ItemUnreadable, Listing


@dataclass
class Clock:
    """Stands still until a test moves `now`."""

    now: datetime = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class PlainParser:
    """Text is one section; no child process."""

    async def parse(self, document: Document) -> Parsed:
        return Parsed(document.id, (Section((), document.content.decode(), None, ""),))


@dataclass
class Feed:
    """Gives changes since a cursor, which is a place in `log`. What is not logged, the feed has lost."""

    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Item id -> (version, text)."""
    editions: dict[str, int] = field(default_factory=dict)
    """How often each was written: a version never comes twice, even where an item was deleted meanwhile."""
    log: list[str] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    """What was asked for."""
    fetched: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    unlistable: set[str] = field(default_factory=set)
    before_fetch: Callable[[Item], None] = field(default=lambda _item: None)

    kind: ClassVar[str] = "feed"

    def write(self, item_id: str, text: str, *, is_logged: bool = True) -> None:
        number = self.editions[item_id] = self.editions.get(item_id, 0) + 1
        self.texts[item_id] = (str(number), text)
        self.log += [item_id] * is_logged

    def delete(self, *item_ids: str, is_logged: bool = True) -> None:
        for item_id in item_ids:
            del self.texts[item_id]
            self.log += [item_id] * is_logged

    def check(self) -> str:
        return "a feed"

    def items(self, cursor: str | None) -> Listing:
        self.cursors.append(cursor)
        names = self.texts.keys() if cursor is None else dict.fromkeys(self.log[int(cursor) :])
        unreadable = [(name, "cannot be listed") for name in names if name in self.unlistable]
        there = [name for name in names if name in self.texts and name not in self.unlistable]
        items = tuple(Item(name, self.texts[name][0]) for name in there)
        removed = tuple(name for name in names if name not in self.texts)
        return Listing(items, cursor is None, str(len(self.log)), tuple(unreadable), removed)

    def fetch(self, item: Item) -> Document:
        self.before_fetch(item)
        self.fetched.append(item.id)
        if item.id in self.unreadable or item.id not in self.texts:
            raise ItemUnreadable(f"{item.id}: cannot be read")
        text = self.texts[item.id][1]
        return Document(item.id, "", f"https://feed/{item.id}", text.encode(), "text/plain", None)
