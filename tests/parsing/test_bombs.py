"""Small files that want to become big, and files that point out of themselves."""

from __future__ import annotations

import json
import random
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest

from bot.errors import ParseError
from bot.parsing.formats import parse
from bot.parsing.office import sheets
from bot.parsing.parsed import Parsed
from tests.parsing.office_files import every_format, saved, unzipped, zipped

ZIPS = {name: content for name, content in every_format().items() if content.startswith(b"PK")}
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODS_HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
)
# the part of each format that holds its text
MAIN_PART = {
    "a.xlsx": "xl/worksheets/sheet1.xml",
    "a.docx": "word/document.xml",
    "a.pptx": "ppt/slides/slide2.xml",
    "a.odt": "content.xml",
    "a.ods": "content.xml",
    "a.odp": "content.xml",
    "a.epub": "OEBPS/book.opf",
}


def ods(rows: str) -> bytes:
    return zipped(
        {
            "content.xml": f"{ODS_HEAD}<office:body><office:spreadsheet><table:table table:name='T'>{rows}"
            "</table:table></office:spreadsheet></office:body></office:document-content>"
        }
    )


def text_of(parsed: Parsed) -> str:
    return "\n".join(section.text for section in parsed.sections)


def read_or_refused(content: bytes, name: str) -> str:
    try:
        return text_of(parse(content, name, ""))
    except ParseError as exc:
        return str(exc)


def test_every_zip_format_has_its_bombs_here() -> None:
    assert ZIPS.keys() == MAIN_PART.keys()


@pytest.mark.parametrize("name", ZIPS)
def test_a_part_that_unpacks_to_a_hundred_times_the_file_is_refused(name: str) -> None:
    bomb = zipped(unzipped(ZIPS[name]) | {"media/bomb": b"0" * 30_000_000})
    with pytest.raises(ParseError, match=rf"{name} would unpack to \d+ times its size: too much"):
        parse(bomb, name, "")


@pytest.mark.parametrize("name", ["a.docx", "a.epub"])
def test_a_file_of_too_many_parts_is_refused(name: str) -> None:
    bomb = zipped(unzipped(ZIPS[name]) | {f"x/{number}": b"" for number in range(20_001)})
    with pytest.raises(ParseError, match=r"would unpack to [\d,]+ bytes in 20,0\d\d parts: too much"):
        parse(bomb, name, "")


@pytest.mark.parametrize("name", ZIPS)
def test_an_archive_in_the_file_is_not_opened(name: str) -> None:
    inner = zipped({"word/document.xml": b"canary"})
    parsed = parse(zipped(unzipped(ZIPS[name]) | {"inner.zip": inner}), name, "")
    assert "canary" not in text_of(parsed)


@pytest.mark.parametrize("name", ZIPS)
def test_entities_are_neither_expanded_nor_fetched(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("canary")
    parts = unzipped(ZIPS[name])
    source = parts[MAIN_PART[name]].decode()
    start = source.index("?>") + 2 if source.startswith("<?xml") else 0
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    for doctype, used in (
        (f"<!DOCTYPE x [<!ENTITY e SYSTEM 'file://{tmp_path}/secret.txt'>]>", "&e;"),
        (f"<!DOCTYPE x SYSTEM 'file://{tmp_path}/secret.txt' []>", ""),
        (f"<!DOCTYPE x [<!ENTITY l0 'lol'>{laughs}]>", "&l11;"),
    ):
        end = source.rindex("</")
        hostile = source[:start] + doctype + source[start:end] + used + source[end:]
        said = read_or_refused(zipped(parts | {MAIN_PART[name]: hostile}), name)
        assert "canary" not in said
        assert "lollol" not in said


def test_one_long_text_in_many_cells_of_a_workbook_is_refused() -> None:
    parts = unzipped(saved(openpyxl.Workbook()))
    rels = "xl/_rels/workbook.xml.rels"
    shared = b'<Relationship Id="s" Type="x/sharedStrings" Target="strings.xml"/>'
    parts[rels] = parts[rels].replace(b"</Relationships>", shared + b"</Relationships>")
    words = random.Random(1).randbytes(60_000).hex()
    parts["xl/strings.xml"] = f'<sst xmlns="{SHEETS}"><si><t>{words}</t></si></sst>'.encode()
    cell = '<row><c t="s"><v>0</v></c></row>'
    parts["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{SHEETS}"><sheetData>{cell * 600}</sheetData></worksheet>'.encode()
    )
    with pytest.raises(ParseError, match=r"more than .* characters"):
        parse(zipped(parts), "a.xlsx", "")


def test_a_sheet_listed_a_thousand_times_is_read_once() -> None:
    book = openpyxl.Workbook()
    book.active.append(["canary", "b"])
    parts = unzipped(saved(book))
    again = f'<sheet xmlns:r="{RELATIONSHIPS}" name="A" r:id="rId1"/>' * 1000
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", f"{again}</sheets>".encode())
    assert text_of(parse(zipped(parts), "a.xlsx", "")).count("canary") == 1


def test_a_cell_in_the_last_corner_of_a_sheet_takes_no_memory_for_those_before_it() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "first", "last"
    assert text_of(parse(saved(book), "a.xlsx", "")) == "first\n\nlast"


def test_merged_cells_that_lie_on_each_other_do_not_multiply_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 30_000)
    book = openpyxl.Workbook()
    for number in range(500):
        book.active.append([f"t{number}", *[None] * 200, number])
    parts = unzipped(saved(book))
    merged = "".join(f'<mergeCell ref="A{n}:B500"/><mergeCell ref="GT{n}:GT500"/>' for n in range(1, 500))
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", f"</sheetData><mergeCells>{merged}</mergeCells>".encode()
    )
    with pytest.raises(ParseError, match="too much"):
        parse(zipped(parts), "a.xlsx", "")


@pytest.mark.parametrize(
    "rows",
    [
        "<table:table-row table:number-rows-repeated='1048576'><table:table-cell"
        " table:number-columns-repeated='16384'><text:p>x</text:p></table:table-cell></table:table-row>" * 50,
        "<table:table-row><table:table-cell><text:p>" + "<text:s text:c='99999999'/>" * 9999 + "</text:p>"
        "</table:table-cell></table:table-row>",
    ],
)
def test_repetitions_in_a_sheet_of_opendocument_are_bounded(rows: str) -> None:
    with pytest.raises(ParseError):
        parse(ods(rows), "a.ods", "")


def test_a_row_said_to_come_a_million_times_does_not_hide_what_follows() -> None:
    row = "<table:table-row{}><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"
    rows = row.format(" table:number-rows-repeated='1000000'", "") + row.format("", "last")
    assert text_of(parse(ods(rows), "a.ods", "")) == "last"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b'{"a":' * 200 + b"1" + b"}" * 200),
        ("a.json", b"[" * 100_000),
        ("a.json", b'{"a":[' * 5_000 + b"1" + b"]}" * 5_000),
        ("a.jsonl", b"[" * 100_000 + b"]" * 100_000),
    ],
)
def test_json_that_is_nested_too_deeply_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(ParseError, match=r"nested more than 100 deep|is broken"):
        parse(content, name, "")


def test_mails_within_mails_are_read_three_deep() -> None:
    mail = EmailMessage()
    mail.set_content("innermost")
    for number in range(8):
        outer = EmailMessage()
        outer["Subject"] = f"level {number}"
        outer.set_content(f"text {number}")
        outer.add_attachment(mail)
        mail = outer
    text = text_of(parse(mail.as_bytes(), "a.eml", ""))
    assert [f"text {number}" in text for number in (7, 6, 5, 4)] == [True, True, True, False]
    assert "level 4 (not read: a mail within mails)" in text


def test_a_number_of_ten_thousand_digits_is_kept_as_it_was_written() -> None:
    assert "9" * 10_000 in text_of(
        parse(json.dumps({"n": 1}).replace("1", "9" * 10_000).encode(), "a.json", "")
    )


def test_numbers_that_no_calendar_and_no_float_holds_are_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    book.active["A2"].number_format = "yyyy-mm-dd"
    for value in (b"1e300", b"-1e300", b"nan", b"inf", b"-5", b"1e999", b"x"):
        parts = unzipped(saved(book))
        sheet = parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<v>1</v>", b"<v>" + value + b"</v>")
        assert "2" in text_of(parse(zipped(parts), "a.xlsx", ""))
