"""The container of HWP 5: streams of an OLE file, packed with deflate, that are rows of tagged records.

After the published "한글 문서 파일 형식 5.0" of Hancom.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from bot.errors import ParseError
from bot.parsing.ole import DAMAGE

MAX_UNPACKED_BYTES = 200_000_000
MAX_RATIO = 100
MAX_LEVEL = 100
MAX_RECORDS = 1_000_000
_SMALL = 1_000_000  # below it a ratio says nothing: a page of blanks packs to almost nothing

STYLE, NUMBERING, BULLET, PARAGRAPH_SHAPE, DISTRIBUTION = 0x1A, 0x17, 0x18, 0x19, 0x1C
PARAGRAPH, TEXT, CONTROL, LIST, SHAPE, TABLE = 0x42, 0x43, 0x47, 0x48, 0x4C, 0x4D
EQUATION, TEXT_ART, FORM = 0x58, 0x5A, 0x5B

IS_PACKED, HAS_PASSWORD, IS_DISTRIBUTION, HAS_DRM, HAS_CERTIFICATE, HAS_CERTIFICATE_DRM = (
    1 << bit for bit in (0, 1, 2, 4, 8, 10)
)


@dataclass(slots=True)  # frozen ones take three times as long to make, and there are many
class Record:
    """One record, and where in its list those that belong to it end."""

    tag: int
    level: int
    data: memoryview
    end: int


class Budget:
    """How many bytes one document may still be unpacked to."""

    def __init__(self, name: str, left: int = MAX_UNPACKED_BYTES) -> None:
        self._name = name
        self._left = left

    def inflate(self, packed: bytes) -> bytes:
        """The bytes that raw deflate made `packed` of. Raises ParseError if they are too many or damaged.

        What can still be read of a stream that is cut off or damaged is not given: half a rule misleads.
        """
        most = min(self._left, max(_SMALL, MAX_RATIO * len(packed)))
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = unpacker.decompress(packed, most + 1)
        except zlib.error as exc:
            raise ParseError(f"{self._name} is damaged: its text cannot be unpacked.") from exc
        if len(data) > most:
            raise ParseError(f"{self._name} would unpack to more than {most:,} bytes: too much.")
        if not unpacker.eof:
            raise ParseError(f"{self._name} is damaged: a part of its text is missing.")
        self.take(len(data))
        return data

    def take(self, count: int) -> None:
        """Count bytes that came unpacked. Raises ParseError if they are too many."""
        self._left -= count
        if self._left < 0:
            raise ParseError(
                f"{self._name} would unpack to more than {MAX_UNPACKED_BYTES:,} bytes: too much."
            )


@dataclass(frozen=True)
class Container:
    """The streams of an HWP file that its text is made of, as they lie in the file."""

    flags: int
    properties: bytes
    """DocInfo: styles, numberings."""
    sections: tuple[bytes, ...]
    title: str


def read_container(content: bytes, name: str) -> Container:
    """Open the OLE file. Raises ParseError if it is damaged, no HWP file, or closed without a key."""
    import olefile

    try:
        with olefile.OleFileIO(BytesIO(content)) as ole:
            if not ole.exists("FileHeader"):
                raise ParseError(f"{name} is not an HWP document, though its name says so.")
            header = ole.openstream("FileHeader").read(256)
            if not header.startswith(b"HWP Document File") or len(header) < 40:
                raise ParseError(f"{name} is not an HWP document, though its name says so.")
            (flags,) = struct.unpack_from("<I", header, 36)
            _check_flags(flags, name)
            storage = "ViewText" if flags & IS_DISTRIBUTION else "BodyText"
            names = sorted(
                (path for path in ole.listdir() if len(path) == 2 and path[0].lower() == storage.lower()),
                key=lambda path: (len(path[1]), path[1]),
            )
            return Container(
                flags,
                ole.openstream("DocInfo").read(),
                tuple(ole.openstream(path).read() for path in names),
                _title(ole),
            )
    except DAMAGE as exc:
        raise ParseError(f"{name} is broken: it is not an HWP document that can be opened.") from exc


def _check_flags(flags: int, name: str) -> None:
    if flags & HAS_PASSWORD:
        raise ParseError(f"{name} is protected by a password.", mend="Save a copy without the password.")
    if flags & (HAS_DRM | HAS_CERTIFICATE | HAS_CERTIFICATE_DRM):
        raise ParseError(
            f"{name} is encrypted with a certificate or by a rights management system.",
            mend="Save a copy without this protection.",
        )


def _title(ole: object) -> str:
    name = "\x05HwpSummaryInformation"
    try:
        properties = ole.getproperties(name) if ole.exists(name) else {}  # type: ignore[attr-defined]
    except (OSError, ValueError, KeyError, IndexError, TypeError, struct.error, OverflowError):
        return ""  # the summary is a nicety: without it the document is still read
    title = properties.get(2)
    return title if isinstance(title, str) else ""


def records(data: bytes, wanted: frozenset[int], name: str) -> list[Record]:
    """The records of the tags `wanted`, in their order.

    Raises ParseError for records that go beyond the stream, are nested too deeply, or are too many.
    """
    view = memoryview(data)
    found: list[Record] = []
    above: list[Record] = []  # those whose end is not seen yet
    place, size = 0, len(data)
    unpack = struct.Struct("<I").unpack_from
    while place + 4 <= size:
        (head,) = unpack(data, place)
        place += 4
        tag, level, count = head & 0x3FF, head >> 10 & 0x3FF, head >> 20
        if count == 0xFFF:
            if place + 4 > size:
                break
            (count,) = unpack(data, place)
            place += 4
        if count > size - place:
            raise ParseError(f"{name} is damaged: a part of its text is missing.")
        if tag in wanted:
            if level > MAX_LEVEL:
                raise ParseError(f"{name} is nested too deeply to be read.")
            if len(found) >= MAX_RECORDS:
                raise ParseError(f"{name} has more than {MAX_RECORDS:,} records: too much.")
            while above and above[-1].level >= level:
                above.pop().end = len(found)
            record = Record(tag, level, view[place : place + count], 0)
            above.append(record)
            found.append(record)
        place += count
    for record in above:
        record.end = len(found)
    return found
