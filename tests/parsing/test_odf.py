from __future__ import annotations

import pytest

from bot.errors import ParseError
from bot.parsing.office.odf import parse_odp, parse_ods, parse_odt
from bot.parsing.parsed import Parsed
from tests.parsing.office_files import odp, odt, unzipped, zipped

NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style", "drawing")
)


def text_of(body: str, styles: str = "") -> Parsed:
    content = (
        f"<office:document-content {NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return parse_odt(zipped({"content.xml": content}), "a/규정.odt")


def test_headings_lists_footnotes_and_tables_come_in_their_order() -> None:
    parsed = parse_odt(odt(), "a.odt")
    assert parsed.title == "복무 규정"
    assert [(section.path, section.text) for section in parsed.sections] == [
        (
            ("연차",),
            "연차는 15일 [근로기준법 제60조]입니다.\n\n- 첫째\n- 둘째\n    - 속\n\n"
            "| 이름 | 일수 |\n| --- | --- |\n| 김민수 | 15 |",
        )
    ]


def test_the_paragraph_of_the_style_title_is_the_title() -> None:
    styles = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    parsed = text_of('<text:p text:style-name="P1">취업 규칙</text:p><text:p>글</text:p>', styles)
    assert (parsed.title, parsed.sections[0].text) == ("취업 규칙", "글")


def test_deleted_text_remarks_and_the_table_of_contents_are_no_text() -> None:
    parsed = text_of(
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:table-of-content><text:p>contents</text:p></text:table-of-content>"
        "<text:p>글<office:annotation><text:p>remark</text:p></office:annotation> 더</text:p>"
    )
    assert parsed.sections[0].text == "글 더"


def test_spaces_tabs_and_line_breaks_are_kept() -> None:
    parsed = text_of('<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d</text:p>')
    assert parsed.sections[0].text == "a  b\tc\nd"


def test_a_cell_over_two_rows_is_said_in_both() -> None:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    first = cell.format(' table:number-rows-spanned="2"', "영업") + cell.format("", "김민수")
    second = "<table:covered-table-cell/>" + cell.format("", "이서연")
    rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in (first, second))
    text = text_of(f"<table:table>{rows}</table:table>").sections[0].text
    assert text.split("\n") == ["| 영업 | 김민수 |", "| --- | --- |", "| 영업 | 이서연 |"]


def test_a_slide_is_a_page_under_its_title() -> None:
    (section,) = parse_odp(odp(), "a.odp").sections
    assert (section.path, section.page, section.text) == (("사업 계획",), 1, "첫 줄\n\n둘째 줄")


def test_a_text_with_a_password_is_refused_for_it() -> None:
    manifest = '<m:manifest xmlns:m="x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    parts = unzipped(odt()) | {"META-INF/manifest.xml": manifest.encode(), "content.xml": b"\x01\x02"}
    with pytest.raises(ParseError, match=r"a\.odt is protected by a password"):
        parse_odt(zipped(parts), "a.odt")


def test_another_kind_of_document_under_this_suffix_is_named() -> None:
    with pytest.raises(
        ParseError, match=r"a\.ods is not an OpenDocument spreadsheet, though its name says so"
    ):
        parse_ods(odt(), "a.ods")
