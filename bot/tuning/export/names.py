"""What llama.cpp calls the tensors of a transformers model, and in what order it has their numbers.

The way back of what transformers does when it reads a GGUF file, for the architectures that can be trained
(`bot.tuning.training.base.ARCHITECTURES`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelBroken
from bot.models.gguf_header import GgufHeader

Values = NDArray[np.float32]

_OUTSIDE: Mapping[str, str] = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}
_LAYER = re.compile(r"model\.layers\.(\d+)\.(.+)")
_IN_LAYER: Mapping[str, str] = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
_IN_LAYER_OF_GEMMA: Mapping[str, str] = {
    **_IN_LAYER,
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}


@dataclass(frozen=True)
class Layout:
    """How one model stands in GGUF."""

    architecture: str
    heads: int
    """Of attention: of its queries."""
    key_heads: int
    """Of its keys and values."""

    @classmethod
    def of(cls, header: GgufHeader) -> Layout:
        """By the header of its file. Raises ModelBroken where that does not tell."""
        heads = header.number("attention.head_count")
        key_heads = header.number("attention.head_count_kv") or heads
        if not heads or not key_heads:
            raise ModelBroken("The model file does not say how many heads of attention it has.")
        return cls(header.architecture, heads, key_heads)

    @property
    def _is_gemma(self) -> bool:
        return self.architecture.startswith("gemma")

    def name(self, parameter: str) -> str | None:
        """ "model.layers.3.self_attn.q_proj.weight" -> "blk.3.attn_q.weight"; None for what GGUF has not."""
        module, _, kind = parameter.rpartition(".")
        if module in _OUTSIDE:
            return f"{_OUTSIDE[module]}.{kind}"
        found = _LAYER.fullmatch(module)
        names = _IN_LAYER_OF_GEMMA if self._is_gemma else _IN_LAYER
        if found is None or found[2] not in names:
            return None
        return f"blk.{found[1]}.{names[found[2]]}.{kind}"

    def rows(self, name: str, values: Values) -> Values:
        """The rows of a tensor called `name` in GGUF, or of what is added to it, in the order of GGUF."""
        if self.architecture != "llama":
            return values
        if ".attn_q." in name:
            return _interleaved(values, self.heads)
        return _interleaved(values, self.key_heads) if ".attn_k." in name else values

    def values(self, name: str, values: Values) -> Values:
        """All of a tensor called `name` in GGUF, as GGUF has it."""
        if self._is_gemma and name.endswith("norm.weight"):
            # transformers adds it when it computes, llama.cpp has it in the file
            return values + np.float32(1)
        return self.rows(name, values)


def _interleaved(values: Values, heads: int) -> Values:
    """The two halves of each head in turns: of the Llama architecture llama.cpp turns neighbours (the paper's
    rotation), where transformers turns a row and the one half a head further on."""
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(values.shape)
