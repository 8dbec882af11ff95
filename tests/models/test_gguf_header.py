from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from bot.errors import ModelBroken
from bot.models.gguf_header import read_header


def test_a_well_formed_header_is_read(tiny_gguf: Path) -> None:
    header = read_header(tiny_gguf)
    assert header.architecture == "tiny"
    assert header.number("context_length") == 64
    assert {name: each.shape for name, each in header.tensors.items()} == {"first": (2, 32), "second": (32,)}
    second = header.tensors["second"]
    data = tiny_gguf.read_bytes()[second.start : second.start + second.bytes]
    assert data == np.ones(32, np.float16).tobytes()


def test_a_file_cut_anywhere_is_refused(tiny_gguf: Path, tmp_path: Path) -> None:
    whole = tiny_gguf.read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in range(0, len(whole) - 1, 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(ModelBroken):
            read_header(cut)


def test_a_changed_header_is_read_or_refused_and_nothing_else(tiny_gguf: Path, tmp_path: Path) -> None:
    whole = tiny_gguf.read_bytes()
    chance = random.Random(20261121)
    extremes = [0, 1, 0xFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1]
    changed = tmp_path / "changed.gguf"
    refused = 0
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(0, 420)
            if chance.random() < 0.5:
                data[at] = chance.randrange(256)
            else:
                data[at : at + 8] = struct.pack("<Q", chance.choice(extremes))
        changed.write_bytes(data)
        try:
            read_header(changed)
        except ModelBroken:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (b"GGML", "does not begin with GGUF"),
        (b"GGUF" + struct.pack("<I", 1), "version is 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 40, 0), "claims"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "claims"),
    ],
)
def test_the_message_says_what_is_wrong(tmp_path: Path, start: bytes, why: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(start.ljust(64, b"\0"))
    with pytest.raises(ModelBroken, match=why):
        read_header(path)


def test_an_array_of_arrays_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.gguf"
    key = struct.pack("<Q", 1) + b"k" + struct.pack("<I", 9)
    path.write_bytes(
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + key + struct.pack("<IQ", 9, 1) * 5000 + bytes(64)
    )
    with pytest.raises(ModelBroken, match="array of type 9"):
        read_header(path)


def test_a_tensor_whose_size_overflows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "overflow.gguf"
    tensor = struct.pack("<Q", 1) + b"t" + struct.pack("<IQQQQIQ", 4, 1 << 32, 1 << 32, 1, 1, 0, 0)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + tensor + bytes(256))
    with pytest.raises(ModelBroken, match="impossible"):
        read_header(path)


def test_a_missing_file_and_a_directory_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.gguf", tmp_path):
        with pytest.raises(ModelBroken, match=str(path)):
            read_header(path)
