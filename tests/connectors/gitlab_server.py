"""GitLab's REST API (v4), as far as the connector asks it, with the field names and statuses that its
documentation states."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.connectors.http_source import Request, Response

NAME = "people/team/handbook"
PAGE = 3
"""Entries a page at most, where GitLab gives 100."""


@dataclass
class GitLabSite:
    """One project. `url` is where the site is served."""

    url: str = ""
    token: str = "right"
    visibility: str = "internal"
    levels: dict[str, str] = field(default_factory=dict)
    """Of repository, wiki and issues: enabled, private or disabled."""
    readme: tuple[str, bytes] | None = None
    wiki: dict[str, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    members: list[dict[str, Any]] = field(default_factory=list)
    users: dict[int, dict[str, Any]] = field(default_factory=dict)
    unreadable: set[int] = field(default_factory=set)
    loops: bool = False
    _clock: int = 0

    def tick(self) -> str:
        self._clock += 1
        day, hour, minute = self._time()
        return f"2026-03-{day:02}T{hour:02}:{minute:02}:00.000Z"

    def _time(self) -> tuple[int, int, int]:
        return 1 + self._clock // 1440, self._clock // 60 % 24, self._clock % 60

    def open(self, title: str, description: str, **more: Any) -> int:
        number = len(self.issues) + 1
        at = more.pop("at", None) or self.tick()
        self.issues[number] = {
            "id": 1000 + number, "iid": number, "title": title, "description": description, "state": "opened",
            "labels": [], "author": {"name": "김민지", "username": "kim"}, "created_at": at, "updated_at": at,
            "user_notes_count": 0, "confidential": False, "web_url": f"{self.url}/{NAME}/-/issues/{number}",
            "notes": [], **more,
        }  # fmt: skip
        return number

    def note(self, number: int, body: str, **more: Any) -> dict[str, Any]:
        issue = self.issues[number]
        at = issue["updated_at"] = self.tick()
        note = {
            "id": 1, "body": body, "author": {"name": "Lee Jun", "username": "lee"}, "created_at": at,
            "updated_at": at, "system": False, "internal": False, **more,
        }  # fmt: skip
        issue["notes"].append(note)
        issue["user_notes_count"] += not note["system"]
        return note

    def page(self, slug: str, content: str, format_: str = "markdown") -> None:
        title = slug.rpartition("/")[2].replace("-", " ")
        self.wiki[slug] = {
            "slug": slug, "title": title, "content": content, "format": format_, "encoding": "UTF-8"
        }  # fmt: skip

    def answer(self, request: Request) -> Response:
        if self.token and request.headers.get("private-token") != self.token:
            return _json({"message": "401 Unauthorized"}, 401)
        path = request.path.removeprefix("/api/v4")
        if path.startswith("/users/"):
            user = self.users.get(int(path.rpartition("/")[2]))
            return _json(user) if user else _json({"message": "404 User Not Found"}, 404)
        _, _, project, *rest = path.split("/")
        if unquote(project) != NAME:
            return _json({"message": "404 Project Not Found"}, 404)
        query = request.query
        match [unquote(part) for part in rest]:
            case []:
                return self._about()
            case ["repository", "files", name] if self.readme and name == self.readme[0]:
                assert query["ref"] == "main"
                return self._file()
            case ["repository", "commits", _]:
                return _json({"author_name": "Park Sora", "committed_date": "2026-03-01T09:00:00.000+09:00"})
            case ["wikis"]:
                shown = list(self.wiki.values())
                if not query.get("with_content"):
                    shown = [{k: v for k, v in page.items() if k != "content"} for page in shown]
                return _json(shown)  # GitLab does not give it in pages
            case ["wikis", slug] if slug in self.wiki:
                return _json(self.wiki[slug])
            case ["members", "all"]:
                return self._page(self.members, query)
            case ["issues"]:
                return self._list(query)
            case ["issues", number] if self._is_shown(int(number)):
                return _json({k: v for k, v in self.issues[int(number)].items() if k != "notes"})
            case ["issues", number, "notes"] if self._is_shown(int(number)):
                return self._page(self.issues[int(number)]["notes"], query)
        return _json({"message": "404 Not found"}, 404)

    def _is_shown(self, number: int) -> bool:
        return number in self.issues and number not in self.unreadable

    def _about(self) -> Response:
        levels = {part: self.levels.get(part, "enabled") for part in ("repository", "wiki", "issues")}
        about = {
            "id": 7, "path_with_namespace": NAME, "web_url": f"{self.url}/{NAME}", "default_branch": "main",
            "visibility": self.visibility,
            "readme_url": f"{self.url}/{NAME}/-/blob/main/{self.readme[0]}" if self.readme else None,
            **{f"{part}_access_level": level for part, level in levels.items()},
        }  # fmt: skip
        day, hour, minute = self._time()
        return _json(about, headers={"Date": f"Sun, {day:02} Mar 2026 {hour:02}:{minute:02}:30 GMT"})

    def _file(self) -> Response:
        name, content = self.readme or ("", b"")
        blob = f"{hash(content) & 0xFFFFFFFF:040x}"
        file = {
            "file_name": name, "file_path": name, "encoding": "base64", "ref": "main", "size": len(content),
            "content": base64.b64encode(content).decode(), "blob_id": blob, "last_commit_id": "1" * 40,
        }  # fmt: skip
        return _json(file)

    def _list(self, query: Mapping[str, str]) -> Response:
        by = query.get("order_by", "created_at")
        after = query.get(f"{by.removesuffix('_at')}_after", "").replace("+00:00", ".000Z")
        issues = sorted(self.issues.values(), key=lambda issue: (issue[by], issue["iid"]))
        if query.get("confidential") == "false":
            issues = [issue for issue in issues if not issue["confidential"]]
        return self._page([issue for issue in issues if issue[by] >= after], query)

    def _page(self, entries: list[dict[str, Any]], query: Mapping[str, str]) -> Response:
        size = min(PAGE, int(query.get("per_page", 20)))
        start = (int(query.get("page", 1)) - 1) * size
        headers = {"X-Total": str(len(entries))}
        if self.loops:
            start = 0
        if self.loops or start + size < len(entries):
            headers["Link"] = f'<{self.url}/next>; rel="next", <{self.url}/first>; rel="first"'
        return _json(entries[start : start + size], headers=headers)


def _json(said: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    kind = {"Content-Type": "application/json"}
    return Response(status, json.dumps(said).encode(), {**kind, **(headers or {})})
