"""Jira Cloud (REST v3) and Data Center (v2), as far as the connector asks them.

Paths, names of fields and status codes are those of Atlassian's reference; there are three issues a page.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import unquote

from tests.connectors.http_source import Request, Response, Served, serving

EMAIL, TOKEN = "bot@corp.example", "canary-token-5678"

Json = dict[str, Any]


@dataclass
class Issue:
    key: str
    summary: str
    text: str
    updates: int = 0
    fields: Json = field(default_factory=dict)
    comments: list[Json] = field(default_factory=list)
    files: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(id, name, bytes)"""
    is_forbidden: bool = False

    @property
    def project(self) -> str:
        return self.key.partition("-")[0]


class JiraServer:
    def __init__(self, *, is_cloud: bool) -> None:
        self.is_cloud = is_cloud
        self.api = f"/rest/api/{3 if is_cloud else 2}/"
        self.page_size = 3
        self.served: Served
        self.issues: dict[str, Issue] = {}
        self.numbers = 0
        self.holders: list[Json] | None = [self.group_holder("jira-users")]
        """Who may browse; None where the account may not see it."""
        self.groups: dict[str, list[str]] = {"jira-users": ["kim", "lee"], "hr-team": ["kim"]}
        self.role: list[Json] = []
        self.emails: dict[str, str] = {"kim": "kim@corp.example", "lee": "Lee@corp.example"}
        self.loops = False
        self.searched: list[str] = []

    def add(self, summary: str, text: str = "text", project: str = "HR", **of: Any) -> Issue:
        self.numbers += 1
        issue = Issue(f"{project}-{self.numbers}", summary, text, **of)
        self.issues[issue.key] = issue
        return issue

    def comment(self, author: str, text: str, **of: Any) -> Json:
        body: Any = _adf(text) if self.is_cloud else text
        created = "2026-03-03T10:00:00.000+0900"
        said = {"id": "1", "author": self.user(author), "body": body, "created": created, **of}
        return said if self.is_cloud else {**said, "renderedBody": f"<p>{escape(text)}</p>"}

    def group_holder(self, name: str) -> Json:
        if self.is_cloud:
            return {"type": "group", "parameter": name, "value": f"id-{name}",
                    "group": {"name": name, "groupId": f"id-{name}"}}  # fmt: skip
        return {"type": "group", "parameter": name, "group": {"name": name}}

    def user_holder(self, id_: str) -> Json:
        return {"type": "user", "parameter": id_, "user": self.user(id_)}

    def user(self, id_: str) -> Json:
        said: Json = {"displayName": id_.title(), "active": True}
        if email := self.emails.get(id_):
            said["emailAddress"] = email
        return said | ({"accountId": id_} if self.is_cloud else {"name": id_, "key": f"key-{id_}"})

    def answer(self, request: Request) -> Response:
        given = request.headers.get("authorization", "")
        basic = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if given != (f"Basic {basic}" if self.is_cloud else f"Bearer {TOKEN}"):
            return _said({"message": "Client must be authenticated to access this resource."}, 401)
        path = unquote(request.path)
        if match := re.fullmatch(r"/secure/attachment/(\w+)", path):
            return Response(200, next(data for id_, _, data in self._files() if id_ == match[1]))
        path = path.removeprefix(self.api)
        if path == ("search/jql" if self.is_cloud else "search"):
            return self._search(request)
        if path == "search/approximate-count" and self.is_cloud:
            return _said({"count": len(self._found(json.loads(request.body)["jql"]))})
        if match := re.fullmatch(r"issue/([\w-]+)(/comment)?", path):
            return self._issue(match[1], request, comments=bool(match[2]))
        if match := re.fullmatch(r"attachment/(\w+)", path):
            id_, name, data = next(each for each in self._files() if each[0] == match[1])
            return _said({
                "id": id_, "filename": name, "size": len(data), "author": self.user("kim"),
                "created": "2026-03-01T10:00:00.000+0900", "mimeType": "text/plain",
                "content": f"{self.served.url}/secure/attachment/{id_}",
            })  # fmt: skip
        if re.fullmatch(r"project/\w+/permissionscheme", path):
            if self.holders is None:
                return _said({"errorMessages": ["no"]}, 403)
            browse = [
                {"id": n, "holder": each, "permission": "BROWSE_PROJECTS"}
                for n, each in enumerate(self.holders)
            ]
            edit = {"id": 99, "holder": self.user_holder("writer"), "permission": "EDIT_ISSUES"}
            return _said({"id": 1, "name": "Default", "permissions": [*browse, edit]})
        if re.fullmatch(r"project/\w+/role/\d+", path):
            return _said({"id": 10, "name": "Users", "actors": self.role})
        if path == "group/member":
            asked = request.query.get("groupId" if self.is_cloud else "groupname", "")
            people = self.groups.get(asked.removeprefix("id-"))
            if people is None:
                return _said({"errorMessages": ["no such group"]}, 404)
            start = int(request.query["startAt"])
            some = people[start : start + 1]
            return _said({"values": [self.user(id_) for id_ in some], "isLast": start + 1 >= len(people)})
        if path == "user/bulk":
            return _said({"values": [self.user(request.query["accountId"])], "isLast": True})
        if path == "user":
            return _said(self.user(request.query["username"]))
        return _said({"errorMessages": ["not found"]}, 404)

    def _search(self, request: Request) -> Response:
        query = request.query
        self.searched.append(query["jql"])
        found = self._found(query["jql"])
        start = int(query.get("nextPageToken" if self.is_cloud else "startAt", 0))
        some = [
            self._shown(issue, query.get("fields", "").split(","))
            for issue in found[start:][: self.page_size]
        ]
        following = start + len(some)
        if not self.is_cloud:
            total = len(found)
            return _said({"startAt": start, "maxResults": self.page_size, "total": total, "issues": some})
        if following >= len(found):
            return _said({"issues": some, "isLast": True})
        return _said({"issues": some, "isLast": False, "nextPageToken": str(1 if self.loops else following)})

    def _found(self, jql: str) -> list[Issue]:
        listed = re.search(r"project in \((.*?)\)", jql)
        keys = re.findall(r'"(\w+)"', listed[1]) if listed else None
        return [issue for issue in self.issues.values() if keys is None or issue.project in keys]

    def _issue(self, key: str, request: Request, *, comments: bool) -> Response:
        issue = self.issues.get(key)
        if issue is None:
            return _said({"errorMessages": ["Issue does not exist"], "errors": {}}, 404)
        if issue.is_forbidden:
            return _said({"errorMessages": ["forbidden"]}, 403)
        if comments:
            start = int(request.query["startAt"])
            some = issue.comments[start : start + 2]
            return _said({"startAt": start, "maxResults": 2, "total": len(issue.comments), "comments": some})
        said = self._shown(issue, request.query.get("fields", "").split(","))
        said["names"] = {"status": "상태", "assignee": "담당자", "comment": "댓글", "summary": "요약"}
        if not self.is_cloud:
            said["renderedFields"] = {"description": f"<h2>개요</h2><p>{escape(issue.text)}</p>"}
        return _said(said)

    def _shown(self, issue: Issue, wanted: list[str]) -> Json:
        minute, second = divmod(issue.updates, 60)
        fields: Json = {
            "summary": issue.summary,
            "description": _adf(issue.text) if self.is_cloud else f"h2. 개요\n{issue.text}",
            "updated": f"2026-03-02T18:{minute:02}:{second:02}.000+0900",
            "created": "2026-03-01T18:00:00.000+0900",
            "project": {"key": issue.project, "name": "인사"},
            "security": None,
            "status": {"name": "완료"},
            "assignee": self.user("kim"),
            "reporter": self.user("lee"),
            "labels": [],
            "attachment": [
                {"id": id_, "filename": name, "size": len(data)} for id_, name, data in issue.files
            ],
            **issue.fields,
        }
        return {
            "id": issue.key[3:],
            "key": issue.key,
            "fields": {k: v for k, v in fields.items() if k in wanted},
        }

    def _files(self) -> list[tuple[str, str, bytes]]:
        return [file for issue in self.issues.values() for file in issue.files]


@contextmanager
def jira(*, is_cloud: bool) -> Iterator[JiraServer]:
    server = JiraServer(is_cloud=is_cloud)
    with serving(server.answer) as served:
        server.served = served
        yield server


def _adf(text: str) -> Json:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def _said(body: object, status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
