from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from bot.errors import ParseError
from bot.parsing.pdf import parse_pdf

KOREAN_FONT = "HYSMyeongJo-Medium"


def pdf(
    *pages: Sequence[str],
    title: str = "",
    password: str = "",
    owner_password: str = "",
    draw: Callable[[Canvas], None] | None = None,
) -> bytes:
    if KOREAN_FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(KOREAN_FONT))
    written = BytesIO()
    encryption = StandardEncryption(password, owner_password or None, canPrint=0, canCopy=0)
    has_password = bool(password or owner_password)
    canvas = Canvas(written, pageCompression=0, encrypt=encryption if has_password else None)
    canvas.setTitle(title)
    for lines in pages:
        canvas.setFont(KOREAN_FONT, 11)
        for number, line in enumerate(lines):
            canvas.drawString(72, 760 - 16 * number, line)
        if draw:
            draw(canvas)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def test_every_page_is_a_section_with_its_number_and_anchor() -> None:
    parsed = parse_pdf(pdf(["First page"], ["둘째 쪽"], title="Handbook"), "a/b.pdf")
    assert parsed.title == "Handbook"
    assert [(s.page, s.anchor, s.text) for s in parsed.sections] == [
        (1, "page=1", "First page"),
        (2, "page=2", "둘째 쪽"),
    ]


@pytest.mark.parametrize(
    "title", ["Microsoft Word - leave_v3.docx", "untitled", "0000764478-23-000041", "제목 없음"]
)
def test_a_title_that_a_program_made_up_gives_way_to_the_name(title: str) -> None:
    assert parse_pdf(pdf(["text"], title=title), "휴가 규정.pdf").title == "휴가 규정"


def test_lines_of_a_paragraph_are_joined_and_paragraphs_stay_apart() -> None:
    parsed = parse_pdf(
        pdf(
            [
                "Employees receive fifteen days of paid leave each calendar",
                "year, which they may take at any time that their manager",
                "agrees to.",
                "Sick leave is separate from it and needs a note by a doctor",
                "after the third day.",
                "1. Ask your manager, in writing and not later than two weeks",
                "2. Enter it",
            ]
        ),
        "a.pdf",
    )
    assert parsed.sections[0].text.split("\n") == [
        "Employees receive fifteen days of paid leave each calendar year, which they may take at any time"
        " that their manager agrees to.",
        "Sick leave is separate from it and needs a note by a doctor after the third day.",
        "1. Ask your manager, in writing and not later than two weeks",
        "2. Enter it",
    ]


def test_a_word_divided_at_the_end_of_a_line_is_whole_again() -> None:
    (section,) = parse_pdf(
        pdf(["The committee decides about every reimburse-", "ment within five days of the month after."]),
        "a.pdf",
    ).sections
    assert "every reimbursement within" in section.text


def test_korean_lines_are_joined_between_words() -> None:
    (section,) = parse_pdf(
        pdf(["연차 휴가는 입사일을 기준으로 매년 열다섯 날이 주어지며", "다음 해로 넘길 수 없습니다."]),
        "a.pdf",
    ).sections
    assert (
        section.text == "연차 휴가는 입사일을 기준으로 매년 열다섯 날이 주어지며 다음 해로 넘길 수 없습니다."
    )


def test_korean_words_broken_within_are_whole_where_the_file_shows_it() -> None:
    lines = [
        "연차 휴가는 입사일을 기준으로 매년 열다섯 날이 주어지며 ",
        "다음 해로 넘길 수 없습니다. 다만 회사 사정으로 쓰지 못한 휴",
        "가는 그러하지 아니하며 이듬해 삼월까지 쓸 수 있는 것으로 ",
        "합니다.",
    ]
    (section,) = parse_pdf(pdf(lines), "a.pdf").sections
    assert "주어지며 다음" in section.text
    assert "못한 휴가는" in section.text


def test_rows_of_figures_stay_on_their_lines() -> None:
    rows = [
        "Merchandise inventories at cost 5,651 5,140 6,043",
        "Other current assets of all kinds 704 647 621",
    ]
    assert parse_pdf(pdf(rows), "a.pdf").sections[0].text.split("\n") == rows


def test_lines_that_run_on_every_page_are_left_out() -> None:
    pages = [
        ["Footnote Inc. confidential", f"Text of chapter {'abcde'[n]}", f"Page {n + 1}"] for n in range(5)
    ]
    parsed = parse_pdf(pdf(*pages), "a.pdf")
    assert [section.text for section in parsed.sections] == [
        f"Text of chapter {letter}" for letter in "abcde"
    ]


def test_pages_are_under_their_bookmarks() -> None:
    names = iter([("Leave", 0), ("Sick", 1), (None, 0), ("Travel", 0)])

    def bookmark(canvas: Canvas) -> None:
        name, level = next(names)
        if name:
            canvas.bookmarkPage(name)
            canvas.addOutlineEntry(name, name, level)

    parsed = parse_pdf(pdf(["a"], ["b"], ["c"], ["d"], draw=bookmark), "a.pdf")
    assert [section.path for section in parsed.sections] == [
        ("Leave",),
        ("Leave", "Sick"),
        ("Leave", "Sick"),
        ("Travel",),
    ]


def test_a_pdf_with_a_password_says_so() -> None:
    with pytest.raises(ParseError, match=r"pay\.pdf is protected by a password") as caught:
        parse_pdf(pdf(["secret"], password="open"), "pay.pdf")
    assert "without the password" in caught.value.mend


def test_a_pdf_without_anything_has_no_text() -> None:
    with pytest.raises(ParseError, match=r"empty\.pdf has no text\."):
        parse_pdf(pdf([]), "empty.pdf")


def test_a_pdf_that_only_its_owner_may_change_is_read() -> None:
    assert parse_pdf(pdf(["text"], owner_password="owner"), "a.pdf").sections[0].text == "text"


@pytest.mark.parametrize("broken", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\0" * 5000, pdf(["x"])[:300]])
def test_a_broken_pdf_says_so(broken: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.pdf"):
        parse_pdf(broken, "a.pdf")
