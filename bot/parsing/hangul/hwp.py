"""HWP 5: the records of the body text, read into paragraphs, tables, boxes and notes.

What is said of a record's bytes is said in the published "한글 문서 파일 형식 5.0" of Hancom.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Iterator

from bot.errors import ParseError
from bot.parsing.hangul import Box, Cell, Note, Paragraph, Piece, RunningHead, Table, floats_below
from bot.parsing.hangul import hwp_records as hwp
from bot.parsing.hangul.hwp_distribution import decrypted
from bot.parsing.hangul.hwp_records import Budget, Container, Record, read_container, records
from bot.parsing.hangul.hwp_styles import Styles, read_styles
from bot.parsing.hangul.markdown import rendered
from bot.parsing.numbering import Numberings, numeral
from bot.parsing.parsed import Parsed

_IN_BODY = frozenset(
    {
        hwp.PARAGRAPH, hwp.TEXT, hwp.CONTROL, hwp.LIST, hwp.SHAPE,
        hwp.TABLE, hwp.EQUATION, hwp.TEXT_ART, hwp.FORM,
    }
)  # fmt: skip
_CONTROL_CHARACTER = re.compile("[\x00-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SINGLE = {10: "\n", 24: "-", 30: "\xa0", 31: " "}
"""Control characters of one place that stand for something seen."""
_ONE_PLACE = {0, 10, 13, *range(24, 32)}
_WITH_RECORD = {1, 2, 3, 11, 12, 14, 15, 16, 17, 18, 21, 22, 23}
"""Control characters whose content is in a record of its own."""
_TAB = 9
_PLACES = 8

_NUMBER_OF = {3: "그림", 4: "표", 5: "수식"}
_FORM_TEXT = re.compile(r"(?:Caption|Text):wstring:(\d+):")
_MAX_SPAN = 4096


def parse_hwp(content: bytes, name: str) -> Parsed:
    """Headings by outline styles, tables as Markdown, notes below their paragraph; hidden comments left out.

    A file for distribution is read like any other. Raises ParseError for one that is protected by a password
    or by rights management, damaged, of HWP 3, or without text.
    """
    if content.startswith(b"HWP Document File V"):
        raise ParseError(
            f"{name} was saved by Hangul 97 or older (HWP 3).", mend="Save it as HWPX or HWP 5 in Hangul."
        )
    container = read_container(content, name)
    try:
        return _parsed(container, name)
    except struct.error as exc:  # a record that is shorter than its kind
        raise ParseError(f"{name} is damaged: a part of it is missing.") from exc
    except ParseError as exc:
        if name not in exc.message:
            raise ParseError(f"{name} cannot be read. {exc.message}", mend=exc.mend) from exc
        raise


def _parsed(container: Container, name: str) -> Parsed:
    budget = Budget(name)
    is_packed = bool(container.flags & hwp.IS_PACKED)

    def opened(stream: bytes) -> bytes:
        if is_packed:
            return budget.inflate(stream)
        budget.take(len(stream))
        return stream

    styles = read_styles(opened(container.properties), name)
    numberings = Numberings()
    paragraphs: list[Paragraph] = []
    for section in container.sections:
        stream = decrypted(section, name) if container.flags & hwp.IS_DISTRIBUTION else section
        paragraphs += _Section(records(opened(stream), _IN_BODY, name), styles, numberings).paragraphs()
    return rendered(paragraphs, name, container.title)


class _Section:
    """One section of the body. Numbers go on from section to section."""

    def __init__(self, found: list[Record], styles: Styles, numberings: Numberings) -> None:
        self._records = found
        self._styles = styles
        self._numberings = numberings
        self._outline = 1  # numbering of the outline paragraphs; the section's first control says it

    def paragraphs(self) -> list[Paragraph]:
        found: list[Paragraph] = []
        place = 0
        while place < len(self._records):
            record = self._records[place]
            if record.tag == hwp.PARAGRAPH:
                found.append(self._paragraph(place))
            place = record.end
        return found

    def _paragraph(self, place: int) -> Paragraph:
        head = self._records[place]
        shape, style = struct.unpack_from("<HB", head.data, 8)
        controls: list[int] = []
        text = b""
        inner = place + 1
        while inner < head.end:
            record = self._records[inner]
            if record.tag == hwp.TEXT:
                text = bytes(record.data)
            elif record.tag == hwp.CONTROL:
                controls.append(inner)
                if _kind(record) == "secd" and len(record.data) >= 20:
                    (self._outline,) = struct.unpack_from("<H", record.data, 18)
            inner = record.end
        pieces = list(self._pieces(text, iter(controls)))
        # Hangul numbers no paragraph without text
        has_text = any(
            isinstance(piece, Note) or (isinstance(piece, str) and piece.strip()) for piece in pieces
        )
        mark = self._styles.mark(shape, self._outline, self._numberings) if has_text else ""
        return Paragraph(pieces, mark, self._styles.heading(shape, style))

    def _pieces(self, data: bytes, controls: Iterator[int]) -> Iterator[Piece]:
        units = array("H")
        units.frombytes(data[: len(data) // 2 * 2])
        # a character each: with surrogates joined, the places of the controls could not be counted
        text = "".join(map(chr, units))
        start = 0
        while (found := _CONTROL_CHARACTER.search(text, start)) is not None:
            place = found.start()
            code = ord(text[place])
            if place > start:
                yield _joined(text[start:place])
            if code in _SINGLE:
                yield _SINGLE[code]
            elif code == _TAB:
                yield "\t"
            elif code in _WITH_RECORD:
                control = next(controls, None)
                if control is not None:
                    yield from self._control(control)
            start = place + (1 if code in _ONE_PLACE else _PLACES)
        if start < len(text):
            yield _joined(text[start:])

    def _control(self, place: int) -> Iterator[Piece]:
        record = self._records[place]
        kind = _kind(record)
        if kind == "tbl ":
            yield self._table(place)
        elif kind in ("fn  ", "en  "):
            yield Note(self._all_paragraphs(place), is_endnote=kind == "en  ")
        elif kind in ("head", "foot"):
            yield RunningHead(self._all_paragraphs(place), is_footer=kind == "foot")
        elif kind == "atno":
            yield from _number(record)
        elif kind == "eqed":
            yield from self._equation(place)
        elif kind in ("gso ", "form"):
            yield from self._drawing(place)
        elif kind == "tdut":
            yield _ruby(record)
        elif kind == "tcps":
            yield _wide_string(record.data, 4)
        # what is left says nothing to a reader: hidden comments, bookmarks, index marks, page settings

    def _table(self, place: int) -> Table:
        cells: list[Cell] = []
        caption: list[Paragraph] = []
        is_past_caption = False
        into = caption
        for inner, record in self._below(place):
            if record.tag == hwp.TABLE:
                is_past_caption = True
            elif record.tag == hwp.LIST and is_past_caption:
                column, row, columns, rows = struct.unpack_from("<4H", record.data, 8)
                if max(column, row, columns, rows) > _MAX_SPAN:
                    raise ParseError("A table in it is larger than any that can be read.")
                cells.append(Cell(row, column, max(rows, 1), max(columns, 1)))
                into = cells[-1].paragraphs
            elif record.tag == hwp.PARAGRAPH:
                into.append(self._paragraph(inner))
        return Table(cells, caption, _is_below(self._records[place]))

    def _drawing(self, place: int) -> Iterator[Piece]:
        """Text boxes, also those in groups, the caption below them, what form fields say."""
        caption: list[Paragraph] = []
        paragraphs: list[Paragraph] = []
        into = caption
        for inner, record in self._below(place):
            if record.tag == hwp.SHAPE:
                into = paragraphs
            elif record.tag == hwp.PARAGRAPH:
                into.append(self._paragraph(inner))
            elif record.tag == hwp.TEXT_ART:
                # after the four corners of the frame
                paragraphs.append(Paragraph([_wide_string(record.data, 32)]))
            elif record.tag == hwp.FORM:
                yield _form_text(record)
        if paragraphs or caption:
            yield Box(paragraphs + caption, _is_below(self._records[place]))

    def _equation(self, place: int) -> Iterator[Piece]:
        caption: list[Paragraph] = []
        for inner, record in self._below(place):
            if record.tag == hwp.EQUATION:
                script = " ".join(_wide_string(record.data, 4).replace("`", " ").split())
                if script:
                    yield f"${script}$"
            elif record.tag == hwp.PARAGRAPH:
                caption.append(self._paragraph(inner))
        if caption:
            yield Box(caption)

    def _all_paragraphs(self, place: int) -> list[Paragraph]:
        return [self._paragraph(inner) for inner, record in self._below(place) if record.tag == hwp.PARAGRAPH]

    def _below(self, place: int) -> Iterator[tuple[int, Record]]:
        """The records that belong to a control, those within its paragraphs left to the paragraphs."""
        inner = place + 1
        while inner < self._records[place].end:
            record = self._records[inner]
            yield inner, record
            inner = record.end if record.tag == hwp.PARAGRAPH else inner + 1


def _kind(record: Record) -> str:
    return bytes(record.data[:4])[::-1].decode("latin-1")


def _is_below(control: Record) -> bool:
    if len(control.data) < 12:
        return False
    properties, offset = struct.unpack_from("<II", control.data, 4)
    return floats_below(bool(properties & 1), properties >> 3 & 3 == 2, offset)


def _joined(text: str) -> str:
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _wide_string(data: memoryview, place: int) -> str:
    """A string with its length before it; what is there of one that is cut off."""
    if place + 2 > len(data):
        return ""
    (length,) = struct.unpack_from("<H", data, place)
    return bytes(data[place + 2 : place + 2 + 2 * length]).decode("utf-16-le", "replace")


def _number(record: Record) -> Iterator[str]:
    """The number that Hangul gave a table or a picture; those of pages and notes are not the text's."""
    properties, number = struct.unpack_from("<IH", record.data, 4)
    if properties & 0xF in _NUMBER_OF:
        yield numeral(number, Styles.NUMBER_FORMATS.get(properties >> 4 & 0xFF, "DIGIT"))


def _ruby(record: Record) -> str:
    main = _wide_string(record.data, 4)
    above = _wide_string(record.data, 6 + 2 * len(main))
    return f"{main}({above})" if above else main


def _form_text(record: Record) -> str:
    said = bytes(record.data).decode("utf-16-le", "replace")
    return " ".join(
        said[found.end() : found.end() + min(int(found[1]), 1000)] for found in _FORM_TEXT.finditer(said)
    )
