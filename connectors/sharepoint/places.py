"""Which libraries there are to read, and how far each was read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote, urlsplit

from connectors.base import SourceUnavailable
from connectors.sharepoint.drive_feed import Drive
from connectors.sharepoint.graph import Graph, Missing


def drives_of_sites(
    graph: Graph, sites: Iterable[str], libraries: Iterable[str], *, with_pages: bool
) -> list[Drive]:
    """The libraries of these names, or all where none is named, and those of the pages if they are wanted.

    Raises SourceUnavailable if a site is not there, or none has a library of one of the names.
    """
    wanted = {name.lower() for name in libraries}
    missing = set(wanted)
    found = []
    for address in sites:
        id_ = _site(graph, address)
        for page in graph.pages(f"/sites/{quote(id_)}/drives", address):
            for drive in page["value"]:
                name = str(drive.get("name") or "").lower()
                missing.discard(name)
                if not wanted or name in wanted:
                    found.append(Drive.of(drive))
        if with_pages:
            found += _drives_of_pages(graph, id_, address)
    if missing:
        raise SourceUnavailable(
            f"No site has a library {', '.join(sorted(missing))}. Libraries are named as their title."
        )
    return found


def drives_of_users(graph: Graph, users: Iterable[str]) -> list[Drive]:
    """People's OneDrive. Raises SourceUnavailable if somebody or theirs is not there."""
    found = []
    for user in users:
        try:
            found.append(Drive.of(graph.get(f"/users/{quote(user)}/drive", f"The OneDrive of {user}")))
        except Missing as exc:
            raise SourceUnavailable(f"There is no user {user}, or no OneDrive of them.") from exc
    return found


def _site(graph: Graph, address: str) -> str:
    parts = urlsplit(address)
    path = quote(unquote(parts.path).strip("/"))
    try:
        site = graph.get(f"/sites/{parts.hostname}" + (f":/{path}" if path else ""), address)
    except Missing as exc:
        raise SourceUnavailable(f"There is no site {address}, or the app may not see it.") from exc
    return str(site["id"])


def _drives_of_pages(graph: Graph, site: str, address: str) -> list[Drive]:
    """Pages lie in a library too, not listed with the others and with a name in the site's language."""
    found = []
    for page in graph.pages(f"/sites/{quote(site)}/lists", address):
        for each in page["value"]:
            if (each.get("list") or {}).get("template") == "webPageLibrary":
                drive = graph.get(f"/sites/{quote(site)}/lists/{quote(str(each['id']))}/drive", address)
                found.append(Drive.of(drive, site=site))
    return found


@dataclass(frozen=True)
class FeedState:
    """What a cursor holds: when all was listed last, and of each library where its changes go on."""

    listed_at: str
    drives: dict[str, dict[str, str]]
    """By place: the id of the drive, the link of its feed, a digest of who may read all of it
    and of the settings that choose."""

    @classmethod
    def read(cls, cursor: str | None) -> FeedState | None:
        """None if the cursor says nothing that is understood."""
        try:
            held = json.loads(cursor or "")
            datetime.fromisoformat(held["listed_at"])
            drives = {
                str(place): {key: str(each[key]) for key in ("id", "link", "rights")}
                for place, each in held["drives"].items()
            }
            return cls(held["listed_at"], drives)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def text(self) -> str:
        return json.dumps({"listed_at": self.listed_at, "drives": self.drives}, ensure_ascii=False)

    def fits(self, drives: list[Drive], lasting: timedelta) -> bool:
        """Whether changes of these libraries can be asked for, a whole listing being younger than this."""
        same = {place: held["id"] for place, held in self.drives.items()}
        return (
            same == {drive.place: drive.id for drive in drives}
            and datetime.now(UTC) - datetime.fromisoformat(self.listed_at) < lasting
        )
