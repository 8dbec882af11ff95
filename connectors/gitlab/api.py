"""GitLab's REST API (v4), as far as the connector needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx

from connectors.base import CredentialsRejected, Machine, Secret, SourceUnavailable
from connectors.http import StatusRefused, TooLarge, json_of, polite_client, surely_past

_PER_PAGE = 100
_MOST_PAGES = 10_000
_PER_SECOND = 5.0
_LIST_BYTES = 200_000_000
"""All pages of a wiki come in one answer."""


@dataclass(frozen=True)
class GitLabApi:
    """The API for one project of the GitLab at `url`."""

    url: str
    project: str
    token: Secret
    machine: Machine

    def about(self) -> tuple[dict[str, Any], datetime]:
        """The project, and a time of GitLab's own clock that is surely past."""
        response = self._get("")
        try:
            about = self._json(response)
        except StatusRefused as exc:
            if exc.status != httpx.codes.NOT_FOUND:
                raise
            raise SourceUnavailable(
                f"{self.project}: GitLab shows us no such project. Is its name GROUP/NAME, and may the token "
                "read it?"
            ) from exc
        place = about.get("web_url") if isinstance(about, dict) else None
        if not isinstance(place, str) or not place.startswith(("https://", "http://")):
            raise SourceUnavailable(f"{self.project}: {self.url} does not answer as GitLab does. Set url.")
        return about, surely_past(response)

    def one(self, path: str, **parameters: object) -> dict[str, Any] | None:
        """What is at a path below the project, None if nothing is."""
        try:
            found = self._json(self._get(path, **parameters))
        except StatusRefused as exc:
            if exc.status == httpx.codes.NOT_FOUND:
                return None
            raise
        if not isinstance(found, dict):
            raise SourceUnavailable(f"{self.project}: GitLab's answer for {path} is not what was asked for.")
        return found

    def entries(self, path: str, **parameters: object) -> Iterator[Mapping[str, Any]]:
        """All entries of a list below the project, by pages that are counted."""
        for page in range(1, _MOST_PAGES + 1):
            found, has_more = self._page(path, page=page, per_page=_PER_PAGE, **parameters)
            yield from found
            if not has_more:
                return
        raise SourceUnavailable(f"{self.project}: GitLab's list of {path} has no end.")

    def issues(self, since: str | None) -> Iterator[Mapping[str, Any]]:
        """All issues, or those that changed since; some twice.

        Each page begins at the time of the last entry before it. Pages that are counted would shift, and
        hide an issue, when another one is deleted while they are read.
        """
        by = "updated" if since else "created"
        after, page = since, 1
        for _ in range(_MOST_PAGES):
            bound = {f"{by}_after": after} if after else {}
            ordered = {"order_by": f"{by}_at", "sort": "asc", "scope": "all", "state": "all"}
            found, has_more = self._page("/issues", per_page=_PER_PAGE, page=page, **ordered, **bound)
            yield from found
            if not has_more or not found:
                return
            last = found[-1][f"{by}_at"]
            after, page = (last, 1) if last != after else (after, page + 1)  # many of the same moment
        raise SourceUnavailable(f"{self.project}: GitLab's list of issues has no end.")

    def count_issues(self) -> str:
        response = self._get("/issues", scope="all", state="all", confidential="false", per_page=1)
        self._json(response)
        return str(response.headers.get("x-total") or "over 10,000")  # GitLab counts no further

    def user(self, id_: int) -> Mapping[str, Any]:
        """A person; empty if GitLab does not show us them."""
        response = self._ask(f"{self.url}/api/v4/users/{id_}", {})
        if response.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            return {}
        found = self._json(response)
        return found if isinstance(found, dict) else {}

    def _page(self, path: str, **parameters: object) -> tuple[list[Mapping[str, Any]], bool]:
        response = self._get(path, **parameters)
        entries = self._json(response)
        if not isinstance(entries, list):
            raise SourceUnavailable(f"{self.project}: GitLab's answer for {path} is no list.")
        return entries, "next" in response.links

    def _get(self, path: str, **parameters: object) -> httpx.Response:
        return self._ask(f"{self.url}/api/v4/projects/{quote(self.project, safe='')}{path}", parameters)

    def _ask(self, url: str, parameters: Mapping[str, Any]) -> httpx.Response:
        try:
            return self._client.get(url, params=dict(parameters))
        except TooLarge as exc:
            raise SourceUnavailable(f"{self.project}: an answer of GitLab is too large: {exc}") from exc

    def _json(self, response: httpx.Response) -> Any:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise CredentialsRejected(
                f"{self.project}: GitLab does not accept the token (401). Make a new one."
            )
        if response.status_code == httpx.codes.FORBIDDEN:
            raise CredentialsRejected(
                f"{self.project}: the token may not read this (403). It needs the scope read_api and, in the "
                "project, the role Reporter."
            )
        return json_of(response, self.project)

    @cached_property
    def _client(self) -> httpx.Client:
        headers = {"PRIVATE-TOKEN": self.token.value} if self.token else {}
        return polite_client(self.machine, headers=headers, per_second=_PER_SECOND, max_bytes=_LIST_BYTES)
