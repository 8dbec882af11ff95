"""An issue of Jira as one document: a short table of its fields, the description, the comments."""

from __future__ import annotations

import json
from html import escape

from connectors.atlassian import Json, inside

ADF = "application/vnd.atlassian.adf+json"
HTML = "text/html"

FIELDS = (
    "issuetype", "status", "resolution", "priority", "assignee", "reporter", "labels", "components",
    "fixVersions", "duedate", "parent",
)  # fmt: skip
"""What the table says, in this order; what an issue has not is left out."""
_NAMES = {"fixVersions": "Fix versions", "issuetype": "Type", "duedate": "Due date"}


def as_adf(issue: Json, comments: list[Json]) -> bytes:
    """Of Cloud, where descriptions and comments are in the Atlassian Document Format."""
    fields, names = _object(issue.get("fields")), _object(issue.get("names"))
    table = facts(fields, names)
    content: list[object] = []
    if table:
        content.append({
            "type": "table",
            "content": [
                {"type": "tableRow", "content": [_cell("tableHeader", name) for name, _ in table]},
                {"type": "tableRow", "content": [_cell("tableCell", value) for _, value in table]},
            ],
        })  # fmt: skip
    content += _list(_object(fields.get("description")).get("content"))
    if comments:
        content.append(_heading(1, _name("comment", names)))
    for comment in comments:
        content.append(_heading(2, _signature(comment)))
        content += _list(_object(comment.get("body")).get("content"))
    return json.dumps({"version": 1, "type": "doc", "content": content}, ensure_ascii=False).encode()


def as_html(issue: Json, comments: list[Json]) -> bytes:
    """Of Data Center, which renders its wiki markup for us."""
    fields, names = _object(issue.get("fields")), _object(issue.get("names"))
    table = facts(fields, names)
    heads = "".join(f"<th>{escape(name)}</th>" for name, _ in table)
    values = "".join(f"<td>{escape(value)}</td>" for _, value in table)
    pieces = [f"<table><tr>{heads}</tr><tr>{values}</tr></table>"] if table else []
    pieces.append(_rendered(inside(issue, "renderedFields", "description"), fields.get("description")))
    if comments:
        pieces.append(f"<h1>{escape(_name('comment', names))}</h1>")
    for comment in comments:
        pieces.append(f"<h2>{escape(_signature(comment))}</h2>")
        pieces.append(_rendered(comment.get("renderedBody"), comment.get("body")))
    return "\n".join(["<meta charset=utf-8>", *pieces]).encode()


def facts(fields: Json, names: Json) -> list[tuple[str, str]]:
    """(name, value) of the fields that are set, named as the site names them."""
    found = ((key, _shown(fields.get(key))) for key in FIELDS)
    return [(_name(key, names), value) for key, value in found if value]


def is_for_all(comment: Json) -> bool:
    """Whether whoever may read the issue may read this comment: not one for a role, group or agents alone."""
    return not comment.get("visibility") and comment.get("jsdPublic") is not False


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_shown, value)))
    if isinstance(value, dict):
        summary = inside(value, "fields", "summary")
        if summary:  # of a parent
            return f"{value.get('key')} {summary}"
        return str(value.get("displayName") or value.get("name") or "")
    return str(value) if isinstance(value, str | int) else ""


def _name(key: str, names: Json) -> str:
    return str(names.get(key) or _NAMES.get(key) or key.capitalize())


def _signature(comment: Json) -> str:
    author = inside(comment, "author", "displayName") or ""
    return f"{author} {str(comment.get('created') or '')[:10]}".strip() or "-"


def _rendered(html: object, source: object) -> str:
    if isinstance(html, str) and html.strip():
        return html
    return f"<pre>{escape(source)}</pre>" if isinstance(source, str) and source.strip() else ""


def _cell(kind: str, text: str) -> Json:
    return {"type": kind, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


def _heading(level: int, text: str) -> Json:
    return {"type": "heading", "attrs": {"level": level}, "content": [{"type": "text", "text": text}]}


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
