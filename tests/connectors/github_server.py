"""GitHub's REST and GraphQL APIs, as far as the connector asks them, with the field names and statuses that
its documentation states. GraphQL is told apart by what a query asks for, not parsed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.http_source import Request, Response

NAME = "team/docs"
PAGE = 3
"""Entries a page, where GitHub gives 100."""


@dataclass
class GitHubSite:
    """One repository. `url` is where the site is served."""

    url: str = ""
    token: str = "right"
    visibility: str = "public"
    has_wiki: bool = False
    readme: bytes | None = None
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    discussions: dict[int, dict[str, Any]] = field(default_factory=dict)
    unreadable: set[int] = field(default_factory=set)
    collaborators: list[dict[str, Any]] | None = field(default_factory=list)
    """None: the token may not list them."""
    loops: bool = False
    others: Callable[[Request], Response] = lambda _: Response(404, b'{"message": "Not Found"}')
    """What answers for everything but the API."""
    queries: list[Mapping[str, Any]] = field(default_factory=list)
    _clock: int = 0

    def tick(self) -> str:
        self._clock += 1
        return f"2026-03-{1 + self._clock // 1440:02}T{self._clock // 60 % 24:02}:{self._clock % 60:02}:00Z"

    def now(self) -> str:
        hour, minute = self._clock // 60 % 24, self._clock % 60
        return f"Sun, {1 + self._clock // 1440:02} Mar 2026 {hour:02}:{minute:02}:30 GMT"

    def open(self, part: str, title: str, body: str, **more: Any) -> int:
        number = len(self.issues) + len(self.discussions) + 1
        at = self.tick()
        kind = "issues" if part == "issues" else "discussions"
        thing = {
            "number": number, "title": title, "body": body, "url": f"{self.url}/{NAME}/{kind}/{number}",
            "createdAt": at, "updatedAt": at, "author": {"login": "kim"}, "comments": [], **more,
        }  # fmt: skip
        if part == "issues":
            thing |= {"state": "OPEN", "labels": {"nodes": []}, **more}
        else:
            thing |= {"category": {"name": "Q&A"}, **more}
        getattr(self, part)[number] = thing
        return number

    def comment(
        self, part: str, number: int, body: str, login: str | None = "lee", **more: Any
    ) -> dict[str, Any]:
        thing = getattr(self, part)[number]
        at = thing["updatedAt"] = self.tick()
        author = {"login": login} if login else None
        comment = {
            "author": author, "body": body, "createdAt": at, "updatedAt": at, "url": thing["url"],
            "isMinimized": False, "isAnswer": False, "replies": {"nodes": []}, **more,
        }  # fmt: skip
        thing["comments"].append(comment)
        return comment

    def answer(self, request: Request) -> Response:
        if not request.path.startswith("/api/"):
            return self.others(request)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return _json({"message": "Bad credentials"}, 401)
        if request.path == "/api/graphql":
            asked = json.loads(request.body)
            self.queries.append(asked)
            return _json(self._graphql(asked["query"], asked["variables"]))
        path = request.path.removeprefix(f"/api/v3/repos/{NAME}")
        if path == "":
            return self._about()
        if path == "/readme" and self.readme is not None:
            return self._readme(request)
        if path == "/commits":
            author = {"name": "김민지", "date": "2026-03-01T09:00:00Z"}
            return _json([{"sha": "1" * 40, "commit": {"author": author}}])
        return _json({"message": "Not Found"}, 404)

    def _about(self) -> Response:
        about = {
            "full_name": NAME, "html_url": f"{self.url}/{NAME}", "private": self.visibility != "public",
            "visibility": self.visibility, "has_wiki": self.has_wiki, "has_issues": True,
            "has_discussions": True, "default_branch": "main",
            "owner": {"login": "team", "type": "Organization"},
        }  # fmt: skip
        return _json(about, headers={"Date": self.now()})

    def _readme(self, request: Request) -> Response:
        content = self.readme or b""
        if request.headers.get("accept") == "application/vnd.github.raw+json":
            return Response(200, content)
        is_small = len(content) <= 1_000_000
        return _json(
            {
                "name": "README.md", "path": "README.md", "sha": f"{hash(content) & 0xFFFFFFFF:040x}",
                "size": len(content), "html_url": f"{self.url}/{NAME}/blob/main/README.md",
                "content": base64.encodebytes(content).decode() if is_small else "",
                "encoding": "base64" if is_small else "none",
            }
        )  # fmt: skip

    def _graphql(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        if (variables["owner"], variables["name"]) != tuple(NAME.split("/")):
            return _error("NOT_FOUND", ["repository"])
        if "collaborators(" in query:
            if self.collaborators is None:
                return _error("FORBIDDEN", ["repository", "nodes"])
            return _data({"nodes": self._page(self.collaborators, variables["after"])})
        if "thing:" in query:
            return self._one("issues" if "issue(" in query else "discussions", variables)
        if "totalCount }" in query and "nodes:" not in query:
            return _data({p: {"totalCount": len(getattr(self, p))} for p in ("issues", "discussions")})
        if "issues(first" in query:
            things = sorted(self.issues.values(), key=lambda thing: thing["createdAt"])
            if variables["since"]:
                things = [thing for thing in things if thing["updatedAt"] >= _zulu(variables["since"])]
        else:
            key, down = {
                "CREATED_AT": ("createdAt", False), "UPDATED_AT": ("updatedAt", True)
            }[variables["order"]["field"]]  # fmt: skip
            assert down == (variables["order"]["direction"] == "DESC")
            things = sorted(self.discussions.values(), key=lambda thing: thing[key], reverse=down)
        nodes = [
            {
                "number": thing["number"], "updatedAt": thing["updatedAt"],
                "comments": {"totalCount": len(thing["comments"]), "nodes": _last_edited(thing["comments"])},
            }
            for thing in things
        ]  # fmt: skip
        return _data({"nodes": self._page(nodes, variables["after"])})

    def _one(self, part: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        number = variables["number"]
        if number in self.unreadable or number not in getattr(self, part):
            return _error("NOT_FOUND", ["repository", "thing"])
        thing = getattr(self, part)[number]
        return _data({"thing": {**thing, "comments": self._page(thing["comments"], variables["after"])}})

    def _page(self, nodes: list[Any], after: str | None) -> dict[str, Any]:
        start = int(after or 0)
        end = 0 if self.loops else start + PAGE
        return {
            "pageInfo": {"hasNextPage": self.loops or end < len(nodes), "endCursor": str(end)},
            "nodes": nodes[start : start + PAGE],
        }


def _last_edited(comments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(comments, key=lambda comment: comment["updatedAt"], reverse=True)[:1]


def _zulu(since: str) -> str:
    return since.replace("+00:00", "Z")


def _data(repository: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": {"repository": repository}}


def _error(kind: str, path: list[str]) -> dict[str, Any]:
    message = f"Could not resolve to a Repository: {kind}"
    return {"data": {"repository": None}, "errors": [{"type": kind, "path": path, "message": message}]}


def _json(said: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        status, json.dumps(said).encode(), {"Content-Type": "application/json", **(headers or {})}
    )
