"""Where Notion's pages stand: below other pages, in databases, or within blocks of a page."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from connectors.base import SourceUnavailable
from connectors.http import StatusRefused
from connectors.notion.api import Json, NotionApi
from connectors.notion.text import plain

MAX_DEPTH = 100

_ASKED_FOR = {
    "page_id": "pages",
    "data_source_id": "data_sources",
    "database_id": "databases",
    "block_id": "blocks",
}


@dataclass(frozen=True, slots=True)
class Parent:
    """What a page stands in: `kind` is "page_id", "block_id", "database_id", "data_source_id", or "" at the
    top (a workspace, or something that the integration may not see)."""

    kind: str = ""
    id: str = ""
    database: str = ""
    """The id of the database that a data source is part of."""


TOP = Parent()


@dataclass(frozen=True, slots=True)
class Node:
    """A page or a data source, as far as a listing tells."""

    id: str
    is_page: bool
    title: str
    parent: Parent
    edited: str
    """When it was last edited, as Notion writes it: to the minute."""
    is_public: bool = False
    """Whether it is published on the web, for anybody to read."""


@dataclass
class Tree:
    """The pages and data sources known; parents that are not are asked for once."""

    api: NotionApi
    blocks: dict[str, tuple[Parent, str]] = field(default_factory=dict)
    """Block id -> the page it stands in, and when that page was edited: until then the block stays there."""
    nodes: dict[str, Node] = field(default_factory=dict)
    _absent: set[str] = field(default_factory=set)

    def add(self, thing: Json) -> Node | None:
        """Note a page or data source as Notion gives it; None if it is in the trash."""
        if thing.get("in_trash") or thing.get("archived") or thing.get("is_archived"):
            return None
        node = node_of(thing)
        self.nodes[node.id] = node
        return node

    def path(self, node: Node) -> tuple[tuple[str, ...], frozenset[str]]:
        """The titles of what is above a page, from the top, and the ids of all that, its own included."""
        titles: list[str] = []
        ids = {node.id}
        walked = {node.id}
        parent = node.parent
        for _ in range(MAX_DEPTH):
            ids |= {each for each in (parent.id, parent.database) if each}
            above = self._at(parent)
            if above is None:
                return tuple(reversed(titles)), frozenset(ids)
            if above.id in walked:
                raise SourceUnavailable(f"Notion: the page {node.id} stands below itself.")
            ids.add(above.id)
            walked.add(above.id)
            titles.append(above.title)
            parent = above.parent
        raise SourceUnavailable(f"Notion: the page {node.id} stands more than {MAX_DEPTH} pages deep.")

    def _at(self, parent: Parent) -> Node | None:
        """The page or data source that a parent stands for; None at the top."""
        if parent.kind == "block_id":
            parent = self._page_around(parent)
        if parent.kind in ("page_id", "data_source_id"):
            if node := self.nodes.get(parent.id):
                return node
            thing = self._asked(parent)
            if thing and (added := self.add(thing)):
                return added
            self._absent.add(parent.id)
        return None

    def _page_around(self, block: Parent) -> Parent:
        noted = self.blocks.get(block.id)
        if noted and (container := self.nodes.get(noted[0].id)) and container.edited == noted[1]:
            return noted[0]
        parent = block
        for _ in range(MAX_DEPTH):
            thing = self._asked(parent)
            parent = parent_of(thing) if thing else TOP
            if parent.kind != "block_id":
                break
        if container := self.nodes.get(parent.id):
            self.blocks[block.id] = (parent, container.edited)
        return parent

    def _asked(self, parent: Parent) -> Json | None:
        if parent.id in self._absent:
            return None
        try:
            return self.api.get(f"{_ASKED_FOR[parent.kind]}/{parent.id}")
        except StatusRefused as exc:
            if exc.status not in (400, 404):  # 400: a kind of block that the API does not show
                raise
            self._absent.add(parent.id)
            return None


def node_of(thing: Json) -> Node:
    """A page or data source as Notion gives it. Raises SourceUnavailable if it is neither."""
    is_page = thing.get("object") == "page"
    if not thing.get("id") or not thing.get("last_edited_time") or thing.get("object") == "block":
        raise SourceUnavailable("Notion: a page in the answer is not what the API promises.")
    if is_page:
        title = title_of(thing)
        parent = parent_of(thing)
    else:
        title = plain(thing.get("title"))
        database = parent_of(thing)
        above = parent_of(thing, "database_parent")
        parent = Parent(above.kind, above.id, database.id)
    return Node(
        id=str(thing["id"]),
        is_page=is_page,
        title=unicodedata.normalize("NFC", title),
        parent=parent,
        edited=str(thing["last_edited_time"]),
        is_public=bool(thing.get("public_url")),
    )


def title_of(page: Json) -> str:
    """The title of a page, which is one of its properties; that of a row has any name."""
    for of in (page.get("properties") or {}).values():
        if isinstance(of, dict) and of.get("type") == "title":
            return unicodedata.normalize("NFC", plain(of.get("title")))
    return ""


def parent_of(thing: Json, key: str = "parent") -> Parent:
    parent = thing.get(key) or {}
    kind = str(parent.get("type") or "")
    if kind not in _ASKED_FOR:
        return TOP
    database = str(parent.get("database_id") or "") if kind == "data_source_id" else ""
    return Parent(kind, str(parent.get(kind) or ""), database)
