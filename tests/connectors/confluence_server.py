"""Confluence Cloud (REST v2 and v1) and Data Center (v1), as far as the connector asks them.

Paths, names of fields, status codes and the forms of links to a next page are those of Atlassian's reference;
there are three things a page of a listing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from tests.connectors.http_source import Request, Response, Served, serving

EMAIL, TOKEN = "bot@corp.example", "canary-token-1234"
PAGE_SIZE = 3
WHEN = "2026-03-02T09:30:00.000Z"

Json = dict[str, Any]


@dataclass
class Thing:
    """A page, blog post, folder or attachment."""

    id: str
    kind: str
    title: str
    body: str = ""
    space: str = "HR"
    parent: str = ""
    version: int = 1
    status: str = "current"
    labels: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    data: bytes = b""
    is_forbidden: bool = False
    hides_restriction: bool = False
    is_indexed: bool = True
    """Whether the search knows it already."""


class ConfluenceServer:
    def __init__(self, *, is_cloud: bool) -> None:
        self.is_cloud = is_cloud
        self.context = "/wiki" if is_cloud else "/confluence"
        self.page_size = PAGE_SIZE
        self.served: Served
        self.things: dict[str, Thing] = {}
        self.spaces: dict[str, str] = {"HR": "100"}
        self.home = ""
        self.readers: list[tuple[str, str]] = [("group", "confluence-users")]
        """(user or group, id) that may read the spaces."""
        self.shows_permissions = True
        self.groups: dict[str, list[str]] = {"confluence-users": ["kim", "lee"], "hr-team": ["kim"]}
        self.emails: dict[str, str] = {"kim": "kim@corp.example", "lee": "Lee@corp.example"}
        self.loops = False

    def add(self, kind: str, title: str, body: str = "", **of: Any) -> Thing:
        number = 1000 + len(self.things)
        thing = Thing(f"att{number}" if kind == "attachment" else str(number), kind, title, body, **of)
        self.things[thing.id] = thing
        return thing

    @property
    def url(self) -> str:
        return f"{self.served.url}{self.context}"

    def answer(self, request: Request) -> Response:
        given = request.headers.get("authorization", "")
        basic = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if given != (f"Basic {basic}" if self.is_cloud else f"Bearer {TOKEN}"):
            return _said({"message": "Unauthorized"}, 401)
        path = unquote(request.path).removeprefix(f"{self.context}/")
        if path.startswith("api/v2/") and self.is_cloud:
            return self._v2(path.removeprefix("api/v2/"), request)
        if path.startswith("rest/api/"):
            return self._v1(path.removeprefix("rest/api/"), request)
        if match := re.fullmatch(r"download/attachments/(att\d+)", path):
            return Response(200, self.things[match[1]].data, {"Content-Type": "application/octet-stream"})
        return _said({"message": "not found"}, 404)

    # --- version 2

    def _v2(self, path: str, request: Request) -> Response:
        if path == "users-bulk":
            ids = json.loads(request.body)["accountIds"]
            return _said({"results": [self._user(id_) for id_ in ids], "_links": {"base": self.url}})
        if path == "spaces":
            keys = request.query.get("keys", ",".join(self.spaces)).split(",")
            found = [
                {"id": id_, "key": key, "name": f"Space {key}", "type": "global", "status": "current",
                 "homepageId": self.home}
                for key, id_ in self.spaces.items()
                if key in keys
            ]  # fmt: skip
            return self._page_by_cursor(found, request)
        if match := re.fullmatch(r"spaces/(\d+)/(pages|blogposts)", path):
            key = next(key for key, id_ in self.spaces.items() if id_ == match[1])
            of_kind = match[2].removesuffix("s")
            return self._page_by_cursor(self._current(key, of_kind), request, self._thing_v2)
        if re.fullmatch(r"spaces/\d+/permissions", path):
            if not self.shows_permissions:
                return _said({"errors": [{"status": 404, "code": "NOT_FOUND"}]}, 404)
            read = {"key": "read", "targetType": "space"}
            granted: list[Json] = [
                {"id": str(n), "principal": {"type": kind, "id": _group_id(id_) if kind == "group" else id_},
                 "operation": read}
                for n, (kind, id_) in enumerate(self.readers)
            ]  # fmt: skip
            granted.append({
                "id": "x", "principal": {"type": "user", "id": "writer"},
                "operation": {"key": "create", "targetType": "page"},
            })  # fmt: skip
            return self._page_by_cursor(granted, request)
        if match := re.fullmatch(r"(page|blogpost|folder|attachment)s/(\w+)", path):
            thing = self.things.get(match[2])
            if thing is None or thing.kind != match[1]:
                return _said({"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found"}]}, 404)
            if thing.is_forbidden:
                return _said({"errors": [{"status": 403, "code": "FORBIDDEN"}]}, 403)
            return _said(self._thing_v2(thing, with_body="body-format" in request.query))
        return _said({"errors": [{"status": 404}]}, 404)

    def _thing_v2(self, thing: Thing, *, with_body: bool = False) -> Json:
        parent = self.things.get(thing.parent)
        said: Json = {
            "id": thing.id, "status": thing.status, "title": thing.title, "spaceId": self.spaces[thing.space],
            "parentId": thing.parent or None, "parentType": parent.kind if parent else None,
            "authorId": "kim",
            "createdAt": "2025-01-01T00:00:00.000Z",
            "version": {"number": thing.version, "createdAt": WHEN, "authorId": "lee", "minorEdit": False},
            "body": {"storage": {"representation": "storage", "value": thing.body}} if with_body else {},
            "_links": {"webui": f"/spaces/{thing.space}/pages/{thing.id}/{thing.title}", "base": self.url},
        }  # fmt: skip
        if thing.kind == "attachment":
            said |= {"downloadLink": f"/download/attachments/{thing.id}", "fileSize": len(thing.data)}
        return said

    def _page_by_cursor(
        self, found: Sequence[Any], request: Request, shown: Callable[[Any], Json] = dict
    ) -> Response:
        start = int(request.query.get("cursor", 0))
        following = start + self.page_size
        links: Json = {"base": self.url}
        if following < len(found):
            asked = {**request.query, "cursor": str(0 if self.loops else following)}
            links["next"] = f"{request.path}?{urlencode(asked)}"
        return _said({"results": [shown(each) for each in found[start:following]], "_links": links})

    # --- version 1

    def _v1(self, path: str, request: Request) -> Response:
        if path == "content/search":
            return self._page_by_start(self._matching(request.query["cql"]), request, self._thing_v1)
        if path == "search":
            return _said({"results": [], "totalSize": len(self._matching(request.query["cql"]))})
        if match := re.fullmatch(r"content/(\w+)/restriction/byOperation/read", path):
            thing = self.things.get(match[1])
            if thing is None or thing.hides_restriction:
                return _said({"statusCode": 403, "message": "no"}, 403)
            return _said(self._restriction(thing))
        if match := re.fullmatch(r"content/(\w+)/label", path):
            labels = [{"prefix": "global", "name": name} for name in self.things[match[1]].labels]
            return self._page_by_start(labels, request)
        if match := re.fullmatch(r"group/(.+)/(membersByGroupId|member)", path):
            name = next((n for n in self.groups if match[1] == (_group_id(n) if self.is_cloud else n)), None)
            if name is None:
                return _said({"statusCode": 404}, 404)
            return self._page_by_start(self.groups[name], request, self._user)
        if path == "group/by-id" and self.is_cloud:
            name = next(n for n in self.groups if _group_id(n) == request.query["id"])
            return _said({"type": "group", "name": name, "id": request.query["id"]})
        if not self.is_cloud:
            return self._data_center(path, request)
        return _said({"statusCode": 410, "message": "gone"}, 410)

    def _data_center(self, path: str, request: Request) -> Response:
        if path == "space":
            found = [
                {
                    "id": int(id_),
                    "key": key,
                    "name": f"Space {key}",
                    "type": "global",
                    "homepage": {"id": self.home},
                }
                for key, id_ in self.spaces.items()
                if key in request.query.get("spaceKey", key)
            ]
            return self._page_by_start(found, request)
        if path == "content":
            query = request.query
            chosen = self._current(query["spaceKey"], query["type"])
            return self._page_by_start(chosen, request, self._thing_v1)
        if re.fullmatch(r"space/\w+/permissions", path):
            if not self.shows_permissions:
                return _said({"statusCode": 403}, 403)
            read = {"targetType": "space", "operationKey": "read"}
            subjects = [
                {"type": "group", "name": id_, "displayName": id_} if kind == "group"
                else {"type": "anonymous", "displayName": "Anonymous"} if kind == "anonymous"
                else {"type": "known", "username": id_, "userKey": f"key-{id_}", "displayName": id_}
                for kind, id_ in self.readers
            ]  # fmt: skip
            return _said([{"operation": read, "subject": each, "spaceKey": "HR"} for each in subjects])
        if path == "user":
            return _said(self._user(request.query["key"].removeprefix("key-")))
        if match := re.fullmatch(r"content/(\w+)", path):
            thing = self.things.get(match[1])
            if thing is None:
                return _said({"statusCode": 404, "message": "No content found"}, 404)
            return (
                _said({"statusCode": 403}, 403)
                if thing.is_forbidden
                else _said(self._thing_v1(thing, body=True))
            )
        return _said({"statusCode": 404}, 404)

    def _current(self, space: str, kind: str) -> list[Thing]:
        wanted = (space, kind, "current")
        return [thing for thing in self.things.values() if (thing.space, thing.kind, thing.status) == wanted]

    def _matching(self, cql: str) -> list[Thing]:
        keys = re.findall(r'"(\w+)"', cql)
        kinds = ["attachment"] if "type=attachment" in cql else ["page", "blogpost"]
        return [
            thing
            for thing in self.things.values()
            if thing.space in keys and thing.kind in kinds and thing.status == "current" and thing.is_indexed
        ]

    def _thing_v1(self, thing: Thing, *, body: bool = False) -> Json:
        said: Json = {
            "id": thing.id, "type": thing.kind, "status": thing.status, "title": thing.title,
            "version": {"number": thing.version, "when": WHEN, "by": self._user("lee")},
            "history": {"createdBy": self._user("kim")},
            "metadata": {"labels": {"results": [{"name": name} for name in thing.labels]}},
            "restrictions": {"read": self._restriction(thing)},
            "ancestors": self._ancestors(thing),
            "_links": {"webui": f"/spaces/{thing.space}/pages/{thing.id}"},
        }  # fmt: skip
        if thing.kind == "attachment":
            said["container"] = {"id": thing.parent, "type": "page"}
            said["extensions"] = {"mediaType": "application/pdf", "fileSize": len(thing.data)}
            said["_links"]["download"] = f"/download/attachments/{thing.id}"
        if body:
            said["body"] = {"storage": {"value": thing.body, "representation": "storage"}}
        return said

    def _ancestors(self, thing: Thing) -> list[Json]:
        found: list[Json] = []
        parent = self.things.get(thing.parent)
        while parent and len(found) < 50:
            found.insert(0, {"id": parent.id, "type": parent.kind, "title": parent.title})
            parent = self.things.get(parent.parent)
        return found

    def _restriction(self, thing: Thing) -> Json:
        people = [self._user(id_) for id_ in thing.people]
        groups: list[Json] = [{"type": "group", "name": name, "id": _group_id(name)} for name in thing.groups]
        return {
            "operation": "read",
            "restrictions": {
                "user": {"results": people, "start": 0, "limit": 200, "size": len(people)},
                "group": {"results": groups, "start": 0, "limit": 200, "size": len(groups)},
            },
        }

    def _user(self, id_: str) -> Json:
        if not self.is_cloud:
            return {"type": "known", "username": id_, "userKey": f"key-{id_}", "displayName": id_.title()}
        return {
            "type": "known",
            "accountId": id_,
            "email": self.emails.get(id_, ""),
            "displayName": id_.title(),
        }

    def _page_by_start(
        self, found: Sequence[Any], request: Request, shown: Callable[[Any], Json] = dict
    ) -> Response:
        start = int(request.query.get("start", 0))
        following = start + self.page_size
        links: Json = {"base": self.url, "context": self.context}
        if following < len(found):
            asked = {**request.query, "start": str(0 if self.loops else following)}
            links["next"] = f"{request.path.removeprefix(self.context)}?{urlencode(asked)}"
        some = [shown(each) for each in found[start:following]]
        return _said({"results": some, "start": start, "limit": 3, "size": len(some), "_links": links})


@contextmanager
def confluence(*, is_cloud: bool) -> Iterator[ConfluenceServer]:
    server = ConfluenceServer(is_cloud=is_cloud)
    with serving(server.answer) as served:
        server.served = served
        yield server


def _group_id(name: str) -> str:
    return f"id-of-{name}"


def _said(body: object, status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
