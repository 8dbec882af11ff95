"""A small file of every format that the parsers read, written by the libraries that write such files."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

import docx
import openpyxl
import pptx
import xlwt
from odfdo import Cell, Document, DrawPage, Frame, Header, List, Note, Paragraph, Row, Table
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.parsing.hwp_files import ole_file

RTF = (
    rb"{\rtf1\ansi\ansicpg949{\fonttbl{\f0\fnil\fcharset129 Gulim;}}{\info{\title Plan}}\f0 "
    + b"".join(b"\\'%02x" % byte for byte in "연차는 15일입니다.".encode("cp949"))
    + rb"\par Second line\par\trowd\intbl Who\cell Days\cell\row\trowd\intbl Kim\cell 15\cell\row}"
)


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """A zip archive of these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    """The parts of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xlsx() -> bytes:
    """Two sheets: a table with a title and a merged header, and a hidden one."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "매출"
    rows: list[list[object]] = [
        ["2026년 매출 현황"],
        [],
        ["부서", "상반기", None, "비율"],
        [None, "1분기", "2분기", None],
        ["영업", 1200000, 1350000, 0.125],
        [None, 900000, 950000, 0.2],
    ]
    for row in rows:
        sheet.append(row)
    for merged in ("A1:D1", "B3:C3", "A3:A4", "D3:D4", "A5:A6"):
        sheet.merge_cells(merged)
    for number in ("5", "6"):
        sheet[f"B{number}"].number_format = sheet[f"C{number}"].number_format = '#,##0"원"'
        sheet[f"D{number}"].number_format = "0.0%"
    hidden = book.create_sheet("숨김")
    hidden.append(["secret", "x"])
    hidden.sheet_state = "hidden"
    return saved(book)


def xls() -> bytes:
    """One named sheet of Excel 97."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("직원")
    rows: list[list[object]] = [["이름", "연차"], ["김민수", 15], ["Lee", 12.5]]
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(number, place, value)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def docx_file() -> bytes:
    """A heading, a list and a table."""
    document = docx.Document()
    document.add_heading("휴가 규정", 1)
    document.add_paragraph("연차는 15일입니다.")
    document.add_paragraph("하나", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ["Who", "Days", "Kim", "15"], strict=True
    ):
        cell.text = text
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def pptx_file() -> bytes:
    """A title slide; a slide with bullets, a table, a group and notes; one with a chart."""
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "사업 계획"
    first.placeholders[1].text = "2026"
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "일정"
    body = second.placeholders[1].text_frame
    body.text = "설계"
    for text, level in (("요구 분석", 1), ("개발", 0)):
        paragraph = body.add_paragraph()
        paragraph.text, paragraph.level = text, level
    table = second.shapes.add_table(3, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for row, texts in enumerate((("담당", "기한"), ("김민수", "3월"), ("", "4월"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    inner = second.shapes.add_group_shape().shapes.add_group_shape()
    inner.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "묶음 안의 글"
    second.notes_slide.notes_text_frame.text = "발표 때 예산을 말한다"
    third = deck.slides.add_slide(deck.slide_layouts[5])
    third.shapes.title.text = "실적"
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["1분기", "2분기"]
    data.add_series("매출", (120, 135.5))  # type: ignore[no-untyped-call]
    third.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(3), data)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _written(document: Document) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def odt() -> bytes:
    """Headings, a list in a list, a footnote and a table."""
    document = Document("text")
    body = document.body
    body.clear()
    body.append(Header(1, "복무 규정"))
    body.append(Header(2, "연차"))
    paragraph = Paragraph("연차는 15일입니다.")
    paragraph.insert_note(
        note_element=Note(note_id="n1", citation="1", body="근로기준법 제60조"), after="15일"
    )
    body.append(paragraph)
    outer = List(["첫째", "둘째"])
    outer.children[1].append(List(["속"]))
    body.append(outer)
    table = Table("표", width=2, height=2)
    for place, text in {(0, 0): "이름", (1, 0): "일수", (0, 1): "김민수", (1, 1): "15"}.items():
        table.set_value(place, text)
    body.append(table)
    return _written(document)


def ods() -> bytes:
    """A sheet of a table with a repeated cell."""
    document = Document("spreadsheet")
    body = document.body
    body.clear()
    table = Table("직원")
    for texts in (["이름", "부서", "팀"], ["김민수", "영업", "영업"]):
        row = Row()
        for text in texts:
            row.append(Cell(text, text=text))
        table.append(row)
    body.append(table)
    return _written(document)


def odp() -> bytes:
    """One slide with a title and a text box."""
    document = Document("presentation")
    body = document.body
    body.clear()
    page = DrawPage("p1", name="page1")
    page.append(Frame.text_frame(Paragraph("사업 계획"), presentation_class="title"))
    page.append(Frame.text_frame([Paragraph("첫 줄"), Paragraph("둘째 줄")]))
    body.append(page)
    return _written(document)


def epub() -> bytes:
    """Two chapters, in an order other than that of the file, with a table of contents."""
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Book</title></head><body>{}</body></html>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>안내서</dc:title></metadata><manifest>'
            '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="b" href="b%20.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="n" properties="nav" href="nav.xhtml" media-type="application/xhtml+xml"/>'
            "</manifest><spine>"
            '<itemref idref="b"/><itemref idref="a"/><itemref idref="b"/></spine></package>',
            "OEBPS/a.xhtml": '<?xml version="1.0"?>'
            + page.format("<p>끝 <a href='b%20.xhtml#x'>처음으로</a></p>"),
            "OEBPS/b .xhtml": page.format("<h1>시작</h1><p>처음</p><h2>둘</h2><p>다음</p>"),
            "OEBPS/nav.xhtml": page.format(
                '<nav><a href="b%20.xhtml">시작</a><a href="a.xhtml#x">마침</a></nav>'
            ),
        }
    )


def eml() -> bytes:
    """Plain and HTML text, and a workbook, a picture and a mail attached."""
    mail = EmailMessage()
    mail["Subject"] = "휴가 안내"
    mail["From"] = "김민수 <kim@example.com>"
    mail["To"] = "all@example.com"
    mail["Date"] = "Mon, 02 Mar 2026 09:30:00 +0900"
    mail.set_content("연차는 15일입니다.\n")
    mail.add_alternative("<p>HTML form</p>", subtype="html")
    mail.add_attachment(xlsx(), maintype="application", subtype="octet-stream", filename="매출.xlsx")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    inner = EmailMessage()
    inner["Subject"] = "안쪽 메일"
    inner.set_content("전달된 내용")
    mail.add_attachment(inner)
    return mail.as_bytes()


def msg(**properties: str) -> bytes:
    """A mail of Outlook with a table attached. `properties`: p1000 for the text property 0x1000."""
    texts = {
        "0037": "휴가 안내",
        "0C1A": "김민수",
        "5D01": "kim@example.com",
        "0E04": "전체",
        "1000": "15일입니다.",
    }
    texts |= {key[1:]: value for key, value in properties.items()}
    streams = {f"__substg1.0_{key}001F": value.encode("utf-16-le") for key, value in texts.items()}
    sent = struct.pack("<HHIQ", 0x40, 0x0039, 6, 134_167_242_000_000_000)
    streams["__properties_version1.0"] = b"\0" * 32 + sent
    streams["__attach_version1.0_#00000000/__substg1.0_3707001F"] = "명단.csv".encode("utf-16-le")
    streams["__attach_version1.0_#00000000/__substg1.0_37010102"] = "이름,일수\n김민수,15\n".encode().ljust(
        5000,
        b"\n",  # small streams are padded with zeros there
    )
    return ole_file(streams)


def every_format() -> dict[str, bytes]:
    """A file of each format but PDF and those of Hangul, by file name."""
    return {
        "a.xlsx": xlsx(),
        "a.xls": xls(),
        "a.docx": docx_file(),
        "a.pptx": pptx_file(),
        "a.odt": odt(),
        "a.ods": ods(),
        "a.odp": odp(),
        "a.epub": epub(),
        "a.eml": eml(),
        "a.msg": msg(),
        "a.rtf": RTF,
        "a.csv": "이름,일수\n김민수,15\n박서연,12\n".encode("cp949"),
        "a.tsv": b"a\tb\n1\t2\n",
        "a.json": json.dumps({"title": "T", "a": {"b": [{"c": 1, "d": "x"}, {"c": 2, "d": "y"}]}}).encode(),
        "a.jsonl": b'{"a": 1}\n{"a": 2, "b": ["x", {"y": null}]}\n',
        "a.py": b"# about\nX = 1\n\n\n@cached\ndef one(a):\n    return a\n\n\n"
        b"class Two:\n    def three(self):\n        pass\n",
        "a.html": b"<h1>T</h1><table><tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        "a.md": "---\ntitle: 제목\n---\n# 하나\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
        "a.txt": "그냥 글".encode(),
    }
