"""What Confluence and Jira have in common: signing in to Cloud and Data Center, and people as readers."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    ItemUnreadable,
    Machine,
    Secret,
    SourceUnavailable,
    reader_by_email,
)
from connectors.http import StatusRefused, check_pace, checked, json_of, polite_client

Json = dict[str, Any]
Readers = frozenset[str]

NOBODY: Readers = frozenset()
MAX_PAGES = 100_000
"""Of one listing at the source: more can only be a source that goes in circles."""
_HIDDEN = frozenset([403, 404])


@dataclass(frozen=True)
class Person:
    """Somebody as the site knows them: an account id on Cloud, a user name on Data Center."""

    id: str
    name: str = ""
    email: str = ""


class Site:
    """One site of Confluence or Jira. Its requests go to addresses below its own alone."""

    def __init__(
        self, url: str, email: str, token: Secret, machine: Machine, *, per_second: float, max_bytes: int
    ) -> None:
        self.url = url.rstrip("/")
        self._host = httpx.URL(self.url).copy_with(path="/", query=None)
        self._context = urlsplit(self.url).path
        self._account = f"{email} and its API token" if email else "the personal access token"
        self._client = polite_client(
            machine,
            headers={"Accept": "application/json"}
            | ({} if email else {"Authorization": f"Bearer {token.value}"}),
            auth=(email, token.value) if email else None,
            per_second=per_second,
            max_bytes=max_bytes,
        )

    def at(self, path: str) -> str:
        """The whole address of a path, which may or may not repeat the path of the site."""
        if path.startswith(("http://", "https://")):
            if not path.startswith(f"{self.url}/"):
                raise SourceUnavailable(f"{self.url} leads away: it gives the address of another site.")
            return path
        if self._context and path.startswith(f"{self._context}/"):
            return str(self._host.join(path))
        return f"{self.url}/{path.lstrip('/')}"

    def get(self, path: str, what: str = "", **query: Any) -> Any:
        """What a GET gives in JSON. Raises CredentialsRejected, StatusRefused or SourceUnavailable."""
        return self._said(self._client.get(self.at(path), params=query or None), what)

    def post(self, path: str, body: Json, what: str = "") -> Any:
        return self._said(self._client.post(self.at(path), json=body), what)

    def download(self, path: str, what: str) -> bytes:
        try:
            return checked(self._client.get(self.at(path), headers={"Accept": "*/*"}), what).content
        except CredentialsRejected as exc:
            raise self._rejected() from exc

    def object(self, path: str, what: str = "", **query: Any) -> Json:
        """As get, for what must be an object."""
        return as_object(self.get(path, what, **query), what or self.at(path))

    def _said(self, response: httpx.Response, what: str) -> Any:
        try:
            return json_of(response, what)
        except CredentialsRejected as exc:
            raise self._rejected() from exc

    def _rejected(self) -> CredentialsRejected:
        return CredentialsRejected(
            f"{self.url} does not accept {self._account} (401)."
            " Make a new token and set it for this connector."
        )


class Addresses:
    """Who people are in Slack, by the e-mail addresses that a site shows of them. Safe for threads."""

    def __init__(self, email_domain: str) -> None:
        self._domain = email_domain.strip().removeprefix("@")
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def learn(self, people: Iterable[Person]) -> None:
        with self._lock:
            self._known.update((person.id, person.email) for person in people if person.email)

    def unknown(self, people: Iterable[Person]) -> list[str]:
        """The ids of those of whom no address is known, nor can be told from their user name."""
        return sorted({person.id for person in people if not self._email(person)})

    def readers(self, people: Iterable[Person]) -> Readers:
        """Who has no address that can be known is granted nothing."""
        return frozenset(reader_by_email(email) for person in people if (email := self._email(person)))

    def _email(self, person: Person) -> str:
        if email := person.email or self._known.get(person.id, ""):
            return email
        if "@" in person.id:  # a user name of Data Center that is an address
            return person.id
        return f"{person.id}@{self._domain}" if self._domain and person.id and ":" not in person.id else ""


def check_site(url: str, email: str, requests_per_second: float) -> None:
    """Raises ValueError if a connector's settings cannot lead to a site."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"url has to begin with https://, {url!r} does not")
    if is_cloud(url) and not email:
        raise ValueError("email has to say whose API token it is, for a site of atlassian.net")
    check_pace(requests_per_second)


def is_cloud(url: str) -> bool:
    """Whether this is surely an address of Atlassian's own."""
    return (urlsplit(url).hostname or "").endswith(".atlassian.net")


def both(one: Readers, other: Readers) -> Readers:
    """Who is among these and among those."""
    if EVERYONE in one:
        return other
    return one if EVERYONE in other else one & other


def digest(*parts: Iterable[str]) -> str:
    """Short and stable: for versions that change with who may read."""
    said = "\x1e".join("\x1f".join(part) for part in parts)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def hidden(refused: StatusRefused) -> bool:
    """Whether it is we who may not see a thing, or it is not there: no later try helps."""
    return refused.status in _HIDDEN


def unreadable(item: str, why: object) -> ItemUnreadable:
    return ItemUnreadable(f"{item}: {why}")


def moment(value: object) -> datetime | None:
    """A date and time as Atlassian writes it ("...Z", "+09:00", "+0900"); None where there is none."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def as_object(value: object, what: str) -> Json:
    if not isinstance(value, dict):
        raise SourceUnavailable(f"{what}: the source answers with something else than was asked for.")
    return value


def objects(page: object, key: str, what: str) -> list[Json]:
    """The objects under a key that must be there: an error with status 200 is never an empty list."""
    found = as_object(page, what).get(key)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise SourceUnavailable(f"{what}: the source answers without {key!r}.")
    return found


def required(said: Json, key: str, what: str) -> str:
    """What an answer must say to be one."""
    if (found := said.get(key)) in (None, ""):
        raise SourceUnavailable(f"{what}: the source answers without {key!r}.")
    return str(found)


def inside(value: Mapping[str, Any] | None, *keys: str) -> Any:
    """What stands under keys inside of keys; None where one is missing."""
    current: Any = value
    for key in keys:
        current = current.get(key) if isinstance(current, dict) else None
    return current
