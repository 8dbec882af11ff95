"""A document of the word processor Hangul, in whichever of its formats it was saved.

`hwp` and `hwpx` read their files into these classes; `hangul_markdown` makes sections of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_DEPTH = 100
"""Of tables, boxes and notes in each other. Hangul itself makes far fewer."""

_BELOW = 500
"""1/7200 inch, half the height of small letters."""
_HEADING_STYLE = re.compile(r"(?:개요|outline|heading|제목)\s*(\d{1,2})$", re.IGNORECASE)


@dataclass
class Cell:
    """A cell of a table, at the place of its upper left corner."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1
    paragraphs: list[Paragraph] = field(default_factory=list)


@dataclass
class Table:
    """A table; where its cells overlap, the later one is seen."""

    cells: list[Cell]
    caption: list[Paragraph] = field(default_factory=list)
    is_below: bool = False
    """Whether it floats below the first line of the paragraph it hangs on, wherever in it that is."""


@dataclass
class Box:
    """Paragraphs apart from the text around them: a text box, the caption of a picture."""

    paragraphs: list[Paragraph]
    is_below: bool = False
    """As that of a table."""


@dataclass
class Note:
    """A footnote or an endnote, at the place its mark stands."""

    paragraphs: list[Paragraph]
    is_endnote: bool = False


@dataclass
class RunningHead:
    """What stands above or below every page from here on."""

    paragraphs: list[Paragraph]
    is_footer: bool = False


Piece = str | Table | Box | Note | RunningHead


@dataclass
class Paragraph:
    """A paragraph. A tab and a forced line end are "\\t" and "\\n" in its text."""

    pieces: list[Piece]
    mark: str = ""
    """The number or sign before it, which is no part of its text."""
    heading: int = 0
    """Its level, from 1, if its style or its shape puts it into the outline; else 0."""


def outline_level(style: str) -> int:
    """The level of a style that is called "개요 1", "Outline 2" or the like, else 0."""
    named = _HEADING_STYLE.match(style.strip())
    return int(named[1]) if named else 0


def floats_below(is_inline: bool, is_of_paragraph: bool, offset: int) -> bool:
    """Whether what hangs on a paragraph stands below its first line; `offset` in 1/7200 inch."""
    return not is_inline and is_of_paragraph and _BELOW <= offset < 1 << 31
