"""What an HWP file says of its paragraphs in general: which are in the outline, numbered or in a list."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from bot.parsing.hangul import hwp_records as hwp
from bot.parsing.hangul import outline_level
from bot.parsing.hangul.hwp_records import records
from bot.parsing.numbering import Level, Numberings

_OUTLINE, _NUMBER, _BULLET = 1, 2, 3
_LEVELS = 7
_MORE_LEVELS = 3
_PARAGRAPH_HEAD = 12
"""Bytes of what is said of a level before its pattern."""


@dataclass(frozen=True)
class _Shape:
    kind: int
    level: int
    """From 0."""
    numbering: int
    """Of a numbered paragraph or a bulleted one, from 1."""


@dataclass(frozen=True)
class Styles:
    """The tables of DocInfo. What refers beyond their ends is taken for plain text."""

    shapes: list[_Shape]
    outline_levels: list[int]
    """Of each style; 0 for those of plain text."""
    numberings: list[tuple[Level, ...]]

    NUMBER_FORMATS: ClassVar[dict[int, str]] = {
        0: "DIGIT",
        1: "CIRCLED_DIGIT",
        2: "ROMAN_CAPITAL",
        3: "ROMAN_SMALL",
        4: "LATIN_CAPITAL",
        5: "LATIN_SMALL",
        6: "CIRCLED_LATIN_CAPITAL",
        7: "CIRCLED_LATIN_SMALL",
        8: "HANGUL_SYLLABLE",
        9: "CIRCLED_HANGUL_SYLLABLE",
        10: "HANGUL_JAMO",
        11: "CIRCLED_HANGUL_JAMO",
        12: "HANGUL_PHONETIC",
        13: "IDEOGRAPH",
        14: "CIRCLED_IDEOGRAPH",
        15: "DECAGON_CIRCLE",
    }

    def heading(self, shape: int, style: int) -> int:
        """The outline level of a paragraph, from 1, or 0."""
        found = self._shape(shape)
        if found.kind == _OUTLINE:
            return found.level + 1
        return self.outline_levels[style] if style < len(self.outline_levels) else 0

    def mark(self, shape: int, outline: int, numberings: Numberings) -> str:
        """What stands before the next paragraph of this shape; `outline` is the section's numbering."""
        found = self._shape(shape)
        if found.kind == _BULLET:
            return "-"
        if found.kind not in (_OUTLINE, _NUMBER):
            return ""
        number = outline if found.kind == _OUTLINE else found.numbering
        levels = self.numberings[number - 1] if 0 < number <= len(self.numberings) else ()
        return numberings.mark((found.kind, number), levels, found.level)

    def _shape(self, number: int) -> _Shape:
        return self.shapes[number] if number < len(self.shapes) else _Shape(0, 0, 0)


def read_styles(data: bytes, name: str) -> Styles:
    """Read DocInfo. Raises ParseError as `records` does, struct.error for a record that is too short."""
    styles = Styles([], [], [])
    wanted = frozenset({hwp.STYLE, hwp.NUMBERING, hwp.PARAGRAPH_SHAPE})
    for record in records(data, wanted, name):
        if record.tag == hwp.STYLE:
            styles.outline_levels.append(_style_level(record.data))
        elif record.tag == hwp.NUMBERING:
            styles.numberings.append(_levels(record.data))
        else:
            styles.shapes.append(_shape(record.data))
    return styles


def _shape(data: memoryview) -> _Shape:
    (properties,) = struct.unpack_from("<I", data)
    numbering = struct.unpack_from("<H", data, 30)[0] if len(data) >= 32 else 0
    level = properties >> 25 & 7
    if len(data) >= 58:  # later versions say levels beyond 7 apart
        level = max(level, min(struct.unpack_from("<I", data, 54)[0], 9))
    return _Shape(properties >> 23 & 3, level, numbering)


def _style_level(data: memoryview) -> int:
    place, level = 0, 0
    for _ in range(2):  # its Korean and its English name
        text, place = _string(data, place)
        level = level or outline_level(text)
    return level


def _levels(data: memoryview) -> tuple[Level, ...]:
    patterns, place = _patterns(data, 0, _LEVELS)
    place += 2
    starts = [1] * (_LEVELS + _MORE_LEVELS)
    if len(data) >= place + 4 * _LEVELS:
        starts[:_LEVELS] = struct.unpack_from(f"<{_LEVELS}I", data, place)
        more, place = _patterns(data, place + 4 * _LEVELS, _MORE_LEVELS)
        if len(data) >= place + 4 * len(more):
            starts[_LEVELS : _LEVELS + len(more)] = struct.unpack_from(f"<{len(more)}I", data, place)
        patterns += more
    return tuple(
        Level(pattern, style, start if start < 10_000 else 1)
        for (pattern, style), start in zip(patterns, starts, strict=False)
    )


def _patterns(data: memoryview, place: int, count: int) -> tuple[list[tuple[str, str]], int]:
    found: list[tuple[str, str]] = []
    for _ in range(count):
        if place + _PARAGRAPH_HEAD + 2 > len(data):
            break
        (properties,) = struct.unpack_from("<I", data, place)
        text, place = _string(data, place + _PARAGRAPH_HEAD)
        found.append((text, Styles.NUMBER_FORMATS[properties >> 5 & 0xF]))
    return found, place


def _string(data: memoryview, place: int) -> tuple[str, int]:
    """A string with its length before it, and where it ends."""
    (length,) = struct.unpack_from("<H", data, place)
    end = place + 2 + 2 * length
    return bytes(data[place + 2 : end]).decode("utf-16-le", "replace"), end
