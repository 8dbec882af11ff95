"""Notion's API over HTTP: lists in pages, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.base import CredentialsRejected, Machine, Secret, SourceUnavailable
from connectors.http import StatusRefused, json_of, polite_client

API_VERSION = "2026-03-11"
"""The version whose shapes are read here; Notion goes on answering in it when it brings out newer ones."""
PAGE_SIZE = 100  # the most that Notion gives
MAX_PAGES = 10_000

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """One page of what a search found."""

    results: list[Json]
    clock: datetime
    """Notion's own time when it answered."""
    is_cut_off: bool
    """Notion says itself that it leaves something out."""
    has_more: bool


class NotionApi:
    """What is asked of Notion. Everything raises SourceUnavailable, CredentialsRejected, or StatusRefused
    where Notion answers with another error (404: not there, or not shared with the integration)."""

    def __init__(self, url: str, token: Secret, machine: Machine, per_second: float) -> None:
        self._client = polite_client(
            machine,
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token.value}", "Notion-Version": API_VERSION},
            per_second=per_second,
        )

    def get(self, path: str, **query: str) -> Json:
        return _object(self._client.get(f"/v1/{path}", params=query), path)

    def search(self) -> Iterator[Found]:
        """Pages and data sources that the integration may see, 100 at a time.

        The oldest edits first: what is edited meanwhile comes up again at the end instead of being missed.
        """
        clock = datetime.now(UTC)

        def ask(cursor: str) -> Json:
            nonlocal clock
            sort = {"timestamp": "last_edited_time", "direction": "ascending"}
            body = {"page_size": PAGE_SIZE, "sort": sort} | ({"start_cursor": cursor} if cursor else {})
            response = self._client.post("/v1/search", json=body)
            clock = _time_of(response)
            return _object(response, "search")

        for answer in _pages(ask, "search"):
            status = answer.get("request_status") or {}
            yield Found(
                _results(answer, "search"),
                clock,
                is_cut_off=status.get("type") == "incomplete",
                has_more=bool(answer.get("has_more")),
            )

    def children(self, block_id: str) -> Iterator[Json]:
        """The blocks directly below a block or page, in order."""
        path = f"blocks/{block_id}/children"

        def ask(cursor: str) -> Json:
            more = {"start_cursor": cursor} if cursor else {}
            return self.get(path, page_size=str(PAGE_SIZE), **more)

        for answer in _pages(ask, path):
            yield from _results(answer, path)


def _pages(ask: Callable[[str], Json], what: str) -> Iterator[Json]:
    """Every page of a list. `ask` gets the cursor of the page, "" for the first."""
    cursor = ""
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        answer = ask(cursor)
        yield answer
        if not answer.get("has_more"):
            return
        cursor = str(answer.get("next_cursor") or "")
        if not cursor or cursor in seen:
            raise SourceUnavailable(f"Notion: {what}: the list goes round in a circle.")
        seen.add(cursor)
    raise SourceUnavailable(f"Notion: {what}: the list has no end.")


def _object(response: httpx.Response, path: str) -> Json:
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise CredentialsRejected(
            "Notion does not accept the token (401). Copy the secret of the integration anew into the "
            "variable that `token` names."
        )
    if response.status_code == httpx.codes.FORBIDDEN:
        raise StatusRefused(
            f'Notion: {path}: the integration has no right to this (403). Tick "Read content" under its '
            "capabilities.",
            response.status_code,
        )
    answer = json_of(response, f"Notion: {path}")
    if not isinstance(answer, dict) or answer.get("object") == "error":
        raise SourceUnavailable(f"Notion: {path}: the answer is not what the API promises.")
    return answer


def _results(answer: Json, what: str) -> list[Json]:
    results = answer.get("results")
    if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
        raise SourceUnavailable(f"Notion: {what}: the answer is not what the API promises.")
    return results


def _time_of(response: httpx.Response) -> datetime:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
