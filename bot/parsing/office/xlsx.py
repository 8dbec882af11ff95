"""Excel workbooks: one section a sheet, its tables with their header, numbers and dates as they are shown.

Read part by part and row by row with lxml. openpyxl refuses files whose styles it does not understand, gives
merged cells only with the whole workbook in memory, and needs more time (docs/formats.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.errors import ParseError
from bot.parsing.office.number_formats import BUILT_IN, Shown, general, number_format
from bot.parsing.office.packages import DAMAGED, Package, relationship_id
from bot.parsing.office.sheets import Allowance, Row, Sheet, Span, sheet_markdown
from bot.parsing.parsed import Parsed, Section, assemble, one_line

_DEFAULT_NAME = re.compile(r"(?:sheet|시트|워크시트|feuil|tabelle|plan)\s?\d+$", re.IGNORECASE)
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})$")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_MAX_COLUMNS, _MAX_ROWS = 16_384, 1_048_576
_MAX_SPANS = 100_000


def parse_xlsx(content: bytes, name: str) -> Parsed:
    """Hidden sheets are left out: who opens the file does not see them."""
    package = Package(content, name, "an Excel workbook")
    try:
        return _parsed(package, name)
    except DAMAGED as exc:
        raise package.broken("its sheets cannot be read") from exc


def sheet_sections(sheets: list[tuple[str, str]]) -> list[Section]:
    """Sections of (name of the sheet, its Markdown). One that nobody gave a name is no heading."""
    if len(sheets) == 1 and _DEFAULT_NAME.match(sheets[0][0]):
        return [Section((), sheets[0][1])]
    return [Section((title,), text) for title, text in sheets if text.strip()]


def _parsed(package: Package, name: str) -> Parsed:
    workbook_part = next(iter(package.related("", "officeDocument")), "xl/workbook.xml")
    if workbook_part.endswith(".bin"):
        raise ParseError(f"{name} is a binary workbook.", mend="Save it as .xlsx.")
    workbook = package.xml(workbook_part)
    parts = package.relationships(workbook_part)
    properties = workbook.find("{*}workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    strings = _shared_strings(package, package.related(workbook_part, "sharedStrings"))
    formats = _formats(package, package.related(workbook_part, "styles"), is_1904)
    allowance = Allowance(name)
    sheets: list[tuple[str, str]] = []
    read: set[str] = set()
    for sheet in workbook.iterfind("{*}sheets/{*}sheet"):
        kind, part = parts.get(relationship_id(sheet), ("", ""))
        # a sheet listed twice is a way to make a little file big
        if kind != "worksheet" or part in read or sheet.get("state", "visible") != "visible":
            continue
        read.add(part)
        found = _Reader(strings, formats, allowance).sheet(package, part)
        sheets.append((one_line(sheet.get("name", "")), sheet_markdown(found, allowance)))
    return assemble(name, "", sheet_sections(sheets))


class _Reader:
    """Reads sheets of one workbook."""

    def __init__(self, strings: list[str], formats: list[Shown], allowance: Allowance) -> None:
        self._strings = strings
        self._formats = formats
        self._allowance = allowance

    def sheet(self, package: Package, part: str) -> Sheet:
        sheet = Sheet()
        is_sorted = True
        number = -1
        with package.open(part) as stream:
            for element in _elements(stream, "row", "mergeCell"):
                if element.tag.endswith("mergeCell"):
                    span = _span(element.get("ref", ""))
                    if span and len(sheet.spans) < _MAX_SPANS:
                        sheet.spans.append(span)
                    continue
                said = element.get("r", "")
                last, number = number, int(said) - 1 if said.isdecimal() else number + 1
                is_sorted = is_sorted and number > last
                if row := self._row(element):
                    sheet.rows.setdefault(number, {}).update(row)
        if not is_sorted:
            sheet.rows = dict(sorted(sheet.rows.items()))
        for comments in package.related(part, "comments"):
            sheet.notes += _comments(package, comments)
        return sheet

    def _row(self, element: etree._Element) -> Row:
        row: Row = {}
        place = -1
        for cell in element.iterchildren("{*}c"):
            reference = cell.get("r")
            place = _column(reference.rstrip("0123456789")) if reference else place + 1
            if text := self._text(cell):
                row[place] = self._allowance.take(text)
        return row

    def _text(self, cell: etree._Element) -> str:
        kind = cell.get("t", "n")
        value = formula = ""
        for child in cell:
            tag = child.tag
            if tag.endswith("}v"):
                value = child.text or ""
            elif tag.endswith("}is"):
                return _line(_rich(child))
            elif tag.endswith("}f"):
                formula = child.text or ""
        if not value:
            # a program that does not calculate wrote it: what Excel would show is not known
            return _line(f"={formula}") if formula else ""
        if kind == "s":
            place = int(value) if value.isdecimal() else -1
            return self._strings[place] if 0 <= place < len(self._strings) else ""
        if kind == "n":
            return self._number(value, cell.get("s", "0"))
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        return _line(_unescaped(value))

    def _number(self, value: str, style: str) -> str:
        try:
            number = float(value)
            place = int(style)
        except ValueError:
            return _line(value)
        if number - number != 0:  # infinite, or none
            return ""
        if not 0 <= place < len(self._formats):
            return general(number)
        return self._formats[place](number)


def _elements(stream: object, *names: str) -> Iterator[etree._Element]:
    """Elements of these names as they end, each forgotten after it was given."""
    tags = [f"{{*}}{name}" for name in names]
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    for _, element in etree.iterparse(stream, events=("end",), tag=tags, **options):
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _shared_strings(package: Package, parts: list[str]) -> list[str]:
    strings: list[str] = []
    for part in parts[:1]:
        with package.open(part) as stream:
            strings += [_line(_rich(item)) for item in _elements(stream, "si")]
    return strings


def _formats(package: Package, parts: list[str], is_1904: bool) -> list[Shown]:
    """What shows a number, for each style of a cell."""
    if not parts:
        return []
    styles = package.xml(parts[0])
    named = styles.iterfind("{*}numFmts/{*}numFmt")
    codes = {found.get("numFmtId"): found.get("formatCode", "") for found in named}
    shown: list[Shown] = []
    for style in styles.iterfind("{*}cellXfs/{*}xf"):
        identity = style.get("numFmtId", "0")
        code = codes.get(identity) or BUILT_IN.get(int(identity) if identity.isdecimal() else 0, "")
        is_general = not code or code.casefold() == "general"
        shown.append(general if is_general else number_format(code, is_1904))
    return shown


def _comments(package: Package, part: str) -> list[str]:
    return [
        f"{comment.get('ref', '')}: {text}"
        for comment in package.xml(part).iter("{*}comment")
        if (text := _line(_rich(comment)))
    ]


def _rich(element: etree._Element) -> str:
    """Text in runs, without how it is read aloud (furigana)."""
    return "".join(
        _unescaped(text.text or "")
        for text in element.iter("{*}t")
        if not text.getparent().tag.endswith("}rPh")
    )


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _line(text: str) -> str:
    return one_line(text) if text and not text.isalnum() else text


@cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + ord(letter) - 64
    return min(max(number - 1, 0), _MAX_COLUMNS)


def _span(reference: str) -> Span | None:
    first, _, last = reference.partition(":")
    begin, end = _CELL.match(first), _CELL.match(last or first)
    if not begin or not end:
        return None
    bottom = min(int(end[2]) - 1, _MAX_ROWS)
    return Span(int(begin[2]) - 1, _column(begin[1]), bottom, _column(end[1]))
