"""Scans: pictures of pages, read by Tesseract where it is installed."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import pytest_asyncio
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from bot.errors import ParseError
from bot.parsing.parser import Parser
from bot.parsing.pdf import ocr, parse_pdf
from connectors.base import Document
from tests.parsing.test_pdf import pdf

ROOT = Path(__file__).parents[2]
LINES = [
    "제3장 여비의 지급",
    "국내 숙박비는 1박에 100,000원을 넘지 못한다.",
    "Submit receipts within 14 days.",
]
needs_tesseract = pytest.mark.skipif(
    ocr.tesseract() is None or "kor" not in (ocr.tesseract() or ("", ""))[1],
    reason="tesseract-ocr with tesseract-ocr-kor is not installed",
)


def scan(*pages: list[str] | str) -> bytes:
    """A PDF with a picture of each list of lines, and with the text of each string."""
    written = BytesIO()
    canvas = Canvas(written)
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            with pdfium.PdfDocument(pdf(page)) as drawn:
                picture = drawn[0].render(scale=200 / 72, grayscale=True).to_pil()
            canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


@pytest_asyncio.fixture
async def parser(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Parser]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    parser = Parser()
    yield parser
    await parser.close()


@needs_tesseract
async def test_a_scan_is_read_in_the_confined_child(parser: Parser) -> None:
    document = Document("a.pdf", "", "file:///a.pdf", scan(LINES), "application/pdf", datetime.now(UTC))
    (section,) = (await parser.parse(document)).sections
    assert section.path == ("제3장 여비의 지급",)
    assert "국내 숙박비는 1박에 100,000원을 넘지 못한다." in section.text
    assert "Submit receipts within 14 days." in section.text
    assert (section.page, section.anchor) == (1, "page=1")


@needs_tesseract
def test_scanned_pages_among_others_are_read_in_their_place() -> None:
    parsed = parse_pdf(scan("First page", LINES[1:2], "Third page"), "a.pdf")
    assert [one.page for one in parsed.sections] == [1, 2, 3]
    assert "100,000원" in parsed.sections[1].text
    assert parsed.sections[2].text == "Third page"


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A PATH on which there is no Tesseract, or what a test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ocr.tesseract.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    ocr.tesseract.cache_clear()


def installed(folder: Path, script: str) -> None:
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_without_tesseract_a_scan_is_refused_with_what_to_install(no_tesseract: Path) -> None:
    with pytest.raises(ParseError, match=r"a\.pdf has no text; it is a scan") as caught:
        parse_pdf(scan(LINES), "a.pdf")
    assert "Install tesseract-ocr with tesseract-ocr-kor" in caught.value.mend


def test_scanned_pages_that_were_not_read_are_named(no_tesseract: Path) -> None:
    parsed = parse_pdf(scan("First page", LINES, LINES), "a.pdf")
    assert [(one.page, one.text) for one in parsed.sections] == [
        (1, "First page"),
        (2, "(스캔한 쪽이어서 읽지 못함 / scanned pages that were not read: 2, 3)"),
    ]


def test_a_tesseract_without_our_languages_is_none(no_tesseract: Path) -> None:
    installed(no_tesseract, "echo 'List of available languages (1):'; echo deu")
    assert ocr.tesseract() is None


def test_a_tesseract_that_fails_or_hangs_leaves_its_pages_unread(
    no_tesseract: Path,
) -> None:
    installed(no_tesseract, 'test "$1" = --list-langs && echo eng && exit; exit 1')
    with pdfium.PdfDocument(scan(LINES)) as document:
        assert ocr.recognized(document, [0]) == {}
    installed(no_tesseract, 'test "$1" = --list-langs && echo eng && exit; exec /bin/sleep 60')
    with pdfium.PdfDocument(scan(LINES, LINES, LINES)) as document:
        assert ocr.recognized(document, [0, 1, 2], seconds=0.5) == {}
