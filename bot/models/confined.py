"""What the process of a model gives up before llama.cpp reads the file."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from bot.children.confinement import leave_no_core, limit_for_good, refuse_network_and_programs
from bot.models.gguf_header import GgufHeader, read_header

OPEN_FILES = 256
_ROOM = 2 * 1024**3
"""Bytes for Python, its libraries, and what llama.cpp computes in; measured: 0.5 GB with a vocabulary of
150,000 tokens."""
_ROOM_PER_CORE = 16 * 1024**2
"""Bytes: a thread's stack and what it takes from the heap."""
_CELL_BYTES_PER_VALUE = 2 * 2  # a key and a value of 16 bits


def confine_model(path: Path, cells: int) -> None:
    """Bound what this process may take while it holds the model of `path` with `cells` of context: memory,
    open files; no core dump, no network, no other program. Raises ModelBroken where the header is.

    A file that asks for more memory then ends its own process and nobody else's. Weights do not count where
    they are pages of the file.
    """
    leave_no_core()
    limit_for_good(resource.RLIMIT_NOFILE, OPEN_FILES)
    limit_for_good(resource.RLIMIT_DATA, memory_for(read_header(path), path.stat().st_size, cells))
    refuse_network_and_programs()


def memory_for(header: GgufHeader, file_bytes: int, cells: int) -> int:
    """Bytes of memory of its own, generously: all the weights once (where they cannot be mapped or have to be
    repacked), twice the context, and room."""
    width = header.number("embedding_length") or 0
    heads = header.number("attention.head_count") or 1
    of_keys = header.number("attention.head_count_kv") or heads
    head = header.number("attention.key_length") or width // heads
    context = (header.number("block_count") or 0) * of_keys * head * _CELL_BYTES_PER_VALUE * cells
    return file_bytes + 2 * context + _ROOM + _ROOM_PER_CORE * (os.cpu_count() or 1)
