"""Notion's API, version 2026-03-11, as far as the connector asks it: its paths, shapes, pages and errors.

Pages are edited at made-up minutes long ago, one minute an edit, but for those that a test edits now.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.connectors.http_source import Request, Response, Served, serving

TOKEN = "ntn_canary-1234567890"
USER = "11111111-2222-4333-8444-555555555555"

Json = dict[str, Any]


def rich_text(text: str, href: str | None = None, **annotations: bool) -> list[Json]:
    said = {"bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False}
    return [
        {
            "type": "text",
            "text": {"content": text, "link": {"url": href} if href else None},
            "annotations": {**said, "color": "default", **annotations},
            "plain_text": text,
            "href": href,
        }
    ]


class NotionWorkspace:
    """What a workspace has, and which requests it answers."""

    def __init__(self) -> None:
        self.things: dict[str, Json] = {}
        """Pages, databases and data sources by id."""
        self.blocks: dict[str, Json] = {}
        self.children: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        """Ids that exist, and that the integration is told are not there."""
        self.left_out: set[str] = set()
        """Ids that search does not find."""
        self.page_size = 100
        self.loops = False
        self.cut_off = False
        self._minutes = 0
        self._next_id = 0
        self._served: Served | None = None

    @contextmanager
    def serving(self) -> Iterator[Served]:
        with serving(self.answer) as served:
            yield served

    # what people do in Notion

    def page(self, title: str, parent: Json | None = None, properties: Json | None = None) -> str:
        id_ = self._new_id()
        parent = parent or {"type": "workspace", "workspace": True}
        name = "Name" if parent["type"] == "data_source_id" else "title"
        self.things[id_] = {
            "object": "page",
            "id": id_,
            "created_time": "2025-12-01T00:00:00.000Z",
            "last_edited_time": self._tick(),
            "created_by": {"object": "user", "id": USER},
            "last_edited_by": {"object": "user", "id": USER},
            "cover": None,
            "icon": None,
            "parent": parent,
            "in_trash": False,
            "is_locked": False,
            "properties": {
                **(properties or {}),
                name: {"id": "title", "type": "title", "title": rich_text(title)},
            },
            "url": f"https://www.notion.so/{title}-{id_.replace('-', '')}",
            "public_url": None,
        }
        self.children[id_] = []
        return id_

    def database(self, title: str, parent: Json | None = None) -> tuple[str, str]:
        """A database with one data source; their ids."""
        database, source = self._new_id(), self._new_id()
        parent = parent or {"type": "workspace", "workspace": True}
        times = {"created_time": "2025-12-01T00:00:00.000Z", "last_edited_time": self._tick()}
        common = {**times, "title": rich_text(title), "description": [], "in_trash": False}
        self.things[database] = {
            "object": "database",
            "id": database,
            "parent": parent,
            "data_sources": [{"id": source, "name": title}],
            **common,
        }
        self.things[source] = {
            "object": "data_source",
            "id": source,
            "parent": {"type": "database_id", "database_id": database},
            "database_parent": parent,
            "properties": {},
            **common,
        }
        return database, source

    def append(self, parent: str, kind: str, of: Json, *, edits: bool = False) -> str:
        """Put a block at the end of a page or block."""
        id_ = self._new_id()
        is_page = parent in self.things
        self.blocks[id_] = {
            "object": "block",
            "id": id_,
            "parent": {"type": "page_id", "page_id": parent}
            if is_page
            else {"type": "block_id", "block_id": parent},
            "created_time": "2025-12-01T00:00:00.000Z",
            "last_edited_time": "2025-12-01T00:00:00.000Z",
            "created_by": {"object": "user", "id": USER},
            "last_edited_by": {"object": "user", "id": USER},
            "has_children": False,
            "in_trash": False,
            "type": kind,
            kind: of,
        }
        self.children[id_] = []
        self.children[parent].append(id_)
        if not is_page:
            self.blocks[parent]["has_children"] = True
        if edits:
            self.touch(parent)
        return id_

    def paragraph(self, parent: str, text: str) -> str:
        return self.append(parent, "paragraph", {"rich_text": rich_text(text), "color": "default"})

    def touch(self, id_: str, at: datetime | None = None) -> None:
        """Edit a page, at the next made-up minute or at the real minute of `at`."""
        self.things[id_]["last_edited_time"] = _minute(at) if at else self._tick()

    def rename(self, id_: str, title: str) -> None:
        for of in self.things[id_]["properties"].values():
            if of["type"] == "title":
                of["title"] = rich_text(title)
        self.touch(id_)

    def trash(self, id_: str) -> None:
        self.things[id_]["in_trash"] = True

    # what the API answers

    def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "unauthorized", "API token is invalid.")
        if request.headers.get("notion-version") != "2026-03-11":
            return _error(400, "missing_version", "Notion-Version header failed validation.")
        match (request.method, *request.path.removeprefix("/v1/").split("/")):
            case ("POST", "search"):
                return self._search(json.loads(request.body))
            case ("GET", "blocks", id_, "children"):
                return self._children(id_, request.query)
            case ("GET", "blocks", id_) if id_ in self.blocks and id_ not in self.hidden:
                return _json(self.blocks[id_])
            case ("GET", "users", id_) if id_ == USER:
                return _json({"object": "user", "id": USER, "type": "person", "name": "김하나", "person": {}})
            case ("GET", ("pages" | "databases" | "data_sources") as kind, id_) if id_ in self.things:
                if id_ not in self.hidden and self.things[id_]["object"] == kind.removesuffix("s"):
                    return _json(self.things[id_])
        return _error(
            404,
            "object_not_found",
            "Could not find object. Make sure the relevant pages and databases are shared.",
        )

    def _search(self, body: Mapping[str, Any]) -> Response:
        assert set(body) <= {"query", "filter", "sort", "start_cursor", "page_size"}
        found = [
            thing
            for id_, thing in self.things.items()
            if thing["object"] != "database" and not thing["in_trash"] and id_ not in self.left_out
        ]
        found.sort(key=lambda thing: str(thing["last_edited_time"]))
        extra = {"type": "page_or_data_source", "page_or_data_source": {}}
        if self.cut_off:
            extra["request_status"] = {
                "type": "incomplete",
                "incomplete_reason": "query_result_limit_reached",
            }
        return self._page(found, body.get("start_cursor"), int(body.get("page_size", 100)), extra)

    def _children(self, id_: str, query: Mapping[str, str]) -> Response:
        if id_ not in self.children or id_ in self.hidden:
            return _error(404, "object_not_found", f"Could not find block with ID: {id_}.")
        blocks = [self.blocks[each] for each in self.children[id_]]
        extra = {"type": "block", "block": {}}
        return self._page(blocks, query.get("start_cursor"), int(query.get("page_size", 100)), extra)

    def _page(self, things: list[Json], cursor: str | None, size: int, extra: Json) -> Response:
        if not 1 <= size <= 100:
            return _error(400, "validation_error", "page_size should be between 1 and 100.")
        size = min(size, self.page_size)
        ids = [str(thing["id"]) for thing in things]
        start = ids.index(cursor) if cursor else 0
        following = ids[start + size] if start + size < len(ids) else None
        if self.loops and cursor:
            following = cursor
        return _json(
            {
                "object": "list",
                "results": things[start : start + size],
                "next_cursor": following,
                "has_more": following is not None,
                **extra,
                "request_id": str(uuid.UUID(int=1)),
            }
        )

    def _new_id(self) -> str:
        self._next_id += 1
        return str(uuid.UUID(int=(0x15 << 120) + self._next_id * 0x1000193))

    def _tick(self) -> str:
        self._minutes += 1
        return _minute(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=self._minutes))


def _minute(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:00.000Z")


def _json(thing: Mapping[str, Any]) -> Response:
    return Response(200, json.dumps(thing).encode(), {"Content-Type": "application/json; charset=utf-8"})


def _error(status: int, code: str, message: str) -> Response:
    said = {"object": "error", "status": status, "code": code, "message": message}
    return Response(status, json.dumps(said).encode(), {"Content-Type": "application/json; charset=utf-8"})
