"""PDF: the text of each page, its lines joined to paragraphs again."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from unicodedata import east_asian_width

import pypdfium2 as pdfium

from bot.errors import ParseError
from bot.parsing.parsed import Parsed, Section, assemble, one_line

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
_HYPHEN = "\x02"  # what PDFium gives for a hyphen that only divides a word at the end of a line
_HANGUL = re.compile("[가-힣]")
_DIGITS = re.compile(r"\d+")
_FULL_LINE = 0.8
_FEW_PAGES = 4


def parse_pdf(content: bytes, name: str) -> Parsed:
    """One section a page, under the bookmark it belongs to.

    Raises ParseError for a PDF that is protected, broken, or has no text, as a scan has none.
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
    pages = _without_running_heads(pages)
    has_line_end_spaces = _keeps_spaces(pages)
    paths = _paths(document, count)
    sections = [
        Section(paths[number], _paragraphs(lines, has_line_end_spaces), number + 1, f"page={number + 1}")
        for number, lines in enumerate(pages)
    ]
    if not any(character.isalnum() for section in sections for character in section.text):
        raise ParseError(
            f"{name} has no text; it is likely a scan, pictures of pages.",
            mend="Run it through text recognition (OCR) and save it again.",
        )
    title = one_line(document.get_metadata_value("Title") or "")
    # a page without text would stand for its bookmark's name
    with_text = [section for section in sections if section.text.strip()]
    return assemble(name, "" if _WASTE_TITLE.match(title) else title, with_text)


def _lines(document: pdfium.PdfDocument, number: int) -> list[str]:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text: str = text_page.get_text_range()
        finally:
            text_page.close()
    finally:
        page.close()
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", _HYPHEN)
    # PDFium leaves out the line end after such a hyphen
    return re.sub(f"{_HYPHEN}\n?", f"{_HYPHEN}\n", text).split("\n")


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


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Without the lines that most pages begin or end with: company names, page numbers."""
    if len(pages) < _FEW_PAGES:
        return pages

    def edges(lines: list[str]) -> list[int]:
        said = [number for number, line in enumerate(lines) if line.strip()]
        return said[:2] + said[2:][-2:]

    def shape(line: str) -> str:
        return _DIGITS.sub("0", one_line(line))

    seen = Counter(key for lines in pages for key in {shape(lines[number]) for number in edges(lines)})
    running = {key for key, times in seen.items() if times > len(pages) / 2}
    result: list[list[str]] = []
    for lines in pages:
        dropped = {number for number in edges(lines) if shape(lines[number]) in running}
        result.append([line for number, line in enumerate(lines) if number not in dropped])
    return result


def _keeps_spaces(pages: list[list[str]]) -> bool:
    """Whether lines of Korean that end between two words end with a space in this file.

    Korean is broken within words by many programs. Only where the space at a line's end is kept can it be
    told whether the next line goes on with the same word.
    """
    korean = [line for lines in pages for line in lines if _HANGUL.search(line[-3:])]
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
            text += "\n"
            continue
        if last.endswith(_HYPHEN):
            text = text.rstrip(_HYPHEN) + stripped
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
    return text.replace(_HYPHEN, "-")


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
