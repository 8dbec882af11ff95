"""Mails as Outlook saves them: .msg files ([MS-OXMSG]), an OLE file with a stream for each property."""

from __future__ import annotations

import codecs
import struct
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from bot.errors import ParseError
from bot.parsing.html import parse_html
from bot.parsing.mail import Attachment, Mail, mail_document
from bot.parsing.office.packages import OLE
from bot.parsing.office.rtf import rtf_text
from bot.parsing.ole import DAMAGE
from bot.parsing.parsed import Parsed, Section

_SUBJECT, _BODY, _HTML, _RTF = 0x0037, 0x1000, 0x1013, 0x1009
_SENDER_NAME, _SENDER_SMTP, _SENDER_ADDRESS, _FOR_NAME = 0x0C1A, 0x5D01, 0x0C1F, 0x0042
_TO, _COPIES = 0x0E04, 0x0E03
_SENT, _DELIVERED, _CODE_PAGE, _BODY_CODE_PAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _MEDIA_TYPE, _DATA = 0x3707, 0x3704, 0x3001, 0x370E, 0x3701
_TEXT, _TEXT_8, _BINARY = "001F", "001E", "0102"
_PROPERTIES = "__properties_version1.0"
_MAX_ATTACHMENTS = 1_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

_DAMAGE = (*DAMAGE, RecursionError)

_Path = tuple[str, ...]


def parse_msg(content: bytes, name: str, depth: int = 0) -> Parsed:
    """The text of a mail is its plain form, else its HTML, else its RTF.

    `depth`: in how many mails this one lies. Raises ParseError for what is no mail.
    """
    import olefile

    if not content.startswith(OLE):
        raise ParseError(f"{name} is not an Outlook mail, though its name says so.")
    try:
        with olefile.OleFileIO(BytesIO(content)) as ole:
            if not ole.exists(_PROPERTIES):
                raise ParseError(f"{name} is not an Outlook mail, though its name says so.")
            return _Storage(ole, ()).document(name, depth)
    except _DAMAGE as exc:
        raise ParseError(
            f"{name} is broken: it is not an Outlook mail that can be read.", mend="Save the mail again."
        ) from exc


class _Storage:
    """A mail, or a thing attached to one: a folder in the OLE file."""

    def __init__(self, ole: Any, path: _Path, encoding: str = "cp1252") -> None:
        self._ole = ole
        self._path = path
        self._encoding = encoding

    def document(self, name: str, depth: int) -> Parsed:
        """This mail as a document."""
        # what lies within another mail has a shorter head before its properties
        numbers = self._numbers(24 if self._path else 32)
        self._encoding = _encoding(numbers.get(_CODE_PAGE, 0), self._encoding)
        address = self.text(_SENDER_SMTP) or self.text(_SENDER_ADDRESS)
        sender = self.text(_SENDER_NAME) or self.text(_FOR_NAME)
        mail = Mail(
            subject=self.text(_SUBJECT),
            sender=f"{sender} <{address}>" if "@" in address and address != sender else sender or address,
            to=self.text(_TO),
            copies=self.text(_COPIES),
            date=_date(numbers.get(_SENT) or numbers.get(_DELIVERED) or 0),
            body=self._body(name, numbers.get(_BODY_CODE_PAGE, 0)),
            attachments=tuple(self._attachments()),
        )
        return mail_document(mail, name, depth)

    def text(self, what: int) -> str:
        """A text property; empty if it is not there."""
        if (content := self._stream(what, _TEXT)) is not None:
            return content.decode("utf-16-le", "replace").rstrip("\0")
        return (self._stream(what, _TEXT_8) or b"").decode(self._encoding, "replace").rstrip("\0")

    def _stream(self, what: int, kind: str) -> bytes | None:
        path = [*self._path, f"__substg1.0_{what:04X}{kind}"]
        if self._ole.get_type(path) != 2:  # a stream, and no folder
            return None
        content: bytes = self._ole.openstream(path).read()
        return content

    def _numbers(self, skipped: int) -> dict[int, int]:
        """Properties of a fixed size: numbers, and times in 100 ns since 1601."""
        path = [*self._path, _PROPERTIES]
        content = self._ole.openstream(path).read()[skipped:] if self._ole.exists(path) else b""
        whole = content[: len(content) // 16 * 16]
        return {what: value for _, what, _, value in struct.iter_unpack("<HHIQ", whole)}

    def _body(self, name: str, code_page: int) -> tuple[Section, ...]:
        if (plain := self.text(_BODY)).strip():
            return (Section((), plain),)
        page = self._stream(_HTML, _BINARY) or self.text(_HTML).encode()
        if page.strip():
            try:
                encoding = _encoding(code_page, "")
                if encoding:
                    page = page.decode(encoding, "replace").encode()
                return parse_html(page, name).sections
            except ParseError:
                return ()  # nothing but pictures
        if rtf := self._stream(_RTF, _BINARY):
            return (Section((), rtf_text(unpacked_rtf(rtf).decode("latin-1"), name)),)
        return ()

    def _attachments(self) -> list[Attachment]:
        place = len(self._path)
        folders = dict.fromkeys(
            entry[place]
            for entry in self._ole.listdir(streams=True, storages=True)
            if len(entry) > place
            and tuple(entry[:place]) == self._path
            and entry[place].startswith("__attach_version1.0_")
        )
        return [self._attachment((*self._path, folder)) for folder in list(folders)[:_MAX_ATTACHMENTS]]

    def _attachment(self, path: _Path) -> Attachment:
        inner = _Storage(self._ole, path, self._encoding)
        called = inner.text(_LONG_NAME) or inner.text(_SHOWN_NAME) or inner.text(_SHORT_NAME)
        mail = (*path, f"__substg1.0_{_DATA:04X}000D")
        if self._ole.exists([*mail, _PROPERTIES]):

            def read(depth: int) -> Parsed:
                return _Storage(self._ole, mail, self._encoding).document(called, depth)

            return Attachment(called or "mail", "application/vnd.ms-outlook", b"", read)
        return Attachment(called, inner.text(_MEDIA_TYPE), inner._stream(_DATA, _BINARY) or b"")


def unpacked_rtf(content: bytes) -> bytes:
    """RTF as Outlook packs it ([MS-OXRTFCP]). Raises ValueError for what is not packed so."""
    packed_size, size, kind = struct.unpack_from("<II4s", content)
    data = content[16 : packed_size + 4]
    if kind == b"MELA":
        return data[:size]
    if kind != b"LZFu":
        raise ValueError("not packed RTF")
    window = bytearray(_FILLED_BEFORE.ljust(4096, b"\0"))
    write = len(_FILLED_BEFORE)
    found = bytearray()
    place = 0
    while place < len(data) and len(found) < size:
        flags, place = data[place], place + 1
        for bit in range(8):
            if place >= len(data):
                break
            start, length = place, 1
            if is_reference := bool(flags >> bit & 1):
                (reference,) = struct.unpack_from(">H", data, place)
                start, length = reference >> 4, (reference & 15) + 2
                if start == write:  # the end
                    return bytes(found)
            place += 2 if is_reference else 1
            for step in range(length):  # one by one: a reference may reach into what it itself writes
                byte = window[(start + step) % 4096] if is_reference else data[start]
                window[write] = byte
                write = (write + 1) % 4096
                found.append(byte)
    return bytes(found)


# What the window of the packing begins with, by [MS-OXRTFCP] 2.1.2.1.
_FILLED_BEFORE = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def _encoding(code_page: int, otherwise: str) -> str:
    number = code_page & 0xFFFFFFFF
    if number in (949, 51949, 50225):
        return "cp949"
    if number == 65001:
        return "utf-8"
    try:
        codecs.lookup(f"cp{number}")
    except LookupError:
        return otherwise
    return f"cp{number}"


def _date(ticks: int) -> str:
    try:
        return f"{_EPOCH + timedelta(microseconds=ticks // 10):%Y-%m-%d %H:%M +0000}" if ticks else ""
    except OverflowError:
        return ""
