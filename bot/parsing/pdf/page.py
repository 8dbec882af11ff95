"""One page of a PDF as lines of text with their place and size, ruled tables apart from them."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from bot.parsing.hangul import Paragraph, Table
from bot.parsing.hangul.markdown import table_blocks
from bot.parsing.pdf.tables import Grid, ruled_tables

HYPHEN = "\x02"
"""A hyphen that only divides a word at the end of a line."""

_WIDE_GAP = 2.5
"""Heights of a character between two in a line that belong to different columns."""
_LONGEST_CELL = 1_500
_FAR_APART = 60.0
_GAP = 1.7
"""Times the usual distance of lines from which on two of them belong to different paragraphs."""
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Line:
    """A line of text, or in the place of lines a block that is text already, such as a table."""

    text: str
    size: float = 0.0
    """Of its first character, in points; 0 if it is not known."""
    y: float = 0.0
    """Of what its letters stand on, from below, where the size is known."""
    is_block: bool = False
    table: RuledTable | None = None
    """Of a block: what `text` is to be made of, once it is known how the lines of this file are joined."""


@dataclass
class _Character:
    code: int
    left: float
    right: float
    bottom: float
    top: float


@dataclass
class RuledTable:
    """A table and what was found in it: by cell, its characters; a 0 in place of line ends."""

    grid: Grid
    cells: dict[int, list[_Character]] = field(default_factory=dict)

    def plain(self) -> str:
        """The text of its cells, one after the other."""
        return "\n".join(map(_text_of, self.cells.values()))

    def markdown(self, joined: Callable[[list[str]], str]) -> str:
        """As a Markdown table; `joined` makes one text of the lines of a cell."""
        cells = self.grid.cells
        for number, characters in self.cells.items():
            text = joined(_text_of(characters).split("\n"))
            cells[number].paragraphs = [Paragraph([" ".join(text.split())])]
        return "\n\n".join(table_blocks(Table(cells)))


def read_lines(page: pdfium.PdfPage) -> list[Line]:
    """The lines of a page in the order of its content."""
    text_page = page.get_textpage()
    try:
        tables = [RuledTable(grid) for grid in ruled_tables(page)]
        if tables:
            certain = _certain(text_page, tables)
            if certain:
                return _spaced(_with_tables(text_page, certain))
        return _spaced(list(_plain(text_page)))
    finally:
        text_page.close()


def _plain(text_page: pdfium.PdfTextPage) -> Iterator[Line]:
    text: str = text_page.get_text_range()
    # PDFium counts in UTF-16
    is_wide = any(character > "\uffff" for character in text)
    place = 0
    for line in _line_ends(text).split("\n"):
        found = len(line) - len(line.lstrip())
        size, y = 0.0, 0.0
        if len(line) > found and not is_wide:
            index = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, place + found)
            size, y = _measured(text_page, index) if index >= 0 else (0.0, 0.0)
        yield Line(line.rstrip("\r"), size, y)
        place += len(line) + 1


def _line_ends(text: str) -> str:
    """The line ends that PDFium writes as two characters stay two, so that places can be counted."""
    text = text.replace("\ufffe", HYPHEN)
    # PDFium leaves out the line end after a dividing hyphen
    return re.sub(f"{HYPHEN}(?!\r?\n)", f"{HYPHEN}\n", text) if HYPHEN in text else text


def _measured(text_page: pdfium.PdfTextPage, index: int) -> tuple[float, float]:
    """Size of a character, and the height it stands at."""
    matrix = pdfium_c.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    if not pdfium_c.FPDFText_GetMatrix(text_page, index, matrix):
        return 0.0, 0.0
    pdfium_c.FPDFText_GetCharOrigin(text_page, index, x, y)
    size: float = pdfium_c.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.b, matrix.d)
    return round(size * 2) / 2, y.value


def _spaced(lines: list[Line]) -> list[Line]:
    """With an empty line wherever two lines are further apart than usual."""
    gaps = [
        above.y - below.y
        for above, below in pairwise(lines)
        if above.size and below.size and 0 < above.y - below.y < _FAR_APART
    ]
    usual = median(gaps) if gaps else 0.0
    spaced = lines[:1]
    for above, below in pairwise(lines):
        if above.size and below.size and above.y - below.y > _GAP * max(usual, below.size):
            spaced.append(Line(""))
        spaced.append(below)
    return spaced


def _characters(text_page: pdfium.PdfTextPage) -> Iterator[tuple[int, _Character]]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(pdfium_c.FPDFText_CountChars(text_page)):
        code = pdfium_c.FPDFText_GetUnicode(text_page, index)
        if code == 0:
            continue
        pdfium_c.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
        yield index, _Character(code, left.value, right.value, bottom.value, top.value)


def _certain(text_page: pdfium.PdfTextPage, tables: list[RuledTable]) -> list[RuledTable]:
    """The tables whose cells hold what cells hold. Fills them."""
    inside: tuple[RuledTable, int] | None = None
    for _, character in _characters(text_page):
        if character.code > 32:
            inside = _cell_of(character, tables)
        if inside is not None:
            table, cell = inside
            table.cells.setdefault(cell, []).append(character)
    return [table for table in tables if _is_certain(table)]


def _cell_of(character: _Character, tables: list[RuledTable]) -> tuple[RuledTable, int] | None:
    x, y = (character.left + character.right) / 2, (character.bottom + character.top) / 2
    for table in tables:
        cell = table.grid.cell_at(x, y)
        if cell is not None:
            return table, cell
    return None


def _is_certain(table: RuledTable) -> bool:
    filled = [cell for cell in table.cells.values() if any(one.code > 32 for one in cell)]
    if len(filled) < 4 or max(map(len, filled)) > _LONGEST_CELL:
        return False
    columns_missing = sum(map(_has_wide_gap, filled))
    return columns_missing <= len(filled) / 4


def _has_wide_gap(cell: list[_Character]) -> bool:
    visible = [one for one in cell if one.code > 32]
    return any(
        last.bottom < one.top
        and one.bottom < last.top
        and one.left - last.right > _WIDE_GAP * max(one.top - one.bottom, last.top - last.bottom, 4.0)
        for last, one in pairwise(visible)
    )


def _with_tables(text_page: pdfium.PdfTextPage, tables: list[RuledTable]) -> list[Line]:
    lines: list[Line] = []
    written: set[int] = set()
    codes: list[int] = []
    size, y = 0.0, 0.0
    is_inside = False

    def end() -> None:
        nonlocal size
        lines.append(Line(_text(codes).replace("\ufffe", HYPHEN), size, y))
        codes.clear()
        size = 0.0

    for index, character in _characters(text_page):
        if character.code > 32:
            inside = _cell_of(character, tables)
            is_inside = inside is not None
            if inside is not None and id(inside[0]) not in written:
                written.add(id(inside[0]))
                if codes:
                    end()
                lines.append(Line(inside[0].plain(), is_block=True, table=inside[0]))
        if is_inside or character.code == 13:
            continue
        if character.code == 10:
            end()
            continue
        if character.code > 32 and not size:
            size, y = _measured(text_page, index)
        codes.append(character.code)
        if character.code in (2, 0xFFFE):
            end()
    end()
    return lines


def _text_of(characters: list[_Character]) -> str:
    return _text([one.code for one in characters if one.code != 13]).replace("\ufffe", HYPHEN)


def _text(codes: list[int]) -> str:
    text = "".join(map(chr, codes))
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
