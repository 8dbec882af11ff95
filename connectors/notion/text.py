"""Notion's rich text and the properties of database rows, as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from typing import Any

from connectors.notion.api import Json

TitleOf = Callable[[str], str]
"""The title of a page by its id; empty where we may not see it."""


def plain(rich_text: Iterable[Json] | None) -> str:
    """The text alone, on one line."""
    return " ".join("".join(str(piece.get("plain_text") or "") for piece in rich_text or ()).split())


def marked(rich_text: Iterable[Json] | None) -> str:
    """HTML with what changes the meaning: links, code, and what is struck out. Bold and colours are not
    kept: quotes are compared letter for letter."""
    return "".join(_piece(piece) for piece in rich_text or ())


def link(url: Any, text: str) -> str:
    """A link with a text that is HTML already; the text alone where the address is no web page."""
    if isinstance(url, str) and re.match(r"https?://", url):
        return f'<a href="{html.escape(url)}">{text}</a>'
    return text


def table_of(properties: Json, title_of: TitleOf) -> str:
    """The properties of a database row as a table: their names above their values. Empty ones are left out,
    and the title is, which stands above."""
    named = [
        (str(name), value)
        for name, of in properties.items()
        if isinstance(of, dict) and of.get("type") != "title" and (value := value_of(of, title_of))
    ]
    if not named:
        return ""
    names = "".join(f"<th>{html.escape(name)}</th>" for name, _ in named)
    values = "".join(f"<td>{html.escape(value)}</td>" for _, value in named)
    return f"<table><tr>{names}</tr><tr>{values}</tr></table>"


def value_of(of: Json, title_of: TitleOf) -> str:
    """What a property says, as plain text."""
    kind = str(of.get("type") or "")
    value = of.get(kind)
    if isinstance(value, bool):
        return "✓" if value else ""
    if value is None or value == [] or value == {}:
        return ""
    match kind:
        case "title" | "rich_text":
            return plain(value)
        case "select" | "status":
            return str(value.get("name") or "")
        case "multi_select" | "people" | "files":
            return ", ".join(filter(None, (str(each.get("name") or "") for each in value)))
        case "created_by" | "last_edited_by":
            return str(value.get("name") or "")
        case "date":
            return _dates(value)
        case "relation":
            titles = [title for each in value if (title := title_of(str(each.get("id") or "")))]
            return ", ".join(titles) + (" …" if of.get("has_more") else "")
        case "formula":
            return value_of(value, title_of)
        case "rollup":
            parts = value.get("array") if value.get("type") == "array" else [value]
            return ", ".join(filter(None, (value_of(part, title_of) for part in parts or ())))
        case "unique_id":
            prefix, number = value.get("prefix"), value.get("number")
            return f"{prefix}-{number}" if prefix else str(number or "")
        case "verification":
            return str(value.get("state") or "")
        case "place":
            return ", ".join(str(value[key]) for key in ("name", "address") if value.get(key))
        case "number" if isinstance(value, float) and value.is_integer():
            return str(int(value))
        case "button" | "unsupported" | "incomplete":
            return ""
    return str(value) if isinstance(value, str | int | float) else ""


def _piece(piece: Json) -> str:
    text = html.escape(str(piece.get("plain_text") or "")).replace("\n", "<br>")
    annotations = piece.get("annotations") or {}
    if not text.strip():
        return text
    if annotations.get("code"):
        text = f"<code>{text}</code>"
    if annotations.get("strikethrough"):
        text = f"<del>{text}</del>"
    return link(piece.get("href"), text)


def _dates(value: Json) -> str:
    start, end = value.get("start"), value.get("end")
    return f"{start} – {end}" if end else str(start or "")
