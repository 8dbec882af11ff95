"""Mails as they are sent (RFC 5322, MIME): .eml files."""

from __future__ import annotations

import email
import email.message
import email.utils
import re
from binascii import Error as BadBase64
from collections.abc import Iterator
from datetime import datetime
from email.header import decode_header
from email.policy import Compat32

from bot.errors import ParseError
from bot.parsing.html import parse_html
from bot.parsing.mail import Attachment, Mail, mail_document
from bot.parsing.parsed import Parsed, Section
from bot.parsing.text import decode

_KOREAN = {
    "euc-kr",
    "euckr",
    "ks_c_5601-1987",
    "ks_c_5601",
    "ksc5601",
    "iso-2022-kr-8",
    "korean",
    "x-windows-949",
}
_MAX_PARTS = 1_000
_HEADER = re.compile(rb"^[\x21-\x39\x3b-\x7e]+[ \t]*:", re.MULTILINE)

_Message = email.message.Message


class _AsWritten(Compat32):
    """Gives headers as they were written: what is beyond ASCII in them must still be told apart."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - the email package passes it
        return value


def parse_eml(content: bytes, name: str, depth: int = 0) -> Parsed:
    """The text of a mail is its plain form; the HTML form where there is no other.

    `depth`: in how many mails this one lies. Raises ParseError for what is no mail.
    """
    # some programs write a line of their own before the first header
    if not _HEADER.search(content, 0, 4096):
        raise ParseError(f"{name} is not a mail, though its name says so.")
    message = email.message_from_bytes(content, policy=_AsWritten())
    try:
        return mail_document(_mail(message, name), name, depth)
    except RecursionError:
        raise ParseError(f"{name} has parts nested too deeply to be read.") from None


def _mail(message: _Message, name: str) -> Mail:
    plain: list[str] = []
    pages: list[tuple[Section, ...]] = []
    attachments: list[Attachment] = []
    for part, is_alternative in _parts(message):
        kind = part.get_content_type()
        file_name = _file_name(part)
        is_attached = bool(file_name) or part.get_content_disposition() == "attachment"
        if kind == "message/rfc822":
            attachments.append(_attached(part, file_name))
        elif is_attached or not kind.startswith("text/"):
            if not kind.startswith("multipart/"):
                attachments.append(Attachment(file_name or kind, kind, _bytes(part)))
        elif kind == "text/html":
            if not (is_alternative and plain):
                pages.append(_page(part, name))
        elif kind == "text/plain":
            plain.append(_text(part, name))
    said = any(text.strip() for text in plain)
    body = [Section((), "\n\n".join(plain))] if said else [section for page in pages for section in page]
    return Mail(
        subject=_header(message["Subject"]),
        sender=_header(message["From"]),
        to=_header(message["To"]),
        copies=_header(message["Cc"]),
        date=_date(message["Date"]),
        body=tuple(body),
        attachments=tuple(attachments),
    )


def _parts(message: _Message) -> Iterator[tuple[_Message, bool]]:
    """The parts that are no containers, and whether they say the same as another. Attached mails whole."""
    left: list[tuple[_Message, bool]] = [(message, False)]
    for _ in range(_MAX_PARTS):
        if not left:
            return
        part, is_alternative = left.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_type() != "message/rfc822":
            is_alternative = is_alternative or part.get_content_type() == "multipart/alternative"
            left += [
                (one, is_alternative) for one in reversed(inner) if isinstance(one, email.message.Message)
            ]
        else:
            yield part, is_alternative


def _attached(part: _Message, file_name: str) -> Attachment:
    inner = part.get_payload()
    message = inner[0] if isinstance(inner, list) and inner else None
    if not isinstance(message, email.message.Message):
        return Attachment(file_name or "mail", "message/rfc822", _bytes(part))
    called = file_name or _header(message["Subject"]) or "mail"

    def read(depth: int) -> Parsed:
        return mail_document(_mail(message, called), called, depth)

    return Attachment(called, "message/rfc822", b"", read)


def _file_name(part: _Message) -> str:
    try:
        return _header(part.get_filename())
    except (LookupError, ValueError):  # of a charset that is none
        return "?"


def _bytes(part: _Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, BadBase64):
        return b""
    return content if isinstance(content, bytes) else b""


def _text(part: _Message, name: str) -> str:
    content = _bytes(part)
    try:
        return _decoded(content, part.get_content_charset() or "")
    except (LookupError, ValueError):
        return decode(content, name)  # as often as not the charset is wrong, or none is named


def _page(part: _Message, name: str) -> tuple[Section, ...]:
    try:
        return parse_html(_text(part, name).encode(errors="replace"), name).sections
    except ParseError:
        return ()  # nothing but pictures


def _decoded(content: bytes, charset: str) -> str:
    if not charset or charset == "us-ascii":
        raise LookupError
    return content.decode("cp949" if charset.lower() in _KOREAN else charset)


def _header(value: object) -> str:
    """A header as text. What is wrongly encoded is read as well as can be."""
    if not value:
        return ""
    raw = str(value)
    try:
        chunks = decode_header(raw)
    except (email.errors.HeaderParseError, BadBase64, ValueError):
        chunks = [(raw, None)]
    pieces: list[str] = []
    for chunk, charset in chunks:
        if isinstance(chunk, str):
            # bytes beyond ASCII that no charset was named for: Korean programs send them
            chunk = chunk.encode("ascii", "surrogateescape") if _is_raw(chunk) else chunk.encode()
        try:
            pieces.append(_decoded(chunk, charset or ""))
        except (LookupError, ValueError):
            pieces.append(_any(chunk))
    return "".join(pieces)


def _is_raw(text: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in text) and all(
        character < "\x80" or "\udc80" <= character <= "\udcff" for character in text
    )


def _any(chunk: bytes) -> str:
    try:
        return decode(chunk, "")
    except ParseError:
        return chunk.decode("ascii", "replace")


def _date(value: object) -> str:
    """The time of sending with its zone, as it was written where it is no date."""
    text = _header(value)
    try:
        sent: datetime = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return text
    return sent.strftime("%Y-%m-%d %H:%M %z").strip()
