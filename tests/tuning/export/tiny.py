"""GGUF files of two layers, one of each architecture that can be tuned, as llama.cpp's converter has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np

from tests.models.tiny_llama import MARKERS

WIDTH, INNER, LAYERS, HEADS, KEY_HEADS, CONTEXT = 64, 96, 2, 4, 2, 512
HEAD = {"llama": 16, "qwen2": 16, "qwen3": 128, "gemma2": 256, "gemma3": 256}
"""Numbers of a head of attention: what transformers takes where the file does not say so to it."""


def write_tiny(path: Path, architecture: str, *, head: int = 0, is_half: bool = False) -> Path:
    """Random weights that attend and differ from layer to layer. `head`: another size of its heads.
    `is_half`: matrices of 16 bits, else of 32."""
    head = head or HEAD[architecture]
    is_gemma = architecture.startswith("gemma")
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(f"Tiny {architecture}")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0 if architecture == "gemma3" else 10_000.0)
    if architecture == "llama":
        writer.add_rope_dimension_count(head)
    if architecture in ("qwen3", "gemma2", "gemma3"):
        writer.add_key_length(head)
        writer.add_value_length(head)
    if is_gemma:
        writer.add_sliding_window(4096 if architecture == "gemma2" else 512)
    if architecture == "gemma2":
        writer.add_attn_logit_softcapping(50.0)
        writer.add_final_logit_softcapping(30.0)
    tokens = _add_vocabulary(writer)
    for name, values in _tensors(architecture, head, tokens).items():
        is_matrix = values.ndim == 2
        writer.add_tensor(name, values.astype(np.float16 if is_half and is_matrix else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: Any) -> int:
    """Every byte, a space, letters and ChatML's marks; how many tokens that is."""
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    tokens = [*MARKERS, *bytes_, "\N{LOWER ONE EIGHTH BLOCK}", *"abcdefghijklmnopqrstuvwxyz0123456789"]
    kinds = [gguf.TokenType.UNKNOWN] + [gguf.TokenType.CONTROL] * 4 + [gguf.TokenType.BYTE] * 256
    kinds += [gguf.TokenType.NORMAL] * (len(tokens) - len(kinds))
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(rank) for rank in range(len(tokens))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(4)
    writer.add_unk_token_id(0)
    return len(tokens)


def _tensors(architecture: str, head: int, tokens: int) -> dict[str, np.ndarray[Any, Any]]:
    drawn = np.random.default_rng(20261122)
    found: dict[str, np.ndarray[Any, Any]] = {}

    def matrix(name: str, rows: int, columns: int, size: float) -> None:
        found[f"{name}.weight"] = (drawn.standard_normal((rows, columns)) * size).astype(np.float32)

    def norm(name: str, length: int = WIDTH) -> None:
        found[f"{name}.weight"] = (1 + 0.2 * drawn.standard_normal(length)).astype(np.float32)

    matrix("token_embd", tokens, WIDTH, 0.4)
    if architecture in ("llama", "qwen3"):  # the others use the embedding for their output too
        matrix("output", tokens, WIDTH, 0.4)
    norm("output_norm")
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for name, rows, columns in (
            ("attn_q", HEADS * head, WIDTH),
            ("attn_k", KEY_HEADS * head, WIDTH),
            ("attn_v", KEY_HEADS * head, WIDTH),
            ("attn_output", WIDTH, HEADS * head),
            ("ffn_gate", INNER, WIDTH),
            ("ffn_up", INNER, WIDTH),
            ("ffn_down", WIDTH, INNER),
        ):
            matrix(f"{block}.{name}", rows, columns, 1.5 / columns**0.5)
        norm(f"{block}.attn_norm")
        norm(f"{block}.ffn_norm")
        if architecture == "qwen2":
            for name, rows in (("attn_q", HEADS), ("attn_k", KEY_HEADS), ("attn_v", KEY_HEADS)):
                found[f"{block}.{name}.bias"] = drawn.standard_normal(rows * head).astype(np.float32)
        if architecture in ("qwen3", "gemma3"):
            norm(f"{block}.attn_q_norm", head)
            norm(f"{block}.attn_k_norm", head)
        if architecture.startswith("gemma"):
            norm(f"{block}.post_attention_norm")
            norm(f"{block}.post_ffw_norm")
    return found
