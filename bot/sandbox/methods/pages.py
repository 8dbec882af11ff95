"""Paging: by cursor in nearly every method that lists, by number in files.list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.web_api import Arguments

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
    if any(not value.isdigit() or int(value) < 1 for value in given.values()):
        raise SlackError("invalid_arguments")
    number, count = int(given["page"]), min(int(given["count"]), 1000)
    paging = {"count": count, "total": len(items), "page": number, "pages": -(-len(items) // count)}
    return list(items[(number - 1) * count : number * count]), paging


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        kind, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    if kind != "offset" or not number.isdigit():
        raise SlackError("invalid_cursor")
    return int(number)
