"""Glob patterns over ids that look like paths: how settings choose documents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache


def any_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether an id in Unicode form NFC matches one of these patterns, in whatever form they were typed.

    `*` and `?` stay within one name, `**` crosses directories, and `**/` stands for none as well.
    """
    expressions = [_expression(pattern) for pattern in patterns]
    return lambda id_: any(expression.fullmatch(id_) for expression in expressions)


@lru_cache
def _expression(pattern: str) -> re.Pattern[str]:
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", unicodedata.normalize("NFC", pattern.removeprefix("./")))
    return re.compile("".join(meaning.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
