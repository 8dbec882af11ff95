"""Who may read what, and who is an admin. What is not allowed here is denied.

A principal is a text: "everyone" (anybody in the workspace but guests and strangers), "user:TEAM/USER",
"email:ADDRESS" (the same person, as a source knows them) or "channel:TEAM/CHANNEL". A document carries the
principals that may read it; a search is made on behalf of the principals of the place where its answer LANDS,
so nobody reads there what the place may not hold.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.contracts import Readers
from connectors.base import EVERYONE, reader_by_email


@dataclass(frozen=True)
class Person:
    """Somebody as the workspace knows them. `team` is the one they belong to, not where they are seen."""

    team: str
    user: str
    is_known: bool = True
    """False where Slack would not say who this is: nothing is taken for granted then."""
    is_guest: bool = False
    is_stranger: bool = False
    """Of another organisation, here by Slack Connect."""
    is_workspace_admin: bool = False
    is_active: bool = True
    email: str = ""
    name: str = ""
    locale: str = ""

    @property
    def principal(self) -> str:
        return f"user:{self.team}/{self.user}"

    @property
    def is_trusted(self) -> bool:
        """Does "everyone" include them?"""
        return self.is_known and self.is_active and not self.is_guest and not self.is_stranger


@dataclass(frozen=True)
class Place:
    """Where an answer lands, and who asked for it there."""

    team: str
    channel: str
    asker: Person
    is_private_to_asker: bool
    """A direct message, or an answer only the asker sees."""
    is_shared_outside: bool = False
    """Another organisation reads along, or Slack would not say whether one does."""


def readers_of(place: Place) -> Readers:
    """The principals on whose behalf the documents are searched for an answer that lands there."""
    principals = set()
    if place.is_private_to_asker:
        principals.add(place.asker.principal)
        if (
            place.asker.email
            and place.asker.is_known
            and place.asker.is_active
            and not place.asker.is_stranger
        ):
            principals.add(reader_by_email(place.asker.email))
    else:
        principals.add(f"channel:{place.team}/{place.channel}")
    if place.asker.is_trusted and not place.is_shared_outside:
        principals.add(EVERYONE)
    return frozenset(principals)


def is_one_person(readers: Readers) -> bool:
    """Whether what is found for these readers is for the asker's eyes alone."""
    return any(reader.startswith("user:") for reader in readers)


def is_admin(person: Person, admins: Collection[str]) -> bool:
    """May they change things? `admins` are the user ids and e-mail addresses of config.toml."""
    if not person.is_known or not person.is_active or person.is_stranger:
        return False
    if person.is_workspace_admin or person.user in admins:
        return True
    return bool(person.email) and person.email.lower() in {admin.lower() for admin in admins}
