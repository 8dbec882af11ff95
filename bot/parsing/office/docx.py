"""Word documents: headings by their styles, paragraphs, lists and tables in the order of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import docx
import docx.document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.errors import ParseError
from bot.parsing.office.packages import DAMAGED, check_archive, xml_parser
from bot.parsing.parsed import Parsed, Section, assemble, one_line
from bot.parsing.tables import markdown_table

_MAX_TABLE_DEPTH = 20

_HEADING_STYLE = re.compile(r"(?:heading|제목|개요|überschrift|titre)\s*([1-9])$", re.IGNORECASE)
_TITLE_STYLE = re.compile(r"(?:title|제목)$", re.IGNORECASE)
_LIST_STYLE = re.compile(r"(?:list (bullet|number)|글머리 기호|번호 매기기)", re.IGNORECASE)

# Deleted text is not what the document says; a text box comes twice, the second time for old programs.
_SKIPPED = {
    qn(name)
    for name in ("w:del", "w:moveFrom", "w:delText", "w:instrText", "w:pPr", "w:rPr", "w:footnoteReference")
} | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_THROUGH = {qn(name) for name in ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag")}
_TEXT_BOX = qn("w:txbxContent")


def parse_docx(content: bytes, name: str) -> Parsed:
    """Title: the paragraph of the style Title, else the property, else the first heading of level 1."""
    check_archive(content, name)
    try:
        document = docx.Document(BytesIO(content))
        _put_notes_in_place(document)
        return _Reading(document).parsed(name)
    except (OpcError, KeyError, IndexError, AttributeError, TypeError, *DAMAGED) as exc:
        raise ParseError(f"{name} is broken: Word's parts in it are missing or damaged.") from exc


def _put_notes_in_place(document: docx.document.Document) -> None:
    """Write footnotes and endnotes where they are referred to: they are part of what is said there."""
    for kind, mark in (
        (RELATIONSHIP_TYPE.FOOTNOTES, "w:footnote"),
        (RELATIONSHIP_TYPE.ENDNOTES, "w:endnote"),
    ):
        try:
            part = document.part.part_related_by(kind)
        except (KeyError, ValueError):  # none, or several
            continue
        notes = {
            note.get(qn("w:id")): one_line(" ".join(_text(block) for block in note.iter(qn("w:p"))))
            for note in etree.fromstring(part.blob, xml_parser()).iter(qn(mark))
        }
        for reference in document.element.body.iter(qn(f"{mark}Reference")):
            # each once: a note referred to a thousand times is no longer document
            if said := notes.pop(reference.get(qn("w:id")), ""):
                reference.tag = qn("w:t")
                reference.text = f" [{said}]"


class _Reading:
    def __init__(self, document: docx.document.Document) -> None:
        self._document = document
        self._styles = {style.style_id: style.element for style in document.styles}
        self._bullets = _bullet_lists(document)
        self._sections: list[Section] = []
        self._above: list[tuple[int, str]] = []
        self._blocks: list[str] = []
        self._was_item = False
        self._title = ""

    def parsed(self, name: str) -> Parsed:
        for block in _blocks(self._document.element.body):
            if block.tag == qn("w:tbl"):
                self._add(self._table(block, 0))
            else:
                self._paragraph(block)
        self._cut()
        title = self._title or one_line(self._document.core_properties.title or "")
        if not title:
            title = next((path[0] for path in (s.path for s in self._sections) if path), "")
        # the heading that is the title is not repeated in the paths
        return assemble(
            name,
            title,
            [
                replace(section, path=section.path[1:]) if section.path[:1] == (title,) else section
                for section in self._sections
            ],
        )

    def _add(self, block: str, *, is_item: bool = False) -> None:
        if block:
            self._blocks.append(
                f"{'' if not self._blocks else chr(10) if is_item and self._was_item else chr(10) * 2}{block}"
            )
            self._was_item = is_item

    def _cut(self) -> None:
        path = tuple(text for _, text in self._above)
        self._sections.append(Section(path, "".join(self._blocks)))
        self._blocks = []

    def _paragraph(self, paragraph: etree._Element) -> None:
        text = _text(paragraph).strip()
        if text:
            level = self._level(paragraph)
            if level == 0 and not self._title:
                self._title = one_line(text)
            elif level:
                self._cut()
                self._above = [(other, said) for other, said in self._above if other < level]
                self._above.append((level, one_line(text)))
            else:
                mark = self._mark(paragraph)
                self._add(f"{mark}{text}", is_item=bool(mark))
        for box in paragraph.iter(_TEXT_BOX):
            if not any(parent.tag in _SKIPPED for parent in box.iterancestors()):
                for inner in _blocks(box):
                    if inner.tag == qn("w:tbl"):
                        self._add(self._table(inner, 0))
                    else:
                        self._add(_text(inner).strip())

    def _level(self, paragraph: etree._Element) -> int | None:
        """0 for the title, 1 to 9 for a heading, None for text."""
        outline = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        for style in self._style_chain(paragraph):
            found = style.find(qn("w:name"))
            name = found.get(qn("w:val"), "") if found is not None else ""
            if heading := _HEADING_STYLE.match(name):
                return int(heading[1])
            if _TITLE_STYLE.match(name):
                return 0
            if outline is None:
                outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        value = outline.get(qn("w:val"), "") if outline is not None else ""
        return int(value) + 1 if value.isdecimal() and int(value) < 9 else None  # 9 stands for text

    def _mark(self, paragraph: etree._Element) -> str:
        """What a list item begins with, indented by its level."""
        numbering = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        list_style = None
        for style in self._style_chain(paragraph):
            found = style.find(qn("w:name"))
            list_style = list_style or _LIST_STYLE.match(
                found.get(qn("w:val"), "") if found is not None else ""
            )
            if numbering is None:
                numbering = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if numbering is None:
            return "- " if list_style else ""
        level = _value(numbering, "w:ilvl") or "0"
        number = _value(numbering, "w:numId")
        if number == "0":  # how Word takes a paragraph out of the list its style puts it in
            return ""
        indent = "    " * min(int(level) if level.isdecimal() else 0, 8)
        return indent + ("- " if (number, level) in self._bullets else "1. ")

    def _style_chain(self, paragraph: etree._Element) -> Iterator[etree._Element]:
        reference = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        for _ in range(10):  # a damaged file may have styles based on each other in a circle
            style = self._styles.get(reference.get(qn("w:val"))) if reference is not None else None
            if style is None:
                return
            yield style
            reference = style.find(qn("w:basedOn"))

    def _table(self, table: etree._Element, depth: int) -> str:
        if depth > _MAX_TABLE_DEPTH:
            raise ParseError("The tables in it are nested too deeply to be read.")
        rows: list[list[str]] = []
        for row in _children(table, "w:tr"):
            line: list[str] = []
            for cell in _children(row, "w:tc"):
                properties = cell.find(qn("w:tcPr"))
                merge = properties.find(qn("w:vMerge")) if properties is not None else None
                if merge is not None and merge.get(qn("w:val")) != "restart" and rows:
                    # goes on from the cell above, whose text makes this row understandable alone
                    text = rows[-1][len(line)] if len(line) < len(rows[-1]) else ""
                else:
                    text = self._cell(cell, depth)
                span = _value(properties, "w:gridSpan") if properties is not None else ""
                columns = min(int(span), 100) if span.isdecimal() else 1
                line += [text, *[""] * (columns - 1)]
            if line:
                rows.append(line)
        if len(rows) == 1 or all(len(row) == 1 for row in rows):  # only there for the frame
            return "\n\n".join(filter(None, (cell for row in rows for cell in row)))
        return markdown_table(rows) if any(any(row) for row in rows) else ""

    def _cell(self, cell: etree._Element, depth: int) -> str:
        pieces = (
            self._table(block, depth + 1) if block.tag == qn("w:tbl") else _text(block)
            for block in _blocks(cell)
        )
        return " ".join(" ".join(pieces).split())


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    """The paragraphs and tables right below, content controls and tracked insertions seen through."""
    for child in parent:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag in _THROUGH:
            yield from _blocks(child)


def _children(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    for child in parent:
        if child.tag == qn(name):
            yield child
        elif child.tag in _THROUGH:
            yield from _children(child, name)


def _text(element: etree._Element) -> str:
    pieces: list[str] = []
    for child in element:
        if child.tag in _SKIPPED or child.tag == _TEXT_BOX:
            continue
        if child.tag == qn("w:t"):
            pieces.append(child.text or "")
        elif child.tag == qn("w:tab"):
            pieces.append("\t")
        elif child.tag in (qn("w:br"), qn("w:cr")):
            pieces.append("\n")
        elif child.tag == qn("w:noBreakHyphen"):
            pieces.append("-")
        else:
            pieces.append(_text(child))
    return "".join(pieces)


def _value(element: etree._Element, name: str) -> str:
    found = element.find(qn(name))
    return found.get(qn("w:val"), "") if found is not None else ""


def _bullet_lists(document: docx.document.Document) -> set[tuple[str, str]]:
    """(list, level) of the lists whose items have a sign and no number."""
    try:
        numbering = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return set()
    abstract = {
        (kind.get(qn("w:abstractNumId")), level.get(qn("w:ilvl")))
        for kind in numbering.iter(qn("w:abstractNum"))
        for level in kind.iter(qn("w:lvl"))
        if _value(level, "w:numFmt") == "bullet"
    }
    return {
        (number.get(qn("w:numId"), ""), level)
        for number in numbering.iter(qn("w:num"))
        for kind, level in abstract
        if _value(number, "w:abstractNumId") == kind and level is not None
    }
