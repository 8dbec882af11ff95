"""Confluence Data Center and Server: version 1 of the REST API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar
from urllib.parse import quote

from connectors.atlassian import Json, Person, hidden, inside, required
from connectors.base import SourceUnavailable
from connectors.confluence.site import (
    PAGE_SIZE,
    READ_RESTRICTIONS,
    Body,
    Content,
    Group,
    Kind,
    Marks,
    Restriction,
    Searches,
    Space,
    group_of,
    marks_of,
    person_of,
    written,
)
from connectors.http import StatusRefused

_LISTED = f"version,ancestors,metadata.labels,{READ_RESTRICTIONS}"
_KINDS: tuple[Kind, ...] = ("page", "blogpost")


class DataCenter(Searches):
    shows_addresses: ClassVar[bool] = False

    def spaces(self, keys: Sequence[str]) -> list[Space]:
        asked = [{"spaceKey": key} for key in keys] or [{"type": "global", "status": "current"}]
        found = [
            each
            for some in asked
            for each in self.paged("rest/api/space", **some, expand="homepage", limit=PAGE_SIZE)
        ]
        return [
            Space(
                required(each, "id", "the spaces"),
                required(each, "key", "the spaces"),
                str(each.get("name")),
                str(inside(each, "homepage", "id") or ""),
            )
            for each in found
        ]

    def contents(self, space: Space) -> Iterator[Content]:
        for kind in _KINDS:
            for found in self._listed(space, kind):
                ancestors = found.get("ancestors") or []
                yield Content(
                    id=required(found, "id", "a page"),
                    kind=kind,
                    title=str(found.get("title") or ""),
                    version=str(inside(found, "version", "number") or ""),
                    parent=required(ancestors[-1], "id", "a page") if ancestors else "",
                    parent_kind="page",
                    url=f"pages/viewpage.action?pageId={found['id']}",
                    marks=marks_of(found),
                )

    def marks(self, space: Space) -> dict[str, Marks]:  # noqa: ARG002
        return {}  # the listing itself tells them, from the database: the search lags behind

    def _listed(self, space: Space, kind: Kind) -> Iterator[Json]:
        asked = {"spaceKey": space.key, "type": kind, "status": "current"}
        for found in self.paged("rest/api/content", **asked, expand=_LISTED, limit=PAGE_SIZE):
            if found.get("status") == "current":
                yield found

    def parent(self, id_: str, kind: Kind) -> Content | None:  # noqa: ARG002
        return None  # there are no folders: a page whose parent is not listed stands below one we may not see

    def body(self, content: Content) -> Body:
        expand = "body.storage,version,history"
        said = self.site.object(f"rest/api/content/{content.id}", expand=expand)
        updated_at, people = written(said)
        return Body(
            str(inside(said, "body", "storage", "value") or ""),
            updated_at,
            people,
            is_current=said.get("status") == "current",
        )

    def file(self, id_: str) -> Body:
        said = self.site.object(f"rest/api/content/{id_}", expand="version,history")
        updated_at, people = written(said)
        return Body(
            "",
            updated_at,
            people,
            is_current=said.get("status") == "current",
            download=str(inside(said, "_links", "download") or ""),
            url=str(inside(said, "_links", "webui") or ""),
        )

    def space_readers(self, space: Space) -> Restriction | None:
        try:
            granted = self.site.get(f"rest/api/space/{quote(space.key)}/permissions")
        except StatusRefused as exc:
            if hidden(exc):
                return None
            raise
        if not isinstance(granted, list):
            raise SourceUnavailable(f"{space.key}: the source does not answer with a list of permissions.")
        subjects = [
            each.get("subject") or {"type": "anonymous"}
            for each in granted
            if inside(each, "operation", "operationKey") == "read"
            and inside(each, "operation", "targetType") == "space"
        ]
        return Restriction(
            tuple(person_of(each) for each in subjects if each.get("type") in ("known", "user")),
            tuple(group_of(each) for each in subjects if each.get("type") == "group"),
            is_public=any(each.get("type") == "anonymous" for each in subjects),
        )

    def members(self, group: Group) -> list[Person]:
        try:
            return [
                person_of(each)
                for each in self.paged(f"rest/api/group/{quote(group.name, safe='')}/member", limit=200)
            ]
        except StatusRefused as exc:
            if hidden(exc):
                return []
            raise

    def profiles(self, ids: Iterable[str]) -> list[Person]:
        """Names alone, by the keys that stand in pages: Data Center's API shows no addresses."""
        people = []
        for id_ in ids:
            try:
                found = person_of(self.site.object("rest/api/user", key=id_))
                people.append(Person(id_, found.name))
            except StatusRefused as exc:
                if not hidden(exc):
                    raise
        return people
