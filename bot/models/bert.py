"""BERT encoders whose weights lie in a GGUF file, computed by OpenVINO in 8-bit integers.

On processors with int8 dot products (VNNI) this embeds about three times as fast as llama.cpp with the same
file. Matrices are held as int8 with a scale for each row; what they are multiplied with is turned to int8
while it runs, with scales for every token and SCALE_GROUP of its values, so nothing has to be calibrated and
no text can overflow. Everything else stays fp32. The graph is built from the file at every start (half a
second): there is no second file to keep in step.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import openvino
import openvino.opset15 as ops
from numpy.typing import NDArray

from bot.contracts import Vectors
from bot.models.gguf_header import GgufHeader

SCALE_GROUP = 192
"""Activations that share a scale. One for a whole row (1,536 wide) would be ruled by its few outliers."""

LENGTH_STEP = 8
"""Lengths are padded to a multiple of this: OpenVINO prepares its kernels anew (20 ms) for each new shape."""

_USUAL_QUESTION = 48  # tokens: the kernels for questions up to here are ready before the first is asked
_UNSEEN = -1e9  # added to the attention scores of padding; -inf would make NaN of a row of them
_Node = Any


class BertEncoder:
    """Token ids to the mean of the last layer. The file must be one that `bot.models.runtimes.fits_bert`."""

    def __init__(self, path: Path, header: GgufHeader, threads: int) -> None:
        self._data = np.memmap(path, np.uint8, "r")
        self._header = header
        self.dimensions = header.number("embedding_length") or 0
        # the word table stays pages of the file, which the system may drop: a text needs few of its rows
        words = header.tensors["token_embd.weight"]
        self._words = self._raw("token_embd.weight").reshape(words.shape[0], -1)
        self._words_kind = gguf.GGMLQuantizationType(words.kind)
        self._positions = self._floats("position_embd.weight") + self._floats("token_types.weight")[0]
        self._request = (
            openvino.Core()
            .compile_model(
                self._graph(),
                "CPU",
                {
                    "INFERENCE_NUM_THREADS": threads,
                    "NUM_STREAMS": 1,
                    "ENABLE_CPU_PINNING": False,  # the chat model wants these cores too
                    "INFERENCE_PRECISION_HINT": "f32",  # of what is not int8; not bf16 where there is that
                    "DYNAMIC_QUANTIZATION_GROUP_SIZE": SCALE_GROUP,
                },
            )
            .create_infer_request()
        )
        for length in range(LENGTH_STEP, _USUAL_QUESTION + 1, LENGTH_STEP):
            self.embed([[0] * length])

    def embed(self, batch: Sequence[Sequence[int]]) -> Vectors:
        """Shape (len(batch), dimensions), not normalised. Texts should be of like length: they are padded."""
        lengths = [len(tokens) for tokens in batch]
        longest = min(-(-max(lengths) // LENGTH_STEP) * LENGTH_STEP, len(self._positions))
        states = np.zeros((len(batch), longest, self.dimensions), np.float32)
        mask = np.full((len(batch), 1, 1, longest), _UNSEEN, np.float32)
        for row, tokens in enumerate(batch):
            count = len(tokens)
            states[row, :count] = gguf.dequantize(self._words[list(tokens)], self._words_kind)
            states[row, :count] += self._positions[:count]
            mask[row, :, :, :count] = 0
        last = self._request.infer([states, mask], share_inputs=True, share_outputs=True)[0]
        return np.stack([last[row, :count].mean(0) for row, count in enumerate(lengths)])

    # --- the weights ---------------------------------------------------------------------------------------

    def _raw(self, name: str) -> NDArray[np.uint8]:
        tensor = self._header.tensors[name]
        return self._data[tensor.start : tensor.start + tensor.bytes]

    def _floats(self, name: str) -> NDArray[np.float32]:
        tensor = self._header.tensors[name]
        kind = gguf.GGMLQuantizationType(tensor.kind)
        if kind in (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16):
            values = self._raw(name).view("<f4" if kind == gguf.GGMLQuantizationType.F32 else "<f2")
        else:
            values = gguf.dequantize(self._raw(name).reshape(*tensor.shape[:-1], -1), kind)
        return np.asarray(values, np.float32).reshape(tensor.shape)

    # --- the graph -----------------------------------------------------------------------------------------

    def _graph(self) -> Any:
        """(texts, tokens, dimensions) and the mask (texts, 1, 1, tokens) to (texts, tokens, dimensions)."""
        width, heads = self.dimensions, self._header.number("attention.head_count") or 1
        states = ops.parameter([-1, -1, width], np.float32)
        mask = ops.parameter([-1, 1, 1, -1], np.float32)
        by_head = ops.constant(np.array([0, 0, heads, width // heads]))
        joined = ops.constant(np.array([0, 0, width]))
        swapped = ops.constant(np.array([0, 2, 1, 3]))
        thirds = ops.constant(np.array([width] * 3))
        node = self._normalised(states, "token_embd_norm")
        for layer in range(self._header.number("block_count") or 0):
            block = f"blk.{layer}"
            mixed = self._linear(node, *(f"{block}.attn_{which}" for which in "qkv"))
            split = ops.variadic_split(mixed, ops.constant(2), thirds)
            query, key, value = (
                ops.transpose(ops.reshape(split.output(i), by_head, True), swapped) for i in range(3)
            )
            seen = ops.scaled_dot_product_attention(query, key, value, mask)
            seen = ops.reshape(ops.transpose(seen, swapped), joined, True)
            seen = self._linear(seen, f"{block}.attn_output")
            node = self._normalised(ops.add(seen, node), f"{block}.attn_output_norm")
            wide = ops.gelu(self._linear(node, f"{block}.ffn_up"), "erf")
            wide = self._linear(wide, f"{block}.ffn_down")
            node = self._normalised(ops.add(wide, node), f"{block}.layer_output_norm")
        return openvino.Model([node], [states, mask], "bert")

    def _linear(self, node: _Node, *names: str) -> _Node:
        """One multiplication by the matrices of `names`, side by side, and their biases."""
        matrix = np.concatenate([self._floats(f"{name}.weight") for name in names])
        bias = np.concatenate([self._floats(f"{name}.bias") for name in names])
        scales = np.maximum(np.abs(matrix).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
        integers = ops.constant(np.rint(matrix / scales).astype(np.int8))
        weights = ops.multiply(ops.convert(integers, np.float32), ops.constant(scales))
        return ops.add(ops.matmul(node, weights, False, True), ops.constant(bias.reshape(1, 1, -1)))

    def _normalised(self, node: _Node, name: str) -> _Node:
        epsilon = float(self._header.values["bert.attention.layer_norm_epsilon"])
        node = ops.mvn(node, ops.constant(np.array([-1])), True, epsilon, "inside_sqrt")
        for which, apply in ((f"{name}.weight", ops.multiply), (f"{name}.bias", ops.add)):
            node = apply(node, ops.constant(self._floats(which).reshape(1, 1, -1)))
        return node
