"""Weights repacked into tiles, for processors that multiply those (AMX).

llama.cpp then reads prompts and writes replies faster (bench/results.md); the weights are memory of the
process, and no longer pages of the file. A llama.cpp that was built without regard to a fault of the compiler
(.ci/install) dies at its first pass with them, and one that was built for another processor has no tiles at
all: so they are taken only where llama.cpp says that it has them, and relied on only after `check`.
"""

from __future__ import annotations

from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from bot.errors import ModelError
from bot.models.native import Batch, Model, Tokens
from bot.models.processor import multiplies_tiles

_TEXT = "One, two, three, four"
_UNLIKE = 0.05
"""How far apart, as a part of their length, two vectors of logits may be that should be the same. They were
the very same with three models; those of plain weights, which come to something else for what is read
beside, are .03 apart."""


def can_be_had() -> bool:
    """Whether this processor multiplies tiles, and this llama.cpp has it do so."""
    return multiplies_tiles() and b"AMX_INT8 = 1" in llama.llama_print_system_info()


def check(model: Model, context: Any) -> None:
    """Read a few tokens at once, which takes tiles, and one by one, which takes none. Ends this process where
    they do not come to the same: by a signal of the system, or with a status."""
    tokens = model.tokens(_TEXT)
    batch = Batch(len(tokens), 1)
    try:
        at_once = _logits_after(model, context, batch, [tokens])
        one_by_one = _logits_after(model, context, batch, [[token] for token in tokens])
    finally:
        llama.llama_batch_free(batch.handle)
    if not np.linalg.norm(at_once - one_by_one) <= _UNLIKE * np.linalg.norm(one_by_one):  # also of no number
        raise SystemExit("llama.cpp multiplies tiles wrongly here")


def _logits_after(model: Model, context: Any, batch: Batch, passes: list[Tokens]) -> Any:
    memory = llama.llama_get_memory(context)
    llama.llama_memory_clear(memory, True)
    done = 0
    for tokens in passes:
        batch.clear()
        batch.add(tokens, start=done, sequence=0, wants="last")
        if llama.llama_decode(context, batch.handle):
            raise ModelError(f"The model {model.path.name} could not read a text.")
        done += len(tokens)
    row = llama.llama_get_logits_ith(context, -1)
    logits = np.ctypeslib.as_array(row, (model.vocabulary_size,)).astype(np.float64)
    llama.llama_memory_clear(memory, True)
    return logits
