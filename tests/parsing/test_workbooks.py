"""Excel (new and old), OpenDocument sheets and CSV: the same tables, whichever file they are in."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlwt
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from bot.errors import ParseError
from bot.parsing.delimited import parse_csv, parse_tsv
from bot.parsing.office.odf import parse_ods
from bot.parsing.office.xls import parse_xls
from bot.parsing.office.xlsx import parse_xlsx
from bot.parsing.parsed import Parsed
from tests.parsing.hwp_files import ole_file
from tests.parsing.office_files import ods, saved, unzipped, xls, xlsx, zipped


def read(*rows: list[object], merged: tuple[str, ...] = ()) -> str:
    book = openpyxl.Workbook()
    sheet: Worksheet = book.active
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    (section,) = parse_xlsx(saved(book), "a.xlsx").sections
    return section.text


def texts(parsed: Parsed) -> list[tuple[tuple[str, ...], str]]:
    return [(section.path, section.text) for section in parsed.sections]


def test_a_sheet_is_a_section_with_its_title_its_joined_header_and_numbers_as_shown() -> None:
    assert texts(parse_xlsx(xlsx(), "매출.xlsx")) == [
        (
            ("매출",),
            "2026년 매출 현황\n\n"
            "| 부서 | 상반기 1분기 | 상반기 2분기 | 비율 |\n| --- | --- | --- | --- |\n"
            "| 영업 | 1,200,000원 | 1,350,000원 | 12.5% |\n| 영업 | 900,000원 | 950,000원 | 20.0% |",
        )
    ]


def test_a_sheet_that_nobody_named_is_no_heading() -> None:
    assert parse_xlsx(saved_with("Sheet1"), "a.xlsx").sections[0].path == ()
    assert parse_xlsx(saved_with("규정"), "a.xlsx").sections[0].path == ("규정",)


def saved_with(title: str) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    book.active.append(["x"])
    return saved(book)


def test_rows_below_an_empty_row_go_on_with_the_table_or_begin_one() -> None:
    assert read(["이름", "일수"], ["김", 15], [], ["박", 12], [], ["팀", "장소"], ["영업", "서울"]) == (
        "| 이름 | 일수 |\n| --- | --- |\n| 김 | 15 |\n| 박 | 12 |\n\n"
        "| 팀 | 장소 |\n| --- | --- |\n| 영업 | 서울 |"
    )


def test_what_stands_alone_above_and_below_a_table_is_said_as_text() -> None:
    assert read(["제목"], ["a", "b"], ["1", "2"], ["※ 주의"]) == (
        "제목\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n※ 주의"
    )


def test_empty_columns_are_left_out_and_cells_are_one_line() -> None:
    assert read(["a", None, "b|c"], ["1\n2", None, "x"]) == "| a | b\\|c |\n| --- | --- |\n| 1 2 | x |"


def test_a_formula_without_a_stored_value_is_shown_as_a_formula() -> None:
    assert read(["합계", "=SUM(B2:B3)"], ["a", 1]) == "| 합계 | =SUM(B2:B3) |\n| --- | --- |\n| a | 1 |"


def test_the_stored_value_of_a_formula_is_what_is_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["합계", "=1+1"])
    parts = unzipped(saved(book))
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert b"<v/>" in sheet or b"<v></v>" in sheet
    sheet = sheet.replace(b"<v/>", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>")
    parsed = parse_xlsx(zipped(parts | {"xl/worksheets/sheet1.xml": sheet}), "a.xlsx")
    assert parsed.sections[0].text == "합계 | 2"


def test_booleans_and_comments_are_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["승인", True])
    book.active["A1"].comment = Comment("부장 전결", "x")
    assert parse_xlsx(saved(book), "a.xlsx").sections[0].text == "승인 | TRUE\n\nA1: 부장 전결"


def test_an_old_workbook_reads_like_a_new_one() -> None:
    assert texts(parse_xls(xls(), "a.xls")) == [
        (("직원",), "| 이름 | 연차 |\n| --- | --- |\n| 김민수 | 15 |\n| Lee | 12.5 |")
    ]


def test_an_old_workbook_shows_dates_shares_and_merged_cells() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    share = xlwt.easyxf(num_format_str="0.0%")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for place, text in enumerate(("구분", "비율", "날짜")):
        sheet.write(0, place, text)
    sheet.write_merge(1, 2, 0, 0, "영업")
    for row in (1, 2):
        sheet.write(row, 1, 0.125, share)
        sheet.write(row, 2, 45000, day)
    written = io.BytesIO()
    book.save(written)
    line = "| 영업 | 12.5% | 2023-03-15 |"
    assert parse_xls(written.getvalue(), "a.xls").sections[0].text.split("\n")[2:] == [line, line]


def test_a_new_workbook_under_an_old_suffix_is_read() -> None:
    assert parse_xls(xlsx(), "a.xls").sections[0].path == ("매출",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b"<?xml version='1.0'?><Workbook><Table></Table></Workbook>",
            r"a\.xls is not an Excel workbook, though its name says so\. Open it in Excel and save",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"a\.xls is broken"),
    ],
)
def test_what_is_no_old_workbook_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_xls(content, "a.xls")


def test_a_workbook_with_a_password_is_refused_for_it() -> None:
    with pytest.raises(ParseError, match=r"a\.xlsx is protected by a password\. Save a copy without"):
        parse_xlsx(ole_file({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "a.xlsx")


def test_an_old_workbook_under_a_new_suffix_is_refused_for_it() -> None:
    with pytest.raises(ParseError, match=r"a\.xlsx was saved in the format of before 2007"):
        parse_xlsx(xls(), "a.xlsx")


def test_a_web_page_that_a_program_gave_the_suffix_of_a_workbook_is_read_as_the_table_it_is() -> None:
    page = "<html><meta charset=euc-kr><table><tr><th>이름<th>일수<tr><td>김민수<td>15</table></html>"
    parsed = parse_xls(page.encode("cp949"), "명단.xls")
    assert parsed.title == "명단"
    assert parsed.sections[0].text == "| 이름 | 일수 |\n| --- | --- |\n| 김민수 | 15 |"


def test_a_sheet_of_opendocument_reads_the_same() -> None:
    assert texts(parse_ods(ods(), "a.ods")) == [
        (("직원",), "| 이름 | 부서 | 팀 |\n| --- | --- | --- |\n| 김민수 | 영업 | 영업 |")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_as_text_is_read_in_any_encoding_and_with_any_delimiter(
    encoding: str, delimiter: str
) -> None:
    rows = [
        ["이름", "비고"],
        ["김민수", '"서울, 본사; 영업"'],
        ["이서연", "부산\t지사 | 기획".replace(delimiter, " ")],
    ]
    content = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    lines = parse_csv(content, "a.csv").sections[0].text.split("\n")
    assert lines[0] == "| 이름 | 비고 |"
    assert lines[2] == "| 김민수 | 서울, 본사; 영업 |"
    assert len(lines) == 4


def test_a_cell_of_several_lines_stays_in_its_row() -> None:
    assert parse_csv(b'q,a\n"one\ntwo",3\n', "a.csv").sections[0].text.endswith("| one two | 3 |")


def test_the_line_that_tells_excel_the_delimiter_is_no_row() -> None:
    assert parse_csv(b"sep=;\na;b\n1;2\n", "a.csv").sections[0].text.startswith("| a | b |")


def test_a_tsv_is_divided_at_tabs_only() -> None:
    assert parse_tsv(b"a,b\tc\n1,2\t3\n", "a.tsv").sections[0].text.startswith("| a,b | c |")
