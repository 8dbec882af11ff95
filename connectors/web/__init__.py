"""Pages of web sites: what links and sitemaps lead to, within given addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar

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
from connectors.http import MAX_REDIRECTS, TooLarge
from connectors.media_types import WEB_PAGE
from connectors.web.addresses import Scope, directory, normal, readable, spellings
from connectors.web.answers import Gone, LoginWanted, Withheld, as_utf8, changed, kind_of, refuse
from connectors.web.crawl import Crawl
from connectors.web.markup import charset_of, scan
from connectors.web.memory import Page, PageMemory, remembering
from connectors.web.requests import Sites


@dataclass(frozen=True)
class Web:
    """Pages of web sites, and the documents they link to.

    An item's id is the address of the page as people read it. Its version is a digest of what the page says,
    so a new menu or token around it changes nothing. Pages that robots.txt, noindex or a login keep from
    visitors like us are not documents.
    """

    urls: tuple[str, ...] = ()
    """Addresses to begin at."""
    sitemaps: tuple[str, ...] = ()
    """Addresses of sitemaps. Those that robots.txt of a start address names are read anyway."""
    within: tuple[str, ...] = ()
    """Addresses below which pages are read. Empty: below the directories of `urls`, and the hosts of
    `sitemaps`."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of addresses that are not read: `https://example.com/archive/**`."""
    max_pages: int = 5_000
    """So many addresses are asked for at most. A crawl that meets this limit deletes nothing that it did not
    find to be gone."""
    max_clicks: int = 20
    """Links from a start address, or from a page of a sitemap, that are followed one after another."""
    per_second: float = 5.0
    """Requests a second to one host; robots.txt may ask for fewer."""
    max_bytes: int = 20_000_000
    """A larger page or file is set aside unread."""
    obey_robots: bool = True
    """Keep to robots.txt, noindex and nofollow. Turn it off only for a site of your own."""
    user: str = ""
    """For sites that take user and password by HTTP (Basic); only hosts of `urls` and `sitemaps` are told."""
    password: Secret = Secret("")
    """The password of `user`."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "web"

    def check(self) -> str:
        with remembering(None) as memory:
            crawl = self._crawl(memory)
            self._sites.forget_rules()
            linked: set[str] = set()
            seeds = [url for url, _ in crawl.seeds()]
            for start in crawl.starts:
                linked.update(self._start(crawl, start).links)
        named = len(set(seeds) - set(crawl.starts))
        parts = (
            [f"{len(linked - set(seeds))} pages linked from {_listed(crawl.starts)}"] if crawl.starts else []
        )
        if named or not parts:
            parts.append(f"{named} pages in sitemaps")
        return "; ".join(parts) + "."

    def items(self, cursor: str | None) -> Listing:  # noqa: ARG002 - validators of each page do a cursor's work
        with remembering(self.machine.cache) as memory:
            found = self._crawl(memory).run()
        items = {readable(page.url): Item(readable(page.url), page.version) for page in found.pages}
        return Listing(
            tuple(items.values()),
            is_complete=found.is_complete,
            unreadable=tuple(each for each in found.unreadable if each[0] not in items),
            removed=tuple(each for each in found.gone if each not in items),
        )

    def fetch(self, item: Item) -> Document:
        addresses = spellings(item.id)
        known = None
        if self.machine.cache is not None:
            with remembering(self.machine.cache) as memory:
                pages = memory.by_id(item.id)
                known = pages[0] if pages else None
                for page in pages:
                    if page.version == item.version and (body := memory.take_body(page.url)) is not None:
                        return _document(item, page, body)
            addresses = [*(page.url for page in pages), *addresses]
        why: Exception | None = None
        for address in dict.fromkeys(addresses):
            try:
                return self._asked(item, address, known)
            except Gone as exc:  # another spelling of its letters may be the one that the site knows
                why = why or exc
            except TooLarge as exc:
                raise ItemUnreadable(
                    f"{item.id}: has more bytes than max_bytes = {self.max_bytes:,} allows"
                ) from exc
            except LoginWanted as exc:
                raise CredentialsRejected(str(exc)) from exc
            except Withheld as exc:
                raise ItemUnreadable(f"{item.id}: {exc}") from exc
        raise ItemUnreadable(f"{item.id}: {why or 'is no address of a page'}")

    def _asked(self, item: Item, address: str, known: Page | None) -> Document:
        at = address
        for _ in range(MAX_REDIRECTS + 1):
            if self._scope.place(at) is None:
                raise Withheld("leads out of what is read")
            response = self._sites.get(at)
            refuse(response, at)
            if not response.has_redirect_location:
                return _document(item, *_page(response, address, known))
            at = normal(response.headers["location"], at) or ""
        raise Withheld("leads from one address to the next without end")

    def _start(self, crawl: Crawl, start: str) -> Page:
        """The page at a start address, wherever it redirects to."""
        at = start
        for _ in range(MAX_REDIRECTS + 1):
            try:
                page = crawl.visit(at)
            except LoginWanted as exc:
                raise CredentialsRejected(str(exc)) from exc
            except (Gone, Withheld) as exc:
                raise SourceUnavailable(str(exc)) from exc
            if not page.leads_to:
                return page
            at = page.leads_to
        raise SourceUnavailable(f"{start} leads from one address to the next without end.")

    def _crawl(self, memory: PageMemory) -> Crawl:
        starts = tuple(self._place_of(url, "urls") for url in self.urls)
        sitemaps = tuple(self._place_of(url, "sitemaps", is_page=False) for url in self.sitemaps)
        if not starts and not sitemaps:
            raise SourceUnavailable("Neither urls nor sitemaps name an address to begin at; set one of them.")
        return Crawl(
            starts=starts,
            sitemaps=sitemaps,
            scope=self._scope,
            sites=self._sites,
            memory=memory,
            max_pages=self.max_pages,
            max_clicks=self.max_clicks,
            obeys=self.obey_robots,
        )

    def _place_of(self, url: str, setting: str, *, is_page: bool = True) -> str:
        found = normal(url)
        if found is None:
            raise SourceUnavailable(
                f"{setting} has {url!r}, which is no http or https address. Mend it.", setting=setting
            )
        if is_page and (found := self._scope.place(found)) is None:
            raise SourceUnavailable(
                f"{setting} has {url!r}, which is not within {_listed(self.within)}.", setting=setting
            )
        return found

    @cached_property
    def _scope(self) -> Scope:
        starts = [directory(place) for url in self.urls if (place := normal(url))]
        hosts = [
            f"{parsed.scheme}://{parsed.netloc.decode()}/" for parsed in map(httpx.URL, self._sitemap_places)
        ]
        return Scope(self.within or (*starts, *hosts), self.exclude)

    @property
    def _sitemap_places(self) -> list[str]:
        return [place for url in self.sitemaps if (place := normal(url))]

    @cached_property
    def _sites(self) -> Sites:
        told = [*(place for url in self.urls if (place := normal(url))), *self._sitemap_places]
        return Sites(
            self.machine,
            per_second=self.per_second,
            max_bytes=self.max_bytes,
            obeys=self.obey_robots,
            user=self.user,
            password=self.password,
            trusted=frozenset(httpx.URL(place).netloc.decode() for place in told),
        )


def _page(response: httpx.Response, url: str, known: Page | None) -> tuple[Page, bytes]:
    said, body = "", response.content
    page = Page(url, media_type=kind_of(response, url))
    if not page.media_type:
        raise Withheld(f"is of a kind that is not read ({response.headers.get('content-type', 'unknown')})")
    if page.media_type == WEB_PAGE:
        charset = charset_of(body, response.headers.get("content-type", ""))
        seen = scan(body.decode(charset, "replace"))
        said = seen.modified
        if seen.is_login:
            raise Withheld("asks to log in")
        if seen.is_missing:
            raise Gone("the site says that there is no such page")
        page.author = seen.author
        body = as_utf8(body, charset)
    page.updated = changed(response, said, known.lastmod if known else "")
    return page, body


def _document(item: Item, page: Page, body: bytes) -> Document:
    return Document(
        id=item.id,
        title="",
        url=page.url,
        content=body,
        media_type=page.media_type,
        updated_at=datetime.fromisoformat(page.updated) if page.updated else None,
        authors=(page.author,) if page.author else (),
    )


def _listed(addresses: tuple[str, ...]) -> str:
    return ", ".join(addresses[:3]) + (f" and {len(addresses) - 3} more" if len(addresses) > 3 else "")
