"""What a model says comes next at given places of given texts, by llama.cpp as it serves."""

from __future__ import annotations

import ctypes
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelBroken, ModelError
from bot.models.native import Batch, Model

Logits = NDArray[np.float32]
Text = tuple[Sequence[int], Sequence[int]]
"""Tokens, and the places among them after which the next one is asked for, in order."""

_PASS = 256
"""Tokens read at a time, as many as the engine that serves reads (`bot.models.serving`)."""


def logits_of(
    path: Path, texts: Sequence[Text], threads: int, *, adapter: Path | None = None
) -> Generator[Logits, None, None]:
    """For each text an array of shape (places, vocabulary).

    `adapter`: a LoRA adapter that fits the model (`bot.models.adapters.check_fits`); llama.cpp trusts it. The
    model is in memory from the first text until the iterator ends or is closed. Raises ModelError.
    """
    model = Model(path)
    context = model.context(
        n_ctx=max(_PASS, *(len(tokens) for tokens, _ in texts)),
        n_batch=_PASS,
        n_ubatch=_PASS,
        n_seq_max=1,
        n_threads=threads,
        n_threads_batch=threads,
        kv_unified=True,
    )
    batch, lora = Batch(_PASS, 1), None
    try:
        if adapter is not None:
            lora = _put(adapter, model, context)
        for tokens, places in texts:
            llama.llama_memory_clear(llama.llama_get_memory(context), True)
            yield _of_text(model, context, batch, tokens, places)
    finally:
        llama.llama_batch_free(batch.handle)
        llama.llama_free(context)
        if lora is not None:
            llama.llama_adapter_lora_free(lora)
        llama.llama_model_free(model.handle)


def _put(adapter: Path, model: Model, context: Any) -> Any:
    lora = llama.llama_adapter_lora_init(model.handle, str(adapter).encode())
    if not lora:
        raise ModelBroken(f"llama.cpp cannot use the adapter {adapter}.", mend="Make it anew for this model.")
    handles = (llama.llama_adapter_lora_p_ctypes * 1)(ctypes.cast(lora, llama.llama_adapter_lora_p_ctypes))
    llama.llama_set_adapters_lora(context, handles, 1, (ctypes.c_float * 1)(1.0))
    return lora


def _of_text(
    model: Model, context: Any, batch: Batch, tokens: Sequence[int], places: Sequence[int]
) -> Logits:
    wanted = set(places)
    found: list[Logits] = []
    for start in range(0, len(tokens), _PASS):
        batch.clear()
        piece = range(start, min(start + _PASS, len(tokens)))
        for place in piece:
            wants = "last" if place in wanted else "none"
            batch.add([tokens[place]], start=place, sequence=0, wants=wants)
        if llama.llama_decode(context, batch.handle):
            raise ModelError(f"The model {model.path.name} could not read a text.")
        for at, place in enumerate(piece):
            if place in wanted:
                row = llama.llama_get_logits_ith(context, at)
                found.append(np.ctypeslib.as_array(row, (model.vocabulary_size,)).copy())
    return np.array(found, np.float32).reshape(len(found), model.vocabulary_size)
