"""Slack's Web API as a connector reads it: pages, and errors by what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import CredentialsRejected, Machine, Secret, SourceUnavailable
from connectors.http import json_of, polite_client

PAGE = 200
MOST_PAGES = 10_000
REQUESTS_PER_SECOND = 0.8
"""Slack allows 50 requests a minute of the methods that read messages (tier 3)."""

_REJECTED = {
    *("invalid_auth", "not_authed", "token_revoked", "token_expired"),
    *("account_inactive", "no_permission", "team_access_not_granted"),
}

Json = Mapping[str, Any]


class Refused(SourceUnavailable):
    """Slack said no. `error` is its name for the reason."""

    def __init__(self, message: str, error: str) -> None:
        super().__init__(message)
        self.error = error


class SlackApi:
    """One workspace, read with one token."""

    def __init__(self, machine: Machine, url: str, token: Secret) -> None:
        headers = {"Authorization": f"Bearer {token.value}"}
        self._client = polite_client(machine, base_url=url, headers=headers, per_second=REQUESTS_PER_SECOND)

    def pages(self, method: str, key: str, **arguments: str) -> Iterator[Any]:
        """Everything under `key` of every page. Raises SourceUnavailable, CredentialsRejected."""
        cursor, seen = "", {""}
        for _ in range(MOST_PAGES):
            answer = self.call(method, limit=str(PAGE), cursor=cursor, **arguments)
            yield from answer.get(key) or ()
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
            if cursor in seen:
                raise SourceUnavailable(f"Slack's {method} gives the same page again and again.")
            seen.add(cursor)
        raise SourceUnavailable(f"Slack's {method} has more than {MOST_PAGES:,} pages.")

    def call(self, method: str, **arguments: str) -> Json:
        """One answer, empty arguments left out. Raises Refused, SourceUnavailable, CredentialsRejected."""
        sent = {name: value for name, value in arguments.items() if value}
        answer = json_of(self._client.post(method, data=sent), f"Slack's {method}")
        if isinstance(answer, dict) and answer.get("ok"):
            return answer
        error = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        if error in _REJECTED:
            raise CredentialsRejected(
                f"Slack does not accept the token ({error}). Take the bot token of the app's page “OAuth & "
                "Permissions”."
            )
        if error == "missing_scope":
            raise CredentialsRejected(
                f"The app lacks the scope {answer.get('needed')} for {method}: add it on its page “OAuth & "
                "Permissions” and install it anew."
            )
        raise Refused(f"Slack's {method} answers {error or 'nothing that is known'}.", error)
