"""A bounded look at the header of a GGUF file, made before llama.cpp sees it.

llama.cpp reads model files with C++ that trusts many of the numbers in them (CVE-2025-53630, CVE-2026-27940).
What is checked here: magic, version, sane counts, every string and array inside the file, tensor shapes that
do not overflow, every tensor's data inside the file and in nobody else's; and by `bot.models.gguf_limits`,
whether what is said of the model can be true. The format: ggml/docs/gguf.md, versions 2 and 3, little endian.

The file is read, not mapped: were it cut short meanwhile, a mapping would end the process that looks.
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from pathlib import Path
from typing import IO

from bot.errors import ModelBroken
from bot.models.gguf_limits import GgufHeader, MetadataArray, Tensor, Value, what_is_wrong

__all__ = ["GgufHeader", "MetadataArray", "Tensor", "read_header"]

MAX_TENSORS = 100_000
MAX_KEYS = 10_000
MAX_STRINGS = 4_000_000
"""In arrays, together; the largest vocabularies have 262,144 tokens and twice as many merges."""
MAX_NAME_BYTES = 1_024
MAX_TENSOR_NAME_BYTES = 63  # ggml has room for so many
MAX_STRING_BYTES = 16 * 1024 * 1024
MAX_HEADER_BYTES = 128 * 1024 * 1024
KEPT_STRING_BYTES = 65_536
"""Longer strings are passed over: a chat template is of no use here."""

_BOOL, _STRING, _ARRAY, _UINT32 = 7, 8, 9, 4
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}

# tensor type: (elements of one block, bytes of one block), from ggml.h; the types llama.cpp no longer reads
# (4, 5, 31 to 33, 36 to 38) are left out on purpose
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip


def read_header(path: Path) -> GgufHeader:
    """Check and read the header of `path`. Raises ModelBroken, naming what is wrong."""
    if path.exists() and not path.is_file():  # a pipe would never end
        raise ModelBroken(f"The model file {path} is not a file.")
    try:
        with path.open("rb") as file:
            header = _Reader(path, file, path.stat().st_size).header()
    except OSError as exc:
        raise ModelBroken(f"The model file {path} cannot be read: {exc.strerror}.") from exc
    if wrong := what_is_wrong(header):
        raise _broken(path, wrong)
    return header


def _broken(path: Path, why: str) -> ModelBroken:
    return ModelBroken(
        f"The model file {path} is not a usable GGUF file: {why}.",
        mend="Delete it and pull it again (footnote models pull NAME), or copy it again.",
    )


class _Reader:
    def __init__(self, path: Path, file: IO[bytes], size: int) -> None:
        self._path = path
        self._file = file
        self._size = size
        self._data = bytearray()
        self._at = 0
        self._strings = 0

    def header(self) -> GgufHeader:
        if self._size < 24:
            raise _broken(self._path, "it is too short")
        at = self._take(4)
        if self._data[at : at + 4] != b"GGUF":
            raise _broken(self._path, "it does not begin with GGUF")
        version = self._scalar("I")
        if version not in (2, 3):
            raise _broken(self._path, f"its format version is {version}")
        tensor_count, key_count = self._scalar("Q"), self._scalar("Q")
        if tensor_count > MAX_TENSORS or key_count > MAX_KEYS:
            raise _broken(self._path, f"it claims {tensor_count} tensors and {key_count} keys")
        values: dict[str, Value] = {}
        arrays: dict[str, MetadataArray] = {}
        kinds: dict[str, int] = {}
        for _ in range(key_count):
            key = self._name(MAX_NAME_BYTES)
            if key in kinds:
                raise _broken(self._path, f"it has the key {key[:80]!r} twice")
            kind = kinds[key] = self._scalar("I")
            if kind == _ARRAY:
                arrays[key] = self._array(key)
            elif (value := self._value(key, kind)) is not None:
                values[key] = value
        alignment = int(values.get("general.alignment", 32))
        tensors = self._tensors(tensor_count, alignment)
        data_start = -(-self._at // alignment) * alignment
        end = data_start + max((each.start + each.bytes for each in tensors.values()), default=0)
        if end > self._size:
            raise _broken(self._path, f"it ends {end - self._size} bytes too early")
        placed = {name: replace(each, start=data_start + each.start) for name, each in tensors.items()}
        return GgufHeader(values, placed, arrays, kinds)

    # --- bytes ---------------------------------------------------------------------------------------------

    def _take(self, length: int) -> int:
        """Move past `length` bytes, which are in `_data` then; where they begin."""
        at = self._at
        self._have(at + length)
        self._at = at + length
        return at

    def _have(self, end: int) -> None:
        """Read up to `end`, and a good deal further."""
        held = len(self._data)
        if end <= held:
            return
        if end > self._size:
            raise _broken(self._path, "it ends within its header")
        if end > MAX_HEADER_BYTES:
            raise _broken(self._path, f"its header has more than {MAX_HEADER_BYTES:,} bytes")
        self._data += self._file.read(max(end - held, held, 1 << 20))
        if len(self._data) < end:  # it became shorter meanwhile
            raise _broken(self._path, "it ends within its header")

    def _scalar(self, code: str) -> int:
        value: int = struct.unpack_from("<" + code, self._data, self._take(struct.calcsize("<" + code)))[0]
        return value

    def _string(self, limit: int) -> bytes:
        length = self._scalar("Q")
        if length > limit:
            raise _broken(self._path, f"it has a string of {length} bytes")
        at = self._take(length)
        return bytes(self._data[at : at + length])

    def _name(self, limit: int) -> str:
        data = self._string(limit)
        try:
            name = data.decode()
        except UnicodeDecodeError:
            name = ""
        if not name or "\0" in name:  # C++ would see another name than we do
            raise _broken(self._path, f"{data[:80]!r} is no name")
        return name

    # --- metadata ------------------------------------------------------------------------------------------

    def _value(self, key: str, kind: int) -> Value | None:
        """None: too long to keep."""
        if kind == _STRING:
            data = self._string(MAX_STRING_BYTES)
            return data.decode("utf-8", "replace") if len(data) <= KEPT_STRING_BYTES else None
        if kind not in _SCALARS:
            raise _broken(self._path, f"{key[:80]!r} is of the unknown type {kind}")
        value: Value = self._scalar(_SCALARS[kind])
        if isinstance(value, float) and not math.isfinite(value):
            raise _broken(self._path, f"{key[:80]!r} is {value}")
        if kind == _BOOL:
            if value not in (0, 1):
                raise _broken(self._path, f"{key[:80]!r} is neither true nor false")
            value = bool(value)
        if key == "general.alignment":  # read at once: all places of tensors depend on it
            number = int(value)
            if kind != _UINT32 or not 8 <= number <= 1 << 16 or number & (number - 1):
                raise _broken(self._path, f"its alignment is {value}")
        return value

    def _array(self, key: str) -> MetadataArray:
        if key == "general.alignment":
            raise _broken(self._path, "its alignment is an array")
        kind, count = self._scalar("I"), self._scalar("Q")
        if kind in _SCALARS:
            self._take(count * struct.calcsize("<" + _SCALARS[kind]))
        elif kind == _STRING:
            self._strings += count
            if self._strings > MAX_STRINGS:
                raise _broken(self._path, f"it has an array of {count} strings")
            self._pass_strings(count)
        else:  # arrays of arrays: the format allows them, no model has them, and depth is an attack
            raise _broken(self._path, f"it has an array of type {kind}")
        return MetadataArray(kind, count)

    def _pass_strings(self, count: int) -> None:
        # a vocabulary has hundreds of thousands of these: read lengths only, with everything local
        data, at, held, unpack = self._data, self._at, len(self._data), struct.Struct("<Q").unpack_from
        for _ in range(count):
            if at + 8 > held:
                self._have(at + 8)
                held = len(data)
            at += 8 + unpack(data, at)[0]
        self._have(at)
        self._at = at

    # --- tensors -------------------------------------------------------------------------------------------

    def _tensors(self, count: int, alignment: int) -> dict[str, Tensor]:
        tensors: dict[str, Tensor] = {}
        for _ in range(count):
            name, tensor = self._tensor(alignment)
            if name in tensors:
                raise _broken(self._path, f"it has the tensor {name!r} twice")
            tensors[name] = tensor
        end = 0
        for name, tensor in sorted(tensors.items(), key=lambda one: one[1].start):
            if tensor.start < end:
                raise _broken(self._path, f"tensor {name!r} lies over another one")
            end = tensor.start + tensor.bytes
        return tensors

    def _tensor(self, alignment: int) -> tuple[str, Tensor]:
        """Name and place of one tensor, its start counted from where the data begins."""
        name = self._name(MAX_TENSOR_NAME_BYTES)
        dimensions = self._scalar("I")
        if not 1 <= dimensions <= 4:
            raise _broken(self._path, f"tensor {name!r} has {dimensions} dimensions")
        shape = [self._scalar("Q") for _ in range(dimensions)]
        kind, offset = self._scalar("I"), self._scalar("Q")
        if kind not in _BLOCKS:
            raise _broken(self._path, f"tensor {name!r} has the unknown type {kind}")
        elements = math.prod(shape)
        block, block_bytes = _BLOCKS[kind]
        if not 0 < elements < 1 << 62 or shape[0] % block or offset % alignment:
            raise _broken(self._path, f"tensor {name!r} has an impossible shape or place")
        return name, Tensor(kind, tuple(reversed(shape)), offset, elements // block * block_bytes)
