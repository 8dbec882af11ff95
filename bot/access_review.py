"""Who may see what, for admins to look at. It decides nothing.

On whose behalf a search is made says `bot.access.readers_of`. What is found on that behalf say the queries
that people meet elsewhere: the one by which their Home tab counts, and the one by which an answer is checked
before it is posted. Here these are asked, and what they say is explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.access import Person, Place, readers_of
from bot.contracts import Readers
from bot.store.cited import CitedDocuments
from bot.store.database import Database
from bot.store.document_readers import DocumentReaders, ReaderTable, StoredReaders
from bot.store.sources import Sources
from connectors.base import EVERYONE

MOST_SETS = 20
"""Reader sets that are shown unless somebody wants more."""


class Obstacle(Enum):
    """Why a principal does not stand for a person."""

    LEFT = "left"
    """Their account is deactivated: they read nothing."""
    UNKNOWN = "unknown"
    """Slack does not say who that is."""
    STRANGER = "stranger"
    """Of another organisation: they read what is granted to them by name."""
    GUEST = "guest"
    """A guest: "everyone" does not include them."""
    NOT_IN_CHANNEL = "not_in_channel"
    NOT_IN_GROUP = "not_in_group"
    NO_EMAIL = "no_email"
    """No e-mail address of theirs is known, so nobody at the source can be mapped to them."""
    OTHER_EMAIL = "other_email"
    OTHER_PERSON = "other_person"
    NO_SUCH_READER = "no_such_reader"
    """A principal of a form that stands for nobody."""


@dataclass(frozen=True)
class AtConnector:
    """What one person may read of a connector, in private."""

    table: ReaderTable
    """All its documents, by who may read them."""
    documents: int
    readable: int
    through: dict[str, int]
    """Of their principals those that give them a document, and how many; most first."""
    missing: ReaderTable
    """What they may not read, by who may."""


@dataclass(frozen=True)
class AtDocument:
    """Whether one person may read a document, in private."""

    document: StoredReaders
    is_readable: bool
    through: tuple[str, ...]
    """Of its readers those that stand for this person."""


class AccessReview:
    """Looks at the documents there are. Blocking; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._documents = DocumentReaders(database)
        self._sources = Sources(database)
        self._cited = CitedDocuments(database)

    def table(self, connector: str, limit: int = MOST_SETS) -> ReaderTable:
        """Who may read the documents of a connector; an empty one where it has none."""
        return self._documents.table(connector, limit)

    def named(self, name: str) -> list[StoredReaders]:
        """The documents that somebody names by id, by CONNECTOR/ITEM or by address, at most five."""
        return self._documents.named(name)

    def at_connector(self, place: Place, connector: str, limit: int = MOST_SETS) -> AtConnector:
        """What the asker of this place may read there."""
        readers = readers_of(place)
        readable = self._sources.readable(readers).get(connector, 0)
        through = self._documents.counts(connector, readers)
        table, missing = self._documents.tables(connector, limit, readers)
        return AtConnector(table, readable + missing.documents, readable, through, missing)

    def at_document(self, place: Place, document: StoredReaders) -> AtDocument:
        """Whether the asker of this place may read it there."""
        readers = readers_of(place)
        is_readable = bool(self._cited.readable([document.id], readers))
        return AtDocument(document, is_readable, tuple(sorted(readers & set(document.readers))))


def obstacle(person: Person, readers: Readers, principal: str) -> Obstacle | None:
    """Why `principal` is not among the `readers` of a person's private search; None where it is."""
    if principal in readers:
        return None
    if not person.is_active:
        return Obstacle.LEFT
    scheme, _, _ = principal.partition(":")
    if scheme == "user":
        return Obstacle.OTHER_PERSON
    if scheme not in (EVERYONE, "channel", "group", "email"):
        return Obstacle.NO_SUCH_READER
    if not person.is_known:
        return Obstacle.UNKNOWN
    if person.is_stranger:
        return Obstacle.STRANGER
    if scheme == "email":
        return Obstacle.OTHER_EMAIL if person.email else Obstacle.NO_EMAIL
    return {
        "channel": Obstacle.NOT_IN_CHANNEL,
        "group": Obstacle.NOT_IN_GROUP,
    }.get(scheme, Obstacle.GUEST)
