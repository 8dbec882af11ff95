"""The seam between a source of documents and Footnote: what a connector is, and how it fails.

A connector is a frozen dataclass whose fields ARE its table in config.toml. It is stateless: it lists and
fetches, and `bot.sync` does all comparing, storing and deleting.

Its errors are named by what follows from them:

SourceError
├── SourceUnavailable     try again later; nothing is deleted
│   └── Unreachable       the same; its address may be wrong
├── CredentialsRejected   pause the connector and tell an admin
└── ItemUnreadable        set this one item aside with its reason, go on with the rest
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

EVERYONE = "everyone"
"""The reader that stands for anybody in the workspace who is not a guest or a stranger."""


def reader_by_email(address: str) -> str:
    """The reader that stands for whoever has this e-mail address in Slack: how identities at a source map."""
    return f"email:{address.strip().lower()}"


class SourceError(Exception):
    """Something is wrong at the source; the message is for an admin to read. `setting` names the one that is
    at fault, where one surely is; a form says so beside its field."""

    def __init__(self, message: str, *, setting: str = "") -> None:
        super().__init__(message)
        self.setting = setting


class SourceUnavailable(SourceError):
    """The source cannot be listed or read now; a later try may work."""


class Unreachable(SourceUnavailable):
    """Nobody answers at the address of the source, or nothing may be asked there."""


class CredentialsRejected(SourceError):
    """The source refuses us; no later try will work until a person mends it."""


class ItemUnreadable(SourceError):
    """One item cannot be read; the others can."""


@dataclass(frozen=True)
class Secret:
    """A password or token. In config.toml its setting names an environment variable: `token = "env:NAME"`.

    It never shows itself; `value` is for the request alone.
    """

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "(secret)"

    def __bool__(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True)
class Machine:
    """What the machine grants a connector. A connector that needs it has a field `machine: Machine`, which
    is not part of its table: bot.config fills it in from `[network]`."""

    private: tuple[str, ...] = ()
    """Host names, addresses and networks in private ranges that may be visited (connectors/addresses.py)."""
    proxy: str = ""
    """The address of the HTTP proxy through which the world is reached; empty for none."""
    cache: Path | None = None
    """A directory of this connector alone, for what is slow to get again. It may be emptied between syncs."""


def cache_of(data_dir: Path, connector: str) -> Path:
    """Where the connector of that name has its `Machine.cache`."""
    return data_dir / "sources" / connector


@dataclass(frozen=True)
class Item:
    """One thing a source has: its id there, and a version that changes when its content does."""

    id: str
    version: str


@dataclass(frozen=True)
class Listing:
    """What a source has. What a listing lacks is deleted only if the listing is complete.

    A source that can say what changed since the last listing gives, for a cursor, an incomplete one of the
    changes alone, with what is gone in `removed`. Without a cursor, or with one that the source no longer
    knows, it lists everything.
    """

    items: tuple[Item, ...]
    is_complete: bool
    cursor: str | None = None
    """What to give to the next listing; it is kept only once everything listed here was taken in."""
    unreadable: tuple[tuple[str, str], ...] = ()
    """(item id, reason) of things that exist but cannot even be listed; they are reported, never deleted."""
    removed: tuple[str, ...] = ()
    """Ids that the source itself says are gone since the cursor. Ids that we do not hold are allowed."""

    @classmethod
    def complete(
        cls,
        items: Iterable[Item],
        unreadable: Iterable[tuple[str, str]] = (),
        cursor: str | None = None,
    ) -> Listing:
        return cls(tuple(items), is_complete=True, cursor=cursor, unreadable=tuple(unreadable))

    @classmethod
    def of_changes(cls, changed: Iterable[Item], removed: Iterable[str], cursor: str) -> Listing:
        return cls(tuple(changed), is_complete=False, cursor=cursor, removed=tuple(removed))


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
    authors: tuple[str, ...] = ()
    """Names of who wrote it, as the source shows them."""


class Connector(Protocol):
    """What every kind in `connectors.KINDS` does. `fetch` is called from several threads at once: four, or as
    many as an attribute `at_once` says, if the class (or one of its settings) has that name."""

    kind: ClassVar[str]

    def check(self) -> str:
        """Say in one sentence what was found, before anything is saved.

        Raises SourceUnavailable or CredentialsRejected with a message that tells an admin what to mend.
        """

    def items(self, cursor: str | None) -> Listing:
        """List what the source has; `cursor` is that of the last listing, for sources that give changes."""

    def fetch(self, item: Item) -> Document:
        """Read one item. Raises ItemUnreadable if only this one fails, or SourceUnavailable."""
