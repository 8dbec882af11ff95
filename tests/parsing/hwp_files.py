"""HWP 5 files made for the tests: records, their streams, and the OLE file around them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECTOR = 512
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_LEAST = 4096  # smaller streams lie in a stream of their own kind, which tests can do without

PASSWORD, DISTRIBUTION, DRM = 2, 4, 16


def ole_file(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file of these streams, padded with zeros to 4096 bytes each. "A/B" is B in the storage A."""
    names = sorted({name.split("/")[0] for name in streams})
    entries: list[tuple[str, int, int, bytes, int]] = []  # name, type, child, content, right
    children = {name: sorted(one for one in streams if one.startswith(f"{name}/")) for name in names}
    place = 1 + len(names)
    for number, name in enumerate(names):
        right = number + 2 if number + 1 < len(names) else _NONE
        child = place if children[name] else _NONE
        place += len(children[name])
        kind = 1 if children[name] else 2
        entries.append((name, kind, child, streams.get(name, b""), right))
    for name in names:
        for number, path in enumerate(children[name]):
            right = 1 + len(entries) + 1 if number + 1 < len(children[name]) else _NONE
            entries.append((path.split("/")[1], 2, _NONE, streams[path], right))
    directory = _entry("Root Entry", 5, _NONE, 1, _END, 0)
    body = b""
    chains: list[int] = []  # of the content, in sectors

    sectors_of_directory = -(-(1 + len(entries)) * 128 // _SECTOR)
    start_of_content = sectors_of_directory
    for name, kind, child, content, right in entries:
        if kind == 1:
            directory += _entry(name, kind, right, child, 0, 0)
            continue
        padded = content.ljust(_LEAST, b"\0")
        padded = padded.ljust(-(-len(padded) // _SECTOR) * _SECTOR, b"\0")
        start = start_of_content + len(body) // _SECTOR
        count = len(padded) // _SECTOR
        directory += _entry(name, kind, right, child, start, max(len(content), _LEAST))
        chains += [*range(start + 1, start + count), _END]
        body += padded
    directory = directory.ljust(sectors_of_directory * _SECTOR, b"\0")
    table = [*range(1, sectors_of_directory), _END, *chains]
    sectors_of_table = 1
    while sectors_of_table * 128 < len(table) + sectors_of_table:
        sectors_of_table += 1
    first_of_table = len(table)
    table += [_FAT] * sectors_of_table
    table += [_FREE] * (sectors_of_table * 128 - len(table))
    where = [first_of_table + number for number in range(sectors_of_table)]
    header = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0,
        sectors_of_table, 0, 0, _LEAST, _END, 0, _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *where, *[_FREE] * (109 - len(where)))
    return header + directory + body + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        encoded, len(encoded) + 2, kind, 1, _NONE, right, child, b"", 0, 0, 0, start, size,
    )  # fmt: skip


def record(tag: int, level: int, data: bytes = b"") -> bytes:
    """One record of HWP."""
    if len(data) >= 0xFFF:
        return struct.pack("<II", tag | level << 10 | 0xFFF << 20, len(data)) + data
    return struct.pack("<I", tag | level << 10 | len(data) << 20) + data


@dataclass
class Control:
    """What a control character of a paragraph stands for: its kind and the records below it."""

    kind: str
    code: int = 11
    data: bytes = b""
    below: Sequence[Lists | bytes] = ()

    def written(self, level: int) -> bytes:
        inner = b"".join(one.written(level + 1) if isinstance(one, Lists) else one for one in self.below)
        return record(0x47, level, self.kind.encode()[::-1] + self.data) + inner


@dataclass
class Lists:
    """A list of paragraphs, as a cell or a text box has: what its head says beyond their number."""

    paragraphs: Sequence[Text]
    data: bytes = b""

    def written(self, level: int) -> bytes:
        head = struct.pack("<HHI", len(self.paragraphs), 0, 0) + self.data
        return record(0x48, level, head) + b"".join(one.written(level) for one in self.paragraphs)


@dataclass
class Text:
    """A paragraph: text with controls where they stand."""

    pieces: Sequence[str | Control] = ()
    shape: int = 0
    style: int = 0

    def written(self, level: int = 0) -> bytes:
        text = b""
        for piece in self.pieces:
            if isinstance(piece, Control):
                inside = piece.kind.encode()[::-1] + bytes(8)
                text += struct.pack("<H12sH", piece.code, inside, piece.code)
            else:
                # a tab takes eight places as well
                text += b"".join(
                    struct.pack("<H12sH", 9, b"", 9) if one == "\t" else one.encode("utf-16-le")
                    for one in piece
                )
        text += b"\r\0"
        head = struct.pack("<IIHBBHHHI", len(text) // 2, 0, self.shape, self.style, 0, 1, 0, 1, 0)
        controls = b"".join(one.written(level + 1) for one in self.pieces if isinstance(one, Control))
        return record(0x42, level, head) + record(0x43, level + 1, text) + controls


def text(said: str, shape: int = 0, style: int = 0) -> Text:
    """A paragraph of text alone."""
    return Text([said], shape, style)


Cells = Mapping[tuple[int, int], "str | Text | tuple[int, int, str]"]
"""Of a table: (row, column) to the text of a cell, or to (rows, columns, text) of a merged one."""


def table(cells: Cells, caption: str = "") -> Control:
    """A table with a caption above it, if there is one."""
    below: list[Lists | bytes] = [Lists([text(caption)])] if caption else []
    below.append(b"")  # the table's own record, which needs to know its level
    for (row, column), said in cells.items():
        rows, columns, content = said if isinstance(said, tuple) else (1, 1, said)
        place = struct.pack("<4H", column, row, columns, rows) + bytes(18)
        below.append(Lists([content if isinstance(content, Text) else text(content)], place))
    return _Table("tbl ", below=below)


class _Table(Control):
    def written(self, level: int) -> bytes:
        own = record(0x4D, level + 1, bytes(22))
        self.below = [own if isinstance(one, bytes) else one for one in self.below]
        return super().written(level)


def wide(said: str) -> bytes:
    """A string with its length before it."""
    return struct.pack("<H", len(said)) + said.encode("utf-16-le")


@dataclass
class Shapes:
    """Of the paragraphs and styles that a file has, by their number."""

    shapes: Sequence[bytes] = field(default_factory=lambda: [bytes(58)])
    styles: Sequence[str] = ("바탕글",)
    numberings: Sequence[bytes] = ()

    def written(self) -> bytes:
        return b"".join(
            [
                *(record(0x17, 1, one) for one in self.numberings),
                *(record(0x19, 1, one) for one in self.shapes),
                *(record(0x1A, 1, wide(one) + wide("") + bytes(8)) for one in self.styles),
            ]
        )


def shape(kind: int, level: int = 0, numbering: int = 0) -> bytes:
    """Of paragraphs: kind 1 is the outline, 2 numbered, 3 with a bullet."""
    data = bytearray(58)
    struct.pack_into("<I", data, 0, kind << 23 | min(level, 6) << 25)
    struct.pack_into("<H", data, 30, numbering)
    struct.pack_into("<I", data, 54, level)
    return bytes(data)


def numbering(*levels: tuple[str, int]) -> bytes:
    """Of up to seven levels: pattern and number format."""
    filled = [*levels, *[("", 0)] * (7 - len(levels))]
    heads = b"".join(struct.pack("<IHHI", style << 5, 0, 50, 0) + wide(said) for said, style in filled)
    return heads + struct.pack("<H7I", 1, *[1] * 7)


def packed(data: bytes) -> bytes:
    """Raw deflate, as HWP packs its streams."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def hwp(
    *paragraphs: Text, shapes: Shapes | None = None, flags: int = 1, sections: Sequence[bytes] | None = None
) -> bytes:
    """An HWP 5 file. `sections` replaces the paragraphs by the bytes of streams."""
    header = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010001, flags)
    body = sections if sections is not None else [packed(b"".join(one.written() for one in paragraphs))]
    storage = "ViewText" if flags & DISTRIBUTION else "BodyText"
    return ole_file(
        {
            "FileHeader": header.ljust(256, b"\0"),
            "DocInfo": packed((shapes or Shapes()).written()),
            **{f"{storage}/Section{number}": stream for number, stream in enumerate(body)},
        }
    )
