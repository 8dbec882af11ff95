from __future__ import annotations

import pytest

from bot.errors import ParseError
from bot.parsing.office.epub import parse_epub
from tests.parsing.office_files import epub, unzipped, zipped


def test_chapters_come_in_the_order_of_reading_under_their_names_each_once() -> None:
    parsed = parse_epub(epub(), "a.epub")
    assert parsed.title == "안내서"
    assert [(section.path, section.text) for section in parsed.sections] == [
        (("시작",), "처음"),
        (("시작", "둘"), "다음"),
        (("마침",), "끝 처음으로"),
    ]


def test_the_table_of_contents_of_older_books_names_chapters() -> None:
    parts = unzipped(epub())
    book = parts["OEBPS/book.opf"].decode()
    book = book.replace(
        'href="nav.xhtml" media-type="application/xhtml+xml"', 'href="toc.ncx" media-type="X"'
    )
    book = book.replace(' properties="nav"', "").replace('"X"', '"application/x-dtbncx+xml"')
    point = "<navPoint><navLabel><text>마지막</text></navLabel><content src='a.xhtml'/></navPoint>"
    ncx = f"<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap>{point}</navMap></ncx>"
    parsed = parse_epub(zipped(parts | {"OEBPS/book.opf": book, "OEBPS/toc.ncx": ncx}), "a.epub")
    assert parsed.sections[-1].path == ("마지막",)


def test_a_book_that_is_protected_against_copying_is_refused_for_it() -> None:
    protected = (
        "<encryption xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><e:CipherReference"
        " xmlns:e='http://www.w3.org/2001/04/xmlenc#' URI='OEBPS/a.xhtml'/></encryption>"
    )
    parts = unzipped(epub())
    with pytest.raises(ParseError, match=r"a\.epub is protected against copying"):
        parse_epub(zipped(parts | {"META-INF/encryption.xml": protected}), "a.epub")
    only_fonts = protected.replace("a.xhtml", "font.otf")
    assert parse_epub(zipped(parts | {"META-INF/encryption.xml": only_fonts}), "a.epub").title == "안내서"
