"""The pages of a SharePoint site: web parts on a canvas, as one HTML document.

A page is an .aspx file in a library of its own, which gives it a feed of changes and permissions like any
file; only its text comes from another part of Graph.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from connectors.sharepoint.graph import Graph


class PageUnpublished(Exception):
    """The page, or its last edition, is not for readers yet."""


def page_of(graph: Graph, site: str, entry: dict[str, Any], what: str) -> tuple[str, bytes]:
    """Title and HTML of the page that a file of the pages' library is. Raises PageUnpublished."""
    id_ = str((entry.get("sharepointIds") or {}).get("listItemUniqueId") or "")
    path = f"/sites/{quote(site)}/pages/{quote(id_)}/microsoft.graph.sitePage?$expand=canvasLayout"
    page = graph.get(path, what)
    level = (page.get("publishingState") or {}).get("level")
    if level not in (None, "published"):
        raise PageUnpublished(f"its last edition is not published ({level})")
    title = str(page.get("title") or what)
    body = "\n".join(_texts(page.get("canvasLayout") or {}))
    return title, f"<h1>{html.escape(title)}</h1>\n{body}".encode()


def _texts(canvas: dict[str, Any]) -> Iterator[str]:
    for section in canvas.get("horizontalSections") or []:
        for column in section.get("columns") or []:
            yield from _parts(column.get("webparts") or [])
    yield from _parts((canvas.get("verticalSection") or {}).get("webparts") or [])


def _parts(webparts: list[dict[str, Any]]) -> Iterator[str]:
    for part in webparts:
        if part.get("innerHtml"):  # a text
            yield str(part["innerHtml"])
        data = part.get("data") or {}  # anything else: what it says of itself for search
        said = (data.get("serverProcessedContent") or {}).get("searchablePlainTexts") or []
        for each in said:
            if each.get("value"):
                yield f"<p>{html.escape(str(each['value']))}</p>"
