"""How Microsoft Graph is spoken to: an app's own token, pages, and errors that an admin can mend.

The token is asked for with one POST (client credentials flow) and not by msal: that needs requests, which
goes round the address check, the proxy and the pace that all connectors keep to, for what is one form here.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.base import CredentialsRejected, ItemUnreadable, Secret, SourceUnavailable
from connectors.http import StatusRefused, json_of

_MAX_PAGES = 100_000
_RENEW_BEFORE = 300.0  # seconds that a token must still hold
_MENDS = {
    "AADSTS7000215": "client_secret is wrong: it must be the value of the secret, not its id",
    "AADSTS7000222": "client_secret has expired: make a new one under Certificates & secrets",
    "AADSTS700016": "there is no app with this client_id in the tenant",
    "AADSTS90002": "there is no such tenant",
    "AADSTS900023": "tenant is neither the id of a directory nor a domain of it",
    "AADSTS7000112": "the app is disabled",
}


class Denied(CredentialsRejected):
    """Graph knows us, but the app lacks a permission."""


class Missing(ItemUnreadable):
    """What was asked for is not there."""


@dataclass
class Graph:
    """One app's access to one tenant. Safe to use from several threads."""

    client: httpx.Client
    graph_url: str
    login_url: str
    tenant: str
    client_id: str
    client_secret: Secret = field(repr=False)
    _token: str = field(default="", init=False, repr=False)
    _holds_until: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def get(self, path: str, what: str, headers: Mapping[str, str] | None = None) -> Any:
        """What Graph answers in JSON. `path` begins with a slash, or is an address that Graph gave.

        Raises Missing for 404, Denied for 403, StatusRefused for other statuses, SourceUnavailable if it is
        no JSON. `what` names what was asked for to a person.
        """
        answer = json_of(self._asked(path, what, headers), what)
        if not isinstance(answer, dict) or "error" in answer:
            raise SourceUnavailable(f"{what}: Microsoft Graph answers with an error or nonsense.")
        return answer

    def pages(self, path: str, what: str, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
        """The pages of a collection. Raises SourceUnavailable if they lead in a circle or are none."""
        seen: set[str] = set()
        for _ in range(_MAX_PAGES):
            seen.add(path)
            page = self.get(path, what, headers)
            if not isinstance(page.get("value"), list):
                raise SourceUnavailable(f"{what}: Microsoft Graph answers without a list.")
            yield page
            following = page.get("@odata.nextLink")
            if not following:
                return
            if following in seen:
                raise SourceUnavailable(f"{what}: the pages of Microsoft Graph lead in a circle.")
            path = str(following)
        raise SourceUnavailable(f"{what}: has more than {_MAX_PAGES:,} pages.")

    def download(self, path: str, what: str) -> bytes:
        """The bytes of a file. Graph redirects to an address that needs no token, and gets none."""
        response = self._asked(path, what, None)
        if response.is_redirect:
            where = response.headers.get("location", "")
            response = self.client.get(where)
            if not response.is_success:  # the address is a secret for as long as it holds: not in the message
                raise SourceUnavailable(f"{what}: the storage answers {response.status_code}.")
        return response.content

    def _asked(self, path: str, what: str, headers: Mapping[str, str] | None) -> httpx.Response:
        url = httpx.URL(path if path.startswith("http") else f"{self.graph_url.rstrip('/')}{path}")
        home = httpx.URL(self.graph_url)
        if (url.scheme, url.host, url.port) != (home.scheme, home.host, home.port):
            # the token would travel along
            raise SourceUnavailable(f"{what}: Microsoft Graph sends us to another host, {url.host}.")
        for attempt in (1, 2):
            token = self._authorized(again=attempt == 2)
            asked = {"Authorization": f"Bearer {token}", **(headers or {})}
            response = self.client.get(url, headers=asked, follow_redirects=False)
            if response.status_code != 401:
                break
        if response.is_success or response.is_redirect:
            return response
        status = response.status_code
        said = f"{status} {_code(response)}".strip()
        if status == 401:
            raise CredentialsRejected(f"{what}: Microsoft Graph does not accept our token ({said}).")
        if status == 403:
            raise Denied(
                f"{what}: the app may not read it ({said}). In Entra, under API permissions, it needs the "
                "application permissions that docs/connectors/sharepoint.md names, with admin consent."
            )
        if status == 404:
            raise Missing(f"{what}: is not there ({said}).")
        raise StatusRefused(f"{what}: Microsoft Graph answers {said}.", status)

    def _authorized(self, *, again: bool) -> str:
        with self._lock:
            if not again and self._token and time.monotonic() < self._holds_until:
                return self._token
            form = {
                "client_id": self.client_id,
                "client_secret": self.client_secret.value,
                "scope": f"{httpx.URL(self.graph_url).join('/')}.default",
                "grant_type": "client_credentials",
            }
            url = f"{self.login_url.rstrip('/')}/{self.tenant}/oauth2/v2.0/token"
            response = self.client.post(url, data=form, follow_redirects=False)
            if response.status_code in (400, 401):
                raise CredentialsRejected(_refusal(response))
            answer = json_of(response, "The token of Microsoft")
            token = answer.get("access_token") if isinstance(answer, dict) else None
            if not token:
                raise SourceUnavailable("Microsoft gives no token, though it says that all is well.")
            self._token = str(token)
            lasting = float(answer.get("expires_in") or 0)
            self._holds_until = time.monotonic() + max(lasting - _RENEW_BEFORE, lasting / 2)
            return self._token


def _code(response: httpx.Response) -> str:
    """Graph's own word for an error, such as accessDenied; empty without one."""
    try:
        error = response.json().get("error")
        code = error.get("code") if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[\w.]{1,60}", code) else ""


def _refusal(response: httpx.Response) -> str:
    found = re.search(r"AADSTS\d+", response.text)
    number = found[0] if found else _code(response)
    mend = _MENDS.get(number, "look the number up, and at tenant, client_id and client_secret")
    return f"Microsoft gives no token ({response.status_code} {number}): {mend}."
