"""What transformers and PEFT make of a run: the logits to compare with, and weights that are merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelBroken
from bot.tuning.export.agreement import Logits, Text
from bot.tuning.export.names import Layout

_OF_THE_FILE = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")
"""Tensors of GGUF files that transformers computes by itself, and that no training changes."""


def logits_of(model: Any, texts: Sequence[Text]) -> Iterator[Logits]:
    """For each text an array of shape (places, vocabulary)."""
    import torch

    model.eval()
    for text in texts:
        with torch.no_grad():
            found = model(
                input_ids=torch.tensor([text.tokens]),
                logits_to_keep=torch.tensor(text.places),
                use_cache=False,
            ).logits
        logits: Logits = found[0].float().numpy()
        yield logits


def merged(model: Any) -> Any:
    """The transformers model with its adapter added to its weights; of one without an adapter, itself."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model


def weights_of(model: Any, layout: Layout) -> Callable[[str], NDArray[np.float32] | None]:
    """The weights of a transformers model, by the names of GGUF and in its order; None for what it does not
    have as weights. What is returned raises ModelBroken for a tensor that the model lacks."""
    state = model.state_dict()
    parameters = {layout.name(parameter): parameter for parameter in state}

    def weights(name: str) -> NDArray[np.float32] | None:
        if name in _OF_THE_FILE:
            return None
        if name not in parameters:
            raise ModelBroken(
                f"The GGUF file has the tensor {name[:80]}, and the model that was trained has not.",
                mend="Name the GGUF file of the very model that was trained: --base FILE.",
            )
        return layout.values(name, state[parameters[name]].float().numpy())

    return weights
