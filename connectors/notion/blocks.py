"""The blocks of a Notion page as HTML: what a reader of the page sees, in the same order."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from connectors.base import ItemUnreadable
from connectors.http import StatusRefused
from connectors.notion.api import Json, NotionApi
from connectors.notion.text import TitleOf, link, marked

MAX_DEPTH = 50
MAX_BLOCKS = 20_000
"""More blocks than any page that is written by hand; read at 3 requests a second they take minutes."""

_LISTS = {"bulleted_list_item": "ul", "numbered_list_item": "ol", "to_do": "ul"}
_HEADINGS = {"heading_1": "h2", "heading_2": "h3", "heading_3": "h4", "heading_4": "h5"}  # h1 is the title
_MEDIA = {"image", "video", "file", "pdf", "audio"}
_NOTHING_TO_READ = {"breadcrumb", "table_of_contents", "divider", "unsupported"}
_MEETING = ("summary_block_id", "notes_block_id")  # its transcript is left out: the summary says it


class PageReader:
    """Reads the blocks of one page, depth first."""

    def __init__(self, api: NotionApi, title_of: TitleOf) -> None:
        self._api = api
        self._title_of = title_of
        self._blocks = 0
        self._above: list[str] = []

    def html_of(self, block_id: str) -> str:
        """Everything below a block or page.

        Raises ItemUnreadable if that is more than is read; else as NotionApi does.
        """
        if block_id in self._above:  # a synced block may hold itself
            return ""
        if len(self._above) >= MAX_DEPTH:
            raise ItemUnreadable(f"{self._above[0]}: its blocks are nested more than {MAX_DEPTH} deep")
        self._above.append(block_id)
        try:
            return "\n".join(self._together(self._counted(self._api.children(block_id))))
        finally:
            self._above.pop()

    def _counted(self, blocks: Iterable[Json]) -> Iterator[Json]:
        for block in blocks:
            self._blocks += 1
            if self._blocks > MAX_BLOCKS:
                raise ItemUnreadable(f"{self._above[0]}: has more than {MAX_BLOCKS:,} blocks")
            if not block.get("in_trash"):
                yield block

    def _together(self, blocks: Iterable[Json]) -> Iterator[str]:
        """One piece of HTML a block; items of a list that follow each other are one list."""
        for tag, group in groupby(blocks, key=lambda block: _LISTS.get(str(block.get("type")), "")):
            pieces = [self._block(block) for block in group]
            if tag:
                yield f"<{tag}>{''.join(pieces)}</{tag}>"
            else:
                yield from filter(None, pieces)

    def _below(self, block: Json) -> str:
        """What is nested in a block. A part that is not shared with us leaves the rest readable."""
        if not block.get("has_children"):
            return ""
        return self._part(str(block.get("id")))

    def _part(self, block_id: str) -> str:
        try:
            return self.html_of(block_id)
        except StatusRefused as exc:
            if exc.status in (400, 404):  # 400: holds a kind of block that the API does not show
                return ""
            raise

    def _block(self, block: Json) -> str:
        kind = str(block.get("type"))
        of = block.get(kind)
        if not isinstance(of, dict) or kind in _NOTHING_TO_READ:
            return ""
        if kind in _LISTS:
            box = ("[x] " if of.get("checked") else "[ ] ") if kind == "to_do" else ""
            return f"<li>{box}{marked(of.get('rich_text'))}{self._below(block)}</li>"
        if kind in _HEADINGS:
            return f"<{_HEADINGS[kind]}>{marked(of.get('rich_text'))}</{_HEADINGS[kind]}>{self._below(block)}"
        if kind in _MEDIA:
            return _paragraph(": ".join(filter(None, (html.escape(_file_name(of)), _caption(of)))))
        match kind:
            case "quote" | "callout":
                icon = (of.get("icon") or {}).get("emoji") or ""
                text = " ".join(filter(None, (html.escape(icon), marked(of.get("rich_text")))))
                return f"<blockquote>{_paragraph(text)}{self._below(block)}</blockquote>"
            case "code":
                text = "".join(str(piece.get("plain_text") or "") for piece in of.get("rich_text") or ())
                return f"<pre><code>{html.escape(text)}</code></pre>{_paragraph(_caption(of))}"
            case "equation":
                return _paragraph(f"<code>{html.escape(str(of.get('expression') or ''))}</code>")
            case "table":
                return self._table(block, has_header=bool(of.get("has_column_header")))
            case "bookmark" | "embed" | "link_preview":
                url = str(of.get("url") or "")
                return _paragraph(link(url, _caption(of) or html.escape(url)))
            case "child_page" | "child_database":
                name = html.escape(str(of.get("title") or ""))
                return _paragraph(link(page_url(str(block.get("id"))), name))
            case "link_to_page":
                target = str(of.get(str(of.get("type"))) or "")
                title = self._title_of(target) if of.get("type") == "page_id" else ""
                return _paragraph(link(page_url(target), html.escape(title))) if title else ""
            case "synced_block":
                original = (of.get("synced_from") or {}).get("block_id")
                return (self._part(str(original)) if original else "") or self._below(block)
            case "meeting_notes" | "transcription":
                parts = of.get("children") or {}
                below = "".join(self._part(str(parts[name])) for name in _MEETING if parts.get(name))
                return _paragraph(marked(of.get("title"))) + below
        # paragraph, toggle, template, column, tab, and what Notion thinks of next
        return _paragraph(marked(of.get("rich_text"))) + self._below(block)

    def _table(self, block: Json, *, has_header: bool) -> str:
        rows: list[str] = []
        for row in self._counted(self._api.children(str(block.get("id")))):
            cells = (row.get("table_row") or {}).get("cells") or ()
            tag = "th" if has_header and not rows else "td"
            rows.append("<tr>" + "".join(f"<{tag}>{marked(cell)}</{tag}>" for cell in cells) + "</tr>")
        return f"<table>{''.join(rows)}</table>" if rows else ""


def page_url(page_id: str) -> str:
    return f"https://www.notion.so/{page_id.replace('-', '')}"


def _paragraph(text: str) -> str:
    return f"<p>{text}</p>" if text.strip() else ""


def _caption(of: Json) -> str:
    return marked(of.get("caption"))


def _file_name(of: Json) -> str:
    """Its name alone: the address of a file that Notion keeps holds a signature, and changes by the hour."""
    where = str((of.get(str(of.get("type"))) or {}).get("url") or "")
    return str(of.get("name") or PurePosixPath(unquote(urlsplit(where).path)).name)
