"""Embedding models of any kind, computed by llama.cpp."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llama_cpp.llama_cpp as llama
import numpy as np

from bot.contracts import Vectors
from bot.errors import ModelBroken, ModelError
from bot.models.native import Batch, Model, Tokens


class LlamaEncoder:
    """Batches of tokens to vectors, as the file says they are pooled."""

    def __init__(self, model: Model, longest: int, texts: int, threads: int) -> None:
        """For batches of at most `longest` tokens and `texts` texts. Raises ModelBroken."""
        self.dimensions = model.header.number("embedding_length") or 0
        self._context = model.context(
            n_ctx=longest,
            n_batch=longest,
            n_ubatch=longest,  # an encoder takes a batch whole
            n_seq_max=texts,
            n_threads=threads,
            n_threads_batch=threads,
            embeddings=True,
            kv_unified=True,  # or each sequence may only have its share of n_ctx
        )
        if llama.llama_pooling_type(self._context) == llama.LLAMA_POOLING_TYPE_NONE:
            raise ModelBroken("The model file is not one that embeds texts.")
        self._batch = Batch(longest, texts)

    def embed(self, batch: Sequence[Tokens]) -> Vectors:
        """Shape (len(batch), dimensions), not normalised."""
        self._batch.clear()
        for sequence, tokens in enumerate(batch):
            self._batch.add(tokens, start=0, sequence=sequence, wants="all")
        if llama.llama_encode(self._context, self._batch.handle):
            raise ModelError("The embedding model could not read a text.")
        vectors = np.empty((len(batch), self.dimensions), np.float32)
        for sequence in range(len(batch)):
            row = llama.llama_get_embeddings_seq(self._context, sequence)
            vectors[sequence] = np.ctypeslib.as_array(
                ctypes.cast(row, ctypes.POINTER(ctypes.c_float)), (self.dimensions,)
            )
        return vectors
