"""EPUB books: chapters in the order of reading, each read as the web page that it is."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.errors import ParseError
from bot.parsing.html import parse_html
from bot.parsing.office.packages import DAMAGED, Package, resolved
from bot.parsing.parsed import Parsed, Section, assemble, one_line, title_from_name

_PAGE_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_MAX_CHAPTERS = 5_000
_LINK = re.compile(r"\[([^\]\n]*)\]\((?!\w+:)[^()\s]*\)")


def parse_epub(content: bytes, name: str) -> Parsed:
    """Title: that of the book. Chapters without a heading take theirs from the table of contents."""
    package = Package(content, name, "an EPUB book")
    try:
        return _parsed(package, name)
    except DAMAGED as exc:
        raise package.broken() from exc


def _parsed(package: Package, name: str) -> Parsed:
    root = package.xml("META-INF/container.xml").find(".//{*}rootfile")
    opf = resolved("", root.get("full-path", "")) if root is not None else ""
    book = package.xml(opf)
    folder = posixpath.dirname(opf)
    items = {
        item.get("id", ""): (resolved(folder, item.get("href", "")), item.get("media-type", ""))
        for item in book.iterfind("{*}manifest/{*}item")
    }
    chapters = _chapters(book, items, package)
    if _encrypted(package) & set(chapters):
        raise ParseError(
            f"{name} is protected against copying.", mend="Use a copy without protection, if you have one."
        )
    named = _contents(book, items, package)
    title = one_line(book.findtext("{*}metadata/{*}title") or "")
    sections: list[Section] = []
    for part in chapters:
        sections += _chapter(package.read(part), part, named.get(part, ""), title)
    return assemble(name, title, sections)


def _chapters(book: etree._Element, items: dict[str, tuple[str, str]], package: Package) -> list[str]:
    """Parts in the order of reading, each once: a chapter listed a thousand times is no longer book."""
    listed = (items.get(reference.get("idref", ""), ("", "")) for reference in book.iterfind(".//{*}itemref"))
    pages = dict.fromkeys(part for part, kind in listed if kind in _PAGE_TYPES and part in package)
    return list(pages)[:_MAX_CHAPTERS]


def _chapter(content: bytes, part: str, named: str, title: str) -> list[Section]:
    try:
        parsed = parse_html(content, part)
    except ParseError:
        return []  # a cover, a picture: no text
    heading = named or parsed.title
    if heading in (title, title_from_name(part)):
        heading = ""
    return [
        # where it leads to within the book is of no use outside it
        replace(section, path=_path(heading, section.path), text=_LINK.sub(r"\1", section.text), anchor="")
        for section in parsed.sections
    ]


def _path(heading: str, path: tuple[str, ...]) -> tuple[str, ...]:
    return path if not heading or path[:1] == (heading,) else (heading, *path)


def _contents(book: etree._Element, items: dict[str, tuple[str, str]], package: Package) -> dict[str, str]:
    """Part -> what the table of contents calls it: that of EPUB 3, else that of EPUB 2."""
    for item in book.iterfind("{*}manifest/{*}item"):
        part = items[item.get("id", "")][0]
        is_nav = "nav" in item.get("properties", "").split()
        is_ncx = item.get("media-type") == "application/x-dtbncx+xml"
        if not (is_nav or is_ncx) or part not in package:
            continue
        folder = posixpath.dirname(part)
        try:
            table = package.xml(part)
        except ParseError:
            continue  # the book can be read without it
        found: dict[str, str] = {}
        if is_nav:
            links = ((link.get("href", ""), "".join(link.itertext())) for link in table.iter("{*}a"))
        else:
            links = (
                (point.find("{*}content").get("src", ""), point.findtext("{*}navLabel/{*}text") or "")
                for point in table.iter("{*}navPoint")
                if point.find("{*}content") is not None
            )
        for target, text in links:
            found.setdefault(resolved(folder, target), one_line(text))
        if found:
            return found
    return {}


def _encrypted(package: Package) -> set[str]:
    if "META-INF/encryption.xml" not in package:
        return set()
    references = package.xml("META-INF/encryption.xml").iter("{*}CipherReference")
    return {resolved("", reference.get("URI", "")) for reference in references}
