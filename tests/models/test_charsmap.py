from __future__ import annotations

import random
import struct

from bot.models.charsmap import charsmap


def replaced(blob: bytes, text: str) -> str:
    """A reader of the format, written from SentencePiece's description of a Darts double array."""
    (length,) = struct.unpack_from("<I", blob)
    units = struct.unpack_from(f"<{length // 4}I", blob, 4)
    texts = blob[4 + length :]
    data, at, out = text.encode(), 0, b""

    def children(unit: int) -> int:
        return (unit >> 10) << ((unit & 512) >> 6)

    while at < len(data):
        node, best = children(units[0]), (0, 0)
        for end in range(at, len(data)):
            node ^= data[end]
            if units[node] & (1 << 31 | 0xFF) != data[end]:
                break
            is_end = units[node] >> 8 & 1
            node ^= children(units[node])
            if is_end:
                best = (end + 1 - at, units[node] & ~(1 << 31))
        if best[0]:
            out += texts[best[1] : texts.index(b"\0", best[1])]
            at += best[0]
        else:
            out += data[at : at + 1]
            at += 1
    return out.decode()


def test_each_character_is_replaced_and_no_other() -> None:
    chance = random.Random(7)
    known = chance.sample(range(0xA0, 0xD7FF), 1000) + chance.sample(range(0x10000, 0x2F000), 200)
    table = {chr(point): chance.choice(["", " ", "각주", "ab"]) for point in known}
    blob = charsmap(table)
    for key, text in table.items():
        assert replaced(blob, f"<{key}>") == f"<{text}>"
    others = set(range(0x20, 0xD7FF)) - set(known)
    for point in chance.sample(sorted(others), 1000):
        assert replaced(blob, chr(point)) == chr(point)


def test_the_longest_key_wins() -> None:
    blob = charsmap({"a": "1", "ab": "2", "abc": ""})
    assert replaced(blob, "a ab abc abcd") == "1 2  d"


def test_the_same_table_gives_the_same_bytes() -> None:
    table = {"②": "2", "Ａ": "A", "\t": " "}
    assert charsmap(table) == charsmap(dict(reversed(table.items())))


def test_any_byte_may_be_looked_up() -> None:
    blob = charsmap({"a": "b"})
    (length,) = struct.unpack_from("<I", blob)
    assert length % 1024 == 0
