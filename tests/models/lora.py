"""Real adapters, written for the tests: random matrices large enough to change what the tiny model says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from bot.models.gguf_header import GgufHeader, read_header


def write_adapter(
    path: Path,
    base: Path | GgufHeader,
    *,
    seed: int = 1,
    rank: int = 4,
    alpha: float = 8.0,
    size: float = 0.05,
    parts: Sequence[str] = ("attn_q", "ffn_down"),
    layers: int | None = None,
    architecture: str | None = None,
    kind: str = "adapter",
    keys: Mapping[str, str] = {},
    tensors: Mapping[str, Any] = {},
    without: Sequence[str] = (),
) -> Path:
    """`size`: of the random numbers. `keys`: more metadata. `tensors` come instead of those of their names,
    or beside them; those named in `without` are left out."""
    header = base if isinstance(base, GgufHeader) else read_header(base)
    chance = np.random.default_rng(seed)
    made: dict[str, Any] = {}
    for layer in range(header.number("block_count") or 0 if layers is None else layers):
        for part in parts:
            name = f"blk.{layer}.{part}.weight"
            rows, columns = header.tensors[name].shape
            made[f"{name}.lora_a"] = (chance.standard_normal((rank, columns)) * size).astype(np.float32)
            made[f"{name}.lora_b"] = (chance.standard_normal((rows, rank)) * size).astype(np.float32)
    writer = gguf.GGUFWriter(path, architecture or header.architecture)
    writer.add_type(kind)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for key, value in keys.items():
        writer.add_string(key, value)
    for name, tensor in {**made, **tensors}.items():
        if name not in without:
            writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
