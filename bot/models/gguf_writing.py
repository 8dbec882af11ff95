"""GGUF files that are made here: LoRA adapters, and models of 16 bits that have the metadata of another file.

Whoever calls gives a path that nobody reads yet, and renames the file once it is whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelBroken, ModelError
from bot.models.adapters import BASE_SHA256

Values = NDArray[np.float32]

_OF_THE_OTHER_FILE = ("GGUF.", "quantize.")
_KEYS_OF_THE_OTHER_FILE = {
    "general.architecture",  # the writer adds it
    "general.alignment",
    "general.file_type",
    "general.quantization_version",
}


def write_adapter(
    path: Path,
    architecture: str,
    pairs: Mapping[str, tuple[Values, Values]],
    alpha: float,
    *,
    base_name: str,
    base_sha256: str,
) -> None:
    """A LoRA adapter as `bot.models.adapters` and llama.cpp read it, which adds alpha / rank * B A.

    `pairs`: by the name of the base model's tensor ("blk.0.attn_q.weight"), A of shape (rank, columns) and B
    of shape (rows, rank). The same input gives the same bytes. Raises OSError.
    """
    writer = gguf.GGUFWriter(path, architecture)
    try:
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", alpha)
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, base_name)
        writer.add_string(BASE_SHA256, base_sha256)
        for name, (first, second) in pairs.items():
            writer.add_tensor(f"{name}.lora_a", np.ascontiguousarray(first, np.float32))
            writer.add_tensor(f"{name}.lora_b", np.ascontiguousarray(second, np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def write_model(path: Path, like: Path, weights: Callable[[str], Values | None]) -> Iterator[tuple[int, int]]:
    """A model with the metadata and the tensors of `like`, its matrices as F16 and its vectors as F32.

    `weights`: what a tensor is to hold, in NumPy's order of dimensions; None for what it holds in `like`,
    dequantised. One tensor is in memory at a time. Yields how many of how many are written.

    Raises ModelBroken where the shapes differ, ModelError where a number is too large for 16 bits, OSError.
    """
    reader = gguf.GGUFReader(like)
    writer = gguf.GGUFWriter(path, str(reader.fields["general.architecture"].contents()))
    try:
        for field in reader.fields.values():
            if not field.name.startswith(_OF_THE_OTHER_FILE) and field.name not in _KEYS_OF_THE_OTHER_FILE:
                _copy(field, writer)
        writer.add_file_type(int(gguf.LlamaFileType.MOSTLY_F16))
        for tensor in reader.tensors:
            shape, kind = _shape(tensor), _kind(tensor)
            writer.add_tensor_info(tensor.name, shape, kind, math.prod(shape) * kind.itemsize)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for done, tensor in enumerate(reader.tensors, start=1):
            writer.write_tensor_data(_values(tensor, weights(tensor.name)))
            yield done, len(reader.tensors)
    finally:
        writer.close()


def _copy(field: Any, writer: Any) -> None:
    """A key with its value, byte for byte: tokens need not be valid UTF-8."""
    kind = field.types[0]
    if kind == gguf.GGUFValueType.ARRAY:
        if not field.data:  # the writer knows no empty ones, nor does it matter
            return
        inner = field.types[-1]
        parts = [field.parts[index] for index in field.data]
        is_text = inner == gguf.GGUFValueType.STRING
        values = [part.tobytes() if is_text else part.tolist()[0] for part in parts]
        writer.add_key_value(field.name, values, kind, inner)
    elif kind == gguf.GGUFValueType.STRING:
        writer.add_key_value(field.name, field.parts[-1].tobytes(), kind)
    else:
        writer.add_key_value(field.name, field.parts[-1].tolist()[0], kind)


def _shape(tensor: Any) -> tuple[int, ...]:
    return tuple(int(length) for length in reversed(tensor.shape))


def _kind(tensor: Any) -> np.dtype[Any]:
    # llama.cpp multiplies vectors (norms, biases, factors of the rotation) as F32 only
    return np.dtype(np.float32 if len(tensor.shape) == 1 else np.float16)


def _values(tensor: Any, given: Values | None) -> NDArray[Any]:
    shape = _shape(tensor)
    values = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(shape) if given is None else given
    if values.shape != shape:
        raise ModelBroken(
            f"The tensor {tensor.name} is {_times(values.shape)}, and {_times(shape)} in the file whose"
            " metadata it goes with.",
            mend="Name the GGUF file of the very model that was trained.",
        )
    with np.errstate(over="ignore"):
        cast = np.ascontiguousarray(values, _kind(tensor))
    if not np.isfinite(cast).all():
        raise ModelError(
            f"The tensor {tensor.name} holds numbers that are infinite, none, or too large for 16 bits."
        )
    return cast


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{length:,}" for length in shape)
