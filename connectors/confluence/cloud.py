"""Confluence Cloud: version 2 of its REST API, and version 1 for what version 2 does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, cast, get_args

from connectors.atlassian import Json, Person, hidden, inside, moment, objects, required
from connectors.confluence.site import (
    Body,
    Content,
    Group,
    Kind,
    Restriction,
    Searches,
    Space,
    group_of,
    person_of,
)
from connectors.http import StatusRefused

_V2 = "api/v2"
_MOST = 250
_PEOPLE_AT_ONCE = 100
_KEYS_AT_ONCE = 100


class Cloud(Searches):
    shows_addresses: ClassVar[bool] = True

    def spaces(self, keys: Sequence[str]) -> list[Space]:
        found: list[Json] = []
        if keys:
            for start in range(0, len(keys), _KEYS_AT_ONCE):
                some = ",".join(keys[start : start + _KEYS_AT_ONCE])
                found += self.paged(f"{_V2}/spaces", keys=some, limit=_MOST)
        else:
            found += self.paged(f"{_V2}/spaces", type="global", status="current", limit=_MOST)
        return [
            Space(
                required(each, "id", "the spaces"),
                required(each, "key", "the spaces"),
                str(each.get("name")),
                str(each.get("homepageId") or ""),
            )
            for each in found
        ]

    def contents(self, space: Space) -> Iterator[Content]:
        kinds: tuple[tuple[str, Kind], ...] = (("pages", "page"), ("blogposts", "blogpost"))
        for path, kind in kinds:
            for found in self.paged(f"{_V2}/spaces/{space.id}/{path}", status="current", limit=_MOST):
                if found.get("status") == "current":
                    yield _content(found, kind)

    def parent(self, id_: str, kind: Kind) -> Content | None:
        try:
            return _content(self.site.object(f"{_V2}/{kind}s/{id_}"), kind)
        except StatusRefused as exc:
            if hidden(exc):
                return None
            raise

    def body(self, content: Content) -> Body:
        said = self.site.object(f"{_V2}/{content.kind}s/{content.id}", **{"body-format": "storage"})
        return self._body(said, str(inside(said, "body", "storage", "value") or ""))

    def file(self, id_: str) -> Body:
        said = self.site.object(f"{_V2}/attachments/{id_}")
        return self._body(said, "")

    def space_readers(self, space: Space) -> Restriction | None:
        try:
            granted = list(self.paged(f"{_V2}/spaces/{space.id}/permissions", limit=_MOST))
        except StatusRefused as exc:
            if hidden(exc):
                return None
            raise
        principals = [
            (inside(each, "principal", "type"), str(inside(each, "principal", "id")))
            for each in granted
            if inside(each, "operation", "key") == "read"
            and inside(each, "operation", "targetType") == "space"
        ]
        return Restriction(
            tuple(Person(id_) for kind, id_ in principals if kind == "user"),
            tuple(self._group(id_) for kind, id_ in principals if kind == "group"),
        )

    def members(self, group: Group) -> list[Person]:
        path = f"rest/api/group/{group.id}/membersByGroupId"
        try:
            return [person_of(each) for each in self.paged(path, limit=200)]
        except StatusRefused as exc:
            if hidden(exc):
                return []
            raise

    def profiles(self, ids: Iterable[str]) -> list[Person]:
        wanted = list(ids)
        people: list[Person] = []
        for start in range(0, len(wanted), _PEOPLE_AT_ONCE):
            some = wanted[start : start + _PEOPLE_AT_ONCE]
            try:
                said = self.site.post(f"{_V2}/users-bulk", {"accountIds": some})
            except StatusRefused as exc:
                if hidden(exc):
                    return people
                raise
            people += map(person_of, objects(said, "results", "the users"))
        return people

    def _group(self, id_: str) -> Group:
        """A permission names a group by its id, a setting by its name."""
        try:
            return group_of(self.site.object("rest/api/group/by-id", id=id_))
        except StatusRefused as exc:
            if hidden(exc):
                return Group(id_, "")
            raise

    def _body(self, said: Json, content: str) -> Body:
        writers = [inside(said, "version", "authorId"), said.get("authorId")]
        return Body(
            content,
            moment(inside(said, "version", "createdAt") or said.get("createdAt")),
            tuple(Person(str(each)) for each in dict.fromkeys(writers) if each),
            is_current=said.get("status") == "current",
            download=str(said.get("downloadLink") or ""),
            url=str(inside(said, "_links", "webui") or ""),
        )


def _content(said: Json, kind: Kind) -> Content:
    parent_kind = said.get("parentType")
    return Content(
        id=required(said, "id", "a page"),
        kind=kind,
        title=str(said.get("title") or ""),
        version=str(inside(said, "version", "number") or ""),
        parent=str(said.get("parentId") or ""),
        parent_kind=cast(Kind, parent_kind) if parent_kind in get_args(Kind) else "page",
        url=str(inside(said, "_links", "webui") or ""),
    )
