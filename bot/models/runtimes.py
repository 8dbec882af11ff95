"""Which library computes an embedding model: decided from the header of its file, nothing being loaded."""

from __future__ import annotations

import importlib.util
from enum import StrEnum

from bot.models.gguf_header import GgufHeader

_MEAN_POOLING = 1  # llama.cpp's number for it
_BLOCK = (
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_output",
    "attn_output_norm",
    "ffn_up",
    "ffn_down",
    "layer_output_norm",
)


class Runtime(StrEnum):
    """What computes an embedding model."""

    LLAMA = "llama"
    """llama.cpp: any embedding model that it knows, on any processor."""
    OPENVINO = "openvino"
    """OpenVINO in int8 (`bot.models.bert`): faster, and only for BERT encoders."""


def runtime_for(header: GgufHeader) -> Runtime:
    """The faster of those that can compute the model here."""
    if fits_bert(header) and importlib.util.find_spec("openvino") is not None:
        return Runtime.OPENVINO
    return Runtime.LLAMA


def fits_bert(header: GgufHeader) -> bool:
    """Whether `bot.models.bert` computes just this model: its tensors are those of a BERT and no others, and
    its vectors are means."""
    layers, width, heads = map(header.number, ("block_count", "embedding_length", "attention.head_count"))
    if header.architecture != "bert" or not layers or not width or not heads or width % heads:
        return False
    if (
        header.number("pooling_type") != _MEAN_POOLING
        or "bert.attention.layer_norm_epsilon" not in header.values
    ):
        return False
    names = {"token_embd.weight", "position_embd.weight", "token_types.weight"}
    parts = ["token_embd_norm"]
    for layer in range(min(layers, len(header.tensors))):  # a hostile file may claim any number
        parts += [f"blk.{layer}.{part}" for part in _BLOCK]
    names |= {f"{part}.{kind}" for part in parts for kind in ("weight", "bias")}
    return names == set(header.tensors)
