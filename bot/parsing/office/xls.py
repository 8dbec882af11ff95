"""Excel files of before 2007 (.xls): one section a sheet, numbers and dates as they are shown."""

from __future__ import annotations

import re
import struct
from io import StringIO
from typing import TYPE_CHECKING

from bot.errors import ParseError
from bot.parsing.html import parse_html
from bot.parsing.office.number_formats import general, number_format
from bot.parsing.office.packages import OLE, ZIP
from bot.parsing.office.sheets import Allowance, Sheet, Span, sheet_markdown
from bot.parsing.office.xlsx import parse_xlsx, sheet_sections
from bot.parsing.parsed import Parsed, assemble, one_line

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Cell
    from xlrd.sheet import Sheet as FoundSheet

_PAGE = re.compile(
    rb"\A[\s\xef\xbb\xbf]{0,20}<(?!.{0,2000}<Workbook).{0,4000}?<table", re.IGNORECASE | re.DOTALL
)
_BIFF = (
    b"\x09\x00",
    b"\x09\x02",
    b"\x09\x04",
    b"\x09\x08",
)  # a workbook of the nineties, without OLE around it

# xlrd reads hostile numbers as they come; what goes wrong with them has no type of its own
_DAMAGE = (
    AssertionError,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def parse_xls(content: bytes, name: str) -> Parsed:
    """Hidden sheets are left out: who opens the file does not see them."""
    if content.startswith(ZIP):
        return parse_xlsx(content, name)  # Excel opens it under either suffix, with a warning
    if _PAGE.search(content, 0, 4096):
        return parse_html(content, name)  # what many web programs give for a download to Excel
    if not content.startswith((OLE, *_BIFF)):
        raise ParseError(
            f"{name} is not an Excel workbook, though its name says so.",
            mend="Open it in Excel and save it as .xlsx.",
        )
    import xlrd

    try:
        # what xlrd says of odd files must not get to standard output, where the child's answers go
        with xlrd.open_workbook(
            file_contents=content, formatting_info=True, ragged_rows=True, on_demand=True, logfile=StringIO()
        ) as book:
            sheets = _sheets(book, name)
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, *_DAMAGE) as exc:
        if "encrypted" in str(exc):
            raise ParseError(
                f"{name} is protected by a password.", mend="Save a copy without the password."
            ) from exc
        raise ParseError(
            f"{name} is broken: it is not an Excel workbook that can be opened.", mend="Save it as .xlsx."
        ) from exc
    return assemble(name, "", sheet_sections(sheets))


def _sheets(book: Book, name: str) -> list[tuple[str, str]]:
    allowance = Allowance(name)
    found: list[tuple[str, str]] = []
    for number in range(book.nsheets):
        sheet = book.sheet_by_index(number)
        if sheet.visibility == 0:
            markdown = sheet_markdown(_sheet(sheet, book, allowance), allowance)
            found.append((one_line(sheet.name), markdown))
        book.unload_sheet(number)
    return found


def _sheet(found: FoundSheet, book: Book, allowance: Allowance) -> Sheet:
    sheet = Sheet()
    for number in range(found.nrows):
        row = {
            place: allowance.take(text)
            for place, cell in enumerate(found.row(number))
            if (text := _shown(cell, book))
        }
        if row:
            sheet.rows[number] = row
    sheet.spans += [Span(top, left, below - 1, beyond - 1) for top, below, left, beyond in found.merged_cells]
    return sheet


def _shown(cell: Cell, book: Book) -> str:
    import xlrd

    match cell.ctype:
        case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
            style = book.xf_list[cell.xf_index] if cell.xf_index is not None else None
            found = book.format_map.get(style.format_key) if style is not None else None
            code = found.format_str if found is not None else ""
            if not code or code.casefold() == "general":
                return general(cell.value)
            return number_format(code, book.datemode == 1)(cell.value)
        case xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if cell.value else "FALSE"
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, ""))
        case xlrd.XL_CELL_TEXT:
            return one_line(cell.value)
        case _:
            return ""
