"""Confluence storage format: XHTML with elements of Confluence's own (`ac:`, `ri:`), as its API gives it.

https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.errors import ParseError
from bot.parsing.atlassian import rich_text
from bot.parsing.atlassian.rich_text import (
    MAX_DEPTH,
    Block,
    Code,
    Flow,
    Heading,
    ItemList,
    ListItem,
    Paragraph,
    Quote,
    Table,
    TableCell,
    bounded,
)
from bot.parsing.parsed import Parsed, clean, one_line
from bot.parsing.text import decode

_PROLOGUE = re.compile(
    r"\A\s*(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)?", re.DOTALL | re.IGNORECASE
)
_CDATA_OR_REFERENCE = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*\Z)|&(?:#\d{1,7};|#x[0-9A-Fa-f]{1,6};|(\w{1,32});)?", re.DOTALL
)
_XML_ENTITIES = frozenset(["amp", "lt", "gt", "quot", "apos"])
_NAMESPACES = ('xmlns:ac="http://atlassian.com/content" xmlns:ri="http://atlassian.com/resource/identifier"'
               ' xmlns:at="http://atlassian.com/template"')  # fmt: skip

_HEADING = re.compile(r"h([1-6])$")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SKIPPED = frozenset([
    "script", "style", "head", "colgroup", "ac:parameter", "ac:placeholder", "ac:adf-mark",
    "ac:adf-attribute", "ac:adf-fragment-mark", "ac:task-id", "ac:task-uuid", "at:declarations",
])  # fmt: skip
_CONTAINERS = frozenset([
    "p", "div", "section", "article", "center", "dl", "dt", "dd", "details", "summary", "figure",
    "figcaption", "form", "fieldset", "address", "ac:layout", "ac:layout-section", "ac:layout-cell",
    "ac:rich-text-body", "ac:adf-content", "ac:adf-node", "ac:adf-fallback", "ac:caption",
])  # fmt: skip
_FILES = frozenset(["view-file", "viewfile", "viewpdf", "viewdoc", "viewxls", "viewppt", "multimedia"])
_UNREAD_MACROS = frozenset(
    ["toc", "toc-zone-nav", "children", "anchor", "pagetree", "include", "excerpt-include"]
)
_DIAGRAMS = frozenset(["mermaid", "mermaid-macro", "plantuml", "latex", "mathblock", "graphviz", "flowchart"])


def parse_confluence_storage(content: bytes, name: str) -> Parsed:
    """Sections by the headings. Title: from the name, for the format has none of its own.

    Raises ParseError where it has no text or is nested too deeply.
    """
    body = _elements(clean(decode(content, name)), name)
    flow = Flow()
    _Reading().into(flow, body, 0)
    flow.end_paragraph()
    return rich_text.parsed(flow.blocks, name)


def _elements(source: str, name: str) -> etree._Element:
    source = _PROLOGUE.sub("", source, count=1)
    source = _CDATA_OR_REFERENCE.sub(_as_xml, source)
    # No entity is ever resolved, nothing fetched; what is broken is read as far as it can be.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        recover=True, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    root = etree.fromstring(f"<page {_NAMESPACES}>{source}</page>".encode(), parser)
    if any("depth" in str(entry.message) for entry in parser.error_log):
        raise ParseError(f"{name} has elements nested too deeply to be read.")
    if root is None:
        raise ParseError(f"{name} is broken: it is no Confluence page.")
    return root


def _as_xml(match: re.Match[str]) -> str:
    """A page may use HTML's names of characters, which XML does not know, and a bare ampersand."""
    found = match[0]
    if found.startswith("<") or found.startswith("&#"):
        return found
    if (name := match[1]) in _XML_ENTITIES:
        return found
    character = html.unescape(found) if name else "&"
    return character.replace("&", "&amp;").replace("<", "&lt;")


class _Reading:
    def into(self, flow: Flow, parent: etree._Element, depth: int) -> None:
        """Put what is inside `parent` into the flow."""
        if depth > MAX_DEPTH:
            flow.say(" ".join(parent.itertext()))
            return
        flow.say(_spaced(parent.text))
        for element in _children(parent):
            self._element(flow, element, depth + 1)
            flow.say(_spaced(element.tail))

    def blocks(self, parent: etree._Element, depth: int) -> list[Block]:
        flow = Flow()
        self.into(flow, parent, depth)
        flow.end_paragraph()
        return flow.blocks

    def _element(self, flow: Flow, element: etree._Element, depth: int) -> None:
        tag = _name(element)
        if tag in _SKIPPED or _HIDDEN.search(element.get("style", "")):
            return
        if heading := _HEADING.match(tag):
            text = one_line(self._inline(element, depth, plain=True))
            flow.add(*([Heading(int(heading[1]), text)] if text else []))
        elif tag in _CONTAINERS:
            flow.end_paragraph()
            self.into(flow, element, depth)
            flow.end_paragraph()
        elif tag in ("ul", "ol"):
            start = None if tag == "ul" else bounded(element.get("start", 1), 1, 100_000)
            flow.add(ItemList([ListItem(self.blocks(item, depth)) for item in _children(element)], start))
        elif tag == "ac:task-list":
            flow.add(ItemList([self._task(task, depth) for task in _children(element)]))
        elif tag == "table":
            flow.add(Table(self._rows(element, depth)))
        elif tag == "blockquote":
            flow.add(Quote(self.blocks(element, depth)))
        elif tag == "pre":
            flow.add(Code("".join(element.itertext())))
        elif tag == "hr":
            flow.end_paragraph()
        elif tag in ("ac:structured-macro", "ac:macro"):
            self._macro(flow, element, depth)
        elif tag == "ac:adf-extension":
            # what older readers are shown instead says the same, in XHTML
            shown = _child(element, "ac:adf-fallback")
            self.into(flow, element if shown is None else shown, depth)
        elif tag in ("ac:image", "img"):
            self._image(flow, element, depth)
        else:
            flow.say(self._inline_element(element, depth, plain=False))

    def _task(self, task: etree._Element, depth: int) -> ListItem:
        status, body = _child(task, "ac:task-status"), _child(task, "ac:task-body")
        return ListItem(
            [] if body is None else self.blocks(body, depth),
            is_done=status is not None and (status.text or "").strip() == "complete",
        )

    def _rows(self, table: etree._Element, depth: int) -> list[list[TableCell]]:
        rows: list[list[TableCell]] = []
        for part in _children(table):
            if _name(part) in ("thead", "tbody", "tfoot"):
                rows += self._rows(part, depth + 1) if depth < MAX_DEPTH else []
            elif _name(part) == "tr":
                rows.append([
                    TableCell(
                        self.blocks(cell, depth),
                        bounded(cell.get("colspan", 1), 1, 100),
                        bounded(cell.get("rowspan", 1), 1, 1000),
                    )
                    for cell in _children(part)
                    if _name(cell) in ("td", "th")
                ])  # fmt: skip
        return rows

    def _macro(self, flow: Flow, macro: etree._Element, depth: int) -> None:
        name = _attribute(macro, "ac:name").lower()
        if said := self._inline_macro(macro, name):
            flow.say(said)
            return
        parameters = _parameters(macro)
        is_hidden = parameters.get("hidden") == "true"  # on the page, but not to be seen
        if name in _UNREAD_MACROS or is_hidden:
            return
        if name in _FILES:
            flow.add(*[Paragraph(file) for file in _files(macro)])
            return
        plain, rich = _child(macro, "ac:plain-text-body"), _child(macro, "ac:rich-text-body")
        if (plain is not None or rich is not None) and (title := one_line(parameters.get("title", ""))):
            flow.add(Paragraph(rich_text.strong(title)))
        if rich is not None:
            flow.end_paragraph()
            self.into(flow, rich, depth)
            flow.end_paragraph()
        elif plain is not None:
            text = "".join(plain.itertext())
            if name == "markdown":
                flow.add(Paragraph(text.strip()))
            else:
                flow.add(Code(text, name if name in _DIAGRAMS else one_line(parameters.get("language", ""))))

    def _inline_macro(self, macro: etree._Element, name: str) -> str:
        """What a macro says within a line; empty for one that does not stand in a line."""
        parameters = _parameters(macro)
        if name == "status":
            return one_line(parameters.get("title", ""))
        if name in ("jira", "jiraissues"):
            return one_line(parameters.get("key", "") or parameters.get("jqlquery", ""))
        if name in ("mathinline", "mathjax-inline-macro"):
            body = _child(macro, "ac:plain-text-body")
            return (
                rich_text.code("".join(body.itertext())) if body is not None else parameters.get("body", "")
            )
        if name in ("widget", "iframe"):
            found = next((_attribute(url, "ri:value") for url in _descendants(macro, "ri:url")), "")
            return rich_text.link("", found or parameters.get("url", ""))
        return ""

    def _image(self, flow: Flow, image: etree._Element, depth: int) -> None:
        if (caption := _child(image, "ac:caption")) is not None:
            flow.add(*self.blocks(caption, depth))
        else:
            described = _attribute(image, "ac:alt") or image.get("alt") or _attribute(image, "ac:title")
            flow.say(rich_text.picture(described or ""))

    def _inline(self, parent: etree._Element, depth: int, *, plain: bool) -> str:
        """What stands within a line: as Markdown, or without any marks."""
        if depth > MAX_DEPTH:
            return " ".join(parent.itertext())
        pieces = [_spaced(parent.text)]
        for element in _children(parent):
            pieces += (self._inline_element(element, depth + 1, plain=plain), _spaced(element.tail))
        return "".join(pieces)

    def _inline_element(self, element: etree._Element, depth: int, *, plain: bool) -> str:
        tag = _name(element)
        if tag in _SKIPPED or _HIDDEN.search(element.get("style", "")):
            return ""
        if tag == "br":
            return "\n"
        if tag == "ac:emoticon":
            shown = _attribute(element, "ac:emoji-fallback")
            return rich_text.emoticon(
                shown, _attribute(element, "ac:emoji-id"), _attribute(element, "ac:name")
            )
        if tag == "time":
            return element.get("datetime") or self._inline(element, depth, plain=plain)
        if tag in ("ac:structured-macro", "ac:macro"):
            flow = Flow()
            self._macro(flow, element, depth)
            flow.end_paragraph()
            return rich_text.on_one_line(flow.blocks)
        if tag in ("ac:image", "img"):
            flow = Flow()
            self._image(flow, element, depth)
            flow.end_paragraph()
            return rich_text.on_one_line(flow.blocks)
        if tag == "ac:link":
            return self._link(element, depth, plain=plain)
        inner = self._inline(element, depth, plain=plain)
        if plain:
            return inner
        if tag in ("strong", "b"):
            return rich_text.strong(inner)
        if tag in ("em", "i", "cite"):
            return rich_text.emphasised(inner)
        if tag in ("s", "del", "strike"):
            return rich_text.struck(inner)
        if tag in ("code", "tt", "kbd", "samp"):
            return rich_text.code("".join(element.itertext()))
        if tag == "a":
            return rich_text.link(inner, element.get("href", ""))
        if tag in _CONTAINERS or tag in ("li", "tr"):
            return f"\n{inner}\n"
        return f" {inner} " if tag in ("td", "th") else inner

    def _link(self, element: etree._Element, depth: int, *, plain: bool) -> str:
        for tag in ("ac:link-body", "ac:plain-text-link-body"):
            if (body := _child(element, tag)) is not None and (
                text := self._inline(body, depth, plain=plain)
            ).strip():
                is_person = _child(element, "ri:user") is not None
                return f"@{text.strip()}" if is_person and not text.startswith("@") else text
        for target in _children(element):
            named = _attribute(target, "ri:content-title") or _attribute(target, "ri:filename")
            if said := named or _attribute(target, "ri:space-key"):
                return said
            if url := _attribute(target, "ri:value"):
                return rich_text.link("", url)
        return _attribute(element, "ac:anchor")


def _children(parent: etree._Element) -> Iterator[etree._Element]:
    """Elements alone; comments, instructions and entities have no name."""
    return (child for child in parent if isinstance(child.tag, str))


def _name(element: etree._Element) -> str:
    """As it is written: ac:link, whether or not the prefix was declared."""
    tag = str(element.tag)
    if not tag.startswith("{"):
        return tag.lower()
    local = tag.rpartition("}")[2].lower()
    return f"{element.prefix}:{local}" if element.prefix else local


def _attribute(element: etree._Element, name: str) -> str:
    prefix, _, local = name.partition(":")
    uri = element.nsmap.get(prefix)
    return str(element.get(f"{{{uri}}}{local}") or element.get(name) or "")


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in _children(parent) if _name(child) == name), None)


def _descendants(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    return (element for element in parent.iter() if isinstance(element.tag, str) and _name(element) == name)


def _parameters(macro: etree._Element) -> dict[str, str]:
    """The plain ones, by their names in small letters."""
    return {
        _attribute(child, "ac:name").lower(): "".join(child.itertext())
        for child in _children(macro)
        if _name(child) == "ac:parameter"
    }


def _files(macro: etree._Element) -> list[str]:
    return [
        name for file in _descendants(macro, "ri:attachment") if (name := _attribute(file, "ri:filename"))
    ]


def _spaced(text: str | None) -> str:
    """A line end in the source is only a space to who reads."""
    return re.sub(r"\s+", " ", text) if text else ""
