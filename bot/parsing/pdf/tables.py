"""Tables of a PDF page that are drawn with rules: lines that cross make certain what is a cell."""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from bot.parsing.hangul import Cell

_NEAR = 3.0
"""Points within which two rules are one, or touch."""
_THIN = 3.0
"""Points up to which a filled box is a rule."""
_LEAST_LENGTH = 6.0
_MAX_OBJECTS = 4_000
_MAX_RULES = 3_000
"""Beyond it a page is a drawing, a map or a chart."""
_MAX_LINES = 300
_MAX_SEGMENTS = 200


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line along one axis: where it stands on the other, and from where to where it goes."""

    at: float
    start: float
    end: float


@dataclass
class Grid:
    """A ruled table: the places of its columns from the left, of its rows from the top, and its cells."""

    columns: list[float]
    rows: list[float]
    cells: list[Cell] = field(default_factory=list)
    _owner: dict[tuple[int, int], int] = field(default_factory=dict)

    def cell_at(self, x: float, y: float) -> int | None:
        """The number of the cell at a place of the page, None outside the table."""
        column = bisect_right(self.columns, x) - 1
        row = bisect_right(self.rows, -y, key=lambda at: -at) - 1
        return self._owner.get((row, column))


def ruled_tables(page: pdfium.PdfPage) -> list[Grid]:
    """The tables of a page that have at least two rows and two columns."""
    level: list[_Rule] = []
    upright: list[_Rule] = []
    # straight from PDFium: a page may draw thousands of paths, and a Python object for each takes seconds
    count = pdfium_c.FPDFPage_CountObjects(page)
    bounds = tuple(ctypes.c_float() for _ in range(4))
    if count > _MAX_OBJECTS:
        return []
    for number in range(count):
        shape = pdfium_c.FPDFPage_GetObject(page, number)
        if pdfium_c.FPDFPageObj_GetType(shape) != pdfium_c.FPDF_PAGEOBJ_PATH:
            continue
        for left, bottom, right, top in _boxes(shape, bounds):
            if top - bottom <= _THIN and right - left >= _LEAST_LENGTH:
                level.append(_Rule((top + bottom) / 2, left, right))
            elif right - left <= _THIN and top - bottom >= _LEAST_LENGTH:
                upright.append(_Rule((left + right) / 2, bottom, top))
        if len(level) + len(upright) > _MAX_RULES:
            return []
    return [
        grid for rules in _connected(_joined(level), _joined(upright)) if (grid := _grid(*rules)) is not None
    ]


def _boxes(shape: Any, bounds: tuple[ctypes.c_float, ...]) -> Iterator[tuple[float, float, float, float]]:
    """The boxes of what a path draws: of each line of a stroke, or of the whole of a thin filled one."""
    if not pdfium_c.FPDFPageObj_GetBounds(shape, *bounds):
        return
    left, bottom, right, top = (bound.value for bound in bounds)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(shape, fill, stroke):
        return
    is_thin = min(right - left, top - bottom) <= _THIN
    if is_thin and (fill.value or stroke.value):
        yield left, bottom, right, top
    if is_thin or not stroke.value:
        return
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(shape, matrix):
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for number in range(min(pdfium_c.FPDFPath_CountSegments(shape), _MAX_SEGMENTS)):
        segment = pdfium_c.FPDFPath_GetPathSegment(shape, number)
        if not pdfium_c.FPDFPathSegment_GetPoint(segment, x, y):
            return
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        here = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            start = here
        elif kind == pdfium_c.FPDF_SEGMENT_LINETO:
            yield _around(last, here)
        last = here
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            yield _around(last, start)


def _around(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float, float, float]:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _joined(rules: list[_Rule]) -> list[_Rule]:
    """With the pieces of one line put together, as each cell may draw its own."""
    done: list[_Rule] = []
    for rule in sorted(rules, key=lambda one: (round(one.at / _NEAR), one.start)):
        last = done[-1] if done else None
        if last is not None and abs(last.at - rule.at) <= _NEAR and rule.start <= last.end + _NEAR:
            done[-1] = _Rule(last.at, last.start, max(last.end, rule.end))
        else:
            done.append(rule)
    return done


def _connected(level: Sequence[_Rule], upright: Sequence[_Rule]) -> Iterator[tuple[list[_Rule], list[_Rule]]]:
    """Groups of rules that cross or touch each other."""
    if len(level) > _MAX_LINES or len(upright) > _MAX_LINES:
        return
    group = list(range(len(level) + len(upright)))

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for one, flat in enumerate(level):
        for other, tall in enumerate(upright, len(level)):
            if (
                flat.start - _NEAR <= tall.at <= flat.end + _NEAR
                and tall.start - _NEAR <= flat.at <= tall.end + _NEAR
            ):
                group[root(one)] = root(other)
    together: dict[int, tuple[list[_Rule], list[_Rule]]] = {}
    for number, rule in enumerate([*level, *upright]):
        together.setdefault(root(number), ([], []))[number >= len(level)].append(rule)
    yield from together.values()


def _grid(level: list[_Rule], upright: list[_Rule]) -> Grid | None:
    rows = _places([rule.at for rule in level])[::-1]
    columns = _places([rule.at for rule in upright])
    if len(rows) < 3 or not columns:
        return None
    # Korean tables are often open to the left and to the right
    ends = min(rule.start for rule in level), max(rule.end for rule in level)
    if ends[0] < columns[0] - 2 * _NEAR:
        columns.insert(0, ends[0])
    if ends[1] > columns[-1] + 2 * _NEAR:
        columns.append(ends[1])
    if len(columns) < 3:
        return None
    grid = Grid(columns, rows)
    height, width = len(rows) - 1, len(columns) - 1

    def is_ruled(rules: list[_Rule], at: float, middle: float) -> bool:
        return any(abs(rule.at - at) <= _NEAR and rule.start <= middle <= rule.end for rule in rules)

    taken: set[tuple[int, int]] = set()
    for row in range(height):
        for column in range(width):
            if (row, column) in taken:
                continue
            right, below = column + 1, row + 1
            y, x = (rows[row] + rows[row + 1]) / 2, (columns[column] + columns[column + 1]) / 2
            while right < width and (row, right) not in taken and not is_ruled(upright, columns[right], y):
                right += 1
            while below < height and not is_ruled(level, rows[below], x):
                below += 1
            places = [(r, c) for r in range(row, below) for c in range(column, right)]
            taken.update(places)
            for place in places:
                grid._owner.setdefault(place, len(grid.cells))
            grid.cells.append(Cell(row, column, below - row, right - column))
    return grid if len(grid.cells) > 3 else None


def _places(values: list[float]) -> list[float]:
    """The values in their order, those near each other once."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _NEAR:
            places.append(value)
    return places
