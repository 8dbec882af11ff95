"""What a Confluence site is asked, whichever edition it is of, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

from connectors.atlassian import MAX_PAGES, Json, Person, Site, inside, moment, objects, required
from connectors.base import SourceUnavailable
from connectors.http import StatusRefused

READ_RESTRICTIONS = "restrictions.read.restrictions.user,restrictions.read.restrictions.group"
PAGE_SIZE = 100

Kind = Literal["page", "blogpost", "folder", "whiteboard", "database", "embed"]


@dataclass(frozen=True)
class Space:
    id: str
    key: str
    name: str
    home: str = ""
    """The id of its first page, below which all others are."""


@dataclass(frozen=True)
class Group:
    id: str
    """On Data Center its name."""
    name: str


@dataclass(frozen=True)
class Restriction:
    """Who alone may read a page, if it is restricted."""

    people: tuple[Person, ...] = ()
    groups: tuple[Group, ...] = ()
    is_public: bool = False
    """Whoever opens the site may read: of a space, never of a page."""

    def __bool__(self) -> bool:
        return bool(self.people or self.groups)


@dataclass(frozen=True)
class Marks:
    """Labels of a page, and its own read restriction."""

    labels: frozenset[str]
    restriction: Restriction


@dataclass(frozen=True)
class Content:
    """A page, a blog post, or what pages stand below."""

    id: str
    kind: Kind
    title: str
    version: str
    parent: str
    """The id of what it stands below; empty for the top."""
    parent_kind: Kind
    url: str
    """The path of it on the site."""
    marks: Marks | None = None
    """None where the listing does not tell them."""


@dataclass(frozen=True)
class Attachment:
    id: str
    page: str
    name: str
    version: str
    size: int


@dataclass(frozen=True)
class Body:
    """What a page or file says, and of it."""

    content: str
    updated_at: datetime | None
    people: tuple[Person, ...]
    """Who wrote it last, and first."""
    is_current: bool
    download: str = ""
    """Of a file: where its bytes are."""
    url: str = ""


class ConfluenceSite(Protocol):
    """Cloud or Data Center."""

    site: Site
    shows_addresses: ClassVar[bool]
    """Whether profiles may tell e-mail addresses."""

    def spaces(self, keys: Sequence[str]) -> list[Space]: ...

    def contents(self, space: Space) -> Iterator[Content]:
        """All current pages and blog posts."""

    def marks(self, space: Space) -> dict[str, Marks]:
        """By ids, what `contents` does not tell of itself."""

    def marks_of(self, content: Content) -> Marks | None:
        """Of one page that the others do not tell of. None if they cannot be read."""

    def restriction(self, id_: str) -> Restriction | None:
        """The read restriction of one thing. None if it cannot be read."""

    def attachments(self, space: Space) -> Iterator[Attachment]:
        """All current files in a space."""

    def count(self, keys: Iterable[str]) -> int:
        """How many pages and blog posts the search knows in these spaces."""

    def parent(self, id_: str, kind: Kind) -> Content | None:
        """Something that is no page and has pages below it. None if it cannot be seen."""

    def body(self, content: Content) -> Body: ...

    def file(self, id_: str) -> Body: ...

    def space_readers(self, space: Space) -> Restriction | None:
        """Who may read in a space. None if that cannot be seen."""

    def members(self, group: Group) -> list[Person]: ...

    def profiles(self, ids: Iterable[str]) -> list[Person]:
        """Names and addresses, as far as they are shown."""


class Searches:
    """What both editions answer alike, by version 1 of the API."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def marks(self, space: Space) -> dict[str, Marks]:
        # The search tells them of a hundred pages at once; version 2 of the API would be asked for each.
        cql = f'space="{space.key}" and type in (page,blogpost)'
        found = self.search(cql, f"metadata.labels,{READ_RESTRICTIONS}")
        told = {required(each, "id", "the search"): marks_of(each) for each in found}
        return {id_: marks for id_, marks in told.items() if marks}

    def restriction(self, id_: str) -> Restriction | None:
        try:
            said = self.site.object(f"rest/api/content/{id_}/restriction/byOperation/read")
        except StatusRefused as exc:
            if exc.status in (400, 403, 404):
                return None
            raise
        return restriction_of(said)

    def marks_of(self, content: Content) -> Marks | None:
        restriction = self.restriction(content.id)
        if restriction is None:
            return None
        found = self.paged(f"rest/api/content/{content.id}/label", limit=PAGE_SIZE)
        return Marks(frozenset(str(label.get("name")).lower() for label in found), restriction)

    def attachments(self, space: Space) -> Iterator[Attachment]:
        for found in self.search(f'space="{space.key}" and type=attachment', "version,container"):
            container = inside(found, "container", "id")
            if found.get("status") == "current" and container:
                yield Attachment(
                    id=required(found, "id", "the files of a space"),
                    page=str(container),
                    name=str(found.get("title") or ""),
                    version=str(inside(found, "version", "number") or ""),
                    size=int(inside(found, "extensions", "fileSize") or 0),
                )

    def count(self, keys: Iterable[str]) -> int:
        listed = ",".join(f'"{key}"' for key in keys)
        cql = f"space in ({listed}) and type in (page,blogpost)"
        return int(self.site.object("rest/api/search", cql=cql, limit=1).get("totalSize") or 0)

    def search(self, cql: str, expand: str) -> Iterator[Json]:
        return self.paged("rest/api/content/search", cql=cql, expand=expand, limit=PAGE_SIZE)

    def paged(self, path: str, **query: Any) -> Iterator[Json]:
        """Everything in a listing of several pages: each names the next one."""
        seen: set[str] = set()
        page = self.site.get(path, **query)
        for _ in range(MAX_PAGES):
            yield from objects(page, "results", self.site.at(path))
            following = inside(page, "_links", "next")
            if not following:
                return
            if following in seen:
                raise SourceUnavailable(f"{self.site.at(path)}: the listing goes in circles.")
            seen.add(following)
            page = self.site.get(str(following))
        raise SourceUnavailable(f"{self.site.at(path)}: the listing does not end.")


def marks_of(found: Json) -> Marks | None:
    """None where an answer does not tell both: what is left unsaid is no leave to read."""
    labels = inside(found, "metadata", "labels", "results")
    restriction = restriction_of(inside(found, "restrictions", "read") or {})
    if restriction is None or not isinstance(labels, list):
        return None
    return Marks(frozenset(str(label.get("name") or "").lower() for label in labels), restriction)


def restriction_of(said: Json) -> Restriction | None:
    """None where an answer does not tell both the people and the groups."""
    people, groups = (inside(said, "restrictions", kind) for kind in ("user", "group"))
    if not _is_told(people) or not _is_told(groups):
        return None
    return Restriction(tuple(map(person_of, people["results"])), tuple(map(group_of, groups["results"])))


def _is_told(subjects: Any) -> bool:
    results = inside(subjects, "results")
    # some, but none of them shown, would look like no restriction at all
    return isinstance(results, list) and bool(results or not subjects.get("size"))


def person_of(said: Json) -> Person:
    id_ = said.get("accountId") or said.get("username") or said.get("userKey") or ""
    name = said.get("displayName") or said.get("publicName") or ""
    return Person(str(id_), str(name), str(said.get("email") or ""))


def group_of(said: Json) -> Group:
    name = str(said.get("name") or said.get("displayName") or "")
    return Group(str(said.get("id") or name), name)


def written(said: Json) -> tuple[datetime | None, tuple[Person, ...]]:
    """When and by whom, of a page of version 1 of the API."""
    people = [inside(said, "version", "by"), inside(said, "history", "createdBy")]
    return moment(inside(said, "version", "when")), tuple(person_of(each) for each in people if each)
