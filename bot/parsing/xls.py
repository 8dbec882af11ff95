"""Excel files of before 2007 (.xls) and binary ones (.xlsb), read by calamine."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from bot.errors import ParseError
from bot.parsing.number_formats import general
from bot.parsing.packages import OLE, ZIP, check_archive
from bot.parsing.parsed import Parsed, assemble, one_line
from bot.parsing.sheets import Allowance, Sheet, Span, sheet_markdown
from bot.parsing.xlsx import sheet_sections


def parse_xls(content: bytes, name: str) -> Parsed:
    """One section a sheet. Numbers come as they are stored: their format is not known here."""
    if not content.startswith((OLE, ZIP)):
        raise ParseError(
            f"{name} is not an Excel workbook, though its name says so.",
            # what many web programs write under this suffix is HTML or CSV
            mend="Open it in Excel and save it as .xlsx.",
        )
    if content.startswith(ZIP):
        check_archive(content, name, "Excel workbook")
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    allowance = Allowance(name)
    sheets: list[tuple[str, str]] = []
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as workbook:
            for about in workbook.sheets_metadata:
                if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
                    found = _sheet(workbook.get_sheet_by_name(about.name), allowance)
                    sheets.append((one_line(about.name), sheet_markdown(found, allowance)))
    except PasswordError as exc:
        raise ParseError(
            f"{name} is protected by a password.", mend="Save a copy without the password."
        ) from exc
    except (CalamineError, OSError, ValueError, KeyError) as exc:
        raise ParseError(
            f"{name} is broken: it is not an Excel workbook that can be opened.", mend="Save it as .xlsx."
        ) from exc
    return assemble(name, "", sheet_sections(sheets))


def _sheet(found: Any, allowance: Allowance) -> Sheet:
    sheet = Sheet()
    top, left = found.start or (0, 0)
    for number, cells in enumerate(found.iter_rows(), top):
        if row := dict(_row(cells, left, allowance)):
            sheet.rows[number] = row
    for (first, from_), (last, to) in found.merged_cell_ranges or ():
        sheet.spans.append(Span(first, from_, last, to))
    return sheet


def _row(cells: list[Any], left: int, allowance: Allowance) -> Iterator[tuple[int, str]]:
    for place, cell in enumerate(cells, left):
        if text := _shown(cell):
            yield place, allowance.take(text)


def _shown(cell: object) -> str:
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            return general(float(cell))
        case datetime.datetime():
            return f"{cell:%Y-%m-%d}" if cell.time() == datetime.time() else f"{cell:%Y-%m-%d %H:%M}"
        case datetime.date() | datetime.time():
            return cell.isoformat()
        case datetime.timedelta():
            minutes = round(cell.total_seconds() / 60)
            return f"{minutes // 60}:{minutes % 60:02d}"
        case _:
            return one_line(str(cell))
