"""Tables as text, CSV and TSV: rows with their header, in whatever encoding and with whatever delimiter."""

from __future__ import annotations

import csv
from collections import Counter
from io import StringIO
from itertools import islice

from bot.errors import ParseError
from bot.parsing.office.sheets import Allowance, Row, Sheet, sheet_markdown
from bot.parsing.parsed import Parsed, Section, assemble, one_line
from bot.parsing.text import decode

_DELIMITERS = ",;\t|"
_LOOKED_AT = 64_000
_LINES_LOOKED_AT = 100
_LONGEST_CELL = 10_000_000


def parse_csv(content: bytes, name: str) -> Parsed:
    """One section: the table, and as paragraphs what stands alone above and below it."""
    return _parsed(decode(content, name), name, "")


def parse_tsv(content: bytes, name: str) -> Parsed:
    """As parse_csv, with tabs between the cells."""
    return _parsed(decode(content, name), name, "\t")


def _parsed(text: str, name: str, delimiter: str) -> Parsed:
    text = text.replace("\0", "")
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # how Excel is told of it
        text, delimiter = rest, first.strip()[4]
    delimiter = delimiter or _sniffed(text)
    csv.field_size_limit(_LONGEST_CELL)
    allowance = Allowance(name)
    sheet = Sheet()
    try:
        for number, cells in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter)):
            row: Row = {}
            for place, cell in enumerate(cells):
                if line := one_line(cell):
                    row[place] = allowance.take(line)
            if row:
                sheet.rows[number] = row
    except csv.Error as exc:
        raise ParseError(f"{name} is broken: it is not a table that can be read ({exc}).") from exc
    return assemble(name, "", [Section((), sheet_markdown(sheet, allowance))])


def _sniffed(text: str) -> str:
    """The delimiter that divides most lines into the same number of cells, more than one.

    csv.Sniffer takes letters for delimiters, and is slow on long cells.
    """
    sample = text[:_LOOKED_AT]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            reader = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)
            widths = [len(row) for row in islice(reader, _LINES_LOOKED_AT) if row]
        except csv.Error:
            continue
        if len(widths) > 2 and len(sample) == _LOOKED_AT:
            widths.pop()  # cut in the middle
        width, times = Counter(widths).most_common(1)[0] if widths else (1, 0)
        score = times / len(widths) if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best
