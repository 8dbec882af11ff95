"""What a PDF shows and does not say: headings, tables, spaces between words, what was entered into a form."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from reportlab.lib import colors
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

from bot.errors import ParseError
from bot.parsing.parsed import Parsed
from bot.parsing.parser import Parser
from bot.parsing.pdf import parse_pdf
from connectors.base import Document
from tests.parsing.test_pdf import KOREAN_FONT, pdf

BLACK_GRID = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
IN_KOREAN = ("FONT", (0, 0), (-1, -1), KOREAN_FONT, 10)


def read(*draw: Callable[[Canvas], None]) -> Parsed:
    """A PDF of a page for each of `draw`."""
    pdf([])  # registers the Korean font
    written = BytesIO()
    canvas = Canvas(written)
    for one in draw:
        one(canvas)
        canvas.showPage()
    canvas.save()
    return parse_pdf(written.getvalue(), "여비 규정.pdf")


def lines(canvas: Canvas, y: float, *said: str, size: float = 10) -> None:
    canvas.setFont(KOREAN_FONT, size)
    for number, line in enumerate(said):
        canvas.drawString(72, y - 1.6 * size * number, line)


def ruled(canvas: Canvas, y: float, rows: Sequence[Sequence[str]], *style: object) -> None:
    table = Table([list(row) for row in rows], style=[IN_KOREAN, *(style or (BLACK_GRID,))])
    table.wrapOn(canvas, 450, 400)
    table.drawOn(canvas, 72, y)


def test_larger_letters_are_headings_and_stand_over_what_follows_on_later_pages() -> None:
    def first(canvas: Canvas) -> None:
        lines(canvas, 780, "여비 규정", size=20)
        lines(canvas, 740, "국내 출장", size=14)
        lines(canvas, 710, "국내 출장의 숙박비는 하루에 십만 원을 넘지 못한다.", "식비는 따로 준다.")
        lines(canvas, 640, "해외 출장", size=14)

    def second(canvas: Canvas) -> None:
        lines(canvas, 780, "해외 출장의 숙박비는 도시에 따라 다르며 부록에 적는다.")

    assert [(one.path, one.page, one.text) for one in read(first, second).sections] == [
        (
            ("여비 규정", "국내 출장"),
            1,
            "국내 출장의 숙박비는 하루에 십만 원을 넘지 못한다. 식비는 따로 준다.",
        ),
        (("여비 규정", "해외 출장"), 2, "해외 출장의 숙박비는 도시에 따라 다르며 부록에 적는다."),
    ]


def test_large_letters_of_a_cover_are_no_heading_of_the_pages_behind_it() -> None:
    pages = [
        lambda canvas: lines(canvas, 700, "주식회사 각주", size=24),
        *[lambda canvas: lines(canvas, 700, "본문은 보통 크기의 글자로 적힌 긴 글이다.")] * 4,
    ]
    parsed = read(*pages)
    assert {one.path for one in parsed.sections} == {()}
    assert parsed.sections[0].text == "주식회사 각주"


def test_articles_are_headings_whatever_the_size_of_their_letters() -> None:
    parsed = read(
        lambda canvas: lines(
            canvas,
            780,
            "제1장 총칙",
            "제1조(목적) 이 규정은 여비를 정한다.",
            "제2조(정의) ① 출장은 명령에 따른다.",
            "제1조(목적) ........ 3",
        )
    )
    assert [one.path for one in parsed.sections] == [
        ("제1장 총칙", "제1조(목적)"),
        ("제1장 총칙", "제2조(정의)"),
    ]
    assert parsed.sections[1].text.startswith("제2조(정의) ① 출장은")


def test_a_ruled_table_is_markdown_between_the_text_around_it() -> None:
    rows = [["구분", "2025년", "", "비고"], ["", "상반기", "하반기", ""], ["국내", "5", "7", "1박\n기준"]]
    spans = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (3, 1))]

    def page(canvas: Canvas) -> None:
        lines(canvas, 780, "다음 표와 같이 지급한다.")
        ruled(canvas, 650, rows, BLACK_GRID, *spans)
        lines(canvas, 600, "표 아래의 글이다.")

    (section,) = read(page).sections
    assert section.text.split("\n") == [
        "다음 표와 같이 지급한다.",
        "",
        "| 구분 | 2025년 | 2025년 | 비고 |",
        "| --- | --- | --- | --- |",
        "| 구분 | 상반기 | 하반기 | 비고 |",
        "| 국내 | 5 | 7 | 1박 기준 |",
        "",
        "표 아래의 글이다.",
    ]


def test_a_table_open_to_both_sides_has_all_its_columns() -> None:
    inner = [("INNERGRID", (0, 0), (-1, -1), 0.5, colors.black), ("BOX", (0, 0), (-1, -1), 0.5, colors.white)]
    edges = [
        ("LINEABOVE", (0, 0), (-1, 0), 1, colors.black),
        ("LINEBELOW", (0, -1), (-1, -1), 1, colors.black),
    ]
    rows = [["직급", "국내", "해외"], ["부장", "10", "20"], ["사원", "5", "15"]]
    (section,) = read(lambda canvas: ruled(canvas, 650, rows, inner[0], *edges)).sections
    assert section.text.split("\n")[2:] == ["| 부장 | 10 | 20 |", "| 사원 | 5 | 15 |"]


def test_a_word_broken_in_a_cell_is_whole_where_the_file_keeps_the_spaces_at_line_ends() -> None:
    rows = [
        ["구분", "조건"],
        ["연차", "한 해를 모두 근무한 \n사람에게 열다섯 날을 주\n며 이듬해로 못 넘긴다"],
    ]

    def page(canvas: Canvas) -> None:
        lines(canvas, 780, "연차 휴가는 입사일을 기준으로 ", "해마다 주어지며 다음 해로 넘길 ", "수 없다.")
        ruled(canvas, 600, rows)

    (section,) = read(page).sections
    assert "| 연차 | 한 해를 모두 근무한 사람에게 열다섯 날을 주며 이듬해로 못 넘긴다 |" in section.text


def test_lines_that_leave_columns_uncertain_make_no_table() -> None:
    # one rule between what are three columns: rows stay lines
    def page(canvas: Canvas) -> None:
        for number, row in enumerate(
            [("Sales", "14,544", "14,694"), ("Income", "805", "1,048"), ("Cash", "1", "2")]
        ):
            y = 700 - 20 * number
            for x, said in zip((72, 300, 400), row, strict=True):
                canvas.drawString(x, y, said)
        for y in (715, 695, 675, 655):
            canvas.line(70, y, 450, y)
        for x in (70, 280, 450):
            canvas.line(x, 655, x, 715)

    (section,) = read(page).sections
    assert "|" not in section.text
    assert "Sales 14,544 14,694\n" in section.text


def test_words_set_apart_without_a_space_get_one_and_spaced_letters_do_not() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(KOREAN_FONT, 11)
        x = 72.0
        for word in ["연차", "휴가는", "매년", "열다섯", "날이", "주어진다"]:
            canvas.drawString(x, 700, word)
            x += pdfmetrics.stringWidth(word, KOREAN_FONT, 11) + 3
        text = canvas.beginText(72, 600)
        text.setFont(KOREAN_FONT, 11)
        text.setCharSpace(1.2)
        text.textOut("자간을 벌린 글")
        canvas.drawText(text)

    (section,) = read(page).sections
    assert section.text == "연차 휴가는 매년 열다섯 날이 주어진다\n자간을 벌린 글"


def test_two_columns_are_read_one_after_the_other() -> None:
    def page(canvas: Canvas) -> None:
        for x, side in ((72, "left"), (320, "right")):
            for number in range(6):
                canvas.drawString(x, 700 - 14 * number, f"The {side} column goes on, line {number}")

    (section,) = read(page).sections
    assert section.text.index("left column goes on, line 5") < section.text.index(
        "right column goes on, line 0"
    )


def test_what_was_entered_into_a_form_is_read() -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 700, "출장 신청서")
        form = canvas.acroForm
        form.textfield(name="destination", tooltip="출장지", value="Busan", x=100, y=600)
        form.textfield(name="empty", tooltip="비고", value="", x=100, y=550)
        form.checkbox(name="hotel", tooltip="숙박", checked=True, x=100, y=500)
        form.checkbox(name="car", tooltip="차량", checked=False, x=100, y=450)

    (section,) = read(page).sections
    assert section.text.split("\n") == ["출장 신청서", "", "출장지: Busan", "숙박: ☑ Yes"]


def bomb() -> bytes:
    """A page whose content unpacks to 300 MB of text operators."""
    packer = zlib.compressobj(9)
    piece = b"BT /F1 12 Tf (x) Tj ET\n" * 50_000
    stream = b"".join(packer.compress(piece) for _ in range(260)) + packer.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body)
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


async def test_a_bomb_ends_the_child_alone_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    parser = Parser()

    def document(name: str, content: bytes) -> Document:
        return Document(name, "", f"file:///{name}", content, "application/pdf", datetime.now(UTC))

    with pytest.raises(ParseError, match=r"bomb\.pdf could not be read"):
        await parser.parse(document("bomb.pdf", bomb()))
    assert (await parser.parse(document("a.pdf", pdf(["next"])))).sections[0].text == "next"
    await parser.close()


def test_a_damaged_file_is_read_or_refused_and_nothing_else() -> None:
    """Bytes changed anywhere in a file with a table, a heading and a form: seeded, so it repeats."""
    pdf([])
    written = BytesIO()
    canvas = Canvas(written, pageCompression=0)
    lines(canvas, 780, "여비 규정", size=20)
    lines(canvas, 740, "다음 표와 같이 지급한다. 이 규정은 모두에게 적용한다.")
    ruled(canvas, 650, [["직급", "국내"], ["부장", "10"], ["사원", "5"]])
    canvas.acroForm.textfield(name="destination", value="Busan", x=100, y=600)
    canvas.save()
    whole = written.getvalue()
    chance = random.Random(20)
    refusals: list[str] = []
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 5, 40])):
            data[chance.randrange(len(data))] = chance.choice([0x20, 0x2F, 0x3C, 0x30, chance.randrange(256)])
        try:
            parse_pdf(bytes(data), "a.pdf")
        except ParseError as exc:
            refusals.append(exc.message)
    assert len(refusals) < 290
    assert all(message.startswith("a.pdf") for message in refusals)
