"""Pages and database rows of a Notion workspace, as far as they are shared with an integration."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    reader_by_email,
)
from connectors.http import StatusRefused, check_pace, shape_promised
from connectors.notion.api import Json, NotionApi
from connectors.notion.blocks import PageReader, page_url
from connectors.notion.memory import Memory
from connectors.notion.text import table_of
from connectors.notion.tree import Node, Tree, node_of, title_of

SETTLED_AFTER = timedelta(minutes=2)
"""Notion tells the time of an edit to the minute. A page that was edited within the same minute after it was
read looks unchanged, so until its minute is surely over its version says that there may be more to come."""
VERIFIED_AT_ONCE = 300
"""How many pages that a search no longer finds are asked for one by one, in one listing."""


@dataclass(frozen=True)
class Notion:
    """Pages and database rows of a Notion workspace, as far as they are shared with an integration.

    An item's id is the page's; its version is made of the time of its last edit, its place and who may read
    it. Notion's API does not say who may read a page, so by default nobody may: see `everyone_may_read` and
    `readers`. Only what is published on the web is for everyone in any case.
    """

    token: Secret
    """The secret of an internal integration ("ntn_...") with the capability "Read content"."""
    roots: tuple[str, ...] = ()
    """Links or ids of pages and databases: only they and what is below them is read. Empty: all that is
    shared with the integration."""
    everyone_may_read: bool = False
    """Whether whatever is read here is for everyone in the workspace of Slack, guests excepted."""
    readers: tuple[str, ...] = ()
    """E-mail addresses of those who may read it, where not everyone may."""
    requests_per_second: float = 3.0
    """Notion's limit for an integration; lower it if others use the same one."""
    api_url: str = "https://api.notion.com"
    """Another address only for a gateway."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "notion"

    def __post_init__(self) -> None:
        for root in self.roots:
            if not _id_in(root):
                raise ValueError(f"{root!r} in roots is neither the link nor the id of a page or database")
        check_pace(self.requests_per_second)

    def check(self) -> str:
        self._check_roots()
        found = next(iter(self._api.search()))
        pages = sum(1 for thing in found.results if thing.get("object") == "page")
        if not pages and not found.has_more:
            return (
                "0 pages are shared with the integration. In Notion, open a page, then ••• > Connections, "
                "and add the integration; pages below it come along."
            )
        said = f"{'at least ' * found.has_more}{pages} pages are shared with the integration"
        if self.roots:
            said += f", of which those below {len(self.roots)} roots are read"
        if not self.everyone_may_read and not self.readers:
            said += "; nobody may read them here until everyone_may_read or readers is set"
        return f"{said}."

    def items(self, cursor: str | None) -> Listing:
        with shape_promised("Notion"):
            return self._listing(cursor)

    def fetch(self, item: Item) -> Document:
        with shape_promised(item.id, ItemUnreadable):
            return self._document(item)

    def _listing(self, cursor: str | None) -> Listing:
        self._check_roots()
        memory = self._memory
        tree = Tree(self._api, blocks=memory.blocks)
        is_cut_off = False
        for found in self._api.search():
            is_cut_off |= found.is_cut_off
            for thing in found.results:
                tree.add(thing)
        clock = found.clock
        unverified = self._look_for(memory.versions.keys() - tree.nodes.keys(), tree)
        versions = {id_: memory.versions[id_] for id_ in unverified}
        roots = {_id_in(root) for root in self.roots}
        pending = list(tree.nodes.values())
        while pending:
            known = len(tree.nodes)
            for node in pending:
                titles, around = tree.path(node)
                if node.is_page and (not roots or roots & around):
                    versions[node.id] = self._version(node, titles, clock)
            pending = list(tree.nodes.values())[known:]  # pages above others that search left out
        # Who has a cursor of ours but no memory cannot tell what search left out from what is deleted.
        is_complete = not is_cut_off and (cursor is None or memory.is_kept)
        memory.keep(versions, tree)
        return Listing(
            tuple(Item(id_, versions[id_]) for id_ in sorted(versions)),
            is_complete=is_complete,
            cursor=clock.isoformat(),
        )

    def _document(self, item: Item) -> Document:
        try:
            page = self._api.get(f"pages/{item.id}")
            if page.get("in_trash") or page.get("archived"):
                raise ItemUnreadable(f"{item.id}: is in the trash of Notion")
            tree = self._memory.tree or Tree(self._api)
            node = node_of(page)
            above, _ = tree.path(node)
            rows = table_of(page["properties"], self._title_of) if _is_row(node) else ""
            body = PageReader(self._api, self._title_of).html_of(item.id)
        except StatusRefused as exc:
            if exc.status == 404:
                raise ItemUnreadable(
                    f"{item.id}: is not there any more, or not shared with the integration"
                ) from exc
            if exc.status == 400:
                raise ItemUnreadable(f"{item.id}: holds what Notion's API does not show") from exc
            raise
        title = " / ".join(filter(None, (*above, node.title)))
        return Document(
            id=item.id,
            title=title,
            url=quote(str(page.get("url") or page_url(item.id)), safe=":/?#[]@!$&'()*+,;=%~"),
            content=_page(title, rows, body).encode(),
            media_type="text/html",
            updated_at=datetime.fromisoformat(node.edited),
            readers=self._readers(node),
            authors=self._names(page.get("last_edited_by"), page.get("created_by")),
        )

    @cached_property
    def _api(self) -> NotionApi:
        return NotionApi(self.api_url, self.token, self.machine, self.requests_per_second)

    @cached_property
    def _memory(self) -> Memory:
        return Memory.load(self.machine.cache)

    def _check_roots(self) -> None:
        """A root that is gone must raise: without it a listing would lack all that is below it."""
        for root in self.roots:
            id_ = _id_in(root)
            if not any(self._is_there(f"{kind}/{id_}") for kind in ("pages", "databases", "data_sources")):
                raise CredentialsRejected(
                    f"Notion does not show {root} to the integration. Open it in Notion, then ••• > "
                    "Connections, and add the integration; or take it out of roots."
                )

    def _is_there(self, path: str) -> bool:
        try:
            thing = self._api.get(path)
        except StatusRefused as exc:
            if exc.status in (400, 404):  # 400: it is a database where a page was asked for, or so
                return False
            raise
        return not (thing.get("in_trash") or thing.get("archived"))

    def _look_for(self, missing: Iterable[str], tree: Tree) -> list[str]:
        """Ask for pages that search did not find: it does not promise to find all. Those that are there join
        the tree; returns the ids of those left for the next listing."""
        ordered = sorted(missing)
        for id_ in ordered[:VERIFIED_AT_ONCE]:
            try:
                tree.add(self._api.get(f"pages/{id_}"))
            except StatusRefused as exc:
                if exc.status not in (400, 404):
                    raise
        return ordered[VERIFIED_AT_ONCE:]

    def _version(self, node: Node, above: tuple[str, ...], clock: datetime) -> str:
        is_settled = clock - datetime.fromisoformat(node.edited) >= SETTLED_AFTER
        around = "\0".join((*above, "", *sorted(self._readers(node))))
        return f"{node.edited}{'' if is_settled else '~'} {hashlib.sha256(around.encode()).hexdigest()[:12]}"

    def _readers(self, node: Node) -> frozenset[str]:
        if self.everyone_may_read or node.is_public:
            return frozenset({EVERYONE})
        return frozenset(reader_by_email(address) for address in self.readers)

    def _title_of(self, page_id: str) -> str:
        titles = self._memory.titles
        if page_id not in titles:
            tree = self._memory.tree
            if tree and (node := tree.nodes.get(page_id)):
                return node.title
            try:
                titles[page_id] = title_of(self._api.get(f"pages/{page_id}"))
            except StatusRefused as exc:
                if exc.status not in (400, 404):
                    raise
                titles[page_id] = ""
        return titles[page_id]

    def _names(self, *users: Json | None) -> tuple[str, ...]:
        """Names of users, of whom a page tells only the ids. Without the capability to read them: none."""
        names = self._memory.names
        for user in users:
            id_ = str((user or {}).get("id") or "")
            if id_ and id_ not in names:
                try:
                    names[id_] = str(self._api.get(f"users/{id_}").get("name") or "")
                except StatusRefused as exc:
                    if exc.status not in (400, 403, 404):
                        raise
                    names[id_] = ""
        found = (names.get(str((user or {}).get("id") or ""), "") for user in users)
        return tuple(dict.fromkeys(filter(None, found)))


def _is_row(node: Node) -> bool:
    return node.parent.kind in ("data_source_id", "database_id")


def _page(title: str, *parts: str) -> str:
    name = html.escape(title)
    body = "\n".join(filter(None, parts))
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{name}</title></head>'
        f"<body><h1>{name}</h1>\n{body}</body></html>"
    )


def _id_in(link: str) -> str:
    """The id at the end of a link to a page, in the form in which the API gives it; "" if there is none."""
    path = re.split(r"[?#]", link, maxsplit=1)[0].rstrip("/").replace("-", "")
    found = re.search(r"([0-9a-fA-F]{32})$", path)
    if not found:
        return ""
    digits = found[1].lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
