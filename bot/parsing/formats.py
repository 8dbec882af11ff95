"""Which parser reads what: explicit tables, and a look at the first bytes before a parser gets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from bot.errors import ParseError
from bot.parsing.parsed import Parsed

_Parse = Callable[[bytes, str], Parsed]

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_MAX_TEXT_BYTES = 200_000_000


# A parser's library is imported when its first document comes: a folder of Markdown never loads PDFium.
def _markdown(content: bytes, name: str) -> Parsed:
    from bot.parsing.markdown import parse_markdown

    return parse_markdown(content, name)


def _mdx(content: bytes, name: str) -> Parsed:
    from bot.parsing.markdown import parse_mdx

    return parse_mdx(content, name)


def _html(content: bytes, name: str) -> Parsed:
    from bot.parsing.html import parse_html

    return parse_html(content, name)


def _text(content: bytes, name: str) -> Parsed:
    from bot.parsing.text import parse_text

    return parse_text(content, name)


def _pdf(content: bytes, name: str) -> Parsed:
    from bot.parsing.pdf import parse_pdf

    # readers accept what stands before the header, as some mail gateways put there
    if b"%PDF-" not in content[:1024]:
        raise ParseError(f"{name} is not a PDF, though its name says so.")
    return parse_pdf(content, name)


def _docx(content: bytes, name: str) -> Parsed:
    from bot.parsing.docx import parse_docx

    if content.startswith(_OLE):
        raise ParseError(
            f"{name} is protected by a password, or was saved by a Word older than 2007.",
            mend="Save a copy as .docx without a password.",
        )
    if not content.startswith(_ZIP):
        raise ParseError(f"{name} is not a Word document, though its name says so.")
    return parse_docx(content, name)


def _hangul(content: bytes, name: str) -> Parsed:
    # Hangul opens either format under either suffix, so people rename one into the other
    if content.startswith(_ZIP):
        from bot.parsing.hwpx import parse_hwpx

        return parse_hwpx(content, name)
    if content.startswith((_OLE, b"HWP Document File V")):
        from bot.parsing.hwp import parse_hwp

        return parse_hwp(content, name)
    if b"<HWPML" in content[:2000]:
        raise ParseError(
            f"{name} is HWPML, an XML format that is not read.", mend="Save it as HWPX in Hangul."
        )
    raise ParseError(f"{name} is not a Hangul document, though its name says so.")


def _confluence_storage(content: bytes, name: str) -> Parsed:
    from bot.parsing.confluence_storage import parse_confluence_storage

    return parse_confluence_storage(content, name)


def _adf(content: bytes, name: str) -> Parsed:
    from bot.parsing.adf import parse_adf

    return parse_adf(content, name)


BY_MEDIA_TYPE: dict[str, _Parse] = {
    "text/markdown": _markdown,
    "text/x-markdown": _markdown,
    "text/mdx": _mdx,
    "text/html": _html,
    "application/xhtml+xml": _html,
    "text/plain": _text,
    "application/vnd.atlassian.confluence.storage+xml": _confluence_storage,
    "application/vnd.atlassian.adf+json": _adf,
    "application/pdf": _pdf,
    _DOCX: _docx,
    "application/x-hwp": _hangul,
    "application/haansofthwp": _hangul,
    "application/vnd.hancom.hwp": _hangul,
    "application/x-hwpx": _hangul,
    "application/hwp+zip": _hangul,
    "application/haansofthwpx": _hangul,
    "application/vnd.hancom.hwpx": _hangul,
}

BY_SUFFIX: dict[str, _Parse] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".mdx": _mdx,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".txt": _text,
    ".pdf": _pdf,
    ".docx": _docx,
    ".hwp": _hangul,
    ".hwpx": _hangul,
}


def parse(content: bytes, name: str, media_type: str) -> Parsed:
    """Read a document. The media type decides, and the suffix of the name where it says nothing.

    Raises ParseError if it is empty, of no kind that is read, protected, broken, without text or too large.
    """
    suffix = PurePosixPath(urlsplit(name).path if "://" in name else name).suffix.lower()
    reader = BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower()) or BY_SUFFIX.get(suffix)
    if reader is None:
        raise ParseError(f"{name} is of a kind that is not read ({media_type or suffix or 'unknown'}).")
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise ParseError(f"{name} is empty.")
    parsed = reader(content, name)
    size = sum(len(section.text.encode()) for section in parsed.sections)
    if size > _MAX_TEXT_BYTES:
        raise ParseError(f"{name} has {size:,} bytes of text: too much.")
    return parsed
