"""Addresses of pages: one form for each, and which of them belong to what is read."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import idna

from connectors.patterns import any_of

MAX_LENGTH = 2_000
MAX_SEGMENTS = 25
MAX_PARAMETERS = 8
_REPEATED = 3
"""A path that has one name more often than this is a link that leads into itself."""

_TRACKING = re.compile(
    r"(?:utm_\w+|[gfdy]clid|gbraid|wbraid|msclkid|igshid|mc_[ce]id|_ga|_gl|_hs\w+|replytocom"
    r"|NaPm|n_(?:media|query|rank|ad|ad_group|keyword|keyword_id|campaign_type))",
    re.IGNORECASE,
)
_SESSION = re.compile(r"(?:phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|zenid|osCsid)", re.IGNORECASE)
_SESSION_IF_LONG = re.compile(r"(?:sid|s|sessionid|session_id|session|token)", re.IGNORECASE)
_LONG = re.compile(r"[0-9A-Za-z_-]{16,}")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_ESCAPED_RUN = re.compile(r"(?:%[89A-F][0-9A-F])+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN = "/%:@!$&'()*+,;=~?"
_INDEX = re.compile(r"/(?:index|default|main)\.(?:html?|php|jsp|aspx?|do)$", re.IGNORECASE)
_HIDDEN_WAY_UP = re.compile(r"\.\.(?:%2F|%5C)|(?:%2F|%5C)\.\.")
"""Some servers take an escaped slash for one, and lead out of the scope."""
_SPACE = re.compile(r"[\x00-\x20\x7f]+")
# fmt: off
_NO_DOCUMENT = frozenset({
    ".7z", ".apk", ".atom", ".avi", ".bmp", ".bz2", ".css", ".dmg", ".eot", ".exe", ".gif", ".gz", ".ico",
    ".iso", ".jar", ".jpeg", ".jpg", ".js", ".m4a", ".m4v", ".map", ".mjs", ".mov", ".mp3", ".mp4", ".mpg",
    ".msi", ".ogg", ".otf", ".png", ".rar", ".rss", ".svg", ".tar", ".tgz", ".tif", ".tiff", ".ttf", ".wav",
    ".webm", ".webp", ".wmv", ".woff", ".woff2", ".zip",
})
# fmt: on


def normal(address: str, base: str = "", charset: str = "utf-8") -> str | None:
    """The one form of an address, absolute and in ASCII; None for what is no address of a page.

    Fragment, session ids and what only tracks visitors are left out; escapes are upper case and only where
    needed; names of hosts are in Punycode. `charset` is that of the page, in which browsers send queries.
    """
    try:
        parts = urlsplit(urljoin(base, _SPACE.sub(" ", address).strip(" ")))
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    if (host := _host(parts.hostname)) is None:
        return None
    if port and port != {"http": 80, "https": 443}[parts.scheme]:
        host = f"{host}:{port}"
    path = _without_dots(_escaped(_SESSION_IN_PATH.sub("", parts.path), "utf-8")) or "/"
    query = _escaped("&".join(each for each in parts.query.split("&") if _is_kept(each)), charset)
    found = f"{parts.scheme}://{host}{path}{'?' if query else ''}{query}"
    return found if len(found) <= MAX_LENGTH else None


def readable(address: str) -> str:
    """A normal address as an id: its letters as people read them, in Unicode form NFC."""

    def letters(match: re.Match[str]) -> str:
        try:
            text = unquote_to_bytes(match[0]).decode()
        except UnicodeDecodeError:
            return match[0]
        return text if text.isprintable() and not any(map(str.isspace, text)) else match[0]

    return unicodedata.normalize("NFC", _ESCAPED_RUN.sub(letters, address))


def spellings(id_: str) -> list[str]:
    """The normal addresses that `readable` may have made this id of, likeliest first."""
    forms = (id_, unicodedata.normalize("NFD", id_))
    return list(dict.fromkeys(found for form in forms if (found := normal(form)) is not None))


def likeness(address: str) -> str:
    """The same for addresses that show one page on most sites: scheme, query, last slash, index page."""
    parts = urlsplit(address)
    return parts.netloc + _INDEX.sub("/", parts.path).rstrip("/")


class Scope:
    """Which normal addresses are read: those below these, whatever their scheme, but for what is excluded by
    patterns of ids."""

    def __init__(self, within: Iterable[str], exclude: Iterable[str] = ()) -> None:
        self._is_excluded = any_of(exclude)
        found = [address for each in within if (address := normal(each)) is not None]
        self._below = [_without_scheme(each) for each in found]
        self._secure = {urlsplit(each).netloc for each in found if each.startswith("https:")}
        self.hosts = {urlsplit(each).netloc for each in found}

    def place(self, address: str, base: str = "", charset: str = "utf-8") -> str | None:
        """The normal form of an address if it is read, else None. Hosts known by https are read by https."""
        found = normal(address, base, charset)
        if found is None:
            return None
        if found.startswith("http:") and urlsplit(found).netloc in self._secure:
            found = f"https:{found.removeprefix('http:')}"
        if not self._has(found) or _is_trap(found) or self._is_excluded(readable(found)):
            return None
        return found

    def _has(self, address: str) -> bool:
        place = _without_scheme(address)
        return any(
            place.startswith(each if each.endswith("/") else (f"{each}/", f"{each}?")) or place == each
            for each in self._below
        )


def directory(address: str) -> str:
    """Where a start address lies: what is read by default is all below it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path[: parts.path.rfind('/') + 1] or '/'}"


def _is_trap(address: str) -> bool:
    parts = urlsplit(address)
    segments = [segment for segment in parts.path.split("/") if segment]
    return (
        len(segments) > MAX_SEGMENTS
        or parts.query.count("&") >= MAX_PARAMETERS
        or _HIDDEN_WAY_UP.search(parts.path) is not None
        or any(count > _REPEATED for count in Counter(segments).values())
        or PurePosixPath(parts.path).suffix.lower() in _NO_DOCUMENT
    )


def _host(name: str) -> str | None:
    name = name.rstrip(".").lower()
    if ":" in name:
        return f"[{name}]"
    if name.isascii():
        return name or None
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return None


def _is_kept(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return bool(parameter) and not (
        _TRACKING.fullmatch(name)
        or _SESSION.fullmatch(name)
        or (_SESSION_IF_LONG.fullmatch(name) and _LONG.fullmatch(value))
    )


def _escaped(text: str, charset: str) -> str:
    def plain(match: re.Match[str]) -> str:
        letter = chr(int(match[1], 16))
        return letter if letter in _UNRESERVED else match[0].upper()

    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return _ESCAPED.sub(plain, quote(text, safe=_PLAIN, encoding=charset, errors="xmlcharrefreplace"))


def _without_dots(path: str) -> str:
    kept: list[str] = []
    *directories, name = path.split("/")[1:] or [""]
    for part in directories:
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
    if name in (".", ".."):
        kept, name = (kept[:-1] if name == ".." else kept), ""
    return "/" + "/".join((*kept, name))


def _without_scheme(address: str) -> str:
    return address.partition("://")[2]
