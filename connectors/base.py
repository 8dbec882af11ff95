"""The seam between a source of documents and Footnote: what a connector is, and how it fails.

A connector is a frozen dataclass whose fields ARE its table in config.toml. It is stateless: it lists and
fetches, and `bot.sync` does all comparing, storing and deleting.

Its errors are named by what follows from them:

SourceError
├── SourceUnavailable     try again later; nothing is deleted
├── CredentialsRejected   pause the connector and tell an admin
└── ItemUnreadable        set this one item aside with its reason, go on with the rest
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

EVERYONE = "everyone"
"""The reader that stands for anybody in the workspace who is not a guest or a stranger."""


class SourceError(Exception):
    """Something is wrong at the source; the message is for an admin to read."""


class SourceUnavailable(SourceError):
    """The source cannot be listed or read now; a later try may work."""


class CredentialsRejected(SourceError):
    """The source refuses us; no later try will work until a person mends it."""


class ItemUnreadable(SourceError):
    """One item cannot be read; the others can."""


@dataclass(frozen=True)
class Item:
    """One thing a source has: its id there, and a version that changes when its content does."""

    id: str
    version: str


@dataclass(frozen=True)
class Listing:
    """What a source has. Only a complete listing may lead to deletions."""

    items: tuple[Item, ...]
    is_complete: bool
    cursor: str | None = None
    unreadable: tuple[tuple[str, str], ...] = ()
    """(item id, reason) of things that exist but cannot even be listed; they are reported, never deleted."""

    @classmethod
    def complete(cls, items: Iterable[Item], unreadable: Iterable[tuple[str, str]] = ()) -> Listing:
        return cls(tuple(items), is_complete=True, unreadable=tuple(unreadable))


@dataclass(frozen=True)
class Document:
    """The bytes of one item and what is known about it. `readers` are principals; see bot.access."""

    id: str
    title: str
    """Empty where the source has no better title than the text itself holds."""
    url: str
    """Where a person opens it (http, https or file)."""
    content: bytes
    media_type: str
    updated_at: datetime | None
    readers: frozenset[str] = frozenset({EVERYONE})


class Connector(Protocol):
    """What every kind in `connectors.KINDS` does."""

    kind: ClassVar[str]

    def check(self) -> str:
        """Say in one sentence what was found, before anything is saved.

        Raises SourceUnavailable or CredentialsRejected with a message that tells an admin what to mend.
        """

    def items(self, cursor: str | None) -> Listing:
        """List what the source has; `cursor` is that of the last listing, for sources that give changes."""

    def fetch(self, item: Item) -> Document:
        """Read one item. Raises ItemUnreadable if only this one fails, or SourceUnavailable."""
