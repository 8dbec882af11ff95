"""Logits -> the next token of one reply."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np
from numpy.typing import NDArray

from bot.contracts import Sampling
from bot.errors import ModelError
from bot.models.native import Model

Logits = NDArray[np.float32]
"""Shape (vocabulary,)."""

PENALISED = 64
"""Tokens back that a repeat penalty looks at."""
TRIED = 64
"""Of the likeliest tokens, before a grammar is put to all of the vocabulary."""


class Sampler:
    """Draws the tokens of one reply, one after the other. `close` it."""

    def __init__(self, model: Model, sampling: Sampling) -> None:
        """Raises ModelError where the grammar cannot be read."""
        self._chain: Any = None
        self._grammar: Any = None
        if sampling.grammar:
            self._grammar = _grammar(model, sampling.grammar)
        is_plain = sampling.temperature <= 0 and sampling.repeat_penalty == 1.0
        if not is_plain:
            self._chain = _chain(model, sampling, self._grammar)
            self._grammar = None  # it is the chain's now

    def draw(self, context: Any, at: int, logits: Logits) -> int:
        """The next token, from the outputs of the context at place `at` of its last batch."""
        if self._chain is not None:
            return int(llama.llama_sampler_sample(self._chain, context, at))
        if self._grammar is not None:
            return self._allowed(logits)
        return int(logits.argmax())

    def close(self) -> None:
        """Free what it holds."""
        for held in (self._chain, self._grammar):
            if held is not None:
                llama.llama_sampler_free(held)
        self._chain = self._grammar = None

    def _allowed(self, logits: Logits) -> int:
        """The likeliest token that the grammar allows."""
        likely = np.argpartition(logits, -TRIED)[-TRIED:]
        for token in likely[np.argsort(-logits[likely])]:
            if np.isfinite(self._judged(np.array([token], np.int32), logits)[0]):
                break
        else:
            token = self._judged(np.arange(len(logits), dtype=np.int32), logits).argmax()
        llama.llama_sampler_accept(self._grammar, int(token))
        return int(token)

    def _judged(self, tokens: NDArray[np.int32], logits: Logits) -> Logits:
        """The logits of tokens; minus infinity where the grammar does not allow them."""
        rows = np.zeros(len(tokens), np.dtype([("id", "i4"), ("logit", "f4"), ("p", "f4")]))
        rows["id"], rows["logit"] = tokens, logits[tokens]
        data = rows.ctypes.data_as(ctypes.POINTER(llama.llama_token_data))
        array = llama.llama_token_data_array(data, len(rows), -1, False)
        llama.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return np.asarray(rows["logit"], np.float32)


def log_probability(logits: Logits, token: int) -> float:
    """Natural logarithm of how likely the model held a token."""
    highest = float(logits.max())
    return float(logits[token]) - highest - float(np.log(np.exp(logits - highest).sum()))


def _chain(model: Model, sampling: Sampling, grammar: Any) -> Any:
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    if grammar is not None:
        llama.llama_sampler_chain_add(chain, grammar)
    if sampling.repeat_penalty != 1.0:
        penalties = llama.llama_sampler_init_penalties(
            model.vocabulary_size, PENALISED, sampling.repeat_penalty, 0.0, 0.0
        )
        llama.llama_sampler_chain_add(chain, penalties)
    if sampling.temperature <= 0:
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_greedy())
        return chain
    llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_top_p(sampling.top_p, 1))
    llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_temp(sampling.temperature))
    llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_dist(sampling.seed))
    return chain


def _grammar(model: Model, text: str) -> Any:
    made = llama.llama_sampler_init_grammar(model.vocabulary, text.encode(), b"root")
    if not made:
        raise ModelError(
            "The grammar cannot be read.", mend="Write it as GBNF, beginning at a rule called root."
        )
    return made
