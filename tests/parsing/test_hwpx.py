from __future__ import annotations

import random
import zipfile
from io import BytesIO

import pytest

from bot.errors import ParseError
from bot.parsing.formats import parse
from bot.parsing.hangul.hwpx import parse_hwpx
from bot.parsing.parsed import Parsed

SPACES = (
    'xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph" xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
    ' xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head"'
)
HEADER = f"""<hh:head {SPACES}><hh:refList>
<hh:numberings><hh:numbering id="1"><hh:paraHead level="1" numFormat="DIGIT" start="1">제^1장</hh:paraHead>
<hh:paraHead level="2" numFormat="HANGUL_SYLLABLE" start="1">^2.</hh:paraHead></hh:numbering>
<hh:numbering id="2">
<hh:paraHead level="1" numFormat="CIRCLED_DIGIT" start="3">^1</hh:paraHead></hh:numbering>
</hh:numberings><hh:paraProperties>
<hh:paraPr id="0"><hh:heading type="NONE" idRef="0" level="0"/></hh:paraPr>
<hh:paraPr id="1"><hh:heading type="OUTLINE" idRef="0" level="0"/></hh:paraPr>
<hh:paraPr id="2"><hh:heading type="OUTLINE" idRef="0" level="1"/></hh:paraPr>
<hh:paraPr id="3"><hh:heading type="NUMBER" idRef="2" level="0"/></hh:paraPr>
<hh:paraPr id="4"><hh:heading type="BULLET" idRef="1" level="0"/></hh:paraPr>
</hh:paraProperties><hh:styles><hh:style id="0" name="바탕글"/><hh:style id="7" name="제목 2"/></hh:styles>
</hh:refList></hh:head>"""


def p(inner: str, shape: int = 0, style: int = 0) -> str:
    """A paragraph of one run. Text without a tag is text."""
    inner = inner if inner.startswith("<") else f"<hp:t>{inner}</hp:t>"
    return f'<hp:p paraPrIDRef="{shape}" styleIDRef="{style}"><hp:run>{inner}</hp:run></hp:p>'


def cell(row: int, column: int, inner: str, rows: int = 1, columns: int = 1) -> str:
    inner = inner if inner.startswith("<hp:p") else p(inner)
    return (
        f"<hp:tc><hp:subList>{inner}</hp:subList>"
        f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/>'
        f'<hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/></hp:tc>'
    )


def table(*rows: str, caption: str = "") -> str:
    said = f"<hp:caption><hp:subList>{p(caption)}</hp:subList></hp:caption>" if caption else ""
    return f"<hp:tbl>{said}{''.join(f'<hp:tr>{row}</hp:tr>' for row in rows)}</hp:tbl>"


def hwpx(*paragraphs: str, title: str = "", parts: dict[str, str] | None = None) -> bytes:
    first = p('<hp:secPr outlineShapeIDRef="1"/>')
    section = f"<hs:sec {SPACES}>{first}{''.join(paragraphs)}</hs:sec>"
    written = BytesIO()
    everything = {
        "mimetype": "application/hwp+zip",
        "Contents/content.hpf": f'<package xmlns="x"><metadata><title>{title}</title></metadata></package>',
        "Contents/header.xml": HEADER,
        "Contents/section0.xml": section,
        **(parts or {}),
    }
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in everything.items():
            archive.writestr(name, content)
    return written.getvalue()


def read(*paragraphs: str, title: str = "") -> Parsed:
    return parse_hwpx(hwpx(*paragraphs, title=title), "규정/여비 규정.hwpx")


def said(*paragraphs: str) -> str:
    (section,) = read(*paragraphs).sections
    return section.text


def test_outline_paragraphs_are_headings_with_their_numbers_and_styles_too() -> None:
    parsed = read(
        p("총칙", 1), p("글"), p("휴가", 2), p("15일"), p("복무", 1), p("더 아래", style=7), p("끝")
    )  # fmt: skip
    assert [(one.path, one.text) for one in parsed.sections] == [
        (("제1장 총칙",), "글"),
        (("제1장 총칙", "가. 휴가"), "15일"),
        (("제2장 복무", "더 아래"), "끝"),
    ]


def test_the_title_of_the_file_counts_if_it_is_in_the_text() -> None:
    assert read(p("□ 여비  규정 개정안"), p("글"), title="□ 여비 규정 개정안").title == "여비 규정 개정안"
    assert read(p("글"), title="지난해 보고서").title == "여비 규정"
    assert read(p("1"), p("글"), title="1").title == "여비 규정"


def test_numbers_start_where_the_numbering_says_and_bullets_are_marked() -> None:
    assert said(p("셋", 3), p("넷", 3), p("점", 4)) == "③ 셋\n④ 넷\n- 점"


def test_a_table_is_markdown_with_what_spans_rows_said_in_each() -> None:
    rows = [
        cell(0, 0, "구분") + cell(0, 1, "금액"),
        cell(1, 0, "국내", rows=2) + cell(1, 1, p("5만원") + p("(식비 포함)")),
        cell(2, 1, "7만원"),
    ]
    assert said(p(table(*rows, caption="표 1"))) == (
        "표 1\n\n| 구분 | 금액 |\n| --- | --- |\n| 국내 | 5만원 (식비 포함) |\n| 국내 | 7만원 |"
    )


@pytest.mark.parametrize(
    ("place", "is_below"),
    [
        ('treatAsChar="0" vertRelTo="PARA" vertOffset="2495"', True),
        ('treatAsChar="0" vertRelTo="PARA" vertOffset="0"', False),
        ('treatAsChar="0" vertRelTo="PARA" vertOffset="4294967103"', False),
        ('treatAsChar="0" vertRelTo="PAGE" vertOffset="2495"', False),
        ('treatAsChar="1" vertRelTo="PARA" vertOffset="2495"', False),
    ],
)
def test_a_table_that_floats_below_the_line_it_hangs_on_comes_after_it(place: str, is_below: bool) -> None:
    floating = table(cell(0, 0, "표") + cell(0, 1, "칸")).replace("<hp:tr>", f"<hp:pos {place}/><hp:tr>", 1)
    found = said(p(f"{floating}<hp:t>제목</hp:t>"))
    assert found == ("제목\n\n표 | 칸" if is_below else "표 | 칸\n\n제목")


def test_empty_rows_and_columns_of_a_form_are_left_out() -> None:
    rows = [
        cell(0, 0, "이름") + cell(0, 1, "") + cell(0, 2, "홍길동"),
        cell(1, 0, "") + cell(1, 1, "") + cell(1, 2, ""),
        cell(2, 0, "부서") + cell(2, 1, "") + cell(2, 2, "인사"),
    ]
    assert said(p(table(*rows))) == "| 이름 | 홍길동 |\n| --- | --- |\n| 부서 | 인사 |"


def test_a_table_of_one_row_is_a_line() -> None:
    assert said(p(table(cell(0, 0, "보도시점") + cell(0, 1, "1월 2일")))) == "보도시점 | 1월 2일"


def test_what_was_deleted_is_left_out_and_what_was_inserted_stays() -> None:
    first = '<hp:t>여비는 <hp:deleteBegin Id="2"/>5만</hp:t>'
    rest = (
        '<hp:t>원 아닌 <hp:deleteEnd Id="2"/><hp:insertBegin Id="1"/>7만원<hp:insertEnd Id="1"/>이다</hp:t>'
    )
    deleted = table(cell(0, 0, "옛") + cell(0, 1, "표"))
    runs = f"<hp:run>{first}</hp:run><hp:run>{deleted}</hp:run><hp:run>{rest}</hp:run>"
    assert said(f"<hp:p>{runs}</hp:p>") == "여비는 7만원이다"


def test_notes_boxes_running_heads_and_comments() -> None:
    def ctrl(kind: str, text: str) -> str:
        return f"<hp:ctrl><hp:{kind}><hp:subList>{p(text)}</hp:subList></hp:{kind}></hp:ctrl>"

    inner = f"<hp:rect><hp:drawText><hp:subList>{p('안쪽 상자')}</hp:subList></hp:drawText></hp:rect>"
    box = f"<hp:rect><hp:drawText><hp:subList>{p('상자')}{p(inner)}</hp:subList></hp:drawText></hp:rect>"
    memo = (
        f'<hp:ctrl><hp:fieldBegin type="MEMO"><hp:subList>{p("메모")}</hp:subList></hp:fieldBegin></hp:ctrl>'
    )
    run = (
        f"{ctrl('header', '머리말')}{ctrl('footer', '꼬리말')}<hp:t>글</hp:t>{ctrl('footNote', '각주')}"
        f"{ctrl('hiddenComment', '숨은 설명')}{memo}{ctrl('endNote', '미주')}<hp:t>이다</hp:t>{box}"
    )
    assert said(p(run), p(ctrl("header", "머리말"))) == (
        "머리말\n\n글[^1][^미주1]이다\n\n상자\n\n안쪽 상자\n\n[^1]: 각주\n\n[^미주1]: 미주\n\n꼬리말"
    )


def test_equations_numbers_spaces_and_form_fields_are_text() -> None:
    run = (
        "<hp:t>표 </hp:t><hp:ctrl><hp:autoNum num='3' numType='TABLE'>"
        "<hp:autoNumFormat type='ROMAN_CAPITAL'/></hp:autoNum><hp:autoNum num='9' numType='PAGE'/></hp:ctrl>"
        "<hp:t><hp:tab/>가<hp:lineBreak/>나<hp:nbSpace/>다</hp:t>"
        "<hp:equation><hp:script>a over `b</hp:script></hp:equation>"
        "<hp:edit><hp:text>입력</hp:text></hp:edit><hp:comboBox selectedValue='고름'/>"
        "<hp:dutmal><hp:mainText>大</hp:mainText><hp:subText>대</hp:subText></hp:dutmal>"
    )
    assert said(p(run)) == "표 III\t가\n나\xa0다$a over b$입력고름大(대)"


def test_the_suffix_may_be_that_of_the_other_format() -> None:
    assert parse(hwpx(p("글")), "a.hwp", "application/x-hwp").sections[0].text == "글"


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (hwpx(p("")), "has no text"),
        (
            hwpx(parts={"META-INF/manifest.xml": "<m><encryption-data/></m>"}),
            "protected by a password or for",
        ),
        (hwpx(p("글"))[:900], "is broken"),
        (hwpx(parts={"Contents/section0.xml": "<hs:sec>"}), "is broken"),
        (hwpx(parts={"Contents/header.xml": "no XML"}), "is broken"),
        (hwpx(parts={"Contents/section0.xml": " " * 200_000_000}), "too much"),
        (hwpx(p(table(cell(0, 0, "x", 4000, 4000) + cell(0, 1, "y")))), "A table in it has"),
        (hwpx(p(table(cell(0, 0, "x", 9_000_000, 1)))), "A table in it is larger"),
        (hwpx(parts={"Contents/section0.xml": "<p>" * 100_000}), "is broken"),
    ],
)
def test_what_cannot_be_read_is_refused_for_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        parse(content, "a.hwpx", "")
    assert caught.value.message.startswith("a.hwpx")


def test_entities_are_not_expanded() -> None:
    section = f"{ENTITIES}<hs:sec {SPACES}>{p('글 &f; &b;')}</hs:sec>"
    (read_section,) = parse_hwpx(hwpx(parts={"Contents/section0.xml": section}), "a.hwpx").sections
    assert "root:" not in read_section.text
    assert "aaaa" not in read_section.text


def test_a_zip_without_text_is_no_hwpx() -> None:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(ParseError, match="it has no text part"):
        parse_hwpx(written.getvalue(), "a.hwpx")


def test_a_damaged_file_is_read_or_refused_and_nothing_else() -> None:
    """Bytes changed in the archive and in the XML of its section: seeded, so it repeats."""
    chance = random.Random(20)
    rows = [cell(0, 0, "가", rows=2) + cell(0, 1, "나"), cell(1, 1, "다")]
    plain = f"<hs:sec {SPACES}>{p('총칙', 1)}{p(table(*rows, caption='표'))}{p('글', 3)}</hs:sec>".encode()
    whole = hwpx(parts={"Contents/section0.xml": plain.decode()})
    refusals: list[str] = []
    for number in range(400):
        data = bytearray(plain if number % 2 else whole)
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] = chance.choice(b"0<>/=\"'&\x00\xff")
        broken = hwpx(parts={"Contents/section0.xml": data.decode("latin-1")}) if number % 2 else bytes(data)
        try:
            parse(broken, "a.hwpx", "")
        except ParseError as exc:
            refusals.append(exc.message)
    assert 20 < len(refusals) < 400
    assert all(message.startswith("a.hwpx") for message in refusals)
