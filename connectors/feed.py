"""Entries of RSS and Atom feeds: news, notices, change logs."""

from __future__ import annotations

import calendar
import hashlib
import json
import re
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import httpx

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
from connectors.http import StatusRefused, TooLarge, checked, polite_client
from connectors.media_types import WEB_PAGE
from connectors.web.addresses import normal, readable
from connectors.web.answers import as_utf8, kind_of
from connectors.web.markup import charset_of

if TYPE_CHECKING:
    from feedparser import FeedParserDict

_LOOSE_BYTES = 100_000
"""A feed that is no XML is still read by its tags, if not longer: that takes time with the square of it."""


@dataclass(frozen=True)
class Feed:
    """Entries of RSS 0.9 to 2.0 and Atom feeds.

    A feed shows its newest entries alone. So a listing is never complete: what has left the feed stays, and
    is taken away with `footnote forget`. An item's id is what the feed calls the entry (guid, id), or its
    link; its version is a digest of the entry.
    """

    urls: tuple[str, ...]
    """Addresses of feeds."""
    linked_pages: bool = False
    """Read the page that an entry links to, if it is on a host of `urls`, instead of what the feed says."""
    token: Secret = Secret("")
    """Sent as `Authorization: Bearer` to the host of the first address."""
    per_second: float = 5.0
    """How many requests a second at most."""
    max_bytes: int = 20_000_000
    """A larger feed or page is not read."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "feed"

    def check(self) -> str:
        count = len(self.items(None).items)
        return f"{count} entries in {len(self.urls)} feed{'s' if len(self.urls) > 1 else ''}."

    def items(self, cursor: str | None) -> Listing:
        validators: dict[str, Any] = _cursor(cursor)
        items: dict[str, Item] = {}
        after: dict[str, Any] = {}
        if not self.urls:
            raise SourceUnavailable("urls names no feed; set it.")
        for url in self.urls:
            response = self._get(url, validators.get(url, {}))
            after[url] = {
                "etag": response.headers.get("etag", ""),
                "modified": response.headers.get("last-modified", ""),
            }
            if response.status_code == httpx.codes.NOT_MODIFIED:
                after[url] = validators.get(url, {})
                continue
            for id_, entry in _entries(response.content, url, response.headers.get("content-type", "")):
                items.setdefault(id_, Item(id_, _version(entry)))
        return Listing(tuple(items.values()), is_complete=False, cursor=json.dumps(after))

    def fetch(self, item: Item) -> Document:
        for url in self.urls:
            response = self._get(url, {})
            for id_, entry in _entries(response.content, url, response.headers.get("content-type", "")):
                if id_ == item.id:
                    return self._document(item, entry, url)
        raise ItemUnreadable(f"{item.id}: has left the feed before it was read")

    def _document(self, item: Item, entry: FeedParserDict, feed: str) -> Document:
        link = normal(str(entry.get("link", "")), feed) or feed
        content, media_type = _said(entry), "text/html"
        if self.linked_pages and urlsplit(link).netloc in {urlsplit(url).netloc for url in self.urls}:
            content, media_type = self._linked(item, link)
        names = [str(author.get("name", "")).strip() for author in entry.get("authors", ()) if author]
        return Document(
            id=item.id,
            title=_plain(str(entry.get("title", ""))),
            url=link,
            content=content,
            media_type=media_type,
            updated_at=_moment(dict.get(entry, "updated_parsed") or dict.get(entry, "published_parsed")),
            authors=tuple(dict.fromkeys(name for name in names if name)),
        )

    def _linked(self, item: Item, link: str) -> tuple[bytes, str]:
        try:
            response = checked(self._client.get(link, follow_redirects=True))
        except (StatusRefused, TooLarge, CredentialsRejected) as exc:
            raise ItemUnreadable(f"{item.id}: {exc}") from exc
        kind = kind_of(response, link)
        if kind == WEB_PAGE:
            charset = charset_of(response.content, response.headers.get("content-type", ""))
            return as_utf8(response.content, charset), kind
        if not kind:
            raise ItemUnreadable(f"{item.id}: links to what is of a kind that is not read")
        return response.content, kind

    def _get(self, url: str, validators: dict[str, Any]) -> httpx.Response:
        headers = {}
        if validators.get("etag"):
            headers["If-None-Match"] = str(validators["etag"])
        if validators.get("modified"):
            headers["If-Modified-Since"] = str(validators["modified"])
        if self.token and urlsplit(url).netloc == urlsplit(self.urls[0]).netloc:
            headers["Authorization"] = f"Bearer {self.token.value}"
        try:
            return checked(self._client.get(url, headers=headers))
        except TooLarge as exc:
            raise SourceUnavailable(f"{exc} Raise max_bytes if it is to be read.") from exc

    @cached_property
    def _client(self) -> httpx.Client:
        return polite_client(self.machine, per_second=self.per_second, max_bytes=self.max_bytes)


def _entries(content: bytes, url: str, content_type: str) -> list[tuple[str, FeedParserDict]]:
    """(id, entry) of each, in the order of the feed. Raises SourceUnavailable for what is no feed."""
    import feedparser
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    place = urlsplit(url)._replace(query="").geturl()
    text = content.decode(charset_of_feed(content, content_type), "replace")
    text = re.sub(r"\A\ufeff?\s*<\?xml[^>]{0,200}\?>", "", text)
    try:
        fromstring(text)
    except DefusedXmlException as exc:
        raise SourceUnavailable(
            f"{place}: the feed defines entities of its own, which are not read."
        ) from exc
    except (ParseError, ValueError) as exc:
        if len(text) > _LOOSE_BYTES:
            raise SourceUnavailable(f"{place} is no feed that can be read ({exc}).") from exc
    # What it would clean and resolve is cleaned where the entry is parsed.
    found = feedparser.parse(
        text.encode(), sanitize_html=False, resolve_relative_uris=False, response_headers={}
    )
    if not found.get("version"):
        raise SourceUnavailable(f"{place} is no RSS or Atom feed.")
    entries: dict[str, FeedParserDict] = {}
    for entry in found.entries:
        id_ = _id(entry, url)
        if id_:
            entries.setdefault(id_, entry)
    return list(entries.items())


def charset_of_feed(content: bytes, content_type: str) -> str:
    """The encoding that the XML declaration names, else the header, else UTF-8."""
    declared = re.match(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w-]+)", content)
    return charset_of(content, f"charset={declared[1].decode()}" if declared else content_type)


def _id(entry: FeedParserDict, url: str) -> str:
    said = " ".join(str(entry.get("id") or "").split())
    address = normal(said) if said.startswith(("http://", "https://")) else None
    if said and address is None:
        return unicodedata.normalize("NFC", said)[:500]
    link = address or normal(str(entry.get("link") or ""), url)
    return readable(link) if link else ""


def _version(entry: FeedParserDict) -> str:
    said = [_said(entry).decode(), str(entry.get("title", "")), str(entry.get("link", ""))]
    # not its own `get`, which warns where it gives `published` instead
    said += [str(dict.get(entry, "updated", "")), str(entry.get("author", ""))]
    return hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()[:32]


def _said(entry: FeedParserDict) -> bytes:
    """What the entry says, as one page of HTML; the longest where it says it twice."""
    parts = [*entry.get("content", ()), entry.get("summary_detail") or {}]
    bodies = [
        escape(str(part.get("value", ""))) if part.get("type") == "text/plain" else str(part.get("value", ""))
        for part in parts
    ]
    body = max(bodies, key=len, default="")
    title = escape(_plain(str(entry.get("title", ""))))
    page = (
        f'<html><head><meta charset="utf-8"><title>{title}</title></head><body>{body or title}</body></html>'
    )
    return page.encode("utf-8", "replace")


def _plain(title: str) -> str:
    return unicodedata.normalize("NFC", " ".join(re.sub(r"<[^<>]{0,200}>", "", title).split()))


def _moment(when: time.struct_time | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(when), UTC) if when else None
    except (ValueError, OverflowError, TypeError):
        return None


def _cursor(said: str | None) -> dict[str, Any]:
    try:
        found = json.loads(said or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
