"""A LoRA as PEFT keeps it in a folder, and as llama.cpp wants it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import TuningError
from bot.tuning.export.names import Layout

Values = NDArray[np.float32]
Pair = tuple[Values, Values]
"""A of shape (rank, columns) and B of shape (rows, rank)."""

_KEY = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")


@dataclass(frozen=True)
class Lora:
    """Updates of some matrices: alpha / rank * B A is added to each."""

    alpha: float
    pairs: dict[str, Pair]
    """By the parameter of the transformers model."""

    def in_gguf(self, layout: Layout) -> dict[str, Pair]:
        """By the tensor of the GGUF file, B's rows in its order. Raises TuningError."""
        found: dict[str, Pair] = {}
        for parameter, (first, second) in self.pairs.items():
            name = layout.name(parameter)
            if name is None:
                raise TuningError(
                    f"The adapter changes {parameter}, which llama.cpp does not know in a model of the"
                    f" architecture {layout.architecture}.",
                    mend="Export it merged: footnote tune export --merged.",
                )
            found[name] = (first, layout.rows(name, second))
        return found


def read_lora(folder: Path) -> Lora:
    """What `bot.tuning.training.methods.save` wrote of a LoRA. Raises TuningError."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / "adapter_model.safetensors"
    try:
        config = json.loads((folder / "adapter_config.json").read_text("utf-8"))
        tensors = load_file(path)
        rank, alpha = int(config["r"]), float(config["lora_alpha"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as exc:
        raise TuningError(f"The adapter in {folder} cannot be read: {exc}.", mend="Train it again.") from exc
    _check_plain(folder, config)
    halves: dict[str, dict[str, Values]] = {}
    for key, tensor in tensors.items():
        found = _KEY.fullmatch(key)
        if found is None:
            raise TuningError(
                f"The adapter in {folder} is no plain LoRA: it has {key[:80]}.",
                mend="Export it merged: footnote tune export --merged.",
            )
        halves.setdefault(f"{found[1]}.weight", {})[found[2]] = tensor.float().numpy()
    pairs = {name: (pair["A"], pair["B"]) for name, pair in halves.items() if len(pair) == 2}
    if not pairs or len(pairs) < len(halves):
        raise TuningError(f"The adapter in {folder} is not complete.", mend="Train it again.")
    # rsLoRA (Kalajdzievski 2023, arXiv:2312.03732) counts alpha / sqrt(rank) times, llama.cpp alpha / rank
    return Lora(alpha * math.sqrt(rank) if config.get("use_rslora") else alpha, pairs)


def _check_plain(folder: Path, config: dict[str, Any]) -> None:
    """Raises TuningError for what alpha / rank * B A does not say."""
    for key in ("use_dora", "alpha_pattern", "rank_pattern", "modules_to_save", "lora_bias"):
        if config.get(key):
            raise TuningError(
                f"The adapter in {folder} cannot be a GGUF adapter: it was made with {key}.",
                mend="Export it merged: footnote tune export --merged.",
            )
