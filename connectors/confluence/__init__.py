"""Pages, blog posts and attached documents of Confluence, Cloud or Data Center."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar
from unicodedata import normalize
from urllib.parse import quote, urlsplit

from connectors.atlassian import Addresses, Readers, Site, check_site, digest, hidden, unreadable
from connectors.base import (
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.confluence.body import bare, has_text, with_names
from connectors.confluence.cloud import Cloud
from connectors.confluence.data_center import DataCenter
from connectors.confluence.rights import MAX_LEVELS, Rights
from connectors.confluence.site import Attachment, Body, ConfluenceSite, Content, Marks, Space
from connectors.http import StatusRefused
from connectors.media_types import is_document, media_type

STORAGE = "application/vnd.atlassian.confluence.storage+xml"
BETWEEN = " / "


@dataclass(frozen=True)
class Confluence:
    """Pages, blog posts and attached documents of chosen spaces.

    An item's id is SPACE/PAGE, for a file SPACE/PAGE/FILE/NAME; its version is made of Confluence's own, of
    where it stands and of who may read it: those of its space, as far as no page on the way to it is
    restricted. Drafts and what is archived or in the trash are left out.
    """

    url: str
    """Where Confluence is: "https://company.atlassian.net/wiki" or "https://wiki.company.com"."""
    token: Secret
    """Cloud: an API token. Data Center: a personal access token."""
    email: str = ""
    """Cloud: the e-mail address of the account whose API token it is. Data Center: empty."""
    spaces: tuple[str, ...] = ()
    """The keys of the spaces to read. Empty: all that the account sees, personal ones excepted."""
    labels: tuple[str, ...] = ()
    """Only pages with one of these labels. Empty: all."""
    without_labels: tuple[str, ...] = ()
    """Pages with one of these labels are left out, with their files."""
    attachments: bool = True
    """Whether files attached to pages are read, of the kinds that are documents."""
    everyone_may_read: bool = False
    """Whether everyone in the workspace of Slack, guests excepted, may read these spaces. Restrictions of
    pages hold all the same."""
    everyone_groups: tuple[str, ...] = ()
    """Names of groups that stand for everyone, like "confluence-users": what such a group may read is for
    everyone in the workspace of Slack, guests excepted."""
    email_domain: str = ""
    """Data Center, which shows no e-mail addresses: with "company.com" the user kim is kim@company.com."""
    max_bytes: int = 50_000_000
    """A larger page or file is set aside unread."""
    requests_per_second: float = 10.0
    """At most so many; lower it if Confluence answers that it is too many (429)."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "confluence"

    def __post_init__(self) -> None:
        check_site(self.url, self.email, self.requests_per_second)

    def check(self) -> str:
        spaces = self._spaces()
        if not self.everyone_may_read:
            unknown = [space.key for space in spaces[:5] if self._site.space_readers(space) is None]
            if unknown:
                raise CredentialsRejected(
                    f"Confluence does not say who may read the space {unknown[0]}, so nobody could find its"
                    " pages. Let the account administer the space, or set everyone_may_read if everyone may."
                )
        count = self._site.count(space.key for space in spaces)
        return (
            f"{count} pages and blog posts in {len(spaces)} spaces ({_few(space.key for space in spaces)})."
        )

    def items(self, cursor: str | None) -> Listing:  # noqa: ARG002 - rights change without a page's edit
        entries = self._read_entries()
        return Listing.complete(Item(id_, entry.version) for id_, entry in entries.items())

    def fetch(self, item: Item) -> Document:
        entry = self._entry(item.id)
        try:
            if entry.file is None:
                body = self._site.body(entry.page)
                content = (
                    with_names(body.content, self._named)
                    if has_text(body.content)
                    else bare(entry.page.title)
                )
            elif entry.file.size > self.max_bytes:
                raise ItemUnreadable(f"has {entry.file.size:,} bytes, more than max_bytes allows.")
            else:
                body = self._site.file(entry.file.id)
                content = b"" if not body.is_current else self._site.site.download(body.download, item.id)
        except StatusRefused as exc:
            if hidden(exc):
                raise unreadable(item.id, f"Confluence does not show it to us ({exc.status}).") from exc
            raise
        except ItemUnreadable as exc:
            raise unreadable(item.id, exc) from exc
        if not body.is_current:
            raise unreadable(item.id, "is in the trash, archived or a draft.")
        if len(content) > self.max_bytes:
            raise unreadable(item.id, f"has {len(content):,} bytes, more than max_bytes allows.")
        return Document(
            id=item.id,
            title=normalize("NFC", entry.title),
            url=self._url(body.url or entry.page.url),
            content=content,
            media_type=STORAGE if entry.file is None else media_type(entry.file.name),
            updated_at=body.updated_at,
            readers=entry.readers,
            authors=self._names(body),
        )

    @cached_property
    def _site(self) -> ConfluenceSite:
        url = self.url.rstrip("/")
        if self.email and urlsplit(url).path == "":
            url += "/wiki"
        site = Site(
            url, self.email, self.token, self.machine,
            per_second=self.requests_per_second, max_bytes=self.max_bytes,
        )  # fmt: skip
        return Cloud(site) if self.email else DataCenter(site)

    @cached_property
    def _memory(self) -> _Memory:
        return _Memory(Addresses(self.email_domain))

    def _spaces(self) -> list[Space]:
        found = {space.key.lower(): space for space in self._site.spaces(self.spaces)}
        missing = [key for key in self.spaces if key.lower() not in found]
        if missing:  # never less than was asked for: what is missing would be deleted
            raise SourceUnavailable(
                f"{self.url} shows no space with the key {missing[0]}."
                " Is the key right, and may the account see it?"
            )
        return sorted(found.values(), key=lambda space: space.key)

    def _entry(self, id_: str) -> _Entry:
        with self._memory.lock:
            if self._memory.entries is None:
                self._read_entries()
            entry = (self._memory.entries or {}).get(id_)
        if entry is None:
            raise ItemUnreadable(f"{id_}: is not in Confluence any more.")
        return entry

    def _read_entries(self) -> dict[str, _Entry]:
        rights = Rights(
            self._site,
            self._memory.addresses,
            everyone=self.everyone_may_read,
            everyone_groups=self.everyone_groups,
        )
        entries: dict[str, _Entry] = {}
        for space in self._spaces():
            entries.update(self._entries(space, rights))
        self._memory.entries = entries
        return entries

    def _entries(self, space: Space, rights: Rights) -> Iterator[tuple[str, _Entry]]:
        contents = {content.id: content for content in self._site.contents(space)}
        told = self._site.marks(space)
        marks = {
            id_: content.marks or told.get(id_) or self._site.marks_of(content)
            for id_, content in contents.items()
        }
        chosen = [content for id_, content in contents.items() if self._is_chosen(marks[id_])]
        restrictions = {id_: mark.restriction if mark else None for id_, mark in marks.items()}
        for above in self._above(contents):
            contents[above.id] = above
            restrictions[above.id] = self._site.restriction(above.id)
        rights.learn(restrictions.values())
        readers = rights.of_pages(rights.of_space(space), contents, restrictions)
        pages: dict[str, _Entry] = {}
        for content in chosen:
            titles = _titles(content, contents, space)
            version = f"{content.version}-{digest(sorted(readers[content.id]), titles)}"
            pages[content.id] = _Entry(version, content, BETWEEN.join(titles), readers[content.id])
            yield f"{space.key}/{content.id}", pages[content.id]
        if self.attachments:
            for file in self._site.attachments(space):
                page = pages.get(file.page)
                if page and is_document(file.name):
                    name = normalize("NFC", file.name)
                    version = f"{file.version}-{page.version.partition('-')[2]}"
                    entry = _Entry(version, page.page, f"{page.title}{BETWEEN}{name}", page.readers, file)
                    yield f"{space.key}/{page.page.id}/{file.id}/{name}", entry

    def _above(self, contents: dict[str, Content]) -> list[Content]:
        """Folders and the like that pages stand below, and what those stand below."""
        found: dict[str, Content] = {}
        waiting = [(each.parent, each.parent_kind) for each in contents.values()]
        while waiting:
            id_, kind = waiting.pop()
            is_known = not id_ or id_ in contents or id_ in found or kind in ("page", "blogpost")
            if not is_known and (above := self._site.parent(id_, kind)):
                found[id_] = above
                waiting.append((above.parent, above.parent_kind))
        return list(found.values())

    def _is_chosen(self, marks: Marks | None) -> bool:
        labels = marks.labels if marks else frozenset[str]()
        refused = labels & {label.lower() for label in self.without_labels}
        return not refused and (not self.labels or bool(labels & {label.lower() for label in self.labels}))

    def _named(self, ids: Iterable[str]) -> dict[str, str]:
        return self._memory.names(self._site, dict.fromkeys(ids))

    def _names(self, body: Body) -> tuple[str, ...]:
        unnamed = dict.fromkeys(person.id for person in body.people if not person.name)
        names = self._memory.names(self._site, unnamed)
        found = (person.name or names.get(person.id, "") for person in body.people)
        return tuple(dict.fromkeys(filter(None, found)))

    def _url(self, path: str) -> str:
        return quote(self._site.site.at(path), safe="/%?=&+~:@!$'()*,;#-._")


@dataclass(frozen=True)
class _Entry:
    """What the last listing says of an item."""

    version: str
    page: Content
    title: str
    readers: Readers
    file: Attachment | None = None


@dataclass
class _Memory:
    """What the last listing brought; a fetch that finds nothing here lists anew."""

    addresses: Addresses
    lock: threading.Lock = field(default_factory=threading.Lock)
    entries: dict[str, _Entry] | None = None
    _names: dict[str, str] = field(default_factory=dict)

    def names(self, site: ConfluenceSite, ids: dict[str, None]) -> dict[str, str]:
        """How people are called, by their ids."""
        missing = [id_ for id_ in ids if id_ not in self._names]
        if missing:
            found = {person.id: person.name for person in site.profiles(missing)}
            self._names.update({id_: found.get(id_, "") for id_ in missing})
        return {id_: self._names[id_] for id_ in ids}


def _titles(content: Content, contents: dict[str, Content], space: Space) -> list[str]:
    """The titles on the way to a page, its own last; the space's first page, above all, is left out."""
    titles = [content.title]
    current = contents.get(content.parent)
    while current and current.id != space.home and len(titles) < MAX_LEVELS:
        titles.append(current.title)
        current = contents.get(current.parent)
    return titles[::-1]


def _few(names: Iterator[str]) -> str:
    found = list(names)
    return ", ".join(found[:5]) + (" …" if len(found) > 5 else "")
