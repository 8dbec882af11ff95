"""What a GGUF header says of its model, and whether that can be true.

llama.cpp believes more of it than is good: arrays of a vocabulary are read as the type and with the length
that they should have (ggml-org/llama.cpp issue 24888), tokens of special meaning are looked up in
vocabularies too small to have them (pull request 25508), sizes go into divisions and allocations. A header
that fails here is one that no tool for making models writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Value = str | int | float | bool

_LIMITS = {
    "context_length": (1, 1 << 27),
    "embedding_length": (1, 1 << 18),
    "block_count": (1, 512),  # LLAMA_MAX_LAYERS
    "feed_forward_length": (0, 1 << 22),
    "vocab_size": (1, 1 << 23),
    "attention.head_count": (0, 1 << 12),
    "attention.head_count_kv": (0, 1 << 12),
    "attention.key_length": (1, 1 << 13),
    "attention.value_length": (1, 1 << 13),
    "attention.sliding_window": (0, 1 << 27),
    "rope.dimension_count": (0, 1 << 13),
    "expert_count": (0, 512),  # LLAMA_MAX_EXPERTS
    "expert_used_count": (0, 512),
}
"""Below the architecture: what the largest models have, with room to spare."""

_LEAST_VOCABULARY = 128
"""Tokens. BERT's separator is number 102 where the file does not say otherwise, unchecked."""

_UINT8, _INT8, _INT32, _FLOAT32, _STRING = 0, 1, 5, 6, 8
_TOKENIZER_ARRAYS = {  # kinds that llama.cpp takes for granted; whether there is one for each token
    "tokenizer.ggml.tokens": ((_STRING,), True),
    "tokenizer.ggml.scores": ((_FLOAT32,), True),
    "tokenizer.ggml.token_type": ((_INT32,), True),
    "tokenizer.ggml.merges": ((_STRING,), False),
    "tokenizer.ggml.suppress_tokens": ((_INT32,), False),
    "tokenizer.ggml.precompiled_charsmap": ((_UINT8, _INT8), False),
}


@dataclass(frozen=True)
class Tensor:
    """Where the data of one tensor lies in the file, and what it is."""

    kind: int
    """ggml's number for its type."""
    shape: tuple[int, ...]
    """The slowest dimension first, as in NumPy (the file has them the other way round)."""
    start: int
    bytes: int


@dataclass(frozen=True)
class MetadataArray:
    """An array among the metadata; what is in it is not kept."""

    kind: int
    """GGUF's number for the type of its elements."""
    count: int


@dataclass(frozen=True)
class GgufHeader:
    """What the header says. `values` holds the scalar metadata but for very long strings."""

    values: dict[str, Value] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    arrays: dict[str, MetadataArray] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    """GGUF's number for the type of each value: llama.cpp ends the process at one of another type than it
    asks for."""

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    def number(self, key: str) -> int | None:
        """`key` below the architecture ("context_length"), if the file has it."""
        value = self.values.get(f"{self.architecture}.{key}")
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def what_is_wrong(header: GgufHeader) -> str | None:
    """What cannot be true, to follow "it is not usable:"; None where nothing is found."""
    if not re.fullmatch("[a-z0-9][a-z0-9_.-]{0,63}", header.architecture):
        return f"its architecture is {header.architecture[:80]!r}"
    if not header.tensors:
        return "it has no tensors"
    parts = header.values.get("split.count", 0)
    if parts not in (0, 1):  # llama.cpp would open the others, which nobody looked at
        return f"it is one of {parts} parts (join them: llama-gguf-split --merge)"
    return _wrong_sizes(header) or _wrong_vocabulary(header)


def _wrong_sizes(header: GgufHeader) -> str | None:
    for key, (least, most) in _LIMITS.items():
        number = header.number(key)
        if number is not None and not least <= number <= most:
            return f"its {key} is {number:,}"
    prefix = f"{header.architecture}."
    for key, value in header.values.items():
        if key.startswith(prefix) and isinstance(value, int) and not -(1 << 31) <= value < 1 << 32:
            return f"its {key[:80]} is {value:,}"
    heads, key_heads = header.number("attention.head_count"), header.number("attention.head_count_kv")
    if heads and key_heads and (key_heads > heads or heads % key_heads):
        return f"it has {heads} heads of attention and {key_heads} for its keys"
    width = header.number("embedding_length")
    if heads and width and header.number("attention.key_length") is None and width % heads:
        return f"its width of {width} cannot be shared by {heads} heads"
    experts, used = header.number("expert_count") or 0, header.number("expert_used_count") or 0
    if used > experts:
        return f"it uses {used} of {experts} experts"
    return None


def _wrong_vocabulary(header: GgufHeader) -> str | None:
    tokens = header.arrays.get("tokenizer.ggml.tokens")
    tokenizer = header.values.get("tokenizer.ggml.model", "no_vocab")
    if tokens is not None and tokenizer not in ("no_vocab", "none") and tokens.count < _LEAST_VOCABULARY:
        return f"its vocabulary has {tokens.count} tokens"
    for key, (kinds, is_each) in _TOKENIZER_ARRAYS.items():
        if key in header.values:
            return f"its {key} is no array"
        array = header.arrays.get(key)
        if array is None:
            continue
        if array.kind not in kinds:
            return f"its {key} has elements of type {array.kind}"
        if is_each and (tokens is None or array.count != tokens.count):
            return f"its {key} has {array.count} elements for {tokens.count if tokens else 0} tokens"
    charsmap = header.arrays.get("tokenizer.ggml.precompiled_charsmap")
    if charsmap is not None and 0 < charsmap.count < 4:
        return f"its tokenizer.ggml.precompiled_charsmap has {charsmap.count} bytes"
    return None
