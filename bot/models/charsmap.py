"""Write a SentencePiece "precompiled charsmap": what a tokeniser replaces before it looks for pieces.

The format, as llama.cpp and SentencePiece read it: u32 bytes of the trie, then the trie as a double array of
u32 units, then the replacements, each ended by a NUL. A unit: bits 0-7 the byte that leads here, bit 8 "a key
ends here", bits 10-30 the distance (xor) to the block of the children, or with bit 9 that distance divided by
256; or, with bit 31, a value: where its replacement begins.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_BLOCK = 256
_HAS_LEAF = 1 << 8
_FAR = 1 << 9
_VALUE = 1 << 31


@dataclass
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    value: int | None = None


def charsmap(replacements: Mapping[str, str]) -> bytes:
    """The charsmap that replaces each key, one character or several, by its text, which may be empty."""
    texts = bytearray()
    places: dict[str, int] = {}
    root = _Node()
    for key in sorted(replacements):
        text = replacements[key]
        if text not in places:
            places[text] = len(texts)
            texts += text.encode() + b"\0"
        node = root
        for byte in key.encode():
            node = node.children.setdefault(byte, _Node())
        node.value = places[text]
    units = _double_array(root)
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + bytes(texts)


def _double_array(root: _Node) -> list[int]:
    units: list[int] = [0]
    is_taken: list[bool] = [True]  # the root
    bases: set[int] = set()
    first_free = 1
    waiting: list[tuple[_Node, int]] = [(root, 0)]
    while waiting:
        node, index = waiting.pop()
        labels = sorted(node.children)
        if node.value is not None:
            labels.insert(0, 0)
        # what is still free further back is hardly ever fit: searching it costs more than it saves
        first_free = max(first_free, len(is_taken) - 4 * _BLOCK)
        while first_free < len(is_taken) and is_taken[first_free]:
            first_free += 1
        base = _free_base(labels, first_free, index, is_taken, bases)
        bases.add(base)
        # readers look at base ^ byte for any byte: whole blocks, so that this is always inside the array
        while len(units) <= (base | (_BLOCK - 1)):
            units.append(0)
            is_taken.append(False)
        distance = index ^ base
        units[index] |= (distance << 10) if distance < 1 << 21 else (distance >> 8 << 10) | _FAR
        for label in labels:
            is_taken[base ^ label] = True
        if node.value is not None:
            units[index] |= _HAS_LEAF
            units[base] = _VALUE | node.value
        for label, child in node.children.items():
            units[base ^ label] |= label
            waiting.append((child, base ^ label))
    return units


def _free_base(labels: list[int], first_free: int, index: int, is_taken: list[bool], bases: set[int]) -> int:
    """The first block with all the labels free. No two nodes share one: units do not name their parent."""
    at = first_free
    while True:
        base = at ^ labels[0]
        at += 1
        distance = index ^ base
        if base in bases or (distance >= 1 << 21 and distance & 0xFF):
            continue
        if all(base ^ label >= len(is_taken) or not is_taken[base ^ label] for label in labels):
            return base
