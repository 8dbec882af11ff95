"""PDF: the text of each page, its lines joined to paragraphs again, under the headings it stands under."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from unicodedata import east_asian_width

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from bot.errors import ParseError
from bot.parsing.parsed import Parsed, Section, assemble, one_line
from bot.parsing.pdf.forms import form_fields
from bot.parsing.pdf.ocr import recognized, tesseract
from bot.parsing.pdf.outline import outline, text_of
from bot.parsing.pdf.page import HYPHEN, Line, read_lines

_MAX_PAGES = 5_000
_MAX_BOOKMARKS = 2_000
_WASTE_TITLE = re.compile(
    r"(microsoft (word|powerpoint|excel) - .*|untitled.*|document\d*|제목 ?없음.*"
    r"|.*\.(docx?|hwpx?|indd|pptx?|xlsx?|pdf)|[\d\W_]+)$",
    re.IGNORECASE,
)
_STARTS_ITEM = re.compile(
    r"\s*([-*•·▪◦○●■□※▶◆☐☑]|\(?\d{1,3}[.)]\s|\(?[a-zA-Z가-하][.)]\s|[①-⑳]|제\s?\d+\s?[조장항])"
)
_ENDS_SENTENCE = re.compile(r"[.!?。:;][\"'”’)\]]*$")
_TABLE_ROW = re.compile(r"(?:(?:^|\s)[$₩€£(-]*\s?[\d,.]+[)%]*){2,}\s*$")
_MEANINGLESS = re.compile("[\ue000-\uf8ff\ufffd\u25a1]")  # what a font without names for its letters leaves
_HANGUL = re.compile("[가-힣]")
_DIGITS = re.compile(r"\d+")
_FULL_LINE = 0.8
_FEW_PAGES = 4
_NAMED = 20
_IMAGE = pdfium_c.FPDF_PAGEOBJ_IMAGE


def parse_pdf(content: bytes, name: str) -> Parsed:
    """A section for each page under the bookmark it belongs to, and, without bookmarks, for each heading.

    Headings are known by the size of their letters, tables by the rules between their cells. Pages without a
    text layer are recognized where Tesseract is installed. Raises ParseError for a PDF that is protected by a
    password for opening it, broken, or without text.
    """
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as exc:
        if "password" in str(exc).lower():
            raise ParseError(
                f"{name} is protected by a password.", mend="Save a copy without the password."
            ) from exc
        raise ParseError(f"{name} is broken: it is not a PDF that can be opened.") from exc
    try:
        return _parsed(document, name)
    except pdfium.PdfiumError as exc:
        raise ParseError(f"{name} is broken: {exc}.") from exc
    finally:
        document.close()


def _parsed(document: pdfium.PdfDocument, name: str) -> Parsed:
    count = len(document)
    if count > _MAX_PAGES:
        raise ParseError(f"{name} has {count:,} pages, more than the {_MAX_PAGES:,} that are read.")
    pages = [_lines(document, number) for number in range(count)]
    _recognize_scans(document, pages, name)
    pages = _without_running_heads(pages)
    for lines, fields in zip(pages, form_fields(document), strict=True):
        if fields:
            lines.append(Line("\n".join(fields), is_block=True))
    has_line_end_spaces = _keeps_spaces(pages)
    paths = _paths(document, count)
    title = one_line(document.get_metadata_value("Title") or "")
    title = "" if _WASTE_TITLE.match(title) else title

    def joined(lines: list[str]) -> str:
        return _paragraphs(lines, has_line_end_spaces)

    for lines in pages:
        for line in lines:
            if line.table is not None:
                line.text = line.table.markdown(joined)
    if not any(paths):
        return assemble(
            name,
            title,
            [
                _page(path[1:] if path[:1] == (title,) else path, text, number)
                for path, text, number in outline(pages, joined)
            ],
        )
    sections = [
        _page(path, text_of(lines, joined), number)
        for number, (path, lines) in enumerate(zip(paths, pages, strict=True))
    ]
    # a page without text would stand for its bookmark's name
    return assemble(name, title, [section for section in sections if section.text.strip()])


def _page(path: tuple[str, ...], text: str, number: int) -> Section:
    return Section(path, text, number + 1, f"page={number + 1}")


def _lines(document: pdfium.PdfDocument, number: int) -> list[Line]:
    page = document[number]
    try:
        return read_lines(page)
    finally:
        page.close()


def _recognize_scans(document: pdfium.PdfDocument, pages: list[list[Line]], name: str) -> None:
    """Put what is written on the pages that have no text layer, or one of no use, in its place."""
    scans = [
        number for number, lines in enumerate(pages) if not _has_text(lines) and _draws(document, number)
    ]
    found = recognized(document, scans)
    for number, text in found.items():
        pages[number] = [Line(line) for line in text.replace("\x0c", "").split("\n")]
    unread = [number + 1 for number in scans if number not in found and _draws(document, number, _IMAGE)]
    if not any(map(_has_text, pages)):
        if unread and tesseract() is None:
            raise ParseError(
                f"{name} has no text; it is a scan, pictures of pages.",
                mend="Install tesseract-ocr with tesseract-ocr-kor, or save it with its text recognized.",
            )
        if unread:
            raise ParseError(f"{name} is a scan that could not be read in time.", mend="Divide it.")
        raise ParseError(f"{name} has no text.")
    if unread:
        # who looks for what stands there must not take it for missing from the document
        which = ", ".join(map(str, unread[:_NAMED])) + (", ..." if len(unread) > _NAMED else "")
        said = f"(스캔한 쪽이어서 읽지 못함 / scanned pages that were not read: {which})"
        pages[unread[0] - 1] = [Line(said)]


def _has_text(lines: list[Line]) -> bool:
    """Whether there are letters among the characters, and not mostly such as stand for nothing."""
    text = "".join(line.text for line in lines)
    said = sum(map(str.isalnum, text))
    return said > 0 and len(_MEANINGLESS.findall(text)) <= said


def _draws(document: pdfium.PdfDocument, number: int, *kinds: int) -> bool:
    """Whether there is anything on a page, of these kinds if any are given."""
    page = document[number]
    try:
        return next(iter(page.get_objects(filter=kinds or None, max_depth=3)), None) is not None
    finally:
        page.close()


def _paths(document: pdfium.PdfDocument, count: int) -> list[tuple[str, ...]]:
    """For each page the bookmarks it is under: the first that begins on it, else the last before it."""
    first_on: dict[int, tuple[str, ...]] = {}
    last_on: dict[int, tuple[str, ...]] = {}
    above: list[str] = []
    for bookmark in islice(document.get_toc(), _MAX_BOOKMARKS):
        destination = bookmark.get_dest()
        page = destination.get_index() if destination else None
        above = [*above[: bookmark.level], one_line(bookmark.get_title())]
        if page is not None:
            path = tuple(filter(None, above))
            first_on.setdefault(page, path)
            last_on[page] = path
    paths: list[tuple[str, ...]] = []
    current: tuple[str, ...] = ()
    for page in range(count):
        paths.append(first_on.get(page, current))
        current = last_on.get(page, current)
    return paths


def _without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """Without the lines that most pages begin or end with: company names, page numbers."""
    if len(pages) < _FEW_PAGES:
        return pages

    def edges(lines: list[Line]) -> list[int]:
        said = [number for number, line in enumerate(lines) if line.text.strip() and not line.is_block]
        return said[:2] + said[2:][-2:]

    def shape(line: Line) -> str:
        return _DIGITS.sub("0", one_line(line.text))

    seen = Counter(key for lines in pages for key in {shape(lines[number]) for number in edges(lines)})
    running = {key for key, times in seen.items() if times > len(pages) / 2}
    result: list[list[Line]] = []
    for lines in pages:
        dropped = {number for number in edges(lines) if shape(lines[number]) in running}
        result.append([line for number, line in enumerate(lines) if number not in dropped])
    return result


def _keeps_spaces(pages: list[list[Line]]) -> bool:
    """Whether lines of Korean that end between two words end with a space in this file.

    Korean is broken within words by many programs. Only where the space at a line's end is kept can it be
    told whether the next line goes on with the same word.
    """
    korean = [
        line.text for lines in pages for line in lines if _HANGUL.search(line.text[-3:]) and not line.is_block
    ]
    spaced = sum(line.endswith(" ") for line in korean)
    return len(korean) > 0 and spaced > len(korean) / 4


def _paragraphs(lines: list[str], has_line_end_spaces: bool) -> str:
    full = _usual_width(lines) * _FULL_LINE
    text = ""
    last = ""
    for line in lines:
        stripped = line.strip(" \t\xa0")
        if not stripped:
            last = ""
            continue
        if last.endswith(HYPHEN):
            text = text.rstrip(HYPHEN) + stripped
        elif (
            not last
            or _width(last) < full
            or _STARTS_ITEM.match(stripped)
            or _TABLE_ROW.search(last)
            or _TABLE_ROW.search(stripped)
        ):
            text += f"\n{stripped}"
        elif _is_divided(last, stripped):
            text = text[:-1] + stripped
        elif has_line_end_spaces and not last.endswith(" ") and _is_within_korean(last, stripped):
            text += stripped
        else:
            text += f" {stripped}"
        last = line.lstrip()
    return text.replace(HYPHEN, "-")


def _is_divided(last: str, line: str) -> bool:
    return last.endswith("-") and last[-2:-1].islower() and line[0].islower()


def _is_within_korean(last: str, line: str) -> bool:
    return bool(_HANGUL.match(last[-1]) and _HANGUL.match(line[0])) and not _ENDS_SENTENCE.search(last)


def _usual_width(lines: list[str]) -> float:
    widths = sorted(_width(line) for line in lines if line.strip())
    return widths[int(len(widths) * 0.9)] if widths else 0


def _width(line: str) -> int:
    stripped = line.strip()
    return len(stripped) + sum(east_asian_width(character) in "WF" for character in stripped)
