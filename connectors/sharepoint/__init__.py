"""Documents in SharePoint libraries and OneDrive, by Microsoft Graph."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlsplit

from connectors.base import (
    EVERYONE,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.http import TooLarge, polite_client
from connectors.media_types import media_type
from connectors.patterns import any_of
from connectors.sharepoint.drive_feed import Drive, DriveFeed, FeedExpired
from connectors.sharepoint.graph import Denied, Graph, Missing
from connectors.sharepoint.pages import PageUnpublished, page_of
from connectors.sharepoint.places import FeedState, drives_of_sites, drives_of_users
from connectors.sharepoint.readers import GraphReaders

_FIELDS = (
    "$select=id,name,size,file,folder,parentReference,cTag,eTag,webUrl,"
    "lastModifiedDateTime,lastModifiedBy,createdBy,sharepointIds"
)

_MANY_CHANGES = 300
"""Each changed file costs two requests before it is fetched."""


@dataclass(frozen=True)
class SharePoint:
    """Documents in the libraries of SharePoint sites and in people's OneDrive.

    An item's id is the path of its library's address, a slash, and Graph's id of it: that stays when files
    and folders are renamed. Its version is made of its cTag, its path and a hash of who may read it.
    """

    tenant: str
    """The directory: its id, or a domain of it such as contoso.onmicrosoft.com."""
    client_id: str
    """Application (client) ID of the app registration."""
    client_secret: Secret
    """The value of a client secret of that app, not its id."""
    sites: tuple[str, ...] = ()
    """Addresses of sites, such as "https://contoso.sharepoint.com/sites/hr"."""
    libraries: tuple[str, ...] = ()
    """Names of libraries that are read of each site; empty: all."""
    pages: bool = False
    """Whether the pages of the sites are read as well."""
    users: tuple[str, ...] = ()
    """Sign-in names of people whose OneDrive is read."""
    include: tuple[str, ...] = ("**/*",)
    """Glob patterns of paths within a library."""
    exclude: tuple[str, ...] = ()
    """Globs of what is left out, though `include` has it."""
    site_groups: tuple[str, ...] = ()
    """Which group of the directory stands for a group of SharePoint: "HR Members = hr@contoso.com", or
    "HR Visitors = everyone". Graph does not tell who is in a group of SharePoint."""
    everyone_may_read: bool = False
    """Everybody in the workspace may read everything here, whatever SharePoint says."""
    whole_every_hours: int = 6
    """How often all is listed anew, beside following the changes. A person who leaves a group that only
    single folders or files are shared with is noticed then."""
    graph_url: str = "https://graph.microsoft.com/v1.0"
    """Another one in national clouds."""
    login_url: str = "https://login.microsoftonline.com"
    """Where tokens are had; another one in national clouds."""
    max_bytes: int = 50_000_000
    """A larger file is set aside unread."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "sharepoint"

    def __post_init__(self) -> None:
        if not self.sites and not self.users:
            raise ValueError("sites or users must say what is read")
        for site in self.sites:
            if not urlsplit(site).hostname:
                raise ValueError(f"{site!r} is no address such as https://contoso.sharepoint.com/sites/hr")
        _mapping(self.site_groups)

    def check(self) -> str:
        with _nothing_missing():
            return self._checked()

    def _checked(self) -> str:
        drives = self._drives()
        first: list[dict[str, Any]] = []
        more = len(drives) > 1
        self._readers.forget()
        for drive in drives[:1]:
            page = next(self._feed.pages(drive))
            first = [entry for entry in page["value"] if drive.holds(entry)]
            more = more or "@odata.nextLink" in page
        if not self.everyone_may_read:
            for drive in drives:
                self._readers.of_item(drive.id, "root", drive.name)
        names = ", ".join(drive.name for drive in drives[:3]) + (", …" if len(drives) > 3 else "")
        said = f"{'at least ' if more else ''}{len(first)} documents in {len(drives)} libraries ({names})"
        if closed := sorted(self._readers.unmapped):
            said += f"; these groups let nobody in, see site_groups in the docs: {', '.join(closed[:5])}"
        return f"{said}."

    def items(self, cursor: str | None) -> Listing:
        with _nothing_missing():
            return self._listed(cursor)

    def _listed(self, cursor: str | None) -> Listing:
        self._readers.forget()
        drives = self._drives()
        self._remember(drives)
        state = FeedState.read(cursor)
        if state is not None and state.fits(drives, timedelta(hours=self.whole_every_hours)):
            try:
                return self._changes(drives, state)
            except FeedExpired:
                pass
        return self._whole(drives)

    def fetch(self, item: Item) -> Document:
        place, _, id_ = item.id.rpartition("/")
        if place not in self._places:
            self._remember(self._drives())
        drive = self._places.get(place)
        if drive is None or not id_:
            raise ItemUnreadable(f"{item.id}: is in no library that is read")
        try:
            return self._document(item.id, drive, self._entry(drive, id_))
        except Missing as exc:
            raise ItemUnreadable(f"{item.id}: was there when the library was listed and is gone now") from exc
        except Denied as exc:
            raise ItemUnreadable(f"{item.id}: Microsoft Graph does not let us read it") from exc
        except PageUnpublished as exc:
            raise ItemUnreadable(f"{item.id}: {exc}") from exc
        except TooLarge as exc:
            raise ItemUnreadable(f"{item.id}: has more than max_bytes = {self.max_bytes:,}") from exc

    @cached_property
    def _graph(self) -> Graph:
        client = polite_client(self.machine, per_second=15.0, max_bytes=max(self.max_bytes, 50_000_000))
        return Graph(client, self.graph_url, self.login_url, self.tenant, self.client_id, self.client_secret)

    @cached_property
    def _feed(self) -> DriveFeed:
        return DriveFeed(self._graph)

    @cached_property
    def _readers(self) -> GraphReaders:
        return GraphReaders(self._graph, _mapping(self.site_groups))

    @cached_property
    def _places(self) -> dict[str, Drive]:
        """Libraries by the beginning of their items' ids, as last listed."""
        return {}

    @cached_property
    def _chosen(self) -> Callable[[str], bool]:
        included, excluded = any_of(self.include), any_of(self.exclude)
        return lambda path: included(path) and not excluded(path)

    def _remember(self, drives: Iterable[Drive]) -> None:
        self._places.update({drive.place: drive for drive in drives})

    def _drives(self) -> list[Drive]:
        found = drives_of_sites(self._graph, self.sites, self.libraries, with_pages=self.pages)
        found += drives_of_users(self._graph, self.users)
        return list({drive.place: drive for drive in found}.values())

    def _whole(self, drives: list[Drive]) -> Listing:
        items: list[Item] = []
        state = FeedState(datetime.now(UTC).isoformat(), {})
        for drive in drives:
            tree = self._feed.whole(drive)
            by_scope: dict[str, frozenset[str]] = {}
            for entry in tree.files():
                path = tree.path_of(entry)
                if drive.holds(entry) and self._chosen(path):
                    scope = tree.scope_of(entry)
                    if scope not in by_scope:
                        by_scope[scope] = self._readers_of(drive, scope)
                    items.append(Item(drive.id_of(entry), _version(entry, path, by_scope[scope])))
            state.drives[drive.place] = {
                "id": drive.id,
                "link": tree.link,
                "rights": self._state_of(drive),
            }
        items.sort(key=lambda item: item.id)
        return Listing.complete(items, cursor=state.text())

    def _changes(self, drives: list[Drive], state: FeedState) -> Listing:
        """What changed since. Raises FeedExpired if only a whole listing can tell."""
        items: list[Item] = []
        removed: list[str] = []
        following = replace(state, drives={})
        for drive in drives:
            known = state.drives[drive.place]
            rights = self._state_of(drive)
            if rights != known["rights"]:
                raise FeedExpired("who may read the library has changed, or our settings")
            changes = self._feed.since(drive, known["link"])
            if len(changes.files) > _MANY_CHANGES:
                raise FeedExpired("to list everything is cheaper than to ask about each of these")
            removed += [drive.id_of(entry) for entry in changes.removed]
            for entry in changes.files:
                try:
                    now = self._entry(drive, entry["id"])
                except Missing:
                    removed.append(drive.id_of(entry))
                    continue
                path = _path(now)
                if drive.holds(now) and self._chosen(path):
                    readers = self._readers_of(drive, entry["id"])
                    items.append(Item(drive.id_of(entry), _version(now, path, readers)))
                else:
                    removed.append(drive.id_of(entry))
            following.drives[drive.place] = {"id": drive.id, "link": changes.link, "rights": rights}
        return Listing.of_changes(items, removed, following.text())

    def _state_of(self, drive: Drive) -> str:
        """Changes when the feed cannot tell what there is to read: rights from above it, and our patterns."""
        return _digest(
            [
                *self._readers_of(drive, "root"),
                *(f"include {each}" for each in self.include),
                *(f"exclude {each}" for each in self.exclude),
            ]
        )

    def _readers_of(self, drive: Drive, id_: str) -> frozenset[str]:
        if self.everyone_may_read:
            return frozenset({EVERYONE})
        try:
            return self._readers.of_item(drive.id, id_, f"The permissions in {drive.name}")
        except Missing:  # deleted since it was listed
            return frozenset()

    def _entry(self, drive: Drive, id_: str) -> dict[str, Any]:
        path = f"/drives/{quote(drive.id)}/items/{quote(id_)}?{_FIELDS}"
        found: dict[str, Any] = self._graph.get(path, f"A file in {drive.name}")
        return found

    def _document(self, id_: str, drive: Drive, entry: dict[str, Any]) -> Document:
        path = _path(entry)
        size = int(entry.get("size") or 0)
        if size > self.max_bytes:
            raise ItemUnreadable(f"{id_}: {path} has {size:,} bytes, more than max_bytes allows")
        readers = self._readers_of(drive, str(entry["id"]))
        if drive.site:
            title, content = page_of(self._graph, drive.site, entry, path)
            kind = "text/html"
        else:
            file = f"/drives/{quote(drive.id)}/items/{quote(entry['id'])}/content"
            title, content, kind = path, self._graph.download(file, path), media_type(path)
        people = [entry.get("createdBy") or {}, entry.get("lastModifiedBy") or {}]
        names = [str((each.get("user") or {}).get("displayName") or "") for each in people]
        changed = entry.get("lastModifiedDateTime")
        return Document(
            id=id_,
            title=title,
            url=quote(str(entry.get("webUrl") or drive.url), safe="%:/?#[]@!$&'()*+,;=~"),
            content=content,
            media_type=kind,
            updated_at=datetime.fromisoformat(changed) if changed else None,
            readers=readers,
            authors=tuple(dict.fromkeys(filter(None, names))),
        )


@contextmanager
def _nothing_missing() -> Iterator[None]:
    """Of a listing nothing may be missing: a library that is gone by its second request is no item."""
    try:
        yield
    except Missing as exc:
        raise SourceUnavailable(str(exc)) from exc


def _mapping(site_groups: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for line in site_groups:
        name, equals, stands_for = line.rpartition("=")
        if not equals or not name.strip() or not stands_for.strip():
            raise ValueError(f'site_groups: {line!r} is not like "HR Members = hr@contoso.com"')
        found[name.strip().lower()] = stands_for.strip()
    return found


def _path(entry: dict[str, Any]) -> str:
    """The path of an item within its library, in NFC."""
    above = unquote(str((entry.get("parentReference") or {}).get("path") or "")).partition("root:")[2]
    return unicodedata.normalize("NFC", f"{above.strip('/')}/{entry.get('name') or ''}".lstrip("/"))


def _version(entry: dict[str, Any], path: str, readers: frozenset[str]) -> str:
    return f"{entry.get('cTag') or entry.get('eTag')} {_digest([path, *sorted(readers)])}"


def _digest(texts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(texts)).encode(), digest_size=8).hexdigest()
