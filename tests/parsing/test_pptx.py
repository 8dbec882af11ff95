from __future__ import annotations

import io

import pptx
import pytest
from pptx.util import Inches, Pt

from bot.errors import ParseError
from bot.parsing.office.pptx import parse_pptx
from tests.parsing.hwp_files import ole_file
from tests.parsing.office_files import pptx_file, unzipped, zipped


def test_a_slide_is_a_page_under_its_title_with_lists_tables_groups_notes_and_charts() -> None:
    parsed = parse_pptx(pptx_file(), "deck.pptx")
    assert parsed.title == "사업 계획"
    assert [(section.path, section.page, section.text) for section in parsed.sections] == [
        (("사업 계획",), 1, "2026"),
        (
            ("일정",),
            2,
            "- 설계\n    - 요구 분석\n- 개발\n\n"
            "| 담당 | 기한 |\n| --- | --- |\n| 김민수 | 3월 |\n| 김민수 | 4월 |\n\n"
            "묶음 안의 글\n\nNotes: 발표 때 예산을 말한다",
        ),
        (("실적",), 3, "|  | 매출 |\n| --- | --- |\n| 1분기 | 120 |\n| 2분기 | 135.5 |"),
    ]


def deck_of(*boxes: tuple[str, int]) -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for text, size in boxes:
        frame = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame
        frame.text = text
        frame.paragraphs[0].runs[0].font.size = Pt(size)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def test_the_largest_text_is_the_title_of_a_slide_without_one() -> None:
    (section,) = parse_pptx(deck_of(("본문", 18), ("시장 분석", 40)), "a.pptx").sections
    assert (section.path, section.text) == (("시장 분석",), "본문")


@pytest.mark.parametrize("boxes", [[("하나", 20), ("둘", 20)], [("75%", 60), ("둘", 20)]])
def test_a_slide_whose_title_cannot_be_told_has_none(boxes: list[tuple[str, int]]) -> None:
    (section,) = parse_pptx(deck_of(*boxes), "a.pptx").sections
    assert (section.path, section.page) == ((), 1)
    assert section.text == "\n\n".join(text for text, _ in boxes)


def test_slides_come_in_the_order_of_the_presentation_and_under_its_sections() -> None:
    parts = unzipped(pptx_file())
    main = parts["ppt/presentation.xml"].decode()
    start, end = main.index("<p:sldIdLst>"), main.index("</p:sldIdLst>")
    slides = main[start + len("<p:sldIdLst>") : end].replace("/>", "/>\n").split("\n")[:3]
    order = "".join([slides[2], slides[0], slides[1]])
    named = (
        '<p:extLst><p:ext uri="{x}"><p14:sectionLst xmlns:p14="http://schemas.microsoft.com/office/powerpoint/'
        '2010/main"><p14:section name="1부" id="{y}"><p14:sldIdLst><p14:sldId id="256"/></p14:sldIdLst>'
        "</p14:section></p14:sectionLst></p:ext></p:extLst></p:presentation>"
    )
    main = main[: start + len("<p:sldIdLst>")] + order + main[end:].replace("</p:presentation>", named)
    parsed = parse_pptx(zipped(parts | {"ppt/presentation.xml": main}), "a.pptx")
    assert [(section.path, section.page) for section in parsed.sections] == [
        (("실적",), 1),
        (("1부", "사업 계획"), 2),
        (("일정",), 3),
    ]


def test_a_slide_that_is_missing_leaves_the_others() -> None:
    parts = unzipped(pptx_file())
    del parts["ppt/slides/slide2.xml"]
    assert [section.page for section in parse_pptx(zipped(parts), "a.pptx").sections] == [1, 3]


def test_a_presentation_with_a_password_is_refused_for_it() -> None:
    with pytest.raises(ParseError, match=r"a\.pptx is protected by a password\."):
        parse_pptx(ole_file({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "a.pptx")
