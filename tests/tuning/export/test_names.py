"""What tensors are called in GGUF, against the names of the `gguf` library."""

from __future__ import annotations

import gguf
import numpy as np
import pytest

from bot.tuning.export.names import Layout
from bot.tuning.training.base import ARCHITECTURES

MODULES = (
    "model.embed_tokens", "model.norm", "lm_head",
    *(f"model.layers.11.{name}" for name in (
        "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
        "self_attn.q_norm", "self_attn.k_norm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
        "input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
        "post_feedforward_layernorm",
    )),
)  # fmt: skip


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_every_tensor_of_an_architecture_has_the_name_that_llama_cpp_gives_it(architecture: str) -> None:
    (known,) = [key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture]
    theirs = gguf.get_tensor_name_map(known, 12)
    layout = Layout(architecture, 4, 2)
    compared = 0
    for module in MODULES:
        if (expected := theirs.get_name(module)) is not None:
            assert layout.name(f"{module}.weight") == f"{expected}.weight"
            compared += 1
    assert compared >= 11


def test_what_gguf_does_not_have_has_no_name() -> None:
    layout = Layout("llama", 4, 2)
    layers = "model.layers"
    for parameter in (f"{layers}.0.self_attn.rotary_emb.inv_freq", "weight", f"{layers}.x.mlp.up_proj.bias"):
        assert layout.name(parameter) is None


def test_only_queries_and_keys_of_the_llama_architecture_are_reordered() -> None:
    rows = np.arange(16, dtype=np.float32).reshape(16, 1)
    layout = Layout("llama", 4, 2)
    assert layout.rows("blk.0.attn_q.weight", rows)[:8, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    assert layout.rows("blk.0.attn_k.weight", rows)[:8, 0].tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    assert layout.rows("blk.0.attn_v.weight", rows) is rows
    assert Layout("qwen2", 4, 2).rows("blk.0.attn_q.weight", rows) is rows


def test_norms_of_gemma_are_one_more_in_gguf() -> None:
    norm = np.zeros(4, np.float32)
    assert Layout("gemma3", 4, 2).values("blk.0.attn_q_norm.weight", norm).tolist() == [1, 1, 1, 1]
    assert Layout("qwen3", 4, 2).values("blk.0.attn_q_norm.weight", norm).tolist() == [0, 0, 0, 0]
