"""Tiny GGUF files for the tests that need no real weights."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest


@pytest.fixture
def tiny_gguf(tmp_path: Path) -> Path:
    """A well-formed GGUF that no architecture of llama.cpp would accept."""
    path = tmp_path / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "tiny")
    writer.add_context_length(64)
    writer.add_token_list(["<s>", "각주", "b"])
    writer.add_token_scores([0.0, -1.0, -2.5])
    writer.add_tensor("first", np.arange(64, dtype=np.float32).reshape(2, 32))
    writer.add_tensor("second", np.ones(32, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
