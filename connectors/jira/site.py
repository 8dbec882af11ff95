"""What a Jira site is asked: version 3 of the REST API on Cloud, version 2 on Data Center."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.atlassian import MAX_PAGES, Json, Person, Site, hidden, inside, objects
from connectors.base import SourceUnavailable
from connectors.http import StatusRefused

_MOST = 1000
"""Issues a page: Cloud gives as many of them as it likes, Data Center this many unless set otherwise."""
_PEOPLE_AT_ONCE = 90


@dataclass(frozen=True)
class Grant:
    """Somebody who may browse a project: `kind` is Jira's own type of holder."""

    kind: str
    parameter: str
    name: str
    person: Person | None = None


@dataclass
class Found:
    """Issues of a search."""

    issues: list[Json]
    is_complete: bool = True
    """False where issues went while they were listed, so that others may have been passed over."""


class JiraSite:
    def __init__(self, site: Site, *, is_cloud: bool) -> None:
        self.site = site
        self.is_cloud = is_cloud
        self._api = f"rest/api/{3 if is_cloud else 2}"

    def search(self, jql: str, fields: Iterable[str]) -> Found:
        return self._by_token(jql, fields) if self.is_cloud else self._by_start(jql, fields)

    def count(self, jql: str) -> tuple[int, bool]:
        """How many issues there are, and whether that is exact."""
        if self.is_cloud:
            said = self.site.post(f"{self._api}/search/approximate-count", {"jql": jql}, "the search")
            return int(inside(said, "count") or 0), False
        return int(self.site.object(f"{self._api}/search", jql=jql, maxResults=0).get("total") or 0), True

    def _by_token(self, jql: str, fields: Iterable[str]) -> Found:
        found: list[Json] = []
        asked: dict[str, Any] = {"jql": jql, "fields": ",".join(fields), "maxResults": _MOST}
        seen: set[str] = set()
        token: str | None = None
        for _ in range(MAX_PAGES):
            page = self.site.get(
                f"{self._api}/search/jql", **asked, **({"nextPageToken": token} if token else {})
            )
            found += objects(page, "issues", "the search for issues")
            token = page.get("nextPageToken")
            if not token:
                if page.get("isLast") is False:
                    raise SourceUnavailable(
                        "The search for issues breaks off: there is more, but no next page."
                    )
                return Found(found)
            if token in seen:
                raise SourceUnavailable("The search for issues goes in circles.")
            seen.add(token)
        raise SourceUnavailable("The search for issues does not end.")

    def _by_start(self, jql: str, fields: Iterable[str]) -> Found:
        found: list[Json] = []
        asked: dict[str, Any] = {"jql": jql, "fields": ",".join(fields), "maxResults": _MOST}
        most = 0
        for _ in range(MAX_PAGES):
            page = self.site.get(f"{self._api}/search", **asked, startAt=len(found))
            issues = objects(page, "issues", "the search for issues")
            total = page.get("total")
            if not isinstance(total, int) or page.get("startAt") not in (None, len(found)):
                raise SourceUnavailable("The search for issues does not say how many there are.")
            found += issues
            most = max(most, total)
            if len(found) >= total:
                return Found(found, is_complete=total == most)
            if not issues:
                raise SourceUnavailable(f"The search for issues breaks off after {len(found)} of {total}.")
        raise SourceUnavailable("The search for issues does not end.")

    def issue(self, key: str, fields: Iterable[str]) -> Json:
        expand = "names" if self.is_cloud else "names,renderedFields"
        path = f"{self._api}/issue/{quote(key, safe='')}"
        return self.site.object(path, key, fields=",".join(fields), expand=expand)

    def comments(self, key: str) -> list[Json]:
        path = f"{self._api}/issue/{quote(key, safe='')}/comment"
        found: list[Json] = []
        for _ in range(MAX_PAGES):
            page = self.site.get(path, key, startAt=len(found), maxResults=100, expand="renderedBody")
            comments = objects(page, "comments", f"the comments of {key}")
            found += comments
            if not comments or len(found) >= int(page.get("total") or 0):
                return found
        raise SourceUnavailable(f"The comments of {key} do not end.")

    def attachment(self, id_: str) -> Json:
        return self.site.object(f"{self._api}/attachment/{quote(id_, safe='')}")

    def grants(self, project: str) -> list[Grant] | None:
        """Who may browse a project. None if that cannot be seen."""
        path = f"{self._api}/project/{quote(project, safe='')}/permissionscheme"
        try:
            said = self.site.object(path, expand="all")
        except StatusRefused as exc:
            if exc.status in (400, 403, 404):
                return None
            raise
        holders = [
            each["holder"]
            for each in objects(said, "permissions", f"the permission scheme of {project}")
            if each.get("permission") == "BROWSE_PROJECTS" and isinstance(each.get("holder"), dict)
        ]
        return [self._grant(holder) for holder in holders]

    def role(self, project: str, id_: str) -> list[Grant]:
        """The people and groups in a role of a project."""
        path = f"{self._api}/project/{quote(project, safe='')}/role/{quote(id_, safe='')}"
        try:
            said = self.site.object(path)
        except StatusRefused as exc:
            if hidden(exc):
                return []
            raise
        grants = []
        for actor in objects(said, "actors", f"role {id_} of {project}"):
            if actor.get("type") == "atlassian-group-role-actor":
                name = str(inside(actor, "actorGroup", "name") or actor.get("name") or "")
                grants.append(Grant("group", str(inside(actor, "actorGroup", "groupId") or name), name))
            else:
                person = str(inside(actor, "actorUser", "accountId") or actor.get("name") or "")
                grants.append(Grant("user", person, "", Person(person)))
        return grants

    def members(self, group: Grant) -> list[Person]:
        asked = {"groupId": group.parameter} if self.is_cloud else {"groupname": group.name}
        found: list[Person] = []
        start = 0
        for _ in range(MAX_PAGES):
            try:
                page = self.site.get(f"{self._api}/group/member", **asked, startAt=start, maxResults=50)
            except StatusRefused as exc:
                if hidden(exc):
                    return []
                raise
            people = objects(page, "values", f"the group {group.name}")
            found += map(person_of, people)
            start += len(people)
            if page.get("isLast") is not False or not people:
                return found
        raise SourceUnavailable(f"The group {group.name} does not end.")

    def profiles(self, ids: list[str]) -> list[Person]:
        """Names and addresses, as far as they are shown."""
        found: list[Person] = []
        if self.is_cloud:
            for start in range(0, len(ids), _PEOPLE_AT_ONCE):
                some = ids[start : start + _PEOPLE_AT_ONCE]
                try:
                    page = self.site.get(f"{self._api}/user/bulk", accountId=some, maxResults=len(some))
                except StatusRefused as exc:
                    if hidden(exc):
                        return found
                    raise
                found += map(person_of, objects(page, "values", "the users"))
            return found
        for id_ in ids:
            try:
                found.append(
                    Person(id_, "", person_of(self.site.object("rest/api/2/user", username=id_)).email)
                )
            except StatusRefused as exc:
                if not hidden(exc):
                    raise
        return found

    def _grant(self, holder: Json) -> Grant:
        kind, parameter = str(holder.get("type") or ""), str(holder.get("parameter") or "")
        if kind == "group":
            name = str(inside(holder, "group", "name") or parameter)
            id_ = inside(holder, "group", "groupId") or holder.get("value") or name
            return Grant(kind, str(id_), name)
        user = holder.get("user")
        return Grant(kind, parameter, "", person_of(user) if isinstance(user, dict) else None)


def person_of(said: Json) -> Person:
    id_ = said.get("accountId") or said.get("name") or said.get("key") or ""
    return Person(str(id_), str(said.get("displayName") or ""), str(said.get("emailAddress") or ""))


def projects_in(issues: Iterable[Json]) -> Iterator[str]:
    """The keys of the projects of issues, each once."""
    keys = (inside(issue, "fields", "project", "key") for issue in issues)
    return iter(dict.fromkeys(str(key) for key in keys if key))
