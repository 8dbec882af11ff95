"""Which parser reads what: explicit tables, and a look at the first bytes before a parser gets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from bot.errors import ParseError
from bot.parsing.parsed import Parsed
from connectors.media_types import SOURCE_CODE, WEB_PAGE

_Parse = Callable[[bytes, str], Parsed]

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_DOCX = f"{_OPEN_XML}.wordprocessingml.document"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_MAX_TEXT_BYTES = 200_000_000
_SUCCESSORS = {
    ".doc": ".docx",
    ".docm": ".docx",
    ".ppt": ".pptx",
    ".xlsb": ".xlsx",
    ".pages": ".docx",
    ".numbers": ".xlsx",
}


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


def _web_page(content: bytes, name: str) -> Parsed:
    from bot.parsing.web_page import parse_web_page

    return parse_web_page(content, name)


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
    from bot.parsing.office.docx import parse_docx
    from bot.parsing.office.packages import in_ole

    if content.startswith(_OLE):
        raise in_ole(content, name)
    if not content.startswith(_ZIP):
        raise ParseError(f"{name} is not a Word document, though its name says so.")
    return parse_docx(content, name)


def _hangul(content: bytes, name: str) -> Parsed:
    # Hangul opens either format under either suffix, so people rename one into the other
    if content.startswith(_ZIP):
        from bot.parsing.hangul.hwpx import parse_hwpx

        return parse_hwpx(content, name)
    if content.startswith((_OLE, b"HWP Document File V")):
        from bot.parsing.hangul.hwp import parse_hwp

        return parse_hwp(content, name)
    if b"<HWPML" in content[:2000]:
        raise ParseError(
            f"{name} is HWPML, an XML format that is not read.", mend="Save it as HWPX in Hangul."
        )
    raise ParseError(f"{name} is not a Hangul document, though its name says so.")


def _xlsx(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.xlsx import parse_xlsx

    return parse_xlsx(content, name)


def _xls(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.xls import parse_xls

    return parse_xls(content, name)


def _pptx(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.pptx import parse_pptx

    return parse_pptx(content, name)


def _odt(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.odf import parse_odt

    return parse_odt(content, name)


def _ods(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.odf import parse_ods

    return parse_ods(content, name)


def _odp(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.odf import parse_odp

    return parse_odp(content, name)


def _epub(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.epub import parse_epub

    return parse_epub(content, name)


def _eml(content: bytes, name: str) -> Parsed:
    from bot.parsing.mail.eml import parse_eml

    return parse_eml(content, name)


def _msg(content: bytes, name: str) -> Parsed:
    from bot.parsing.mail.msg import parse_msg

    return parse_msg(content, name)


def _rtf(content: bytes, name: str) -> Parsed:
    from bot.parsing.office.rtf import parse_rtf

    return parse_rtf(content, name)


def _csv(content: bytes, name: str) -> Parsed:
    from bot.parsing.delimited import parse_csv

    return parse_csv(content, name)


def _tsv(content: bytes, name: str) -> Parsed:
    from bot.parsing.delimited import parse_tsv

    return parse_tsv(content, name)


def _json(content: bytes, name: str) -> Parsed:
    from bot.parsing.json_text import parse_json

    return parse_json(content, name)


def _jsonl(content: bytes, name: str) -> Parsed:
    from bot.parsing.json_text import parse_jsonl

    return parse_jsonl(content, name)


def _source_code(content: bytes, name: str) -> Parsed:
    from bot.parsing.source_code import parse_source_code

    return parse_source_code(content, name)


def _confluence_storage(content: bytes, name: str) -> Parsed:
    from bot.parsing.atlassian.confluence_storage import parse_confluence_storage

    return parse_confluence_storage(content, name)


def _adf(content: bytes, name: str) -> Parsed:
    from bot.parsing.atlassian.adf import parse_adf

    return parse_adf(content, name)


BY_MEDIA_TYPE: dict[str, _Parse] = {
    "text/markdown": _markdown,
    "text/x-markdown": _markdown,
    "text/mdx": _mdx,
    "text/html": _html,
    "application/xhtml+xml": _html,
    WEB_PAGE: _web_page,
    "text/plain": _text,
    "application/vnd.atlassian.confluence.storage+xml": _confluence_storage,
    "application/vnd.atlassian.adf+json": _adf,
    "application/pdf": _pdf,
    _DOCX: _docx,
    f"{_OPEN_XML}.spreadsheetml.sheet": _xlsx,
    "application/vnd.ms-excel.sheet.macroenabled.12": _xlsx,
    "application/vnd.ms-excel": _xls,
    f"{_OPEN_XML}.presentationml.presentation": _pptx,
    f"{_OPEN_XML}.presentationml.slideshow": _pptx,
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": _pptx,
    "application/vnd.oasis.opendocument.text": _odt,
    "application/vnd.oasis.opendocument.spreadsheet": _ods,
    "application/vnd.oasis.opendocument.presentation": _odp,
    "application/epub+zip": _epub,
    "message/rfc822": _eml,
    "application/vnd.ms-outlook": _msg,
    "application/rtf": _rtf,
    "text/rtf": _rtf,
    "text/csv": _csv,
    "text/tab-separated-values": _tsv,
    "application/json": _json,
    "application/x-ndjson": _jsonl,
    "application/jsonl": _jsonl,
    "text/x-source": _source_code,
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
    ".text": _text,
    ".rst": _text,
    ".adoc": _text,
    ".xlsx": _xlsx,
    ".xlsm": _xlsx,
    ".xls": _xls,
    ".pptx": _pptx,
    ".pptm": _pptx,
    ".ppsx": _pptx,
    ".odt": _odt,
    ".ods": _ods,
    ".odp": _odp,
    ".epub": _epub,
    ".eml": _eml,
    ".msg": _msg,
    ".rtf": _rtf,
    ".csv": _csv,
    ".tsv": _tsv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    **dict.fromkeys(SOURCE_CODE, _source_code),
    ".hwp": _hangul,
    ".hwpx": _hangul,
}


def is_read(name: str, media_type: str) -> bool:
    """Whether there is a parser for a document of this name and media type."""
    return _reader(name, media_type) is not None


def parse(content: bytes, name: str, media_type: str) -> Parsed:
    """Read a document. The media type decides, and the suffix of the name where it says nothing.

    Raises ParseError if it is empty, of no kind that is read, protected, broken, without text or too large.
    """
    reader = _reader(name, media_type)
    if reader is None:
        kind = _suffix(name)
        raise ParseError(
            f"{name} is of a kind that is not read ({media_type or kind or 'unknown'}).",
            mend=f"Save it as {_SUCCESSORS[kind]}." if kind in _SUCCESSORS else "",
        )
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise ParseError(f"{name} is empty.")
    parsed = reader(content, name)
    size = sum(len(section.text.encode()) for section in parsed.sections)
    if size > _MAX_TEXT_BYTES:
        raise ParseError(f"{name} has {size:,} bytes of text: too much.")
    return parsed


def _reader(name: str, media_type: str) -> _Parse | None:
    return BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower()) or BY_SUFFIX.get(_suffix(name))


def _suffix(name: str) -> str:
    path = re.split("[?#]", name)[0] if "://" in name else name
    return PurePosixPath(path).suffix.lower()
