"""The README, wiki, issues and discussions of one GitHub repository."""

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
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal
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
    SourceUnavailable,
    reader_by_email,
)
from connectors.git import Git
from connectors.git.errors import NoSuchRepository
from connectors.github.api import COLLABORATORS, COUNTS, GitHubApi
from connectors.github.conversations import conversation_of, listed, time_of
from connectors.http import StatusRefused, TooLarge
from connectors.media_types import UNKNOWN, media_type

_OPEN_TO_THE_COMPANY = ("public", "internal")


@dataclass(frozen=True)
class GitHub:
    """The README, wiki, issues and discussions of one repository on GitHub or GitHub Enterprise.

    Items are readme/PATH, wiki/PATH, issues/NUMBER and discussions/NUMBER: an issue or discussion with its
    comments is one document. Pull requests are left out. For other files there is the kind git.
    """

    repository: str
    """OWNER/NAME."""
    token: Secret
    """A personal access token that may read the repository."""
    parts: tuple[Literal["readme", "wiki", "issues", "discussions"], ...] = (
        "readme",
        "wiki",
        "issues",
        "discussions",
    )
    """What is read."""
    readers: tuple[str, ...] = ()
    """E-mail addresses, as in Slack, of those who may read a private repository, besides its collaborators
    whose addresses GitHub tells."""
    everyone_may_read: bool = False
    """Whether everyone in the workspace may read a private repository."""
    api_url: str = "https://api.github.com"
    """https://HOST/api/v3 for a GitHub Enterprise Server."""
    max_bytes: int = 50_000_000
    """A larger document is set aside unread."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "github"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repository, re.ASCII):
            raise ValueError("repository is OWNER/NAME, such as octo-org/handbook")
        if not re.match(r"https?://[^\s/]", self.api_url):
            raise ValueError("api_url is an address such as https://github.example.com/api/v3")
        if any("@" not in reader for reader in self.readers):
            raise ValueError("readers are e-mail addresses, such as kim@example.com")

    def check(self) -> str:
        about, _ = self._api.about()
        counts = self._api.ask(COUNTS)
        found = [f"{counts[part]['totalCount']} {part}" for part in self._conversations(about)]
        if "readme" in self.parts and self._readme():
            found.append("a README")
        if "wiki" in self.parts and about.get("has_wiki"):
            found.append(self._wiki_in_words(about))
        readers = self._readers_of(about)
        who = "everyone" if EVERYONE in readers else f"{len(readers)} people known by e-mail"
        return f"{', '.join(found) or 'nothing'} in {self.repository}; readable by {who}."

    def items(self, cursor: str | None) -> Listing:
        about, began = self._api.about()
        readers = self._readers_of(about)
        self._memory.readers = readers
        known = self._known(cursor, about, readers)
        wiki = self._wiki_listing(about, known)
        # What cannot be told as changes (a wiki that was rewritten) is told by listing the whole.
        since = known["since"] if known and not (wiki and wiki.is_complete) else None
        items: dict[str, str] = {}
        if "readme" in self.parts and (readme := self._readme()):
            items[f"readme/{_nfc(readme['path'])}"] = str(readme["sha"])
        for part in self._conversations(about):
            items |= {f"{part}/{number}": version for number, version in listed(self._api, part, since)}
        for item in wiki.items if wiki else ():
            items[f"wiki/{item.id}"] = item.version
        suffix = "" if EVERYONE in readers else f"-{_digest(*sorted(readers))}"
        state = {
            "key": self._key(about, readers),
            "since": began.isoformat(),
            "wiki": wiki.cursor if wiki else None,
            "readme": [id_ for id_ in items if id_.startswith("readme/")],
        }
        removed = {f"wiki/{id_}" for id_ in (wiki.removed if wiki else ())}
        removed |= set(known["readme"]) if known else set()
        return Listing(
            tuple(Item(id_, version + suffix) for id_, version in items.items()),
            is_complete=since is None,
            cursor=json.dumps(state),
            unreadable=tuple((f"wiki/{id_}", why) for id_, why in (wiki.unreadable if wiki else ())),
            removed=tuple(sorted(removed - items.keys())) if since else (),
        )

    def fetch(self, item: Item) -> Document:
        part, _, name = item.id.partition("/")
        if self._memory.readers is None:
            self._memory.readers = self._readers_of(self._api.about()[0])
        try:
            match part:
                case "readme":
                    document = self._fetch_readme(item)
                case "wiki":
                    document = self._fetch_wiki(item, name)
                case "issues" | "discussions" if name.isdecimal():
                    document = conversation_of(self._api, item.id, part, int(name))
                case _:
                    raise ItemUnreadable("is not there any more")
            if len(document.content) > self.max_bytes:
                raise TooLarge("")
        except TooLarge as exc:
            raise ItemUnreadable(f"{item.id}: has more than max_bytes = {self.max_bytes:,} allows") from exc
        except ItemUnreadable as exc:
            raise ItemUnreadable(f"{item.id}: {str(exc).removeprefix(f'{name}: ')}") from exc
        return dataclasses.replace(document, readers=self._memory.readers)

    # --- who may read it ---------------------------------------------------------------------------------

    def _readers_of(self, about: Mapping[str, Any]) -> frozenset[str]:
        """Default deny: of a private repository only those whose e-mail address is known."""
        visibility = about.get("visibility") or ("private" if about.get("private", True) else "public")
        if self.everyone_may_read or visibility in _OPEN_TO_THE_COMPANY:
            return frozenset({EVERYONE})
        named = set(self.readers)
        is_organization = (about.get("owner") or {}).get("type") == "Organization"
        try:
            for person in self._api.pages(COLLABORATORS, organization=is_organization):
                named |= {person.get("email") or "", *(person.get("organizationVerifiedDomainEmails") or ())}
        except CredentialsRejected:
            pass  # only those who may write see the collaborators: the settings then say who may read
        return frozenset(reader_by_email(address) for address in named if address)

    # --- lists -------------------------------------------------------------------------------------------

    def _conversations(self, about: Mapping[str, Any]) -> list[str]:
        return [
            part
            for part in ("issues", "discussions")
            if part in self.parts and about.get(f"has_{part}", True)
        ]

    def _readme(self) -> dict[str, Any] | None:
        try:
            found = self._api.rest("/readme")
        except StatusRefused as exc:
            if exc.status == 404:
                return None
            raise
        return found if isinstance(found, dict) and "path" in found and "sha" in found else None

    # --- documents ---------------------------------------------------------------------------------------

    def _fetch_readme(self, item: Item) -> Document:
        found = self._readme()
        if found is None or item.id != f"readme/{_nfc(found['path'])}":
            raise ItemUnreadable("is not there any more")
        try:
            is_here = found.get("encoding") == "base64"
            content = base64.b64decode(found["content"]) if is_here else self._api.raw("/readme")
        except binascii.Error as exc:
            raise SourceUnavailable(f"{item.id}: GitHub's answer is damaged.") from exc
        commits = self._api.rest(f"/commits?path={quote(found['path'])}&per_page=1")
        author = commits[0]["commit"]["author"] if commits else {}
        kind = media_type(found["path"])
        return Document(
            id=item.id,
            title="",
            url=found["html_url"],
            content=content,
            media_type="text/plain" if kind == UNKNOWN else kind,
            updated_at=time_of(author["date"]) if author.get("date") else None,
            authors=(author["name"],) if author.get("name") else (),
        )

    # --- the wiki, which is a git repository -------------------------------------------------------------

    def _wiki(self, about: Mapping[str, Any]) -> Git:
        if self._memory.wiki is None:
            cache = self.machine.cache / "wiki" if self.machine.cache else None
            self._memory.wiki = Git(
                f"{about['html_url']}.wiki.git",
                exclude=("**/_Sidebar.*", "**/_Footer.*", "**/_Header.*"),
                token=self.token,
                user="x-access-token",
                link=f"{about['html_url']}/wiki",
                max_bytes=self.max_bytes,
                machine=dataclasses.replace(self.machine, cache=cache),
            )
        return self._memory.wiki

    def _wiki_listing(self, about: Mapping[str, Any], known: Mapping[str, Any] | None) -> Listing | None:
        if "wiki" not in self.parts or not about.get("has_wiki"):
            return None
        held = known["wiki"] if known else None
        try:
            return self._wiki(about).items(held)
        except NoSuchRepository:
            if held:  # it was there before: that it is not is no reason to delete it
                raise
            return None  # a wiki without a page is no repository yet

    def _wiki_in_words(self, about: Mapping[str, Any]) -> str:
        try:
            return f"a wiki ({self._wiki(about).check().split(' in ')[0]})"
        except NoSuchRepository:
            return "no wiki pages"

    def _fetch_wiki(self, item: Item, name: str) -> Document:
        about = self._memory.about or self._api.about()[0]
        if not about.get("has_wiki"):
            raise ItemUnreadable("is not there any more")
        page = self._wiki(about).fetch(Item(name, item.version.partition("-")[0]))
        stem = PurePosixPath(name).stem
        url = page.url if stem == "Home" else f"{page.url}/{quote(stem)}"
        return dataclasses.replace(page, id=item.id, url=url, title=_nfc(stem.replace("-", " ")))

    # --- what is remembered ------------------------------------------------------------------------------

    def _key(self, about: Mapping[str, Any], readers: frozenset[str]) -> str:
        """What a cursor depends on besides time."""
        self._memory.about = about
        enabled = [str(about.get(f"has_{part}")) for part in ("wiki", "issues", "discussions")]
        return _digest(self.api_url, self.repository, *self.parts, "", *enabled, *sorted(readers))

    def _known(
        self, cursor: str | None, about: Mapping[str, Any], readers: frozenset[str]
    ) -> dict[str, Any] | None:
        try:
            known = json.loads(cursor or "null")
            time_of(known["since"])
        except (ValueError, TypeError, KeyError):
            return None
        is_ours = known.get("key") == self._key(about, readers) and {"wiki", "readme"} <= known.keys()
        return known if is_ours else None

    @cached_property
    def _api(self) -> GitHubApi:
        answers = max(2 * self.max_bytes, 20_000_000)  # base64 adds a third
        return GitHubApi(self.api_url.rstrip("/"), self.repository, self.token, self.machine, answers)

    @cached_property
    def _memory(self) -> _Memory:
        return _Memory()


@dataclass
class _Memory:
    """What the last listing brought; `fetch` can do without."""

    readers: frozenset[str] | None = None
    about: Mapping[str, Any] | None = None
    wiki: Git | None = field(default=None)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
