"""Paging by cursor, alike in every method that lists."""

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
