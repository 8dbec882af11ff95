"""Real weights for the tests that are marked `weights`, and tiny GGUF files for the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import platformdirs
import pytest

from bot.models.catalogue import entry_named
from bot.models.pull import locate, pull


def silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="session")
def weights() -> Callable[[str], Path]:
    """The file of a catalogue model, pulled if it is not on this machine."""
    directory = platformdirs.user_data_path("footnote") / "models"

    def path_of(name: str) -> Path:
        pull(entry_named(name), directory, silent)
        return locate(name, directory)

    return path_of


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
