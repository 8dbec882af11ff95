"""Sheets of a workbook to Markdown: where a table begins and ends, what is its header, what is a note."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.errors import ParseError
from bot.parsing.tables import markdown_table

MAX_CELLS = 3_000_000
"""Of one workbook: what is read of it is in memory at once, some 150 bytes a cell."""
MAX_CHARACTERS = 50_000_000
_REPEATED_CHARACTERS = 200  # a merged cell with more than a label says it once
_NUMBER = re.compile(r"[-+(₩$€£¥]*\s?[\d,.]+\s?(?:%|원|명|개|건|일|만원|천원|억원)?\)?$|\d{4}[-./년]")

Row = dict[int, str]
"""Column, counted from 0, to text on one line; empty cells are left out."""


@dataclass(frozen=True)
class Span:
    """A merged cell, all numbers counted from 0 and the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Sheet:
    """The cells of one sheet that hold text."""

    rows: dict[int, Row] = field(default_factory=dict)
    """By row number, counted from 0, in rising order."""
    spans: list[Span] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is said beside the cells: comments."""


class Allowance:
    """How much of a workbook is taken into memory, over all its sheets."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._cells = MAX_CELLS
        self._characters = MAX_CHARACTERS

    def take(self, text: str) -> str:
        """`text`, counted. Raises ParseError once it is too much: few shared texts can fill many cells."""
        self._cells -= 1
        self._characters -= len(text)
        if self._cells < 0 or self._characters < 0:
            raise ParseError(
                f"{self._name} has more than {MAX_CELLS:,} filled cells or {MAX_CHARACTERS:,} characters:"
                " too much.",
                mend="Split it, or keep such data in a database that Footnote asks.",
            )
        return text


def sheet_markdown(sheet: Sheet, allowance: Allowance) -> str:
    """The tables of a sheet, and as paragraphs what stands alone around them.

    Rows that follow an empty row go on with the table above where they look like its data, and are a table
    of their own where they begin with a header.
    """
    _repeat_merged(sheet, allowance)
    blocks: list[str] = []
    table: list[Row] = []

    def end_table() -> None:
        if table:
            blocks.append(_table(table, sheet))
            table.clear()

    for numbers in _runs(list(sheet.rows)):
        before, body, after = _parted(numbers, sheet)
        if before or not _goes_on(table, body, sheet):
            end_table()
        blocks += [_alone(sheet.rows[number]) for number in before]
        table += [{-1: str(number)} | sheet.rows[number] for number in body]
        if after:
            end_table()
            blocks += [_alone(sheet.rows[number]) for number in after]
    end_table()
    return "\n\n".join([*blocks, *sheet.notes])


def _repeat_merged(sheet: Sheet, allowance: Allowance) -> None:
    """Say what is merged over rows in each of them, so that a row makes sense alone."""
    numbers = list(sheet.rows)
    for span in sheet.spans:
        text = sheet.rows.get(span.top, {}).get(span.left, "")
        if span.bottom > span.top and 0 < len(text) <= _REPEATED_CHARACTERS:
            for place in range(bisect_left(numbers, span.top + 1), len(numbers)):
                if numbers[place] > span.bottom:
                    break
                # takes from the allowance, for spans may be many and lie on each other
                sheet.rows[numbers[place]].setdefault(span.left, allowance.take(text))


def _runs(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Rows without an empty one between them."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _parted(numbers: list[int], sheet: Sheet) -> tuple[list[int], list[int], list[int]]:
    """Titles and notes before a table, its rows, and notes after it."""
    is_row = [len(sheet.rows[number]) > 1 for number in numbers]
    if not any(is_row):
        return numbers, [], []
    first = is_row.index(True)
    last = len(is_row) - is_row[::-1].index(True)
    return numbers[:first], numbers[first:last], numbers[last:]


def _alone(row: Row) -> str:
    return next(iter(row.values()))


def _goes_on(table: list[Row], body: list[int], sheet: Sheet) -> bool:
    """Whether rows below an empty row belong to the table above it: they have its columns and no header."""
    if not table or not body:
        return False
    row = sheet.rows[body[0]]
    return row.keys() <= table[0].keys() and any(_NUMBER.match(text) for text in row.values())


def _table(rows: list[Row], sheet: Sheet) -> str:
    numbers = [int(row.pop(-1)) for row in rows]
    columns = sorted({column for row in rows for column in row})
    lines = [[row.get(column, "") for column in columns] for row in rows]
    if len(rows) > 2 and numbers[1] == numbers[0] + 1:
        groups = [span for span in sheet.spans if span.top == numbers[0] == span.bottom < numbers[1]]
        if groups and not any(_NUMBER.match(text) for text in lines[1]):
            lines[:2] = [_joined(lines[0], lines[1], columns, groups)]
    if len(lines) == 1:
        return " | ".join(filter(None, lines[0]))
    return markdown_table(lines)


def _joined(upper: list[str], lower: list[str], columns: list[int], groups: list[Span]) -> list[str]:
    """A header of two rows as one: "Sales" over "Q1" and "Q2" becomes "Sales Q1" and "Sales Q2"."""
    above = dict(zip(columns, upper, strict=True))
    for group in groups:
        for column in columns[bisect_left(columns, group.left) : bisect_left(columns, group.right + 1)]:
            above[column] = above.get(group.left, "")
    return [
        text if not above[column] or above[column] == text else f"{above[column]} {text}".strip()
        for column, text in zip(columns, lower, strict=True)
    ]
