"""Atlassian Document Format (ADF): the JSON in which Jira Cloud gives descriptions and comments.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

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

_Node = dict[str, Any]

_LISTS = frozenset(["bulletList", "orderedList", "taskList", "decisionList"])
_ITEMS = frozenset(["listItem", "taskItem", "blockTaskItem", "decisionItem"])
_CARDS = frozenset(["inlineCard", "blockCard", "embedCard"])
_PICTURES = frozenset(["media", "mediaInline"])
_EXTENSIONS = frozenset(["extension", "inlineExtension", "bodiedExtension"])


def parse_adf(content: bytes, name: str) -> Parsed:
    """Sections by the headings. Title: from the name, for the format has none of its own.

    Raises ParseError where it is no such document, has no text or is nested too deeply.
    """
    try:
        root = json.loads(clean(decode(content, name)))
    except RecursionError:
        raise ParseError(f"{name} is nested too deeply to be read.") from None
    except ValueError as exc:
        raise ParseError(f"{name} is broken: it is no JSON.") from exc
    if not isinstance(root, dict) or root.get("type") != "doc":
        raise ParseError(f"{name} is no document in the Atlassian Document Format.")
    return rich_text.parsed(_blocks(root, 0), name)


def _blocks(parent: _Node, depth: int) -> list[Block]:
    flow = Flow()
    if depth > MAX_DEPTH:
        flow.say(" ".join(_texts(parent)))
    else:
        for node in _children(parent):
            _into(flow, node, depth + 1)
    flow.end_paragraph()
    return flow.blocks


def _into(flow: Flow, node: _Node, depth: int) -> None:
    kind, attributes = _kind(node), _attributes(node)
    if kind == "heading":
        text = one_line("".join(_inline(child, plain=True) for child in _children(node)))
        flow.add(*([Heading(bounded(attributes.get("level"), 1, 6), text)] if text else []))
    elif kind in _LISTS:
        start = bounded(attributes.get("order", 1), 0, 100_000) if kind == "orderedList" else None
        flow.add(ItemList(_items(node, depth), start))
    elif kind == "codeBlock":
        flow.add(Code("".join(_texts(node)), one_line(str(attributes.get("language") or ""))))
    elif kind == "blockquote":
        flow.add(Quote(_blocks(node, depth)))
    elif kind == "table":
        flow.add(Table(_rows(node, depth)))
    elif kind in _EXTENSIONS:
        _extension(flow, node, depth)
    elif kind == "rule":
        flow.end_paragraph()
    elif kind in _PICTURES and "content" not in node:
        flow.say(rich_text.picture(str(attributes.get("alt") or "")))
    elif kind == "mediaSingle":
        captions = [child for child in _children(node) if _kind(child) == "caption"]
        flow.add(*_blocks({"content": captions or node.get("content")}, depth))
    elif "content" in node:  # a paragraph, panel, expand, column ..., also one that we do not know
        if title := one_line(str(attributes.get("title") or "")):
            flow.add(Paragraph(rich_text.strong(title)))
        flow.add(*_blocks(node, depth))
    else:
        flow.say(_inline(node, plain=False))


def _items(parent: _Node, depth: int) -> list[ListItem]:
    items: list[ListItem] = []
    for node in _children(parent):
        if _kind(node) in _ITEMS:
            state = _attributes(node).get("state") if "ask" in _kind(node) else None
            items.append(ListItem(_blocks(node, depth), None if state is None else state == "DONE"))
        else:  # a list of tasks stands beside the task that it is below
            flow = Flow()
            _into(flow, node, depth)
            flow.end_paragraph()
            if items:
                items[-1].blocks.extend(flow.blocks)
            else:
                items.append(ListItem(flow.blocks))
    return items


def _rows(table: _Node, depth: int) -> list[list[TableCell]]:
    rows = [_cells(row, depth) for row in _children(table)]
    if _attributes(table).get("isNumberColumnEnabled") is True:
        heads = [all(_kind(cell) == "tableHeader" for cell in _children(row)) for row in _children(table)]
        numbers = count(1)
        for row, is_head in zip(rows, heads, strict=True):
            row.insert(0, TableCell([] if is_head else [Paragraph(str(next(numbers)))]))
    return rows


def _cells(row: _Node, depth: int) -> list[TableCell]:
    return [
        TableCell(
            _blocks(cell, depth + 1),
            bounded(_attributes(cell).get("colspan"), 1, 100),
            bounded(_attributes(cell).get("rowspan"), 1, 1000),
        )
        for cell in _children(row)
    ]


def _extension(flow: Flow, node: _Node, depth: int) -> None:
    """A macro. What it shows is not in the document, but for its body and, of a Jira macro, the issue."""
    attributes = _attributes(node)
    given = attributes.get("parameters")
    macro = given.get("macroParams") if isinstance(given, dict) else None
    parameters = {key: value.get("value") for key, value in _object(macro).items() if isinstance(value, dict)}
    if attributes.get("extensionKey") in ("jira", "jiraissues"):
        flow.say(one_line(str(parameters.get("key") or parameters.get("jqlQuery") or "")))
    elif "content" in node and parameters.get("hidden") != "true":
        if title := one_line(str(parameters.get("title") or "")):
            flow.add(Paragraph(rich_text.strong(title)))
        flow.add(*_blocks(node, depth))


def _inline(node: _Node, *, plain: bool) -> str:
    kind, attributes = _kind(node), _attributes(node)
    if kind == "text":
        return _marked(str(node.get("text") or ""), node, plain=plain)
    if kind == "hardBreak":
        return "\n"
    if kind == "mention":
        text = str(attributes.get("text") or "")
        return text if not text or text.startswith("@") else f"@{text}"
    if kind == "emoji":
        shown, name = str(attributes.get("text") or ""), str(attributes.get("shortName") or "")
        return rich_text.emoticon(shown or name, name, str(attributes.get("id") or ""))
    if kind == "status":
        return str(attributes.get("text") or "")
    if kind == "date":
        return _day(attributes.get("timestamp"))
    if kind in _CARDS:
        url = str(attributes.get("url") or "")
        return rich_text.link("", url)
    return ""


def _marked(text: str, node: _Node, *, plain: bool) -> str:
    marks = node.get("marks")
    if plain or not isinstance(marks, list):
        return text
    kinds = {_kind(mark): _attributes(mark) for mark in marks if isinstance(mark, dict)}
    if "code" in kinds:
        text = rich_text.code(text)
    if "strike" in kinds:
        text = rich_text.struck(text)
    if "em" in kinds:
        text = rich_text.emphasised(text)
    if "strong" in kinds:
        text = rich_text.strong(text)
    return rich_text.link(text, str(kinds["link"].get("href") or "")) if "link" in kinds else text


def _day(timestamp: object) -> str:
    try:
        return datetime.fromtimestamp(int(str(timestamp)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _texts(node: _Node) -> list[str]:
    """All text below a node, without descending by recursion."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(text := current.get("text"), str):
            found.append(text)
        waiting += reversed(_children(current))
    return found


def _children(node: _Node) -> list[_Node]:
    content = node.get("content")
    return [child for child in content if isinstance(child, dict)] if isinstance(content, list) else []


def _kind(node: _Node) -> str:
    return str(node.get("type") or "")


def _attributes(node: _Node) -> _Node:
    return _object(node.get("attrs"))


def _object(value: object) -> _Node:
    return value if isinstance(value, dict) else {}
