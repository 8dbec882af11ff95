"""Paging: by cursor in nearly every method that lists, by number in files.list."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from bot.sandbox.api.web_api import Arguments, whole_number
from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json

T = TypeVar("T")


def page(items: Sequence[T], arguments: Arguments, *, default: int, most: int) -> tuple[list[T], Json]:
    """The page that `cursor` and `limit` ask for, and its response_metadata ("" ends the paging).

    Raises SlackError invalid_cursor or invalid_limit.
    """
    limit = arguments.number("limit", default, most)
    start = _offset(arguments.text("cursor"))
    following = start + limit
    cursor = base64.b64encode(f"offset:{following}".encode()).decode() if following < len(items) else ""
    return list(items[start:following]), {"next_cursor": cursor}


def numbered_page(items: Sequence[T], arguments: Arguments) -> tuple[list[T], Json]:
    """The page that `page` and `count` ask for, and what stands beside it as `paging`.

    Raises SlackError invalid_arguments.
    """
    given = {name: arguments.text(name) or default for name, default in (("page", "1"), ("count", "100"))}
    number, count = whole_number(given["page"]), whole_number(given["count"])
    if not number or not count:
        raise SlackError("invalid_arguments")
    count = min(count, 1000)
    paging = {"count": count, "total": len(items), "page": number, "pages": -(-len(items) // count)}
    return list(items[(number - 1) * count : number * count]), paging


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        kind, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
    except ValueError:
        raise SlackError("invalid_cursor") from None
    start = whole_number(number)
    if kind != "offset" or start is None:
        raise SlackError("invalid_cursor")
    return start
