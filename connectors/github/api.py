"""GitHub's API, as far as the connector needs it: GraphQL for conversations and people, REST for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import httpx

from connectors.base import CredentialsRejected, ItemUnreadable, Machine, Secret, SourceUnavailable
from connectors.http import StatusRefused, json_of, polite_client, surely_past

_MOST_PAGES = 10_000
_PER_SECOND = 5.0

COLLABORATORS = """
query($owner: String!, $name: String!, $after: String, $organization: Boolean!) {
  repository(owner: $owner, name: $name) { nodes: collaborators(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { email organizationVerifiedDomainEmails(login: $owner) @include(if: $organization) } } } }"""

ISSUES = """
query($owner: String!, $name: String!, $after: String, $since: DateTime) {
  repository(owner: $owner, name: $name) { nodes: issues(first: 100, after: $after,
      orderBy: {field: CREATED_AT, direction: ASC}, filterBy: {since: $since}) {
    pageInfo { hasNextPage endCursor }
    nodes { number updatedAt comments(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount nodes { updatedAt } } } } } }"""

DISCUSSIONS = """
query($owner: String!, $name: String!, $after: String, $order: DiscussionOrder!) {
  repository(owner: $owner, name: $name) { nodes: discussions(first: 100, after: $after, orderBy: $order) {
    pageInfo { hasNextPage endCursor }
    nodes { number updatedAt comments(last: 1) { totalCount nodes { updatedAt } } } } } }"""

ISSUE = """
query($owner: String!, $name: String!, $after: String, $number: Int!) {
  repository(owner: $owner, name: $name) { thing: issue(number: $number) {
    title body url createdAt updatedAt state author { login } labels(first: 20) { nodes { name } }
    comments(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
      nodes { author { login } body createdAt url isMinimized } } } } }"""

DISCUSSION = """
query($owner: String!, $name: String!, $after: String, $number: Int!) {
  repository(owner: $owner, name: $name) { thing: discussion(number: $number) {
    title body url createdAt updatedAt author { login } category { name }
    comments(first: 50, after: $after) { pageInfo { hasNextPage endCursor }
      nodes { author { login } body createdAt url isMinimized isAnswer
        replies(first: 100) { nodes { author { login } body createdAt url isMinimized } } } } } } }"""

COUNTS = """
query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
  issues { totalCount } discussions { totalCount } } }"""


@dataclass(frozen=True)
class GitHubApi:
    """The API for one repository. `url` is https://api.github.com, or https://HOST/api/v3 of a GitHub
    Enterprise Server."""

    url: str
    repository: str
    token: Secret
    machine: Machine
    max_bytes: int

    def rest(self, path: str) -> Any:
        """What is at /repos/OWNER/NAME + path. Raises StatusRefused for 404 and others."""
        return self._json(self._client.get(f"{self.url}/repos/{self.repository}{path}"))

    def raw(self, path: str) -> bytes:
        response = self._client.get(
            f"{self.url}/repos/{self.repository}{path}", headers={"Accept": "application/vnd.github.raw+json"}
        )
        self._check_limits(response)
        return response.content

    def about(self) -> tuple[dict[str, Any], datetime]:
        """The repository, and a time of GitHub's own clock that is surely past."""
        response = self._client.get(f"{self.url}/repos/{self.repository}")
        try:
            about = self._json(response)
        except StatusRefused as exc:
            if exc.status != httpx.codes.NOT_FOUND:
                raise
            raise SourceUnavailable(
                f"{self.repository}: GitHub shows us no such repository. Is its name OWNER/NAME, and may the "
                "token read it?"
            ) from exc
        if not isinstance(about, dict) or not str(about.get("html_url", "")).startswith(
            ("https://", "http://")
        ):
            raise SourceUnavailable(
                f"{self.repository}: {self.url} does not answer as GitHub does. Set api_url."
            )
        return about, surely_past(response)

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """What `repository` says to a query. Raises ItemUnreadable if what was asked for is not there,
        CredentialsRejected if the token may not ask for it."""
        owner, _, name = self.repository.partition("/")
        response = self._client.post(
            self._graphql, json={"query": query, "variables": {"owner": owner, "name": name, **variables}}
        )
        answer = self._json(response)
        if not isinstance(answer, dict):
            raise SourceUnavailable(f"{self.repository}: GitHub's answer is not one of GraphQL.")
        for error in answer.get("errors") or ():
            self._raise(error)
        found = (answer.get("data") or {}).get("repository")
        if not isinstance(found, dict):
            raise SourceUnavailable(f"{self.repository}: GitHub's answer says nothing about it.")
        return found

    def pages(self, query: str, **variables: object) -> Iterator[Mapping[str, Any]]:
        """All nodes of a connection that the query calls `nodes`."""
        after: str | None = None
        seen: set[str | None] = {None}
        for _ in range(_MOST_PAGES):
            page = self.ask(query, after=after, **variables).get("nodes")
            if not isinstance(page, dict):
                raise SourceUnavailable(f"{self.repository}: GitHub left out a list that was asked for.")
            yield from (node for node in page["nodes"] if node)
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
            if after in seen:
                break
            seen.add(after)
        raise SourceUnavailable(f"{self.repository}: GitHub's list has no end (the page {after!r} again).")

    @cached_property
    def _client(self) -> httpx.Client:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token.value}"
        return polite_client(self.machine, headers=headers, per_second=_PER_SECOND, max_bytes=self.max_bytes)

    @property
    def _graphql(self) -> str:
        return f"{self.url.removesuffix('/v3')}/graphql"

    def _json(self, response: httpx.Response) -> Any:
        self._check_limits(response)
        return json_of(response, self.repository)

    def _check_limits(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise CredentialsRejected(
                f"{self.repository}: GitHub does not accept the token (401). Make a new one."
            )
        if response.status_code not in (httpx.codes.FORBIDDEN, httpx.codes.TOO_MANY_REQUESTS):
            return
        left, reset = (response.headers.get(f"x-ratelimit-{name}", "") for name in ("remaining", "reset"))
        if left == "0" or "retry-after" in response.headers or "rate limit" in response.text.lower():
            until = f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC" if reset.isdecimal() else ""
            raise SourceUnavailable(f"{self.repository}: GitHub's rate limit is used up{until}.")
        if response.status_code == httpx.codes.FORBIDDEN:
            raise CredentialsRejected(
                f"{self.repository}: the token may not read this (403). It needs read access to Contents, "
                "Issues, Discussions and Metadata, and the organization may have to approve it."
            )

    def _raise(self, error: Mapping[str, Any]) -> None:
        kind, said = error.get("type"), str(error.get("message", ""))[:200]
        path = error.get("path") or []
        if kind == "NOT_FOUND" and len(path) > 1:
            raise ItemUnreadable("is not there any more")
        if kind in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
            what = ".".join(map(str, path))
            raise CredentialsRejected(f"{self.repository}: the token may not read {what}: {said}")
        raise SourceUnavailable(f"{self.repository}: GitHub answers with an error: {said or kind}")
