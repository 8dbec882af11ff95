"""HWPX, the XML format of Hangul (OWPML, KS X 6101): the same paragraphs, tables and notes as in HWP 5."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.errors import ParseError
from bot.parsing.hangul import (
    MAX_DEPTH,
    Box,
    Cell,
    Note,
    Paragraph,
    Piece,
    RunningHead,
    Table,
    floats_below,
    outline_level,
)
from bot.parsing.hangul.markdown import rendered
from bot.parsing.numbering import Level, Numberings, numeral
from bot.parsing.office.packages import Package
from bot.parsing.parsed import Parsed

_SECTION = re.compile(r"(?:^|/)section(\d{1,5})\.xml$", re.IGNORECASE)
_HEADER = "Contents/header.xml"
_CONTENTS = "Contents/content.hpf"
_MANIFEST = "META-INF/manifest.xml"

_SPACES = {"tab": "\t", "lineBreak": "\n", "nbSpace": "\xa0", "fwSpace": " ", "hyphen": "-"}
_DRAWINGS = {
    "rect", "ellipse", "arc", "polygon", "curve", "line", "connectLine", "container",
    "pic", "ole", "chart", "video", "unknownObject",
}  # fmt: skip
_BUTTONS = {"btn", "radioBtn", "checkBtn"}
_NUMBER_OF = {"PICTURE", "TABLE", "EQUATION"}
_MAX_SPAN = 4096


def parse_hwpx(content: bytes, name: str) -> Parsed:
    """Headings by outline styles, tables as Markdown, notes below their paragraph.

    Tracked changes are read as accepted: what was inserted stays, what was deleted is left out, as are hidden
    comments and memos. Raises ParseError for a file that is encrypted, damaged or without text.
    """
    package = Package(content, name, "an HWPX document")
    if _MANIFEST in package and b"encryption-data" in package.read(_MANIFEST):
        raise ParseError(
            f"{name} is protected by a password or for distribution.",
            mend="Save a copy without this protection.",
        )
    sections = sorted(
        (int(found[1]), part) for part in package.names() if (found := _SECTION.search(part)) is not None
    )
    if not sections:
        raise package.broken("it has no text part")
    styles = _Styles(package.xml(_HEADER) if _HEADER in package else None)
    numberings = Numberings()
    paragraphs: list[Paragraph] = []
    try:
        for _, part in sections:
            paragraphs += _Section(styles, numberings).paragraphs(package.xml(part))
        return rendered(paragraphs, name, _title(package))
    except ParseError as exc:
        if name not in exc.message:
            raise ParseError(f"{name} cannot be read. {exc.message}", mend=exc.mend) from exc
        raise


def _title(package: Package) -> str:
    if _CONTENTS not in package:
        return ""
    said: str = package.xml(_CONTENTS).findtext(".//{*}title") or ""
    return said


class _Styles:
    """The tables of header.xml. What refers to nothing in them is plain text."""

    def __init__(self, header: etree._Element | None) -> None:
        self._heads: dict[str, tuple[str, str, int]] = {}
        self._outline_levels: dict[str, int] = {}
        self._numberings: dict[str, tuple[Level, ...]] = {}
        if header is None:
            return
        for shape in header.iter("{*}paraPr"):
            head = shape.find("{*}heading")
            if head is not None:
                said = head.get("type", ""), head.get("idRef", ""), _number(head, "level", 0)
                self._heads[shape.get("id", "")] = said
        for style in header.iter("{*}style"):
            level = outline_level(style.get("name", "")) or outline_level(style.get("engName", ""))
            self._outline_levels[style.get("id", "")] = level
        for numbering in header.iter("{*}numbering"):
            levels = sorted(numbering.iterfind("{*}paraHead"), key=lambda one: _number(one, "level", 0))
            self._numberings[numbering.get("id", "")] = tuple(
                Level("".join(level.itertext()), level.get("numFormat", "DIGIT"), _number(level, "start", 1))
                for level in levels
            )

    def heading(self, paragraph: etree._Element) -> int:
        """The outline level of a paragraph, from 1, or 0."""
        kind, _, level = self._head(paragraph)
        if kind == "OUTLINE":
            return level + 1
        return self._outline_levels.get(paragraph.get("styleIDRef", ""), 0)

    def mark(self, paragraph: etree._Element, outline: str, numberings: Numberings) -> str:
        """What stands before this paragraph; `outline` is the section's numbering."""
        kind, reference, level = self._head(paragraph)
        if kind == "BULLET":
            return "-"
        if kind not in ("OUTLINE", "NUMBER"):
            return ""
        number = outline if kind == "OUTLINE" else reference
        return numberings.mark((kind, number), self._numberings.get(number, ()), level)

    def _head(self, paragraph: etree._Element) -> tuple[str, str, int]:
        return self._heads.get(paragraph.get("paraPrIDRef", ""), ("", "", 0))


class _Section:
    def __init__(self, styles: _Styles, numberings: Numberings) -> None:
        self._styles = styles
        self._numberings = numberings
        self._outline = ""
        self._deletions: set[str] = set()
        self._depth = 0

    def paragraphs(self, parent: etree._Element | None) -> list[Paragraph]:
        """Those right below an element: a section, the list of a cell."""
        if parent is None:
            return []
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ParseError("The tables and boxes in it are nested too deeply to be read.")
        found = [self._paragraph(child) for child in parent if _local(child) == "p"]
        self._depth -= 1
        return found

    def _paragraph(self, element: etree._Element) -> Paragraph:
        pieces: list[Piece] = []
        for run in element:
            if _local(run) == "run":
                for child in run:
                    pieces += self._of_run(child)
        has_text = any(
            isinstance(piece, Note) or (isinstance(piece, str) and piece.strip()) for piece in pieces
        )
        mark = self._styles.mark(element, self._outline, self._numberings) if has_text else ""
        return Paragraph(pieces, mark, self._styles.heading(element))

    def _of_run(self, element: etree._Element) -> Iterator[Piece]:
        kind = _local(element)
        if kind == "t":
            yield self._text(element)
        elif kind == "secPr":
            self._outline = element.get("outlineShapeIDRef", "")
        elif kind == "ctrl":
            for child in element:
                yield from self._control(child)
        elif self._deletions:
            return
        elif kind == "tbl":
            yield self._table(element)
        elif kind in _DRAWINGS:
            paragraphs = [one for list_ in _lists(element) for one in self.paragraphs(list_)]
            if paragraphs:
                yield Box(paragraphs, _is_below(element))
        else:
            yield from self._object(element, kind)

    def _object(self, element: etree._Element, kind: str) -> Iterator[Piece]:
        if kind == "equation":
            script = " ".join((element.findtext("{*}script") or "").replace("`", " ").split())
            if script:
                yield f"${script}$"
            caption = self.paragraphs(element.find("{*}caption/{*}subList"))
            if caption:
                yield Box(caption)
        elif kind == "textart":
            yield Box([Paragraph([element.get("text", "")])])
        elif kind == "dutmal":
            above = element.findtext("{*}subText") or ""
            yield (element.findtext("{*}mainText") or "") + (f"({above})" if above else "")
        elif kind == "compose":
            yield element.get("composeText", "")
        elif kind == "edit":
            yield element.findtext("{*}text") or ""
        elif kind == "comboBox":
            yield element.get("selectedValue", "")
        elif kind in _BUTTONS:
            yield element.get("captionText") or element.get("caption", "")

    def _text(self, element: etree._Element) -> str:
        """The text of a run without what was deleted. Deletions go on from run to run."""
        pieces = [] if self._deletions else [element.text or ""]
        for child in element:
            kind = _local(child)
            if kind == "deleteBegin":
                self._deletions.add(child.get("Id", ""))
            elif kind == "deleteEnd":
                self._deletions.discard(child.get("Id", ""))
            if not self._deletions:
                pieces += [_SPACES.get(kind, ""), child.tail or ""]
        return "".join(pieces)

    def _control(self, element: etree._Element) -> Iterator[Piece]:
        kind = _local(element)
        if self._deletions:
            return
        if kind in ("footNote", "endNote"):
            yield Note(self.paragraphs(element.find("{*}subList")), is_endnote=kind == "endNote")
        elif kind in ("header", "footer"):
            yield RunningHead(self.paragraphs(element.find("{*}subList")), is_footer=kind == "footer")
        elif kind == "autoNum" and element.get("numType") in _NUMBER_OF:
            style = element.find("{*}autoNumFormat")
            yield numeral(_number(element, "num", 0), style.get("type", "DIGIT") if style is not None else "")
        # what is left says nothing to a reader: hidden comments, memos, bookmarks, page settings

    def _table(self, element: etree._Element) -> Table:
        cells: list[Cell] = []
        for row, line in enumerate(element.iterfind("{*}tr")):
            for column, cell in enumerate(line.iterfind("{*}tc")):
                address, span = cell.find("{*}cellAddr"), cell.find("{*}cellSpan")
                place = (
                    (_number(address, "rowAddr", row), _number(address, "colAddr", column))
                    if address is not None
                    else (row, column)
                )
                size = (
                    (_number(span, "rowSpan", 1), _number(span, "colSpan", 1)) if span is not None else (1, 1)
                )
                if max(*place, *size) > _MAX_SPAN:
                    raise ParseError("A table in it is larger than any that can be read.")
                paragraphs = self.paragraphs(cell.find("{*}subList"))
                cells.append(Cell(*place, max(size[0], 1), max(size[1], 1), paragraphs))
        return Table(cells, self.paragraphs(element.find("{*}caption/{*}subList")), _is_below(element))


def _is_below(element: etree._Element) -> bool:
    place = element.find("{*}pos")
    if place is None:
        return False
    is_of_paragraph = place.get("vertRelTo") == "PARA"
    return floats_below(place.get("treatAsChar") == "1", is_of_paragraph, _number(place, "vertOffset", 0))


def _lists(element: etree._Element) -> Iterator[etree._Element]:
    """The lists of paragraphs in a drawing and in the drawings grouped in it; those in paragraphs not."""
    for child in element:
        if _local(child) == "subList":
            yield child
        else:
            yield from _lists(child)


def _local(element: etree._Element) -> str:
    # an entity, left unexpanded, has a function for a tag
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _number(element: etree._Element, attribute: str, otherwise: int) -> int:
    said: str = element.get(attribute, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 11 else otherwise
