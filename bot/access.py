"""Who may read what, and who is an admin. What is not allowed here is denied.

A principal is a text: "everyone" (anybody in the workspace but guests and strangers), "user:TEAM/USER",
"email:ADDRESS" (the same person, as a source knows them), "channel:TEAM/CHANNEL" or "group:TEAM/GROUP" (a
user group of Slack). A document carries the principals that may read it; a search is made on behalf of the
principals of the place where its answer LANDS: for a channel these stand for what all its members may read,
for a private answer for what the asker may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
    is_bot: bool = False
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

    @property
    def may_use_memberships(self) -> bool:
        """May they read in private what their channels, groups and e-mail address may? Guests may."""
        return self.is_known and self.is_active and not self.is_stranger


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
    has_only_trusted: bool = False
    """Slack named all who read along, and "everyone" includes each of them. Of no meaning in private."""
    memberships: frozenset[str] = frozenset()
    """The asker's channels and groups as principals. Of no meaning where others read along."""


def readers_of(place: Place) -> Readers:
    """The principals on whose behalf the documents are searched for an answer that lands there."""
    asker = place.asker
    if not place.is_private_to_asker:
        channel = channel_principal(place.team, place.channel)
        is_for_everyone = asker.is_trusted and place.has_only_trusted and not place.is_shared_outside
        return frozenset({channel, EVERYONE} if is_for_everyone else {channel})
    if not asker.is_active:
        return frozenset()
    principals = {asker.principal}
    if asker.may_use_memberships:
        principals |= place.memberships
        if asker.email:
            principals.add(reader_by_email(asker.email))
    if asker.is_trusted:
        principals.add(EVERYONE)
    return frozenset(principals)


def channel_principal(team: str, channel: str) -> str:
    """The reader that stands for the members of a channel."""
    return f"channel:{team}/{channel}"


def group_principal(team: str, group: str) -> str:
    """The reader that stands for the members of a user group."""
    return f"group:{team}/{group}"


def are_trusted(readers: Iterable[Person]) -> bool:
    """Does "everyone" include all of them? Our own bots and who has left the company read nothing."""
    return all(
        person.is_trusted
        or (person.is_known and not person.is_stranger and (person.is_bot or not person.is_active))
        for person in readers
    )


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
