"""Files that are written for llama.cpp, and what it makes of them."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
from numpy.typing import NDArray

from bot.errors import ModelBroken, ModelError
from bot.models.adapters import check_fits
from bot.models.gguf_header import read_header
from bot.models.gguf_writing import Values, write_adapter, write_model
from bot.models.logits import logits_of
from bot.models.weights import hash_file
from tests.models.tiny_llama import write_tiny_llama

TEXT = (tuple(range(5, 35)), tuple(range(30)))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_tiny_llama(tmp_path / "tiny.gguf", also={"general.name": "Tiny"})


def said(model: Path, adapter: Path | None = None) -> NDArray[np.float32]:
    (logits,) = logits_of(model, [TEXT], 1, adapter=adapter)
    return logits


def unchanged(_name: str) -> Values | None:
    return None


def test_a_model_of_16_bits_says_what_the_one_it_is_made_of_says(tmp_path: Path, base: Path) -> None:
    path = tmp_path / "half.gguf"
    done = list(write_model(path, base, unchanged))
    header, before = read_header(path), read_header(base)
    assert done[-1] == (len(before.tensors), len(before.tensors))
    assert header.values == before.values | {"general.file_type": 1}
    assert header.arrays == before.arrays
    kinds = {name: tensor.kind for name, tensor in header.tensors.items()}
    assert kinds == {name: int(len(tensor.shape) == 2) for name, tensor in before.tensors.items()}
    tokens = gguf.GGUFReader(path).fields["tokenizer.ggml.tokens"].contents()
    assert tokens[261] == "\N{LOWER ONE EIGHTH BLOCK}"
    assert np.abs(said(path) - said(base)).max() < 0.02 * np.abs(said(base)).max()


def test_an_adapter_adds_what_a_merged_model_has(tmp_path: Path, base: Path) -> None:
    drawn = np.random.default_rng(3)
    first = drawn.standard_normal((4, 32)).astype(np.float32)
    second = drawn.standard_normal((32, 4)).astype(np.float32)
    name = "blk.0.attn_v.weight"
    adapter, merged = tmp_path / "adapter.gguf", tmp_path / "merged.gguf"
    write_adapter(
        adapter, "llama", {name: (first, second)}, 2.0, base_name="tiny", base_sha256=hash_file(base)
    )
    described = check_fits(adapter, base)
    assert (described.rank, described.alpha, described.base) == (4, 2.0, "tiny")
    (before,) = (tensor for tensor in gguf.GGUFReader(base).tensors if tensor.name == name)

    def weights(tensor: str) -> Values | None:
        return before.data + 0.5 * (second @ first) if tensor == name else None

    list(write_model(merged, base, weights))
    tuned = said(base, adapter)
    assert np.abs(tuned - said(base)).max() > 1
    assert np.abs(tuned - said(merged)).max() < 0.02 * np.abs(tuned).max()


def test_what_does_not_fit_is_not_written(tmp_path: Path, base: Path) -> None:
    def written(values: Values) -> None:
        given = {"blk.0.attn_q.weight": values}
        list(write_model(tmp_path / "new.gguf", base, given.get))

    with pytest.raises(ModelBroken, match=r"blk\.0\.attn_q\.weight is 32 x 16, and 32 x 32"):
        written(np.zeros((32, 16), np.float32))
    for wrong in (1e6, np.inf, np.nan):
        with pytest.raises(ModelError, match=r"attn_q.* too large for 16 bits"):
            written(np.full((32, 32), wrong, np.float32))


def test_a_long_text_is_read_in_pieces(base: Path) -> None:
    tokens = tuple(5 + (place * 7) % 250 for place in range(300))
    whole, beginning = logits_of(base, [(tokens, (9, 299)), (tokens[:10], (9,))], 1)
    assert whole.shape == (2, beginning.shape[1])
    assert np.abs(whole[0] - beginning[0]).max() < 1e-3 * np.abs(whole).max()
    assert np.abs(whole[1] - whole[0]).max() > 1
