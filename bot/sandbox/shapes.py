"""What everything here is made of: JSON objects as Slack sends and takes them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def words(text: str) -> frozenset[str]:
    """The words of a list too long to quote one by one."""
    return frozenset(text.split())
