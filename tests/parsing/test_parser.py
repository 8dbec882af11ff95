"""The whole way: a real child process, real files of every kind, and files that want it dead."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.errors import ParseError
from bot.parsing.formats import BY_MEDIA_TYPE, BY_SUFFIX
from bot.parsing.parser import Parser
from connectors import media_types
from connectors.base import Document
from connectors.folder import Folder
from tests.parsing.test_docx import archive
from tests.parsing.test_pdf import pdf

ROOT = Path(__file__).parents[2]
EVALUATION = ROOT.parent / "shared" / "eval"
needs_evaluation_data = pytest.mark.skipif(not EVALUATION.is_dir(), reason="../shared/eval is not here")


def document(name: str, content: bytes, media_type: str = "", title: str = "") -> Document:
    return Document(name, title, f"file:///{name}", content, media_type, datetime.now(UTC))


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest_asyncio.fixture
async def parser() -> AsyncIterator[Parser]:
    parser = Parser()
    yield parser
    await parser.close()


async def test_a_document_comes_back_as_sections(parser: Parser) -> None:
    parsed = await parser.parse(document("guide.md", "# 안내\n## 휴가\n15일".encode()))
    assert parsed.title == "안내"
    (section,) = parsed.sections
    assert (section.path, section.text, section.page, section.anchor) == (("휴가",), "15일", None, "휴가")


async def test_the_title_of_the_source_wins(parser: Parser) -> None:
    parsed = await parser.parse(document("a.md", b"# In the text\nx", title="At the source"))
    assert parsed.title == "At the source"


async def test_the_media_type_decides_and_the_name_where_it_says_nothing(parser: Parser) -> None:
    html = b"<h1>T</h1><p>x</p>"
    assert (await parser.parse(document("page", html, "text/html; charset=utf-8"))).title == "T"
    assert (await parser.parse(document("https://x.example/a.html?v=1", html))).title == "T"
    assert "<h1>" in (await parser.parse(document("a.html", html, "text/plain"))).sections[0].text


def test_all_that_the_folder_lists_is_read() -> None:
    assert set(media_types.BY_SUFFIX) <= set(BY_SUFFIX)
    assert set(media_types.BY_SUFFIX.values()) <= set(BY_MEDIA_TYPE)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.mp4", b"....ftyp", "of a kind that is not read"),
        ("a.doc", b"\xd0\xcf", "of a kind that is not read"),
        ("a.md", b"", "is empty"),
        ("a.pdf", b"", "is empty"),
        ("a.docx", b"\n\n", "is empty"),
        ("a.pdf", b"<html>Please log in</html>", "is not a PDF, though its name says so"),
        ("a.docx", b"%PDF-1.7", "is not a Word document, though its name says so"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old",
            "was saved in the format of before 2007",
        ),
        ("a.pdf", b"%PDF-1.7 cut", "is broken"),
        ("a.pdf", pdf(["x"], password="p"), "is protected by a password"),
        ("a.pdf", pdf([]), "has no text"),
        ("a.docx", archive(x=b"0" * 30_000_000), "too much"),
        ("a.txt", bytes(range(32)) * 100, "is not a text file"),
    ],
)
async def test_what_cannot_be_read_is_named_with_its_reason(
    parser: Parser, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        await parser.parse(document(name, content))
    assert str(caught.value).startswith(name)


async def test_documents_asked_for_at_once_are_each_read(parser: Parser) -> None:
    names = [f"{number}.md" for number in range(30)]
    parsed = await asyncio.gather(*(parser.parse(document(name, name.encode())) for name in names))
    assert [one.sections[0].text for one in parsed] == names


async def test_a_document_that_kills_the_child_is_set_aside_and_the_next_is_read(parser: Parser) -> None:
    assert await parser.parse(document("a.md", b"x"))
    reading = asyncio.create_task(parser.parse(document("slow.html", b"<div>" * 3_000_000)))
    await asyncio.sleep(0.2)
    pid = parser._child.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ParseError, match=r"slow\.html could not be read"):
        await reading
    assert (await parser.parse(document("b.md", b"next"))).sections[0].text == "next"
    assert parser._child.pid != pid


async def test_a_document_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = Parser()
    await parser.parse(document("a.md", b"x"))
    pid = parser._child.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # what never answers
    parser._timeout = 1
    with pytest.raises(ParseError, match=r"slow\.md took longer than 1 s to read"):
        await parser.parse(document("slow.md", b"x"))
    parser._timeout = 60
    assert (await parser.parse(document("b.md", b"next"))).sections[0].text == "next"
    await parser.close()


async def test_a_document_that_needs_too_much_memory_is_set_aside() -> None:
    parser = Parser(memory_bytes=300_000_000)
    with pytest.raises(ParseError, match=r"huge\.html could not be read: .*memory"):
        await parser.parse(document("huge.html", b"<p>x<b>y</b>" * 500_000))
    assert (await parser.parse(document("b.md", b"next"))).sections[0].text == "next"
    await parser.close()


async def test_giving_up_on_a_document_does_not_make_the_next_one_wait(parser: Parser) -> None:
    await parser.parse(document("a.md", b"x"))
    pid = parser._child.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    reading = asyncio.create_task(parser.parse(document("slow.md", b"x")))
    await asyncio.sleep(0.1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await parser.parse(document("b.md", b"next"))).sections[0].text == "next"


@pytest.mark.corpus
@needs_evaluation_data
async def test_every_page_of_the_real_handbooks_is_read(parser: Parser) -> None:
    folder = Folder(
        EVALUATION / "corpora", include=("querypie_ko/**", "querypie_en/**", "sourcegraph_handbook/**")
    )
    listing = folder.items(None)
    assert len(listing.items) > 800
    for item in listing.items:
        parsed = await parser.parse(folder.fetch(item))
        assert parsed.title
        for section in parsed.sections:
            assert section.text.strip()
            assert not any(tag in section.text for tag in ("<Callout", "<figure", "<td>"))


@pytest.mark.corpus
@needs_evaluation_data
async def test_every_real_pdf_and_office_file_is_read_or_refused_for_its_reason(parser: Parser) -> None:
    refused: dict[str, str] = {}
    for folder in (Folder(EVALUATION / "files" / "pdf_en"), Folder(EVALUATION / "files" / "office_en")):
        for item in folder.items(None).items:
            try:
                parsed = await parser.parse(folder.fetch(item))
            except ParseError as exc:
                refused[item.id] = exc.message
            else:
                assert sum(len(section.text) for section in parsed.sections) > 5
    assert refused == {
        "bad_odt.odt": "bad_odt.odt is not an OpenDocument text, though its name says so.",
        "empty.pdf": "empty.pdf has no text.",
        "encrypted.pdf": "encrypted.pdf is protected by a password.",
    }
