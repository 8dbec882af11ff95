"""Damaged and hostile files of every format: a ParseError that says why, in little time, and nothing else.

In a real sync a child process stands between such a file and the bot (test_parser). Here the parsers are
called in this process, so that what they let out is seen.
"""

from __future__ import annotations

import random
from pathlib import PurePosixPath

import pytest

from bot.errors import ParseError
from bot.parsing.formats import parse
from tests.parsing.office_files import every_format, unzipped, zipped

MUTATIONS = 150
SEEDS = every_format()
ZIPS = {name: content for name, content in SEEDS.items() if content.startswith(b"PK")}
_WORDS = (
    b"<", b">", b"/>", b'"', b"&", b"\0", b"\xff", b"{", b"}", b"\\", b"]]>", b"-1", b"0", b"9" * 20,
    b"1e999",
    b"nan", b"A1048576:XFD1048577", b"<a>" * 300, b"[" * 2000, b"{\\" * 200, b"\r\n",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    b"../../x", b"=?euc-kr?B?!!!?=", b"\xa1\xb1\x1a", b"0001", b"true", b"r:id", b" ", b",,,,", b"\t" * 50,
)  # fmt: skip


def mutated(content: bytes, chance: random.Random) -> bytes:
    """`content` with a few places changed, cut, doubled or filled with what parsers stumble over."""
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(len(damaged) + 1)
        length = chance.choice((1, 1, 4, 40, 400))
        match chance.randrange(6):
            case 0:
                damaged[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del damaged[place : place + length]
            case 2:
                damaged[place:place] = damaged[place : place + length]
            case 3:
                damaged[place:place] = chance.choice(_WORDS)
            case 4:
                damaged[place : place + 4] = chance.randbytes(4)
            case _:
                other = chance.randrange(len(damaged) + 1)
                damaged[place : place + length] = damaged[other : other + length]
    return bytes(damaged)


def mutated_parts(content: bytes, chance: random.Random) -> bytes:
    """A zip whose parts are damaged, and not only its packing."""
    parts = unzipped(content)
    texts = [
        name for name in parts if PurePosixPath(name).suffix in (".xml", ".rels", ".opf", ".xhtml", ".html")
    ]
    for name in chance.sample(texts, min(len(texts), chance.choice((1, 1, 2, 5)))):
        parts[name] = mutated(parts[name], chance)
    if chance.random() < 0.1:
        del parts[chance.choice(list(parts))]
    return zipped(parts)


def read(content: bytes, name: str) -> None:
    try:
        parsed = parse(content, name, "")
    except ParseError:
        return
    assert parsed.title
    assert all(section.text for section in parsed.sections)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_file_is_read_or_refused(name: str) -> None:
    for number in range(MUTATIONS):
        chance = random.Random(f"{name} {number}")
        is_within = name in ZIPS and number % 4
        content = (mutated_parts if is_within else mutated)(SEEDS[name], chance)
        try:
            read(content, name)
        except Exception as exc:  # to say which one it was
            raise AssertionError(f"mutation {number} of {name}: {exc!r}") from exc


@pytest.mark.parametrize("name", SEEDS)
def test_a_file_cut_anywhere_is_read_or_refused(name: str) -> None:
    content = SEEDS[name]
    for end in range(0, len(content), max(1, len(content) // 40)):
        read(content[:end], name)
