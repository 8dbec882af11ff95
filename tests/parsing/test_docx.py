from __future__ import annotations

import zipfile
from io import BytesIO

import docx
import pytest
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from bot.errors import ParseError
from bot.parsing.office.docx import parse_docx
from bot.parsing.office.packages import MAX_UNPACKED_BYTES, check_archive
from bot.parsing.parsed import Parsed


def read(document: Document, name: str = "a/규정.docx") -> Parsed:
    written = BytesIO()
    document.save(written)
    return parse_docx(written.getvalue(), name)


def blank() -> Document:
    document = docx.Document()
    document.core_properties.title = ""
    return document


def archive(**parts: bytes) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return written.getvalue()


def test_headings_paragraphs_lists_and_tables_come_in_their_order() -> None:
    document = blank()
    document.add_paragraph("before")
    document.add_heading("Leave", 1)
    document.add_paragraph("Fifteen days.")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Bullet")
    document.add_heading("Table", 2)
    table = document.add_table(2, 2)
    for row, texts in zip(table.rows, [["Who", "Days"], ["All|any", "15"]], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("after")
    document.add_heading("Other", 1)
    document.add_paragraph("x")
    parsed = read(document)
    assert parsed.title == "Leave"
    assert [(s.path, s.text) for s in parsed.sections] == [
        ((), "before"),
        ((), "Fifteen days.\n\n- one\n- two"),
        (("Table",), "| Who | Days |\n| --- | --- |\n| All\\|any | 15 |\n\nafter"),
        (("Other",), "x"),
    ]


def test_korean_names_of_styles_are_headings() -> None:
    document = blank()
    for name in ("제목 1x", "제목 2x"):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.element.name_val = name.removesuffix("x")
    document.add_paragraph("회사 규정", style=document.styles["Title"])
    for text, style_id in (("휴가", "제목1x"), ("연차", "제목2x")):
        paragraph = document.add_paragraph(text)
        paragraph._p.get_or_add_pPr()._add_pStyle().val = style_id
        document.add_paragraph(f"{text} 설명")
    parsed = read(document)
    assert parsed.title == "회사 규정"
    assert [(s.path, s.text) for s in parsed.sections] == [
        (("휴가",), "휴가 설명"),
        (("휴가", "연차"), "연차 설명"),
    ]


def test_the_title_is_the_property_or_the_name_where_no_paragraph_is_one() -> None:
    document = blank()
    document.add_paragraph("text")
    assert read(document).title == "규정"
    document.core_properties.title = "취업 규칙"
    assert read(document).title == "취업 규칙"


def test_numbered_items_are_numbered_and_inner_ones_indented() -> None:
    document = blank()
    document.add_paragraph("first", style="List Number")
    inner = document.add_paragraph("inner", style="List Bullet")
    inner._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="1"/><w:numId w:val="999"/></w:numPr>')
    )
    assert read(document).sections[0].text == "1. first\n    1. inner"


def test_merged_cells_say_their_text_in_every_row() -> None:
    document = blank()
    table = document.add_table(3, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Who", "Days"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "All"
    table.cell(1, 1).text, table.cell(2, 1).text = "15", "20"
    assert read(document).sections[0].text.split("\n")[2:] == ["| All | 15 |", "| All | 20 |"]


def test_inserted_text_counts_and_deleted_text_does_not() -> None:
    document = blank()
    paragraph = document.add_paragraph("Leave is ")
    paragraph._p.append(
        parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>20</w:t></w:r></w:ins>"),
    )
    paragraph._p.append(
        parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>15</w:delText></w:r></w:del>"),
    )
    assert read(document).sections[0].text == "Leave is 20"


def test_text_in_content_controls_is_read() -> None:
    document = blank()
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>inside</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>"
        ),
    )
    assert read(document).sections[0].text == "inside"


def test_a_document_without_text_is_refused() -> None:
    with pytest.raises(ParseError, match="has no text"):
        read(blank())


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(ParseError, match=r"bomb\.docx would unpack to \d+ times its size"):
        parse_docx(archive(**{"word/document.xml": b"0" * 20_000_000}), "bomb.docx")


def test_an_archive_that_states_more_than_the_limit_is_refused() -> None:
    content = archive(a=b"x")
    entry = content.index(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
    lying = content[:entry] + (MAX_UNPACKED_BYTES + 1).to_bytes(4, "little") + content[entry + 4 :]
    with pytest.raises(ParseError, match="too much"):
        check_archive(lying, "bomb.docx")


def test_entities_in_its_xml_are_not_expanded() -> None:
    document = blank()
    document.add_paragraph("harmless")
    written = BytesIO()
    document.save(written)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    evil = f'<!DOCTYPE x [<!ENTITY l0 "ha"><!ENTITY f SYSTEM "file:///etc/passwd">{laughs}]>'
    rewritten = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "word/document.xml":
                part = part.replace(b"?>", b"?>" + evil.encode(), 1).replace(b"harmless", b"a &l9; &f; b")
            new.writestr(name, part)
    try:
        text = parse_docx(rewritten.getvalue(), "a.docx").sections[0].text
    except ParseError:
        return
    assert "root:" not in text
    assert "haha" not in text


@pytest.mark.parametrize(
    "broken",
    [
        b"PK\x03\x04 and no more",
        archive(**{"hello.txt": b"x"}),
        archive(**{"[Content_Types].xml": b"<Types", "word/document.xml": b"<w:document"}),
    ],
)
def test_a_broken_document_says_so(broken: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.docx is broken"):
        parse_docx(broken, "a.docx")


def test_a_footnote_stands_where_it_is_referred_to() -> None:
    document = blank()
    document.add_paragraph("연차는 15일")
    written = BytesIO()
    document.save(written)
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    with zipfile.ZipFile(written) as saved:
        parts = {name: saved.read(name) for name in saved.namelist()}
    parts["word/footnotes.xml"] = (
        f'<w:footnotes {word}><w:footnote w:id="-1"><w:p/></w:footnote><w:footnote w:id="2"><w:p>'
        "<w:r><w:t>근로기준법 제60조</w:t></w:r></w:p></w:footnote></w:footnotes>"
    ).encode()
    for name, old, new in (
        (
            "word/document.xml",
            "연차는 15일</w:t></w:r>",
            '연차는 15일</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>',
        ),
        (
            "word/_rels/document.xml.rels",
            "</Rel",
            f'<Relationship Id="f" Type="{kind}" Target="footnotes.xml"/></Rel',
        ),
        (
            "[Content_Types].xml",
            "<Override",
            '<Override PartName="/word/footnotes.xml" ContentType="x/y"/><Override',
        ),
    ):
        assert old in parts[name].decode()
        parts[name] = parts[name].decode().replace(old, new, 1).encode()
    assert parse_docx(archive(**parts), "a.docx").sections[0].text == "연차는 15일 [근로기준법 제60조]"
