"""The child process that turns texts into vectors.

Run by `bot.models.embedder` as `python -m bot.models.embed_worker FILE THREADS`.
"""

from __future__ import annotations

import ctypes
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import llama_cpp.llama_cpp as llama
import numpy as np

from bot.children import serve
from bot.contracts import Vectors
from bot.errors import ModelBroken, ModelError
from bot.models.native import Batch, Model, Tokens

BATCH_TOKENS = 256
"""Texts are packed up to here: more is no faster, and every token of the fullest batch ever made holds a row
of unused logits in memory (1 MB for a vocabulary of 250,002). A longer text goes by itself."""

MAX_TEXTS = 64
"""Sequences of one batch."""


class EmbedEngine:
    """An embedding model. Texts longer than it reads are cut at their end."""

    def __init__(self, path: Path, threads: int) -> None:
        self._model = Model(path)
        dimensions = self._model.header.number("embedding_length")
        longest = self._model.header.number("context_length")
        if not dimensions or not longest:
            raise ModelBroken(f"The model file {path} does not say what it embeds.")
        self.dimensions = dimensions
        self.longest = min(longest, 512)
        self._context = self._model.context(
            n_ctx=self.longest,
            n_batch=self.longest,
            n_ubatch=self.longest,  # an encoder takes a batch whole
            n_seq_max=MAX_TEXTS,
            n_threads=threads,
            n_threads_batch=threads,
            embeddings=True,
            kv_unified=True,  # or each sequence may only have its share of n_ctx
        )
        if llama.llama_pooling_type(self._context) == llama.LLAMA_POOLING_TYPE_NONE:
            raise ModelBroken(f"The model file {path} is not one that embeds texts.")
        self._batch = Batch(self.longest, MAX_TEXTS)

    def tokens(self, text: str) -> Tokens:
        """As the model reads it; NFC, because its normaliser cannot compose the jamo of decomposed Hangul."""
        tokens = self._model.tokens(unicodedata.normalize("NFC", text), special=True)
        if len(tokens) > self.longest:
            tokens[self.longest - 1 :] = tokens[-1:]  # the end marker stays
        return tokens

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 a text."""
        tokens = [self.tokens(text) for text in texts]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for batch in packed([len(each) for each in tokens]):
            self._batch.clear()
            for sequence, which in enumerate(batch):
                self._batch.add(tokens[which], start=0, sequence=sequence, wants="all")
            if llama.llama_encode(self._context, self._batch.handle):
                raise ModelError("The embedding model could not read a text.")
            for sequence, which in enumerate(batch):
                row = llama.llama_get_embeddings_seq(self._context, sequence)
                vectors[which] = np.ctypeslib.as_array(
                    ctypes.cast(row, ctypes.POINTER(ctypes.c_float)), (self.dimensions,)
                )
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def packed(lengths: Sequence[int]) -> list[list[int]]:
    """Which texts go into one batch: neighbours by length, as many as fit."""
    batches: list[list[int]] = []
    used = BATCH_TOKENS
    for which in sorted(range(len(lengths)), key=lengths.__getitem__):
        if used + lengths[which] > BATCH_TOKENS or len(batches[-1]) == MAX_TEXTS:
            batches.append([])
            used = 0
        batches[-1].append(which)
        used += lengths[which]
    return batches


def main() -> None:
    path, threads = Path(sys.argv[1]), int(sys.argv[2])
    engines: list[EmbedEngine] = []

    def embed(texts: list[str]) -> bytes:
        return engines[0].embed(texts).tobytes()

    serve({"embed": embed}, prepare=lambda: engines.append(EmbedEngine(path, threads)))


if __name__ == "__main__":
    main()
