"""One crawl of a site: from the start addresses and sitemaps, link by link, to what is there."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from connectors.base import CredentialsRejected, SourceUnavailable
from connectors.http import TooLarge
from connectors.media_types import WEB_PAGE, is_document
from connectors.web.addresses import Scope, normal, readable
from connectors.web.answers import Gone, LoginWanted, Withheld, as_utf8, changed, kind_of, refuse
from connectors.web.markup import Seen, charset_of, obey, scan
from connectors.web.memory import Page, PageMemory
from connectors.web.requests import Sites
from connectors.web.sitemaps import entries
from connectors.web.twins import each_once

MAX_SITEMAPS = 100
FAILURES_IN_A_ROW = 5
"""So many pages, one after another, that cannot be had: then the site is down."""
RESUME_SECONDS = 6 * 3600.0
TRUST_LASTMOD_SECONDS = 86_400.0
"""So long, a page whose lastmod in the sitemap is the same is not asked for: some sites never change it."""
TOO_LARGE = "too large"
_CHECKED_ANEW = 500
"""Pages that a limited crawl did not come to, asked each time whether they are still there."""
_MOST_OF_A_CALENDAR = 60
_CALENDAR = ("date", "month", "year", "day", "week", "calendar", "ical", "tribe")
_PROBE = "footnote-asks-for-a-page-that-is-not-there"


@dataclass
class Crawled:
    """What a crawl came by. `pages` are documents, each once, by the address it is known by."""

    pages: list[Page] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    is_complete: bool = True


@dataclass
class Crawl:
    """What one crawl needs, and how far it is."""

    starts: tuple[str, ...]
    sitemaps: tuple[str, ...]
    scope: Scope
    sites: Sites
    memory: PageMemory
    max_pages: int
    max_clicks: int
    obeys: bool
    found: Crawled = field(default_factory=Crawled)
    _began: float = 0.0
    _resumed: bool = False
    _failures: int = 0
    _musts: set[str] = field(default_factory=set)
    """Start addresses, and what they lead to: without one of them there is no listing."""
    _missing_says: dict[str, str] = field(default_factory=dict)
    _lastmod: dict[str, str] = field(default_factory=dict)
    _calendars: Counter[str] = field(default_factory=Counter)

    def run(self) -> Crawled:
        """Raises SourceUnavailable or CredentialsRejected where a start address cannot be read."""
        before = time.time()
        self._began, was_finished = self.memory.begin(RESUME_SECONDS)
        self._resumed = self._began < before
        self.sites.forget_rules()
        self._musts = set(self.starts)
        queue = deque(self.seeds())
        seen = {url for url, _ in queue}
        documents: dict[str, Page] = {}
        asked = 0
        while queue:
            url, clicks = queue.popleft()
            if asked >= self.max_pages:
                self.found.is_complete = False
                break
            asked += 1
            try:
                page = self.visit(url)
            except Gone as exc:
                self._must_be_there(url, exc)
                self.memory.forget(url)
                self.found.gone.append(readable(url))
                continue
            except Withheld as exc:
                self._must_be_there(url, exc)
                self.memory.forget(url)
                continue
            except SourceUnavailable as exc:
                kept = self._kept_in_spite(url, exc, was_finished)
                if kept is None:
                    continue
                page = kept
            if page.version == TOO_LARGE:
                self._count_unread(url, page, was_finished)
            if page.version:
                documents[url] = page
            if page.leads_to and url in self._musts:
                self._musts.add(page.leads_to)
            if page.leads_to and page.leads_to not in seen:
                seen.add(page.leads_to)
                queue.appendleft((page.leads_to, clicks))
            if clicks < self.max_clicks:
                for link in page.links:
                    if link not in seen and not self._is_endless(link):
                        seen.add(link)
                        queue.append((link, clicks + 1))
        if not self.found.is_complete:
            self._check_anew(seen)
        self.found.pages = list(each_once(documents))
        for url in documents.keys() - {page.url for page in self.found.pages}:
            self.memory.take_body(url)  # nobody will ask for it
        self.memory.finish(self._began, is_complete=self.found.is_complete)
        return self.found

    def seeds(self) -> Iterator[tuple[str, int]]:
        """Where the crawl begins: start addresses, then what sitemaps name. Each once."""
        given: set[str] = set()
        named = list(self.sitemaps)
        for start in self.starts:
            given.add(start)
            yield start, 0
            named += self.sites.of(start).sitemaps
        for url, lastmod in self._from_sitemaps(named):
            if lastmod:
                self._lastmod[url] = lastmod
            if url not in given:
                given.add(url)
                yield url, 0

    def visit(self, url: str) -> Page:
        """The page as it is now; asked for only as far as it is not remembered.

        Raises Gone, Withheld, or SourceUnavailable.
        """
        remembered = self.memory.page(url)
        lastmod = self._lastmod.get(url, "")
        if remembered is not None:
            page, seen, asked = remembered
            if self._resumed and seen >= self._began:
                return page
            age = time.time() - asked
            is_same = page.version == TOO_LARGE or (lastmod and page.lastmod == lastmod)
            if is_same and 0 <= age < TRUST_LASTMOD_SECONDS:
                self.memory.put(page, readable(url), asked=asked)
                return page
        if not self.sites.of(url).allows(url):
            raise Withheld(f"{url}: robots.txt does not let us read it.")
        page, body = self._asked(url, remembered[0] if remembered else None)
        page.lastmod = lastmod
        self._failures = 0
        is_new = remembered is None or remembered[0].version != page.version
        self.memory.put(page, readable(url), body if is_new and page.version else None)
        return page

    def _asked(self, url: str, before: Page | None) -> tuple[Page, bytes | None]:
        headers: dict[str, str] = {}
        if before and before.etag:
            headers["If-None-Match"] = before.etag
        if before and before.last_modified:
            headers["If-Modified-Since"] = before.last_modified
        try:
            response = self.sites.get(url, headers)
        except TooLarge:
            return Page(url, version=TOO_LARGE, links=before.links if before else ()), None
        if response.status_code == httpx.codes.NOT_MODIFIED and before:
            return before, None
        refuse(response, url)
        if response.has_redirect_location:
            to = self.scope.place(response.headers["location"], url)
            if to is None or to == url:
                raise Withheld(f"{url} leads to another site.")
            return Page(url, leads_to=to), None
        return self._read(url, response)

    def _read(self, url: str, response: httpx.Response) -> tuple[Page, bytes | None]:
        page = Page(
            url,
            etag=response.headers.get("etag", ""),
            last_modified=response.headers.get("last-modified", ""),
            media_type=kind_of(response, url),
        )
        body = response.content
        rules = Seen()
        if page.media_type != WEB_PAGE:
            if self.obeys:
                obey(rules, response.headers.get("x-robots-tag", ""))
            if page.media_type and rules.is_indexed and body:
                page.version = hashlib.sha256(body).hexdigest()[:32]
                page.updated = changed(response, "", "")
            return page, body
        charset = charset_of(body, response.headers.get("content-type", ""))
        seen = scan(body.decode(charset, "replace"))
        if self.obeys:
            obey(seen, response.headers.get("x-robots-tag", ""))
        else:
            seen.is_indexed = seen.is_followed = True
        if seen.is_login:
            raise LoginWanted(
                f"{url} shows a form to log in, which Footnote cannot fill in. Give an address that needs"
                " none, or set user and password if the site takes them by HTTP."
            )
        if seen.is_missing or (seen.says and seen.says == self._says_of_missing(url)):
            raise Gone(f"{url} says that there is no such page.")
        base = normal(seen.base, url) or url if seen.base else url
        if seen.is_followed:
            places = (self.scope.place(link, base, charset) for link in seen.links)
            page.links = tuple(dict.fromkeys(place for place in places if place and place != url))
        if seen.refresh and (to := self.scope.place(seen.refresh, base, charset)) and to != url:
            page.leads_to = to
            return page, None
        if seen.canonical and (to := self.scope.place(seen.canonical, base, charset)) and to != url:
            page.canonical = to
            page.links = (to, *page.links)
        page.title, page.says, page.author = seen.title, seen.says, seen.author
        if seen.is_indexed:
            page.version = seen.version
            page.updated = changed(response, seen.modified, self._lastmod.get(url, ""))
        return page, as_utf8(body, charset)

    def _says_of_missing(self, url: str) -> str:
        """The words this site has, with status 200, for what is not there; empty if it says 404."""
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}{parts.path[: parts.path.rfind('/') + 1]}"
        host = parts.netloc
        if host not in self._missing_says:
            self._missing_says[host] = ""
            probe = f"{place}{_PROBE}"
            if self.sites.of(probe).allows(probe):
                response = self.sites.get(probe)
                if response.status_code == httpx.codes.OK and kind_of(response, probe) == WEB_PAGE:
                    charset = charset_of(response.content, response.headers.get("content-type", ""))
                    self._missing_says[host] = scan(response.content.decode(charset, "replace")).says
        # a site of one page shows it for every address: then that page is what it has
        return "" if url in self.starts else self._missing_says[host]

    def _from_sitemaps(self, named: list[str]) -> Iterator[tuple[str, str]]:
        waiting = deque(dict.fromkeys(place for each in named if (place := normal(each))))
        hosts = self.scope.hosts | {urlsplit(each).netloc for each in self.sitemaps}
        read: set[str] = set()
        while waiting:
            place = waiting.popleft()
            if (
                place in read or urlsplit(place).netloc not in hosts
            ):  # a sitemap speaks for its own host alone
                continue
            if len(read) >= MAX_SITEMAPS:
                self.found.is_complete = False
                return
            read.add(place)
            response = self.sites.get(place)
            for _ in range(3):
                if not response.has_redirect_location:
                    break
                to = normal(response.headers["location"], place)
                if to is None or urlsplit(to).netloc not in hosts:
                    break
                response = self.sites.get(to)
            if place in self.sitemaps:
                self._refuse_sitemap(response, place)
            elif response.status_code >= 500 or response.status_code == 429:
                self.found.is_complete = False
            if not response.is_success:
                continue
            try:
                for address, lastmod, is_index in entries(response.content, place):
                    if is_index:
                        if to := normal(address, place):
                            waiting.append(to)
                    elif url := self.scope.place(address, place):
                        yield url, lastmod
            except SourceUnavailable:
                if place in self.sitemaps:
                    raise
                self.found.is_complete = False

    def _refuse_sitemap(self, response: httpx.Response, place: str) -> None:
        try:
            refuse(response, place)
        except LoginWanted as exc:
            raise CredentialsRejected(str(exc)) from exc
        except (Withheld, Gone) as exc:
            raise SourceUnavailable(str(exc)) from exc

    def _must_be_there(self, url: str, why: Exception) -> None:
        if url in self._musts:
            raise (CredentialsRejected if isinstance(why, LoginWanted) else SourceUnavailable)(
                str(why)
            ) from why

    def _count_unread(self, url: str, page: Page, was_finished: bool) -> None:
        """A page too large to be read may lead to anything."""
        if url in self._musts:
            raise SourceUnavailable(
                f"{url} has more bytes than max_bytes allows; without it nothing is found."
            )
        if not page.links and not is_document(urlsplit(url).path):
            self.found.is_complete = self.found.is_complete and was_finished

    def _kept_in_spite(self, url: str, why: SourceUnavailable, was_finished: bool) -> Page | None:
        self._failures += 1
        if url in self._musts or self._failures >= FAILURES_IN_A_ROW:
            raise why
        remembered = self.memory.page(url)
        if remembered is not None:
            self.memory.put(remembered[0], readable(url), asked=remembered[2])
            return remembered[0]
        self.found.unreadable.append((readable(url), str(why)))
        # A page that was never read has led to nothing that we hold; without a memory, who knows.
        self.found.is_complete = self.found.is_complete and was_finished
        return None

    def _is_endless(self, link: str) -> bool:
        """Whether enough days of a calendar have been seen."""
        parts = urlsplit(link)
        if not any(each.partition("=")[0].lower().startswith(_CALENDAR) for each in parts.query.split("&")):
            return False
        self._calendars[parts.path] += 1
        return self._calendars[parts.path] > _MOST_OF_A_CALENDAR

    def _check_anew(self, seen: set[str]) -> None:
        for url in self.memory.not_seen_since(self._began, _CHECKED_ANEW):
            if url in seen:
                continue
            try:
                self.visit(url)
            except Gone:
                self.memory.forget(url)
                self.found.gone.append(readable(url))
            except Withheld:
                continue
            except SourceUnavailable:
                return
