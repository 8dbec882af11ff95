"""Documents in a bucket of any storage that speaks S3: AWS, MinIO, Ceph, Naver Cloud Object Storage."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import ClassVar, Literal
from urllib.parse import quote, unquote_plus

import httpx

from connectors.base import (
    CredentialsRejected,
    Document,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceError,
    SourceUnavailable,
)
from connectors.http import TooLarge, checked, polite_client
from connectors.media_types import is_document, media_type
from connectors.patterns import any_of
from connectors.s3.sigv4 import signed_headers
from connectors.s3.xml import Element, parsed, text_in, texts_of

_MAX_PAGES = 100_000  # of up to 1,000 objects each
_HIDDEN = (".", "~$")  # as in a folder; "~$" is what Word leaves beside an open document
_KEY_REFUSED = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"})


@dataclass(frozen=True)
class S3:
    """Documents in one bucket.

    An item's id is its key in Unicode form NFC; its version is made of the ETag and the size, so an object
    that was written again with the same content is not fetched again. Everybody in the workspace may read
    what is in the bucket: S3 knows programs, not people.
    """

    bucket: str
    """Its name."""
    endpoint_url: str = ""
    """Where the storage is, such as "https://minio.corp.local:9000"; empty for AWS."""
    region: str = "us-east-1"
    """Where the bucket is; storage that is not AWS mostly takes any."""
    access_key: Secret = Secret("")
    """Empty, with secret_key, for a bucket that anybody may read."""
    secret_key: Secret = Secret("")
    """The secret that belongs to access_key."""
    session_token: Secret = Secret("")
    """Only with temporary credentials."""
    prefix: str = ""
    """Only objects whose key begins with it are listed."""
    include: tuple[str, ...] = ("**/*",)
    """Glob patterns of whole keys; `**/` stands for any directories, none included."""
    exclude: tuple[str, ...] = ()
    """Globs of what is left out, though `include` has it."""
    addressing: Literal["auto", "path", "virtual"] = "auto"
    """Whether the bucket stands in the path or before the host. auto: in the path, but for AWS."""
    url: str = ""
    """Where people open an object: the quoted key replaces {key}, or is added to the end. Empty: the
    object's own address."""
    max_bytes: int = 50_000_000
    """A larger object is set aside unread."""
    machine: Machine = Machine()

    kind: ClassVar[str] = "s3"

    def __post_init__(self) -> None:
        if bool(self.access_key) != bool(self.secret_key):
            raise ValueError(
                "access_key and secret_key go together: set both, or neither for a public bucket"
            )
        if self.endpoint_url and not self.endpoint_url.startswith(("http://", "https://")):
            raise ValueError("endpoint_url must be an address such as https://minio.corp.local:9000")

    def check(self) -> str:
        first = self._page(None)
        found = _Found()
        self._take(first, found)
        more = "at least " if text_in(first, "IsTruncated") == "true" else ""
        parts = [f"{more}{len(found.objects)} documents in the bucket {self.bucket}"]
        if self.prefix:
            parts[0] += f" below {self.prefix}"
        if found.others:
            parts.append(f"{found.others} objects of other kinds left out")
        if found.unreadable:
            parts.append(f"{len(found.unreadable)} not readable, first {': '.join(found.unreadable[0])}")
        return "; ".join(parts) + "."

    def items(self, cursor: str | None) -> Listing:  # noqa: ARG002 - S3 has no feed of changes
        found = _Found()
        for page in self._pages():
            self._take(page, found)
        self._keys.clear()
        self._keys.update((id_, key) for id_, (key, _) in found.objects.items() if id_ != key)
        return Listing.complete(
            (Item(id_, version) for id_, (_, version) in sorted(found.objects.items())),
            unreadable=sorted(found.unreadable),
        )

    def fetch(self, item: Item) -> Document:
        size = item.version.rpartition("-")[2]
        if size.isdecimal() and int(size) > self.max_bytes:
            raise ItemUnreadable(
                f"{item.id}: has {int(size):,} bytes, more than max_bytes = {self.max_bytes:,} allows"
            )
        if not _is_addressable(item.id):
            raise ItemUnreadable(f"{item.id}: no such object")
        composed, decomposed = item.id, unicodedata.normalize("NFD", item.id)
        for key in dict.fromkeys((self._keys.get(item.id, composed), composed, decomposed)):
            try:
                response = self._get(f"{self._base}/{_quoted(key)}", item.id)
            except _NoSuchKey:
                continue
            except TooLarge as exc:
                raise ItemUnreadable(f"{item.id}: has more than max_bytes = {self.max_bytes:,}") from exc
            return Document(
                id=item.id,
                title="",
                url=self._url_of(key),
                content=response.content,
                media_type=media_type(item.id),
                updated_at=_date(response),
            )
        raise ItemUnreadable(f"{item.id}: was there when the bucket was listed and is gone now")

    @cached_property
    def _client(self) -> httpx.Client:
        return polite_client(self.machine, per_second=50.0, max_bytes=max(self.max_bytes, 10_000_000))

    @cached_property
    def _keys(self) -> dict[str, str]:
        """Id to key where they differ, as last listed; `fetch` finds most of them without it."""
        return {}

    @cached_property
    def _base(self) -> str:
        """The address of the bucket, without a slash at its end."""
        endpoint = httpx.URL(self.endpoint_url or f"https://s3.{self.region}.amazonaws.com")
        # the certificate of AWS covers one label before its name: no bucket with dots
        in_host = self.addressing == "virtual" or (
            self.addressing == "auto" and not self.endpoint_url and "." not in self.bucket
        )
        if in_host:
            return str(endpoint.copy_with(host=f"{self.bucket}.{endpoint.host}")).rstrip("/")
        return f"{str(endpoint).rstrip('/')}/{_quoted(self.bucket)}"

    def _url_of(self, key: str) -> str:
        if "{key}" in self.url:
            return self.url.replace("{key}", _quoted(key))
        return f"{self.url.rstrip('/') or self._base}/{_quoted(key)}"

    def _pages(self) -> Iterator[Element]:
        token: str | None = None
        seen: set[str] = set()
        for _ in range(_MAX_PAGES):
            page = self._page(token)
            yield page
            if text_in(page, "IsTruncated") != "true":
                return
            token = text_in(page, "NextContinuationToken")
            if not token or token in seen:
                raise SourceUnavailable(
                    f"The bucket {self.bucket} says that more objects follow, but not where: "
                    "the listing goes in a circle."
                )
            seen.add(token)
        raise SourceUnavailable(f"The bucket {self.bucket} has more than {_MAX_PAGES:,} pages of objects.")

    def _page(self, token: str | None) -> Element:
        query = {"encoding-type": "url", "list-type": "2", "prefix": self.prefix}
        if token is not None:
            query["continuation-token"] = token
        asked = "&".join(f"{name}={_quoted(value, '')}" for name, value in sorted(query.items()))
        page = parsed(self._get(f"{self._base}/?{asked}", "").content)
        if page is None or not str(page.tag).endswith("ListBucketResult"):
            raise SourceUnavailable(
                f"{self._base} does not answer as S3 does. Is endpoint_url the address of its API, not of "
                "its web page?"
            )
        return page

    def _take(self, page: Element, found: _Found) -> None:
        chosen, refused = any_of(self.include), any_of(self.exclude)
        encoded = text_in(page, "EncodingType") == "url"
        for entry in page.iterfind("{*}Contents"):
            said = texts_of(entry)
            key = unquote_plus(said.get("Key", "")) if encoded else said.get("Key", "")
            id_ = unicodedata.normalize("NFC", key)
            *_, name = parts = id_.split("/")
            if not name or any(part.startswith(_HIDDEN) and part not in (".", "..") for part in parts):
                continue  # without a name: what consoles make so that a directory shows
            if not is_document(id_):
                found.others += 1
            elif chosen(id_) and not refused(id_):
                version = f"{said.get('ETag', '').strip(chr(34))}-{said.get('Size', '')}"
                found.take(id_, key, version)

    def _get(self, url: str, id_: str) -> httpx.Response:
        """`id_` is that of the object asked for, empty for the listing."""
        address = httpx.URL(url)
        headers: Mapping[str, str] = {}
        if self.access_key:
            headers = signed_headers(
                address, self.region, self.access_key, self.secret_key, self.session_token, datetime.now(UTC)
            )
        # a redirect would lead to another region or host, for which this signature does not hold
        response = self._client.get(address, headers=headers, follow_redirects=False)
        if response.is_success:
            return response
        raise self._refused(response, id_)

    def _refused(self, response: httpx.Response, id_: str) -> SourceError:
        error = parsed(response.content)
        code = text_in(error, "Code") if error is not None else ""
        status = response.status_code
        said = f"{status} {code}".strip()
        region = response.headers.get("x-amz-bucket-region", "")
        if region and (response.is_redirect or code == "AuthorizationHeaderMalformed"):
            return SourceUnavailable(
                f'The bucket {self.bucket} is in another region: set region = "{region}".'
            )
        if status == 401 or code in _KEY_REFUSED:
            return CredentialsRejected(
                f"The bucket {self.bucket}: the storage does not accept access_key and secret_key ({said}). "
                "Have they been deleted, or mistyped?"
            )
        if code == "RequestTimeTooSkewed":
            return SourceUnavailable(
                f"The bucket {self.bucket}: the clock of this machine is wrong ({said})."
            )
        if code == "NoSuchBucket" or (status == 404 and not id_):
            return SourceUnavailable(
                f"There is no bucket {self.bucket} at {self.endpoint_url or 'AWS'} ({said})."
            )
        if id_ and status == 404:
            return _NoSuchKey(f"{id_}: no such object")
        if id_ and code == "InvalidObjectState":
            return ItemUnreadable(f"{id_}: is archived and cannot be read before it is restored")
        if id_ and status == 403:
            return ItemUnreadable(
                f"{id_}: the storage does not let us read it ({said}); s3:GetObject is needed"
            )
        if status == 403:
            who = "The key" if self.access_key else "Without a key one"
            return CredentialsRejected(
                f"{who} may not list the bucket {self.bucket} ({said}). It needs s3:ListBucket on the bucket "
                "and s3:GetObject on its objects."
            )
        try:
            checked(response, f"The bucket {self.bucket}")
        except SourceError as exc:
            return exc
        return SourceUnavailable(f"The bucket {self.bucket}: the storage redirects us ({said}).")


class _NoSuchKey(ItemUnreadable):
    """No object has this key."""


@dataclass
class _Found:
    objects: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Id to key and version."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    others: int = 0

    def take(self, id_: str, key: str, version: str) -> None:
        if not _is_addressable(id_):
            self.unreadable.append((id_, 'has "." or ".." as a part of its key, which no address can carry'))
            return
        other = self.objects.get(id_)
        if other is not None and other[0] != key:
            self.unreadable.append((id_, "another key is the same text in another Unicode form"))
            if key != id_:  # the one whose key is NFC stands for both
                return
        self.objects[id_] = (key, version)


def _is_addressable(key: str) -> bool:
    """Whether a key survives in an address, where parts of dots are resolved."""
    return not any(part in (".", "..") for part in key.split("/"))


def _quoted(text: str, safe: str = "/") -> str:
    return quote(text, safe=f"{safe}~")


def _date(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("last-modified", ""))
    except ValueError:
        return None
