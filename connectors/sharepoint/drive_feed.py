"""The feed of changes of a document library or OneDrive: Graph's driveItem delta.

With the headers that Microsoft's scan guidance names, the feed tells of changes in sharing too, and marks
with a `shared` facet where rights begin that are not those of the folder above. It is followed as long as
it speaks of files; what happens to a folder (renamed, moved, shared, deleted) happens to all that is below,
which the feed does not list, so then a whole listing is made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from connectors.base import SourceUnavailable
from connectors.http import StatusRefused
from connectors.media_types import is_document
from connectors.sharepoint.graph import Graph

_HEADERS = {
    "Prefer": "deltashowremovedasdeleted, deltatraversepermissiongaps, deltashowsharingchanges, "
    "hierarchicalsharing",
    "deltaExcludeParent": "true",
}
_TOKEN_REFUSED = frozenset({400, 410})
_DEEPEST = 1_000

Entry = dict[str, Any]
"""A driveItem as Graph gives it."""


class FeedExpired(Exception):
    """Only a whole listing can tell what is there."""


@dataclass(frozen=True)
class Drive:
    """A document library, or somebody's OneDrive."""

    id: str
    name: str
    url: str
    place: str
    """The path of its address, by which its items' ids begin. Another title does not change it."""

    site: str = ""
    """The id of the site whose pages these are; empty for files."""

    @classmethod
    def of(cls, drive: Entry, site: str = "") -> Drive:
        url = str(drive.get("webUrl") or "")
        place = unicodedata.normalize("NFC", unquote(urlsplit(url).path).strip("/"))
        return cls(str(drive["id"]), str(drive.get("name") or place), url, place or str(drive["id"]), site)

    def holds(self, entry: Entry) -> bool:
        """Whether an entry is one of the documents here."""
        name = str(entry.get("name") or "")
        wanted = name.lower().endswith(".aspx") if self.site else is_document(name)
        return wanted and "file" in entry and "deleted" not in entry

    def id_of(self, entry: Entry) -> str:
        return f"{self.place}/{entry['id']}"


@dataclass(frozen=True)
class Tree:
    """All items of a drive. `link` is where its changes will be."""

    entries: dict[str, Entry]
    link: str

    def files(self) -> Iterator[Entry]:
        return (entry for entry in self.entries.values() if "file" in entry)

    def path_of(self, entry: Entry) -> str:
        """The path within the drive, in NFC."""
        names = [str(each.get("name") or "") for each in self._upwards(entry) if "root" not in each]
        return unicodedata.normalize("NFC", "/".join(reversed(names)))

    def scope_of(self, entry: Entry) -> str:
        """The id of the nearest item, this one or above, that has rights of its own; "root" without one."""
        for each in self._upwards(entry):
            if "shared" in each and "root" not in each:
                return str(each["id"])
        return "root"

    def _upwards(self, entry: Entry) -> Iterator[Entry]:
        here: Entry | None = entry
        for _ in range(_DEEPEST):
            if here is None:
                return
            yield here
            here = self.entries.get(str((here.get("parentReference") or {}).get("id") or ""))
        raise SourceUnavailable("The folders of a library lie in each other in a circle.")


@dataclass(frozen=True)
class Changes:
    """What happened to files. `link` is where the next changes will be."""

    files: list[Entry]
    removed: list[Entry]
    link: str


@dataclass(frozen=True)
class DriveFeed:
    graph: Graph

    def pages(self, drive: Drive, link: str = "") -> Iterator[Any]:
        path = link or f"/drives/{quote(drive.id)}/root/delta?$top=1000"
        return self.graph.pages(path, f"The library {drive.name}", _HEADERS)

    def whole(self, drive: Drive) -> Tree:
        entries, link = self._read(drive, "")
        return Tree({id_: entry for id_, entry in entries.items() if "deleted" not in entry}, link)

    def since(self, drive: Drive, link: str) -> Changes:
        """Raises FeedExpired if the link does not hold any more, or something happened to a folder."""
        try:
            entries, following = self._read(drive, link)
        except StatusRefused as exc:
            if exc.status in _TOKEN_REFUSED:
                raise FeedExpired("the feed does not go back so far") from exc
            raise
        files: list[Entry] = []
        removed: list[Entry] = []
        for entry in entries.values():
            if "root" in entry or "package" in entry:  # a notebook of OneNote holds no documents
                continue
            if "file" not in entry:  # of what is deleted Graph may not say what it was
                raise FeedExpired("something happened to a folder")
            (removed if "deleted" in entry else files).append(entry)
        return Changes(files, removed, following)

    def _read(self, drive: Drive, link: str) -> tuple[dict[str, Entry], str]:
        """The items by id, as the feed said last of each, and where it goes on."""
        entries: dict[str, Entry] = {}
        following = ""
        for page in self.pages(drive, link):
            for entry in page["value"]:
                entries.pop(str(entry["id"]), None)  # a later word counts, also for the order
                entries[str(entry["id"])] = entry
            following = str(page.get("@odata.deltaLink") or "")
        if not following:
            raise SourceUnavailable(f"The library {drive.name}: the feed ends without a link to go on from.")
        return entries, following
