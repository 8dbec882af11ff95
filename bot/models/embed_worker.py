"""The child process that turns texts into vectors.

Run by `bot.models.embedder` as `python -m bot.models.embed_worker FILE THREADS RUNTIME`.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from bot.children.serving import serve
from bot.contracts import Vectors
from bot.errors import ModelBroken
from bot.models.confined import confine_model
from bot.models.native import Model, Tokens
from bot.models.runtimes import Runtime

BATCH_TOKENS = 256
"""Texts are packed up to here: more is no faster, and in llama.cpp every token of the fullest batch ever made
holds a row of unused logits in memory (1 MB for a vocabulary of 250,002). A longer text goes by itself."""

MAX_TEXTS = 64
"""Sequences of one batch."""

LONGEST = 512
"""Tokens of a text that are read, at most, whatever more the model could."""


class Encoder(Protocol):
    """What computes vectors from tokens: `LlamaEncoder` or `BertEncoder`."""

    def embed(self, batch: Sequence[Tokens]) -> Vectors:
        """Shape (len(batch), dimensions), not normalised."""


class EmbedEngine:
    """An embedding model. Texts longer than it reads are cut at their end."""

    def __init__(self, path: Path, threads: int, runtime: Runtime) -> None:
        # the tokens are llama.cpp's either way: one tokeniser, and the file has its vocabulary
        self._model = Model(path, vocabulary_only=runtime is not Runtime.LLAMA)
        header = self._model.header
        dimensions, longest = header.number("embedding_length"), header.number("context_length")
        if not dimensions or not longest:
            raise ModelBroken(f"The model file {path} does not say what it embeds.")
        self.dimensions = dimensions
        self.longest = min(longest, LONGEST)
        self._encoder: Encoder
        if runtime is Runtime.OPENVINO:
            from bot.models.bert import BertEncoder  # not on every machine

            self._encoder = BertEncoder(path, header, threads)
        else:
            from bot.models.llama_encoder import LlamaEncoder

            self._encoder = LlamaEncoder(self._model, self.longest, MAX_TEXTS, threads)

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
            vectors[batch] = self._encoder.embed([tokens[which] for which in batch])
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def packed(lengths: Sequence[int]) -> list[list[int]]:
    """Which texts go into one batch: neighbours by length, as many as fit once padded to the longest."""
    batches: list[list[int]] = []
    for which in sorted(range(len(lengths)), key=lengths.__getitem__):
        room = min(MAX_TEXTS, BATCH_TOKENS // max(lengths[which], 1))
        if not batches or len(batches[-1]) >= room:
            batches.append([])
        batches[-1].append(which)
    return batches


def main() -> None:
    path, threads, runtime = Path(sys.argv[1]), int(sys.argv[2]), Runtime(sys.argv[3])
    engines: list[EmbedEngine] = []

    def embed(texts: list[str]) -> bytes:
        return engines[0].embed(texts).tobytes()

    def prepare() -> None:
        confine_model(path, cells=LONGEST)
        engines.append(EmbedEngine(path, threads, runtime))

    serve({"embed": embed}, prepare=prepare)


if __name__ == "__main__":
    main()
