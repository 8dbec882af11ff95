"""A bounded look at the header of a GGUF file, made before llama.cpp sees it.

llama.cpp reads model files with C++ that trusts many of the numbers in them (CVE-2025-53630, CVE-2026-27940).
What is checked here: magic, version, sane counts, every string and array inside the file, tensor shapes that
do not overflow, every tensor's data inside the file. The format: ggml/docs/gguf.md, versions 2 and 3, little
endian.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.errors import ModelBroken

MAX_TENSORS = 100_000
MAX_KEYS = 10_000
MAX_ARRAY = 10_000_000
MAX_NAME_BYTES = 65_535

_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

# tensor type: (elements of one block, bytes of one block), from ggml.h; the types llama.cpp no longer reads
# (4, 5, 31 to 33, 36 to 38) are left out on purpose
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """Where the data of one tensor lies in the file, and what it is."""

    kind: int
    """ggml's number for its type."""
    shape: tuple[int, ...]
    """The slowest dimension first, as in NumPy (the file has them the other way round)."""
    start: int
    bytes: int


@dataclass(frozen=True)
class GgufHeader:
    """What the header says. `values` holds the scalar metadata; arrays are checked and passed over."""

    values: dict[str, str | int | float | bool] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    def number(self, key: str) -> int | None:
        """`key` below the architecture ("context_length"), if the file has it."""
        value = self.values.get(f"{self.architecture}.{key}")
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_header(path: Path) -> GgufHeader:
    """Check and read the header of `path`. Raises ModelBroken, naming what is wrong."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size < 24:
                raise _broken(path, "it is too short")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Reader(path, data).header()
    except OSError as exc:
        raise ModelBroken(f"The model file {path} cannot be read: {exc.strerror}.") from exc


def _broken(path: Path, why: str) -> ModelBroken:
    return ModelBroken(
        f"The model file {path} is not a usable GGUF file: {why}.",
        mend="Delete it and pull it again (footnote models pull NAME), or copy it again.",
    )


class _Reader:
    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path = path
        self._data = data
        self._size = len(data)
        self._at = 0

    def header(self) -> GgufHeader:
        if self._data[:4] != b"GGUF":
            raise _broken(self._path, "it does not begin with GGUF")
        self._at = 4
        version = self._scalar("I")
        if version not in (2, 3):
            raise _broken(self._path, f"its format version is {version}")
        tensor_count, key_count = self._scalar("Q"), self._scalar("Q")
        if tensor_count > MAX_TENSORS or key_count > MAX_KEYS:
            raise _broken(self._path, f"it claims {tensor_count} tensors and {key_count} keys")
        values: dict[str, str | int | float | bool] = {}
        seen: set[str] = set()
        for _ in range(key_count):
            key = self._name()
            if key in seen:
                raise _broken(self._path, f"it has the key {key[:80]!r} twice")
            seen.add(key)
            value = self._value(self._scalar("I"), depth=0)
            if value is not None:
                values[key] = value
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 8 <= alignment <= 1 << 16 or alignment & (alignment - 1):
            raise _broken(self._path, f"its alignment is {alignment}")
        tensors: dict[str, Tensor] = {}
        for _ in range(tensor_count):
            name, tensor = self._tensor(alignment)
            if name in tensors:
                raise _broken(self._path, "two of its tensors have the same name")
            tensors[name] = tensor
        data_start = -(-self._at // alignment) * alignment
        end = data_start + max((each.start + each.bytes for each in tensors.values()), default=0)
        if end > self._size:
            raise _broken(self._path, f"it ends {end - self._size} bytes too early")
        placed = {name: replace(each, start=data_start + each.start) for name, each in tensors.items()}
        return GgufHeader(values, placed)

    def _take(self, length: int) -> int:
        """Move past `length` bytes; where they begin."""
        at = self._at
        if length > self._size - at:
            raise _broken(self._path, "it ends within its header")
        self._at = at + length
        return at

    def _scalar(self, code: str) -> int:
        value: int = struct.unpack_from("<" + code, self._data, self._take(struct.calcsize("<" + code)))[0]
        return value

    def _text(self, limit: int) -> str:
        length = self._scalar("Q")
        if length > limit:
            raise _broken(self._path, f"it has a string of {length} bytes")
        at = self._take(length)
        return self._data[at : at + length].decode("utf-8", "replace")

    def _name(self) -> str:
        return self._text(MAX_NAME_BYTES)

    def _value(self, kind: int, depth: int) -> str | int | float | bool | None:
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind == _STRING:
            return self._text(self._size)
        if kind == _ARRAY:
            self._pass_array(depth)
            return None
        raise _broken(self._path, f"it has a value of unknown type {kind}")

    def _pass_array(self, depth: int) -> None:
        kind, count = self._scalar("I"), self._scalar("Q")
        if count > MAX_ARRAY:
            raise _broken(self._path, f"it has an array of {count} elements")
        if kind in _SCALARS:
            self._take(count * struct.calcsize("<" + _SCALARS[kind]))
        elif kind == _STRING:
            # a vocabulary has hundreds of thousands of these: read lengths only, with everything local
            data, size, at, unpack = self._data, self._size, self._at, struct.Struct("<Q").unpack_from
            for _ in range(count):
                if at + 8 > size:
                    raise _broken(self._path, "it ends within its header")
                at += 8 + unpack(data, at)[0]
            self._at = at
            self._take(0 if at <= size else at)
        else:  # arrays of arrays: the format allows them, no model has them, and depth is an attack
            raise _broken(self._path, f"it has an array of type {kind} at depth {depth}")

    def _tensor(self, alignment: int) -> tuple[str, Tensor]:
        """Name and place of one tensor, its start counted from where the data begins."""
        name = self._name()
        dimensions = self._scalar("I")
        if not 1 <= dimensions <= 4:
            raise _broken(self._path, f"tensor {name[:80]!r} has {dimensions} dimensions")
        shape = [self._scalar("Q") for _ in range(dimensions)]
        kind, offset = self._scalar("I"), self._scalar("Q")
        if kind not in _BLOCKS:
            raise _broken(self._path, f"tensor {name[:80]!r} has the unknown type {kind}")
        elements = 1
        for length in shape:
            elements *= length
        block, block_bytes = _BLOCKS[kind]
        if not 0 < elements < 1 << 62 or shape[0] % block or offset % alignment:
            raise _broken(self._path, f"tensor {name[:80]!r} has an impossible shape or place")
        return name, Tensor(kind, tuple(reversed(shape)), offset, elements // block * block_bytes)
