"""A folder that gives changes: its cursor is a place in a log beside it, one name a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from connectors.base import Document, Item, Listing
from connectors.folder import Folder


@dataclass(frozen=True)
class FolderFeed:
    """Reads `FOLDER.log` for what changed."""

    path: Path

    kind: ClassVar[str] = "folder feed"

    def check(self) -> str:
        return "a folder with a log"

    def items(self, cursor: str | None) -> Listing:
        log = self.path.with_suffix(".log").read_text("utf-8").splitlines()
        listing = Folder(path=self.path).items(None)
        if cursor is None:
            return Listing.complete(listing.items, cursor=str(len(log)))
        there = {item.id: item for item in listing.items}
        changed = dict.fromkeys(log[int(cursor) :])
        return Listing.of_changes(
            [there[name] for name in changed if name in there],
            [name for name in changed if name not in there],
            str(len(log)),
        )

    def fetch(self, item: Item) -> Document:
        return Folder(path=self.path).fetch(item)
