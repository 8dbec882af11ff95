"""Who may read a page of Confluence: who may read its space, less whom restrictions shut out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from connectors.atlassian import NOBODY, Addresses, Person, Readers, both
from connectors.base import EVERYONE
from connectors.confluence.site import ConfluenceSite, Content, Group, Restriction, Space

MAX_LEVELS = 1000
"""Of pages below pages: more can only be a circle."""


class Rights:
    """Readers, as of one listing: a group is expanded once."""

    def __init__(
        self, site: ConfluenceSite, addresses: Addresses, *, everyone: bool, everyone_groups: Collection[str]
    ) -> None:
        self._site = site
        self._addresses = addresses
        self._everyone = everyone
        self._everyone_groups = {name.lower() for name in everyone_groups}
        self._members: dict[str, list[Person]] = {}

    def of_space(self, space: Space) -> Readers:
        """Nobody, where it cannot be seen who may read."""
        if self._everyone:
            return frozenset({EVERYONE})
        granted = self._site.space_readers(space)
        return NOBODY if granted is None else self._of(granted)

    def of_pages(
        self, space: Readers, contents: Mapping[str, Content], restrictions: Mapping[str, Restriction | None]
    ) -> dict[str, Readers]:
        """By id. What inherits from something unknown, or from itself, is for nobody."""
        known: dict[str, Readers] = {}
        for id_ in contents:
            way: list[str] = []
            current = id_
            while current and current not in known and current in contents and len(way) < MAX_LEVELS:
                way.append(current)
                current = contents[current].parent
            above = space if not current else known.get(current, NOBODY)
            for step in reversed(way):
                above = known[step] = self._below(above, restrictions.get(step))
        return known

    def learn(self, restrictions: Iterable[Restriction | None]) -> None:
        """Ask once for the addresses of all people that are named."""
        self._learn([person for each in restrictions if each for person in each.people])

    def _below(self, above: Readers, restriction: Restriction | None) -> Readers:
        if restriction is None:
            return NOBODY  # it may be restricted: what we cannot read of it grants nothing
        return both(above, self._of(restriction)) if restriction else above

    def _of(self, granted: Restriction) -> Readers:
        if granted.is_public or any(group.name.lower() in self._everyone_groups for group in granted.groups):
            return frozenset({EVERYONE})
        people = [*granted.people]
        for group in granted.groups:
            people += self._of_group(group)
        self._learn(people)
        return self._addresses.readers(people)

    def _learn(self, people: list[Person]) -> None:
        self._addresses.learn(people)
        if self._site.shows_addresses and (unknown := self._addresses.unknown(people)):
            self._addresses.learn(self._site.profiles(unknown))

    def _of_group(self, group: Group) -> list[Person]:
        if group.id not in self._members:
            self._members[group.id] = self._site.members(group)
        return self._members[group.id]
