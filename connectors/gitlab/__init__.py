"""The README, wiki and issues of one GitLab project."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal
from urllib.parse import quote, unquote

from connectors.base import (
    EVERYONE,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
    reader_by_email,
)
from connectors.conversations import Comment, authors_of, conversation
from connectors.gitlab.api import GitLabApi
from connectors.media_types import UNKNOWN, media_type

_FEATURE = {"readme": "repository", "wiki": "wiki", "issues": "issues"}
_LEAST_ROLE = {"readme": 20, "wiki": 10, "issues": 10}
"""From which role on a member reads it where it is private: Reporter (20) reads code, Guest (10) the rest."""
_MOST_LOOKED_UP = 1_000


@dataclass(frozen=True)
class GitLab:
    """The README, wiki and issues of one project on gitlab.com or a GitLab of the company's own.

    Items are readme/PATH, wiki/SLUG and issues/NUMBER: an issue with its comments is one document.
    Confidential issues and internal comments are left out. For other files there is the kind git.
    """

    project: str
    """GROUP/NAME, with subgroups if any."""
    token: Secret = Secret("")
    """An access token with the scope read_api; empty for a public project."""
    parts: tuple[Literal["readme", "wiki", "issues"], ...] = ("readme", "wiki", "issues")
    """What is read."""
    readers: tuple[str, ...] = ()
    """E-mail addresses, as in Slack, of those who may read what is private, besides the members whose
    addresses GitLab tells."""
    everyone_may_read: bool = False
    """Whether everyone in the workspace may read what is private."""
    url: str = "https://gitlab.com"
    """Address of the GitLab."""
    max_bytes: int = 50_000_000
    """A larger document is set aside unread."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "gitlab"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)+", self.project):
            raise ValueError("project is GROUP/NAME, such as people/handbook")
        if not re.match(r"https?://[^\s/]", self.url):
            raise ValueError("url is an address such as https://gitlab.example.com")
        if any("@" not in reader for reader in self.readers):
            raise ValueError("readers are e-mail addresses, such as kim@example.com")

    def check(self) -> str:
        about, _ = self._api.about()
        rights = self._rights(about)
        found: list[str] = []
        if "issues" in rights:
            found.append(f"{self._api.count_issues()} issues")
        if "wiki" in rights:
            found.append(f"{sum(1 for _ in self._api.entries('/wikis'))} wiki pages")
        if "readme" in rights and self._readme(about):
            found.append("a README")
        who = {_in_words(readers) for readers in rights.values()}
        return f"{', '.join(found) or 'nothing'} in {self.project}; readable by {' or '.join(sorted(who))}."

    def items(self, cursor: str | None) -> Listing:
        about, began = self._api.about()
        rights = self._rights(about)
        self._memory.rights, self._memory.about = rights, about
        key = self._key(rights)
        known = _known(cursor, key)
        pages: dict[str, str] = {}
        if "readme" in rights and (readme := self._readme(about)):
            pages[f"readme/{_nfc(readme['file_path'])}"] = readme["blob_id"]
        if "wiki" in rights:
            for page in self._api.entries("/wikis", with_content=1):
                pages[f"wiki/{_nfc(page['slug'])}"] = _digest(page["title"], page["format"], page["content"])
                self._memory.slugs[_nfc(page["slug"])] = page["slug"]
        issues: dict[str, str] = {}
        removed = set(known["pages"]) - pages.keys() if known else set()
        if "issues" in rights:
            for issue in self._api.issues(known["since"] if known else None):
                id_ = f"issues/{issue['iid']}"
                if issue.get("confidential"):  # it may have become so since
                    issues.pop(id_, None)
                    removed.add(id_)
                else:
                    issues[id_] = f"{issue['updated_at']}-{issue.get('user_notes_count', 0)}"
        listed = {**pages, **issues}
        return Listing(
            tuple(Item(id_, version + self._mark(rights, id_)) for id_, version in listed.items()),
            is_complete=known is None,
            cursor=json.dumps({"key": key, "since": began.isoformat(), "pages": sorted(pages)}),
            removed=tuple(sorted(removed - listed.keys())) if known else (),
        )

    def fetch(self, item: Item) -> Document:
        memory = self._memory
        if memory.about is None or memory.rights is None:
            memory.about = self._api.about()[0]
            memory.rights = self._rights(memory.about)
        part, _, name = item.id.partition("/")
        document: Document | None = None
        if part in memory.rights:
            match part:
                case "readme":
                    document = self._fetch_readme(item, memory.about)
                case "wiki" if name:
                    document = self._fetch_page(item, memory.about, name)
                case "issues" if name.isdecimal():
                    document = self._fetch_issue(item, int(name))
        if document is None:
            raise ItemUnreadable(f"{item.id}: is not there any more")
        if len(document.content) > self.max_bytes:
            raise ItemUnreadable(f"{item.id}: has more than max_bytes = {self.max_bytes:,} allows")
        return dataclasses.replace(document, readers=memory.rights[part])

    # --- who may read it ---------------------------------------------------------------------------------

    def _rights(self, about: Mapping[str, Any]) -> dict[str, frozenset[str]]:
        """The readers of each part that is there and was chosen. Default deny: of what is private only
        members whose e-mail address is known, and those of the settings."""
        rights: dict[str, frozenset[str]] = {}
        members: list[Mapping[str, Any]] | None = None
        for part in self.parts:
            level = about.get(f"{_FEATURE[part]}_access_level", "enabled")
            if level == "disabled":
                continue
            is_open = about.get("visibility") in ("public", "internal") and level != "private"
            if is_open or self.everyone_may_read:
                rights[part] = frozenset({EVERYONE})
                continue
            if members is None:
                members = [
                    each for each in self._api.entries("/members/all") if each.get("state") == "active"
                ]
            role = _LEAST_ROLE[part]
            named = {self._address(each) for each in members if int(each.get("access_level", 0)) >= role}
            rights[part] = frozenset(reader_by_email(each) for each in {*named, *self.readers} if each)
        return rights

    def _address(self, member: Mapping[str, Any]) -> str:
        """The e-mail address of a member: shown to admins in the list, of others in their profile."""
        if address := member.get("email") or member.get("public_email"):
            return str(address)
        looked_up, id_ = self._memory.addresses, int(member["id"])
        if id_ not in looked_up and len(looked_up) < _MOST_LOOKED_UP:
            user = self._api.user(id_)
            looked_up[id_] = str(user.get("email") or user.get("public_email") or "")
        return looked_up.get(id_, "")

    def _mark(self, rights: Mapping[str, frozenset[str]], id_: str) -> str:
        """What is added to a version, so that a right that was taken away is seen as a change."""
        readers = rights[id_.partition("/")[0]]
        return "" if EVERYONE in readers else f"-{_digest(*sorted(readers))}"

    def _key(self, rights: Mapping[str, frozenset[str]]) -> str:
        """What a cursor depends on besides time."""
        parts = [f"{part} {' '.join(sorted(readers))}" for part, readers in sorted(rights.items())]
        return _digest(self.url, self.project, *parts)

    # --- documents ---------------------------------------------------------------------------------------

    def _readme(self, about: Mapping[str, Any]) -> dict[str, Any] | None:
        branch = about.get("default_branch") or ""
        before, _, path = str(about.get("readme_url") or "").partition(f"/-/blob/{branch}/")
        if not path or not before:
            return None
        return self._api.one(f"/repository/files/{quote(unquote(path), safe='')}", ref=branch)

    def _fetch_readme(self, item: Item, about: Mapping[str, Any]) -> Document | None:
        found = self._readme(about)
        if found is None or item.id != f"readme/{_nfc(found['file_path'])}":
            return None
        try:
            content = base64.b64decode(found["content"])
        except binascii.Error as exc:
            raise SourceUnavailable(f"{item.id}: GitLab's answer is damaged.") from exc
        commit = self._api.one(f"/repository/commits/{quote(found['last_commit_id'], safe='')}") or {}
        kind = media_type(found["file_path"])
        return Document(
            id=item.id,
            title="",
            url=str(about["readme_url"]),
            content=content,
            media_type="text/plain" if kind == UNKNOWN else kind,
            updated_at=_time(commit["committed_date"]) if commit.get("committed_date") else None,
            authors=(commit["author_name"],) if commit.get("author_name") else (),
        )

    def _fetch_page(self, item: Item, about: Mapping[str, Any], slug: str) -> Document | None:
        if slug not in self._memory.slugs:  # it may be in another Unicode form there
            self._memory.slugs |= {_nfc(page["slug"]): page["slug"] for page in self._api.entries("/wikis")}
        page = self._api.one(f"/wikis/{quote(self._memory.slugs.get(slug, slug), safe='')}")
        if page is None:
            return None
        return Document(
            id=item.id,
            title=_nfc(page["title"]),
            url=f"{about['web_url']}/-/wikis/{quote(page['slug'])}",
            content=page["content"].encode(errors="replace"),
            media_type="text/markdown" if page["format"] == "markdown" else "text/plain",
            updated_at=None,  # GitLab's API does not say
        )

    def _fetch_issue(self, item: Item, number: int) -> Document | None:
        issue = self._api.one(f"/issues/{number}")
        if issue is None or issue.get("confidential"):
            return None
        notes = self._api.entries(f"/issues/{number}/notes", order_by="created_at", sort="asc")
        comments = [
            Comment(_name(note), _time(note["created_at"]), note["body"])
            for note in notes
            if not (note.get("system") or note.get("internal") or note.get("confidential"))
        ]
        facts = [
            f"Issue #{number}",
            issue["state"],
            ", ".join(issue.get("labels") or ()),
            f"{_name(issue)}, {_time(issue['created_at']):%Y-%m-%d}",
        ]
        return Document(
            id=item.id,
            title=_nfc(issue["title"]),
            url=issue["web_url"],
            content=conversation(issue["title"], facts, issue.get("description") or "", comments),
            media_type="text/markdown",
            updated_at=_time(issue["updated_at"]),
            authors=authors_of(_name(issue), comments),
        )

    @cached_property
    def _api(self) -> GitLabApi:
        return GitLabApi(self.url.rstrip("/"), self.project, self.token, self.machine)

    @cached_property
    def _memory(self) -> _Memory:
        return _Memory()


@dataclass
class _Memory:
    """What the last listing brought; `fetch` can do without."""

    about: Mapping[str, Any] | None = None
    rights: Mapping[str, frozenset[str]] | None = None
    addresses: dict[int, str] = field(default_factory=dict)
    """By the number of a member."""
    slugs: dict[str, str] = field(default_factory=dict)
    """Of wiki pages, by their form NFC."""


def _known(cursor: str | None, key: str) -> dict[str, Any] | None:
    """What a cursor holds, if it is one of these settings and rights."""
    try:
        known = json.loads(cursor or "null")
        _time(known["since"])
    except (ValueError, TypeError, KeyError):
        return None
    return known if known.get("key") == key and isinstance(known.get("pages"), list) else None


def _in_words(readers: frozenset[str]) -> str:
    return "everyone" if EVERYONE in readers else f"{len(readers)} people known by e-mail"


def _name(written: Mapping[str, Any]) -> str:
    return (written.get("author") or {}).get("name", "") or "Ghost User"  # as GitLab calls those who left


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:16]
