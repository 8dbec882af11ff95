"""How a site is asked: one client a host, at the pace that its robots.txt wants, one hop at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from connectors.base import Machine, Secret, SourceUnavailable
from connectors.http import polite_client

if TYPE_CHECKING:
    from protego import Protego

AGENT = "Footnote"
"""The name that robots.txt rules are looked up by."""
LONGEST_DELAY = 30.0
"""Seconds; a site that wants more between two pages gets this."""
_ROBOTS_BYTES = 512_000


@dataclass
class Site:
    """One host: its client and its rules."""

    client: httpx.Client
    rules: Protego | None
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        return self.rules is None or bool(self.rules.can_fetch(url, AGENT))


@dataclass
class Sites:
    """The hosts that are read. Safe to use from several threads."""

    machine: Machine
    per_second: float
    max_bytes: int
    obeys: bool
    """Whether robots.txt is asked for."""
    user: str
    password: Secret
    trusted: frozenset[str]
    """Hosts (with port) that are told user and password."""
    _clients: dict[str, httpx.Client] = field(default_factory=dict)
    _sites: dict[str, Site] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, url: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """One request, redirects not followed."""
        return self._client(url).get(url, headers=headers, follow_redirects=False)

    def forget_rules(self) -> None:
        """robots.txt is read anew for each crawl."""
        with self._lock:
            self._sites.clear()

    def of(self, url: str) -> Site:
        """The site of a page. Raises SourceUnavailable where its robots.txt cannot be had: RFC 9309 says that
        nothing may be read then; one that is not there forbids nothing."""
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            known = self._sites.get(place)
        if known is not None:
            return known
        site = self._met(place) if self.obeys else Site(self._client(url), None)
        with self._lock:
            return self._sites.setdefault(place, site)

    def _met(self, place: str) -> Site:
        client = self._client(place)
        response = client.get(f"{place}/robots.txt", follow_redirects=True)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise SourceUnavailable(
                f"{place}/robots.txt: the site answers {response.status_code}; until it says what may be"
                " read, nothing is."
            )
        if not response.is_success:
            return Site(client, None)
        from protego import Protego

        rules = Protego.parse(response.content[:_ROBOTS_BYTES].decode("utf-8-sig", "replace"))
        delay = rules.crawl_delay(AGENT)
        if delay and 1.0 / min(delay, LONGEST_DELAY) < self.per_second:
            client = self._make(place, 1.0 / min(delay, LONGEST_DELAY))
            with self._lock:
                self._clients[place] = client
        return Site(client, rules, tuple(rules.sitemaps))

    def _client(self, url: str) -> httpx.Client:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if place not in self._clients:
                self._clients[place] = self._make(place, self.per_second)
            return self._clients[place]

    def _make(self, place: str, per_second: float) -> httpx.Client:
        tells = bool(self.user or self.password) and urlsplit(place).netloc in self.trusted
        return polite_client(
            self.machine,
            auth=(self.user, self.password.value) if tells else None,
            per_second=per_second,
            max_bytes=self.max_bytes,
            headers={"Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.5"},
        )
