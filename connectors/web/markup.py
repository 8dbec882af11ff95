"""What a crawler needs of a page: its links, and what it says about itself.

A scan for tags, and no parser: hostile pages are parsed in the confined child alone (bot/parsing), and every
step here takes time in proportion to the page.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

MAX_LINKS = 5_000
_SCANNED = 2_000_000
_TAG_LONGEST = 8_000
_RAW = re.compile(r"</(script|style|noscript|template|textarea|svg|iframe)\b", re.IGNORECASE)
_RAW_NAMES = {"script", "style", "noscript", "template", "textarea", "svg", "iframe"}
_AROUND = {"nav", "footer", "aside"}
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_NAME = re.compile(r"/?([a-zA-Z][\w:-]*)")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_REFRESH = re.compile(r"\s*\d{1,2}(?:\.\d*)?\s*[;,]\s*url\s*=\s*[\"']?([^\"'\s]+)", re.IGNORECASE)
_KOREAN = {"euc-kr", "euckr", "ks_c_5601-1987", "ksc5601", "korean", "windows-949", "ms949", "x-windows-949"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MODIFIED = ("article:modified_time", "og:updated_time", "dcterms.modified", "last-modified")
_NOT_THERE = re.compile(
    r"\s*(?:(?:error )?404\W+(?:page |file )?not found|(?:page |file )?not found"
    r"|페이지를 찾을 수 없|존재하지 않는 (?:페이지|게시)|요청하신 페이지)",
    re.IGNORECASE,
)
_FEW_LETTERS = 600


@dataclass
class Seen:
    """What a page says about itself. Links are as they were written, and belong to `base` if that is set."""

    title: str = ""
    links: list[str] = field(default_factory=list)
    base: str = ""
    canonical: str = ""
    refresh: str = ""
    is_indexed: bool = True
    is_followed: bool = True
    modified: str = ""
    author: str = ""
    letters: int = 0
    asks_password: bool = False
    says: str = ""
    """Digest of its words alone."""
    version: str = ""
    """Digest of its words and elements outside of menus and footers: changes when the page does."""

    @property
    def is_login(self) -> bool:
        """Whether it is but a form to log in."""
        return self.asks_password and self.letters < _FEW_LETTERS

    @property
    def is_missing(self) -> bool:
        """Whether it says, in spite of its status, that there is nothing."""
        return self.letters < _FEW_LETTERS and bool(_NOT_THERE.match(self.title))


def charset_of(content: bytes, content_type: str) -> str:
    """The encoding of a page as browsers find it: byte order mark, header, <meta>, and UTF-8 without any."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    declared = _CHARSET.search(content_type)
    name = declared[1] if declared else ""
    if not name and (found := _META_CHARSET.search(content, 0, 4096)):
        name = found[1].decode("ascii", "replace")
        if name.lower().startswith("utf-16"):
            name = "utf-8"
    if not name:
        try:
            content.decode()
        except UnicodeDecodeError:
            return "cp949"
        return "utf-8"
    name = "cp949" if name.lower() in _KOREAN else name.lower()
    try:
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, UnicodeError):
        return "utf-8"
    return name


def scan(page: str) -> Seen:
    """Read the tags of a page. What is not closed is read as text, as far as it matters."""
    page = page[:_SCANNED]
    seen = Seen()
    words, shape = hashlib.sha256(), hashlib.sha256()
    around = 0
    position = 0
    links: dict[str, None] = {}

    def say(text: str) -> None:
        said = " ".join(html.unescape(text).split())
        if said and not around:
            seen.letters += len(said)
            words.update(said.encode("utf-8", "replace"))
            shape.update(said.encode("utf-8", "replace"))

    while True:
        start = page.find("<", position)
        say(page[position : start if start >= 0 else len(page)])
        if start < 0:
            break
        if page.startswith("<!--", start):
            end = page.find("-->", start + 4)
            if end < 0:
                break
            position = end + 3
            continue
        end = _end_of_tag(page, start)
        name_found = _NAME.match(page, start + 1)
        if end < 0 or name_found is None:
            position = start + 1
            continue
        name, is_close = name_found[1].lower(), page[start + 1] == "/"
        position = end + 1
        if is_close:
            around = max(0, around - (name in _AROUND))
            continue
        attributes = _attributes(page[name_found.end() : end])
        around += name in _AROUND
        if not around:
            shape.update(f"<{name}>".encode())
        if name in _RAW_NAMES:
            position = _after_raw(page, name, position)
            if position < 0:
                break
        elif name == "title" and not seen.title:
            close = page.find("<", position, position + _TAG_LONGEST)
            seen.title = " ".join(html.unescape(page[position : max(close, position)]).split())
        elif name in ("a", "area") and (href := attributes.get("href", "").strip()):
            if "nofollow" not in attributes.get("rel", "").lower() and len(links) < MAX_LINKS:
                links[href] = None
        else:
            _note(seen, links, name, attributes)
    seen.links = list(links)
    seen.says = words.hexdigest()[:32]
    shape.update(" ".join((seen.title, seen.canonical, seen.modified)).encode("utf-8", "replace"))
    seen.version = shape.hexdigest()[:32]
    return seen


def moment(said: str) -> datetime | None:
    """A date as pages and sitemaps write it (ISO 8601); None for anything else."""
    try:
        found = datetime.fromisoformat(said.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _note(seen: Seen, links: dict[str, None], name: str, attributes: dict[str, str]) -> None:
    if name == "base" and not seen.base:
        seen.base = attributes.get("href", "")
    elif name == "link":
        if "canonical" in attributes.get("rel", "").lower().split() and not seen.canonical:
            seen.canonical = attributes.get("href", "").strip()
    elif name in ("frame", "iframe") and (source := attributes.get("src", "").strip()):
        links[source] = None
    elif name == "input" and attributes.get("type", "").lower() == "password":
        seen.asks_password = True
    elif name == "meta":
        key = (attributes.get("name") or attributes.get("property") or "").lower()
        value = attributes.get("content", "")
        if key in ("robots", "footnote"):
            obey(seen, value)
        elif key == "author" and not seen.author:
            seen.author = " ".join(value.split())[:200]
        elif key in _MODIFIED and not seen.modified:
            seen.modified = value
        elif attributes.get("http-equiv", "").lower() == "refresh" and (to := _REFRESH.match(value)):
            seen.refresh = to[1]


def obey(seen: Seen, said: str) -> None:
    """Take in what a robots <meta> or an X-Robots-Tag header says."""
    rules = {rule.strip().lower() for rule in said.split(",")}
    if rules & {"noindex", "none"}:
        seen.is_indexed = False
    if rules & {"nofollow", "none"}:
        seen.is_followed = False


def _end_of_tag(page: str, start: int) -> int:
    """Where the tag that begins here ends; a ">" within quotes does not end it. -1 if that is far off."""
    limit = start + _TAG_LONGEST
    end = page.find(">", start, limit)
    for _ in range(5):
        if end < 0:
            return -1
        inside = page[start:end]
        if inside.count('"') % 2 == 0 and (inside.count("'") % 2 == 0 or '"' in inside):
            return end
        further = page.find(">", end + 1, limit)
        if further < 0:
            return end
        end = further
    return end


def _after_raw(page: str, name: str, position: int) -> int:
    for close in _RAW.finditer(page, position):
        if close[1].lower() == name:
            return close.start()
    return -1


def _attributes(source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(source):
        found.setdefault(name.lower(), html.unescape(double or single or bare))
    return found
