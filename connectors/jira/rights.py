"""Who may read the issues of a project: who its permission scheme lets browse it."""

from __future__ import annotations

from collections.abc import Collection

from connectors.atlassian import NOBODY, Addresses, Person, Readers
from connectors.base import EVERYONE
from connectors.jira.site import Grant, JiraSite


class Rights:
    """Readers, as of one listing: a project and a group are asked for once."""

    def __init__(
        self, site: JiraSite, addresses: Addresses, *, everyone: bool, everyone_groups: Collection[str]
    ) -> None:
        self._site = site
        self._addresses = addresses
        self._everyone = everyone
        self._everyone_groups = {name.lower() for name in everyone_groups}
        self._members: dict[str, list[Person]] = {}
        self._projects: dict[str, Readers] = {}

    def of_project(self, project: str) -> Readers:
        """Nobody, where it cannot be seen who may browse. Reporters, assignees and leads of a project gain
        nothing by that alone."""
        if self._everyone:
            return frozenset({EVERYONE})
        if project not in self._projects:
            grants = self._site.grants(project)
            self._projects[project] = NOBODY if grants is None else self._readers(project, grants)
        return self._projects[project]

    def _readers(self, project: str, grants: list[Grant]) -> Readers:
        all_grants = [*grants]
        for grant in grants:
            if grant.kind == "projectRole":
                all_grants += self._site.role(project, grant.parameter)
        people: list[Person] = []
        for grant in all_grants:
            if grant.kind == "anyone" or (grant.kind == "applicationRole" and not grant.parameter):
                return frozenset({EVERYONE})  # whoever opens the site, or whoever is signed in
            if grant.kind == "group" and grant.name.lower() in self._everyone_groups:
                return frozenset({EVERYONE})
            if grant.kind == "group":
                people += self._of_group(grant)
            elif grant.kind == "user":
                people.append(grant.person or Person(grant.parameter))
        self._addresses.learn(people)
        if unknown := self._addresses.unknown(people):
            self._addresses.learn(self._site.profiles(unknown))
        return self._addresses.readers(people)

    def _of_group(self, group: Grant) -> list[Person]:
        if group.parameter not in self._members:
            self._members[group.parameter] = self._site.members(group)
        return self._members[group.parameter]
