"""Issues of Jira, Cloud or Data Center, with their comments and, if wanted, attached documents."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar
from unicodedata import normalize
from urllib.parse import quote

from connectors.atlassian import (
    Addresses,
    Json,
    Readers,
    Site,
    check_site,
    digest,
    hidden,
    inside,
    moment,
    unreadable,
)
from connectors.base import (
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
)
from connectors.http import StatusRefused
from connectors.jira.issue import ADF, FIELDS, HTML, as_adf, as_html, is_for_all
from connectors.jira.rights import Rights
from connectors.jira.site import JiraSite, projects_in
from connectors.media_types import is_document, media_type

_LISTED = ("updated", "security", "project")
_READ = ("summary", "description", "created", "updated", "security", "project", *FIELDS)
_ORDER = re.compile(r"\border\s+by\b", re.IGNORECASE)
_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MOST_AUTHORS = 10


@dataclass(frozen=True)
class Jira:
    """Issues that a search in JQL finds: fields, description and comments.

    An item's id is PROJECT/KEY, for a file PROJECT/KEY/FILE/NAME; its version is made of when the issue was
    updated and of who may browse its project. Issues with a security level, and comments for a role, a group
    or agents alone, are never read.
    """

    url: str
    """Where Jira is: "https://company.atlassian.net" or "https://jira.company.com"."""
    token: Secret
    """Cloud: an API token. Data Center: a personal access token."""
    email: str = ""
    """Cloud: the e-mail address of the account whose API token it is. Data Center: empty."""
    projects: tuple[str, ...] = ()
    """The keys of the projects to read. May be empty where `jql` says what to read."""
    jql: str = ""
    """Only issues that this search finds, like 'labels = faq AND statusCategory = Done', without ORDER BY."""
    comments: bool = True
    """Whether comments are read."""
    attachments: bool = False
    """Whether attached files are read, of the kinds that are documents."""
    everyone_may_read: bool = False
    """Whether everyone in the workspace of Slack, guests excepted, may read these issues."""
    everyone_groups: tuple[str, ...] = ()
    """Names of groups that stand for everyone, like "jira-users": a project that such a group may browse is
    for everyone in the workspace of Slack, guests excepted."""
    email_domain: str = ""
    """Data Center, where it shows no e-mail addresses: with "company.com" the user kim is kim@company.com."""
    max_bytes: int = 50_000_000
    """A larger file is set aside unread."""
    requests_per_second: float = 10.0
    """At most so many; lower it if Jira answers that it is too many (429)."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "jira"

    def __post_init__(self) -> None:
        check_site(self.url, self.email, self.requests_per_second)
        if not self.projects and not self.jql.strip():
            raise ValueError("projects or jql has to say what to read")
        if wrong := [key for key in self.projects if not _PROJECT.fullmatch(key)]:
            raise ValueError(f"projects: {wrong[0]!r} is no key of a project")
        if _ORDER.search(self.jql):
            raise ValueError("jql must be without ORDER BY")

    def check(self) -> str:
        try:
            count, is_exact = self._site.count(self._jql)
        except StatusRefused as exc:
            if exc.status == 400:
                raise CredentialsRejected(
                    f"Jira does not understand the search ({self._jql}),"
                    " or shows no such project to the account."
                ) from exc
            raise
        if not self.everyone_may_read:
            unknown = [project for project in self.projects[:5] if self._site.grants(project) is None]
            if unknown:
                raise CredentialsRejected(
                    f"Jira does not say who may browse the project {unknown[0]}, so nobody could find its"
                    " issues. Let the account administer the project, or set everyone_may_read if everyone"
                    " may."
                )
        return f"{'' if is_exact else 'about '}{count} issues found."

    def items(self, cursor: str | None) -> Listing:  # noqa: ARG002 - rights change without an issue's update
        entries, is_complete = self._read_entries()
        items = tuple(Item(id_, entry.version) for id_, entry in entries.items())
        return Listing(items, is_complete=is_complete)

    def fetch(self, item: Item) -> Document:
        entry = self._entry(item.id)
        try:
            return self._file(item.id, entry) if entry.file else self._issue(item.id, entry)
        except StatusRefused as exc:
            if hidden(exc):
                raise unreadable(item.id, f"Jira does not show it to us ({exc.status}).") from exc
            raise
        except ItemUnreadable as exc:
            raise unreadable(item.id, exc) from exc

    def _issue(self, id_: str, entry: _Entry) -> Document:
        issue = self._site.issue(entry.key, _READ)
        fields = self._open_fields(issue, entry)
        comments = self._site.comments(entry.key) if self.comments else []
        comments = [comment for comment in comments if is_for_all(comment)]
        people = [fields.get("reporter"), *(comment.get("author") for comment in comments)]
        names = (str(inside(person, "displayName") or "") for person in people if isinstance(person, dict))
        return Document(
            id=id_,
            title=normalize("NFC", f"{entry.key} {fields.get('summary') or ''}".strip()),
            url=self._url(entry.key),
            content=(as_adf if self._site.is_cloud else as_html)(issue, comments),
            media_type=ADF if self._site.is_cloud else HTML,
            updated_at=moment(fields.get("updated")),
            readers=entry.readers,
            authors=tuple(dict.fromkeys(filter(None, names)))[:_MOST_AUTHORS],
        )

    def _file(self, id_: str, entry: _Entry) -> Document:
        self._open_fields(self._site.issue(entry.key, ("security",)), entry)
        said = self._site.attachment(entry.file)
        if int(said.get("size") or 0) > self.max_bytes:
            raise ItemUnreadable(f"has {said['size']:,} bytes, more than max_bytes allows.")
        name = normalize("NFC", str(said.get("filename") or ""))
        author = inside(said, "author", "displayName")
        return Document(
            id=id_,
            title=f"{entry.key} / {name}",
            url=self._url(entry.key),
            content=self._site.site.download(str(said.get("content") or ""), id_),
            media_type=media_type(name),
            updated_at=moment(said.get("created")),
            readers=entry.readers,
            authors=(str(author),) if author else (),
        )

    @staticmethod
    def _open_fields(issue: Json, entry: _Entry) -> Json:
        if issue.get("key") != entry.key:
            # Jira answers for the old key of an issue that was moved, maybe to where fewer may read.
            raise ItemUnreadable(f"was moved to {issue.get('key')}.")
        fields = issue.get("fields")
        if not isinstance(fields, dict):
            raise ItemUnreadable("Jira does not say what it holds.")
        if fields.get("security"):
            raise ItemUnreadable("has a security level.")
        return fields

    @cached_property
    def _site(self) -> JiraSite:
        site = Site(
            self.url, self.email, self.token, self.machine,
            per_second=self.requests_per_second, max_bytes=self.max_bytes,
        )  # fmt: skip
        return JiraSite(site, is_cloud=bool(self.email))

    @cached_property
    def _memory(self) -> _Memory:
        return _Memory(Addresses(self.email_domain))

    @property
    def _jql(self) -> str:
        listed = ",".join(f'"{key}"' for key in self.projects)
        parts = [f"project in ({listed})"] if self.projects else []
        parts += [f"({self.jql.strip()})"] if self.jql.strip() else []
        return " AND ".join(parts)

    def _url(self, key: str) -> str:
        return f"{self.url.rstrip('/')}/browse/{quote(key)}"

    def _entry(self, id_: str) -> _Entry:
        with self._memory.lock:
            if self._memory.entries is None:
                self._read_entries()
            entry = (self._memory.entries or {}).get(id_)
        if entry is None:
            raise ItemUnreadable(f"{id_}: is not among the issues any more.")
        return entry

    def _read_entries(self) -> tuple[dict[str, _Entry], bool]:
        fields = (*_LISTED, "attachment") if self.attachments else _LISTED
        # in an order that an update does not change, so that no issue moves to another page meanwhile
        found = self._site.search(f"{self._jql} ORDER BY key ASC", fields)
        rights = Rights(
            self._site,
            self._memory.addresses,
            everyone=self.everyone_may_read,
            everyone_groups=self.everyone_groups,
        )
        readers = {project: rights.of_project(project) for project in projects_in(found.issues)}
        entries: dict[str, _Entry] = {}
        for issue in found.issues:
            entries.update(self._entries(issue, readers))
        self._memory.entries = entries
        return entries, found.is_complete

    def _entries(self, issue: Json, readers: dict[str, Readers]) -> Iterator[tuple[str, _Entry]]:
        key, project = str(issue.get("key") or ""), str(inside(issue, "fields", "project", "key") or "")
        if not key or not project or inside(issue, "fields", "security"):
            return
        may_read = readers[project]
        rights = digest(sorted(may_read))
        updated = str(inside(issue, "fields", "updated") or "")
        yield f"{project}/{key}", _Entry(f"{updated}-{rights}", key, may_read)
        for file in inside(issue, "fields", "attachment") or []:
            name = normalize("NFC", str(file.get("filename") or ""))
            if is_document(name):
                id_ = str(file.get("id") or "")
                yield f"{project}/{key}/{id_}/{name}", _Entry(f"{id_}-{rights}", key, may_read, id_)


@dataclass(frozen=True)
class _Entry:
    """What the last listing says of an item."""

    version: str
    key: str
    readers: Readers
    file: str = ""


@dataclass
class _Memory:
    """What the last listing brought; a fetch that finds nothing here lists anew."""

    addresses: Addresses
    lock: threading.Lock = field(default_factory=threading.Lock)
    entries: dict[str, _Entry] | None = None
