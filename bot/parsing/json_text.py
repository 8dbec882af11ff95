"""JSON and JSON Lines: keys kept, objects as sections and lists, lists of like objects as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.errors import ParseError
from bot.parsing.parsed import Parsed, Section, assemble, one_line
from bot.parsing.tables import markdown_table
from bot.parsing.text import decode

MAX_DEPTH = 100
_HEADING_DEPTH = 3
_MAX_COLUMNS = 30
_LONG_CELL = 300  # longer texts are read better in a list than in a table
_TITLES = ("title", "name", "subject", "제목", "이름")

_Json = Any
"""What json.loads gives. Numbers come as they were written, as texts."""


def parse_json(content: bytes, name: str) -> Parsed:
    """Objects within objects are headings, three deep; below that, lists."""
    return _parsed(_loaded(decode(content, name), name, ""), name)


def parse_jsonl(content: bytes, name: str) -> Parsed:
    """As parse_json of the list of its lines."""
    lines = decode(content, name).splitlines()
    values = [
        _loaded(line, name, f" in line {number}") for number, line in enumerate(lines, 1) if line.strip()
    ]
    return _parsed(values, name)


def _loaded(text: str, name: str, place: str) -> _Json:
    try:
        # a number of a thousand digits is no matter as long as nobody calculates with it
        return json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as exc:
        place = place or f" in line {exc.lineno}"
        raise ParseError(f"{name} is broken: it is not JSON{place} ({exc.msg}).") from exc
    except RecursionError:
        raise _too_deep(name) from None


def _parsed(value: _Json, name: str) -> Parsed:
    title = ""
    if isinstance(value, dict):
        title = next((value[key] for key in _TITLES if isinstance(value.get(key), str)), "")
    try:
        return assemble(name, title, _sections(value, ()))
    except _TooDeep:
        raise _too_deep(name) from None


class _TooDeep(Exception):
    """Deeper than anything a person wrote."""


def _too_deep(name: str) -> ParseError:
    return ParseError(f"{name} is nested more than {MAX_DEPTH} deep: too much.")


def _sections(value: _Json, path: tuple[str, ...]) -> Iterator[Section]:
    if not isinstance(value, dict):
        yield Section(path, _block(value, 0))
        return
    below = {key: inner for key, inner in value.items() if _is_nested(inner)}
    here = {key: inner for key, inner in value.items() if key not in below}
    yield Section(path, _block(here, 0))
    for key, inner in below.items():
        if len(path) + 1 < _HEADING_DEPTH:
            yield from _sections(inner, (*path, one_line(key) or "-"))
        else:
            yield Section((*path, one_line(key) or "-"), _block(inner, 0))


def _is_nested(value: _Json) -> bool:
    """Not a text, a number or a list of these."""
    if isinstance(value, list):
        return any(isinstance(one, (dict, list)) for one in value)
    return isinstance(value, dict)


def _block(value: _Json, depth: int) -> str:
    """Markdown of a value, at `depth` in a list."""
    if isinstance(value, list) and depth == 0:
        if columns := _columns(value):
            rows = [[_scalar(one.get(key, "")) for key in columns] for one in value]
            return markdown_table([[one_line(key) for key in columns], *rows])
        if any(isinstance(one, dict) for one in value):  # records: a blank line between them
            return "\n\n".join("\n".join(_lines(one, 0)) for one in value)
    return "\n".join(_lines(value, depth))


def _columns(value: list[_Json]) -> list[str]:
    """The keys of a list of flat objects; none where a table would be mostly empty or too wide."""
    if len(value) < 2 or not all(isinstance(one, dict) for one in value):
        return []
    keys = list(dict.fromkeys(key for one in value for key in one))
    filled = sum(len(one) for one in value)
    texts = (_scalar(inner) for one in value for inner in one.values() if not _is_nested(inner))
    is_flat = not any(_is_nested(inner) for one in value for inner in one.values())
    is_full = 0 < len(keys) <= _MAX_COLUMNS and filled * 2 >= len(keys) * len(value)
    return keys if is_flat and is_full and all(len(text) <= _LONG_CELL for text in texts) else []


def _lines(value: _Json, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise _TooDeep
    indent = "    " * min(depth, 8)
    if isinstance(value, dict):
        for key, inner in value.items():
            if _is_nested(inner):
                yield f"{indent}- {one_line(key)}:"
                yield from _lines(inner, depth + 1)
            else:
                yield f"{indent}- {one_line(key)}: {_scalar(inner)}"
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            if isinstance(inner, dict) and len(value) == 1:
                yield from _lines(inner, depth)
            elif isinstance(inner, (dict, list)):  # numbered, so that where one ends can be seen
                yield f"{indent}- {number}:"
                yield from _lines(inner, depth + 1)
            else:
                yield f"{indent}- {_scalar(inner)}"
    else:
        yield f"{indent}{_scalar(value)}"


def _scalar(value: _Json) -> str:
    if isinstance(value, list):
        return ", ".join(map(_scalar, value))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(str(value))
