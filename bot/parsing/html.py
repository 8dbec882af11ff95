"""HTML pages: the part people came to read, as Markdown."""

from __future__ import annotations

import re
import warnings

from bs4 import BeautifulSoup, Comment, Tag, XMLParsedAsHTMLWarning
from markdownify import MarkdownConverter

from bot.errors import ParseError
from bot.parsing.markdown import split
from bot.parsing.parsed import Parsed, clean, one_line
from bot.parsing.text import decode

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_KOREAN = {"euc-kr", "euckr", "ks_c_5601-1987", "ksc5601", "korean", "windows-949", "ms949"}
_NEVER_READ = [
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "embed",
    "svg",
    "canvas",
    "form",
    "button",
    "select",
    "input",
    "head",
]
_AROUND = ["nav", "header", "footer", "aside"]
_MAX_SPAN = 100
_REPEATED_CHARACTERS = 200  # a cell over rows with more than a label says it once
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse_html(content: bytes, name: str) -> Parsed:
    """Title: <title>, or the only <h1> where the title adds the name of the site to it."""
    page = opened(content, name)
    title = _title(page)
    drop_what_is_not_read(page)
    main = page.find("main") or page.find("article") or page.find(role="main")
    if isinstance(main, Tag) and main.get_text(strip=True):
        if main.name == "article" and len(page.find_all("article")) > 1:
            main = page.body or page  # a list of articles: none of them is the page
    else:
        main = page.body or page
    for part in main.find_all(_AROUND):
        # the <header> of an article holds its heading
        if part.name in ("nav", "aside") or not part.find(["h1", "h2"]):
            part.decompose()
    return written(main, name, title)


def opened(content: bytes, name: str) -> BeautifulSoup:
    """The elements of a page of whatever encoding. Raises ParseError if it is no text."""
    with warnings.catch_warnings():
        # XHTML is read as the HTML it also is: browsers do the same with most of it
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return BeautifulSoup(_decoded(content, name), "lxml")


def written(main: Tag, name: str, title: str) -> Parsed:
    """What this element of a page holds, cut at its headings. Raises ParseError if it has no text."""
    # inner tables first: what is only there for the layout may hold one that is not
    for table in reversed(main.find_all("table")):
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        if _is_layout(table, rows):
            for part in [table, *rows, *(cell for row in rows for cell in _cells(row))]:
                part.name = "div"
        elif table.find(["td", "th"], rowspan=True):
            _say_in_every_row(rows)
    try:
        markdown = _Converter(
            heading_style="ATX",
            table_infer_header=True,
            bullets="-",
            escape_asterisks=False,
            escape_underscores=False,
            escape_misc=False,
        ).convert_soup(main)
    except RecursionError:
        raise ParseError(f"{name} has elements nested too deeply to be read.") from None
    return split(clean(markdown), name, title)


class _Converter(MarkdownConverter):
    """Images become their description: a link to a picture says nothing. A bar within a cell ends no cell."""

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return one_line(str(el.get("alt") or ""))

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return str(super().convert_td(el, text.replace("|", "\\|"), parent_tags))  # type: ignore[misc]

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return str(super().convert_th(el, text.replace("|", "\\|"), parent_tags))  # type: ignore[misc]


def _decoded(content: bytes, name: str) -> str:
    declared = _CHARSET.search(content, 0, 4096)
    if declared and not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        # As browsers do: EUC-KR is CP949, and who can read "UTF-16" in ASCII letters is not in UTF-16.
        encoding = declared[1].decode("ascii").lower()
        if encoding.startswith(("utf-16", "utf-32")):
            encoding = "utf-8"
        try:
            return content.decode("cp949" if encoding in _KOREAN else encoding)
        except (UnicodeDecodeError, LookupError):
            pass
    return decode(content, name)


def _title(page: BeautifulSoup) -> str:
    title = one_line(page.title.get_text(" ")) if page.title else ""
    headings = page.find_all("h1")
    if len(headings) == 1:
        heading = one_line(headings[0].get_text(" "))
        if heading and (not title or heading in title):
            return heading
    return title


def drop_what_is_not_read(page: BeautifulSoup) -> None:
    """Take out what no visitor reads: scripts, fields, comments, and what is hidden."""
    for comment in page.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for part in page.find_all(_NEVER_READ):
        part.decompose()
    # Text that no visitor sees is not what the page says, and a known way to smuggle instructions.
    hidden = [part for part in page.find_all(True) if part.has_attr("hidden") or _HIDDEN.search(_style(part))]
    for part in hidden:
        if not part.decomposed:
            part.decompose()


def _cells(row: Tag) -> list[Tag]:
    return row.find_all(["td", "th"], recursive=False)


def _is_layout(table: Tag, rows: list[Tag]) -> bool:
    """Whether it has but one column or cell, or says itself that it is no table: as mails are laid out."""
    return table.get("role") == "presentation" or all(len(_cells(row)) < 2 for row in rows)


def _say_in_every_row(rows: list[Tag]) -> None:
    """Fill the places of cells that span rows: Markdown has none, and a row must make sense alone."""
    hanging: dict[int, tuple[str, int, int]] = {}  # column -> text, rows left, columns
    for row in rows:
        begun: dict[int, tuple[str, int, int]] = {}
        column = 0
        for cell in [*_cells(row), None]:
            while column in hanging:
                text, left, wide = hanging.pop(column)
                if left > 1:
                    begun[column] = (text, left - 1, wide)
                # without a builder of its own, for it is thrown away with the page
                filled = Tag(name="td", attrs={"colspan": str(wide)})
                filled.string = text
                if cell is None:
                    row.append(filled)
                else:
                    cell.insert_before(filled)
                column += wide
            if cell is None:
                break
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            if high > 1:
                said = one_line(cell.get_text(" "))
                begun[column] = (said if len(said) <= _REPEATED_CHARACTERS else "", high - 1, wide)
            column += wide
        hanging |= begun


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "")
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() and len(value) < 6 else 1


def _style(part: Tag) -> str:
    return str(part.get("style") or "")
