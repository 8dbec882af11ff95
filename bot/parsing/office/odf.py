"""OpenDocument (ISO/IEC 26300): texts, spreadsheets and presentations of LibreOffice and its kin."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.errors import ParseError
from bot.parsing.office.packages import DAMAGED, Package
from bot.parsing.office.sheets import Allowance, Row, Sheet, Span, sheet_markdown
from bot.parsing.office.xlsx import sheet_sections
from bot.parsing.parsed import Parsed, Section, assemble, one_line
from bot.parsing.tables import Cell, flattened, rendered

_MAX_DEPTH = 50
_MAX_SPACES = 100
_MAX_REPEATED = 1_000  # a row or cell with text, said to come many times over
_KINDS = {
    "text": "an OpenDocument text",
    "spreadsheet": "an OpenDocument spreadsheet",
    "presentation": "an OpenDocument presentation",
}
# Deleted text, remarks on the text, what a program keeps for itself, and where a table of contents stands.
# fmt: off
_SKIPPED = frozenset([
    "tracked-changes", "annotation", "annotation-end", "ruby-text", "sequence-decls", "variable-decls",
    "user-field-decls", "forms", "table-of-content", "illustration-index", "alphabetical-index",
    "bibliography", "shapes", "named-expressions",
])
# fmt: on


def parse_odt(content: bytes, name: str) -> Parsed:
    """Title: the paragraph of the style Title, else the property, else the first heading of level 1."""
    package, body = _opened(content, name, "text")
    try:
        return _Text(package, body).parsed(name)
    except DAMAGED as exc:
        raise package.broken() from exc


def parse_ods(content: bytes, name: str) -> Parsed:
    """One section a sheet; what the cells show, as the program that saved the file showed it."""
    _, body = _opened(content, name, "spreadsheet")
    hidden = _hidden_table_styles(body)
    allowance = Allowance(name)
    sheets = [
        (_attribute(table, "name"), sheet_markdown(_sheet(table, allowance), allowance))
        for table in body.iterchildren("{*}table")
        if _attribute(table, "style-name") not in hidden
    ]
    return assemble(name, "", sheet_sections(sheets))


def parse_odp(content: bytes, name: str) -> Parsed:
    """One page a slide, its title as heading, notes at its end."""
    _, body = _opened(content, name, "presentation")
    sections: list[Section] = []
    for number, page in enumerate(body.iterchildren("{*}page"), 1):
        title, blocks = "", []
        for frame in page:
            if _local(frame) == "notes":
                blocks += [f"Notes: {text}" for box in _notes(frame) if (text := _blocks_text(box))]
            elif _attribute(frame, "class") in ("page-number", "date-time", "footer", "header"):
                continue
            elif not title and _attribute(frame, "class") == "title":
                title = one_line(_blocks_text(frame))
            else:
                blocks.append(_blocks_text(frame))
        path = (title,) if title else ()
        sections.append(Section(path, "\n\n".join(filter(None, blocks)), number))
    return assemble(name, "", sections)


def _opened(content: bytes, name: str, kind: str) -> tuple[Package, etree._Element]:
    package = Package(content, name, _KINDS[kind])
    if "META-INF/manifest.xml" in package:
        manifest = package.xml("META-INF/manifest.xml")
        if next(manifest.iter("{*}encryption-data"), None) is not None:
            raise ParseError(f"{name} is protected by a password.", mend="Save a copy without the password.")
    root = package.xml("content.xml")
    body = root.find(f"{{*}}body/{{*}}{kind}")
    if body is None:
        raise ParseError(f"{name} is not {_KINDS[kind]}, though its name says so.")
    return package, body


class _Text:
    def __init__(self, package: Package, body: etree._Element) -> None:
        self._package = package
        self._body = body
        self._title_styles = _title_styles(body)
        self._sections: list[Section] = []
        self._above: list[tuple[int, str]] = []
        self._blocks: list[str] = []
        self._title = ""

    def parsed(self, name: str) -> Parsed:
        for block in _blocks(self._body, 0):
            if _local(block) == "h":
                self._heading(block)
            elif not self._title and _attribute(block, "style-name") in self._title_styles:
                self._title = one_line(_inline(block))
            else:
                self._blocks.append(_block(block))
        self._cut()
        title = self._title or self._stated_title()
        title = title or next((section.path[0] for section in self._sections if section.path), "")
        # the heading that is the title is not repeated in the paths
        return assemble(
            name,
            title,
            [
                Section(section.path[1:] if section.path[:1] == (title,) else section.path, section.text)
                for section in self._sections
            ],
        )

    def _heading(self, block: etree._Element) -> None:
        text = one_line(_inline(block))
        if not text:
            return
        self._cut()
        said = _attribute(block, "outline-level")
        level = int(said) if said.isdecimal() and len(said) < 3 else 1
        self._above = [(other, above) for other, above in self._above if other < level]
        self._above.append((level, text))

    def _cut(self) -> None:
        path = tuple(text for _, text in self._above)
        self._sections.append(Section(path, "\n\n".join(filter(None, self._blocks))))
        self._blocks = []

    def _stated_title(self) -> str:
        if "meta.xml" not in self._package:
            return ""
        return one_line(self._package.xml("meta.xml").findtext("{*}meta/{*}title") or "")


def _title_styles(body: etree._Element) -> set[str]:
    """Names of the styles of a title: its own, and the unnamed ones that a program makes from it."""
    found = {"Title"}
    for style in body.getroottree().getroot().iterfind("{*}automatic-styles/{*}style"):
        if _attribute(style, "parent-style-name") == "Title":
            found.add(_attribute(style, "name"))
    return found


def _hidden_table_styles(body: etree._Element) -> set[str]:
    return {
        _attribute(style, "name")
        for style in body.getroottree().getroot().iterfind("{*}automatic-styles/{*}style")
        for properties in style.iterchildren("{*}table-properties")
        if _attribute(properties, "display") == "false"
    }


def _blocks(parent: etree._Element, depth: int) -> Iterator[etree._Element]:
    """Headings, paragraphs, lists and tables, with sections and frames seen through."""
    for child in parent:
        name = _local(child)
        if name in ("h", "p", "list", "table"):
            yield child
        elif name and name not in _SKIPPED and depth < _MAX_DEPTH:
            yield from _blocks(child, depth + 1)


def _block(block: etree._Element) -> str:
    match _local(block):
        case "list":
            return "\n".join(_items(block, 0))
        case "table":
            return _table(block, 0)
        case _:
            boxes = (_blocks_text(box) for box in block.iter("{*}text-box"))
            return "\n\n".join(filter(None, (_inline(block).strip(), *boxes)))


def _blocks_text(parent: etree._Element) -> str:
    return "\n\n".join(filter(None, map(_block, _blocks(parent, 0))))


def _notes(frame: etree._Element) -> list[etree._Element]:
    return [box for box in frame.iterchildren("{*}frame") if _attribute(box, "class") == "notes"]


def _items(block: etree._Element, depth: int) -> Iterator[str]:
    """Items of a list, a line each, those of lists within indented."""
    for item in block:
        if _local(item) not in ("list-item", "list-header"):
            continue
        said = False
        for child in item:
            if _local(child) == "list" and depth < _MAX_DEPTH:
                yield from _items(child, depth + 1)
            elif _local(child) in ("p", "h", "table") and (text := " ".join(_block(child).split())):
                yield f"{'    ' * min(depth, 8)}{'  ' if said else '- '}{text}"
                said = True


def _table(table: etree._Element, depth: int) -> str:
    rows = [
        [
            Cell(_number(cell, "number-columns-spanned"), _number(cell, "number-rows-spanned"), [text])
            for cell in row
            if _local(cell) == "table-cell"
            for text in [_cell(cell, depth)] * _number(cell, "number-columns-repeated", 50)
        ]
        for row in _rows(table, 0)
    ]
    rows = [row for row in rows if row]
    return rendered(rows) if any(cell.pieces[0] for row in rows for cell in row) else ""


def _cell(cell: etree._Element, depth: int) -> str:
    pieces = (
        flattened([[Cell(pieces=[_table(block, depth + 1)])]])
        if _local(block) == "table" and depth < _MAX_DEPTH
        else _block(block)
        for block in _blocks(cell, 0)
    )
    return " ".join(" ".join(pieces).split())


def _rows(table: etree._Element, depth: int) -> Iterator[etree._Element]:
    for child in table:
        name = _local(child)
        if name == "table-row":
            yield child
        elif name in ("table-rows", "table-header-rows", "table-row-group") and depth < _MAX_DEPTH:
            yield from _rows(child, depth + 1)


def _sheet(table: etree._Element, allowance: Allowance) -> Sheet:
    sheet = Sheet()
    number = 0
    for element in _rows(table, 0):
        row, spans = _sheet_row(element, number, allowance)
        times = _number(element, "number-rows-repeated", 1 << 21)
        if row:
            for offset in range(min(times, _MAX_REPEATED)):
                if offset:
                    for text in row.values():
                        allowance.take(text)
                sheet.rows[number + offset] = dict(row)
        sheet.spans += spans
        number += times
    return sheet


def _sheet_row(element: etree._Element, number: int, allowance: Allowance) -> tuple[Row, list[Span]]:
    row: Row = {}
    spans: list[Span] = []
    column = 0
    for cell in element:
        if _local(cell) not in ("table-cell", "covered-table-cell"):
            continue
        times = _number(cell, "number-columns-repeated", 1 << 14)
        text = _cell(cell, 0) if len(cell) else ""
        if text and _local(cell) == "table-cell":
            for offset in range(min(times, _MAX_REPEATED)):
                row[column + offset] = allowance.take(text)
            wide, high = (
                _number(cell, "number-columns-spanned"),
                _number(cell, "number-rows-spanned", 1 << 20),
            )
            if wide > 1 or high > 1:
                spans.append(Span(number, column, number + high - 1, column + wide - 1))
        column += times
    return row, spans


def _inline(parent: etree._Element, depth: int = 0) -> str:
    pieces = [parent.text or ""]
    for child in parent:
        match _local(child):
            case "s":
                pieces.append(" " * min(_number(child, "c", _MAX_SPACES), _MAX_SPACES))
            case "tab":
                pieces.append("\t")
            case "line-break":
                pieces.append("\n")
            case "note":
                pieces.append(_note(child))
            case "" | "frame" | "custom-shape" | "text-box":
                pass  # not in the line; text boxes are read after it
            case name if name not in _SKIPPED and depth < _MAX_DEPTH:
                pieces.append(_inline(child, depth + 1))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _note(note: etree._Element) -> str:
    """A footnote or endnote where it belongs: what it says is part of what is said there."""
    body = note.find("{*}note-body")
    text = one_line(" ".join(_inline(block) for block in body.iter("{*}p"))) if body is not None else ""
    return f" [{text}]" if text else ""


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute by its local name: the same stands in other namespaces in other elements."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def _number(element: etree._Element, name: str, most: int = 200) -> int:
    value = _attribute(element, name)
    return min(max(int(value), 1), most) if value.isdecimal() and len(value) < 9 else 1
