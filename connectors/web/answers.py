"""What an answer of a web site means: its kind, its date, and whether it is one at all."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from connectors.base import SourceUnavailable
from connectors.media_types import BY_SUFFIX, WEB_PAGE, media_type
from connectors.web.markup import moment

_GENERIC = {
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/download",
    "application/x-download",
}


class Gone(Exception):
    """The site says that there is no such page (404, 410, or a page that says so)."""


class Withheld(Exception):
    """The site does not show the page to us."""


class LoginWanted(Withheld):
    """The site shows a form to log in, or wants user and password."""


def kind_of(response: httpx.Response, url: str) -> str:
    """The media type to read an answer as; empty for what is no document."""
    declared: str = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    by_name = media_type(urlsplit(url).path)
    if declared in ("text/html", "application/xhtml+xml"):
        return WEB_PAGE
    if declared in BY_SUFFIX.values() and declared != "text/plain":
        return declared
    if declared in _GENERIC or declared == "text/plain" or declared.startswith("application/"):
        if by_name in BY_SUFFIX.values():
            return WEB_PAGE if by_name == "text/html" else by_name
        return "text/plain" if declared == "text/plain" else ""
    return ""


def as_utf8(body: bytes, charset: str) -> bytes:
    """A page so that its encoding is clear without the header it came with."""
    if charset in ("utf-8", "utf-16"):
        return body
    try:
        return body.decode(charset).encode("utf-8-sig")
    except UnicodeDecodeError:
        return body


def refuse(response: httpx.Response, url: str) -> None:
    """Turn a status into Gone, Withheld or SourceUnavailable; successes and redirects pass."""
    status = response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        raise LoginWanted(f"{url} wants user and password (401); set user and password, or mend them.")
    if status in (httpx.codes.FORBIDDEN, httpx.codes.UNAVAILABLE_FOR_LEGAL_REASONS):
        raise Withheld(f"{url} is not shown to us ({status}).")
    if status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error or status < 200:
        raise SourceUnavailable(f"{url}: the site answers {status}.")
    if response.is_client_error:
        raise Gone(f"{url}: the site answers {status}.")


def changed(response: httpx.Response, said: str, lastmod: str) -> str:
    """When the page changed, as far as anybody says so; not "now", which some servers say of every page."""
    if found := moment(said) or moment(lastmod):
        return found.isoformat()
    try:
        last = parsedate_to_datetime(response.headers.get("last-modified", ""))
        sent = parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else None
        if sent is None or abs((sent - last).total_seconds()) > 5:
            return last.isoformat()
    except (ValueError, TypeError, OverflowError):
        pass
    return ""
