"""How much memory and disk a run will take, told before it begins.

An estimate from the sizes of the model and the longest batch. Measured against it: docs/tuning-log.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import TuningError
from bot.tuning.training.base import Base
from bot.tuning.training.settings import Method, TrainingSettings

GIB = 1 << 30
PROCESS = int(0.7 * GIB)
"""Python with torch, transformers and PEFT."""
_OPTIMIZER = 4 + 4 + 4 + 4  # a trained weight, its gradient, and AdamW's two moments, all float32
# Numbers kept of each token in each layer until its gradient is computed, counted through a Llama layer:
# about sixteen of the width, and five of the inner width (gate, its activation, up, their product, and what
# dropout keeps).
_KEPT_OF_WIDTH, _KEPT_OF_INNER = 16, 5
# Beside weights of 16 bits, updates compute in float32: each keeps a copy of what went into its matrix.
_COPIED_OF_WIDTH, _COPIED_OF_INNER = 6, 1
_MEASURED = 1.65
"""What a run really took for them, over what is counted so (SmolLM2-135M with LoRA, docs/tuning-log.md): rows
that dropout changed stand beside themselves, and not all that was freed is given back."""
_COPIES_OF_DORA = 6
"""Of the layers' weights: DoRA adds updates to them to know the lengths of columns. Measured likewise."""
_LOGITS = 3  # the logits themselves, in float32, and their gradient


@dataclass(frozen=True)
class Needs:
    """Bytes."""

    weights: int
    trained: int
    activations: int
    loading: int
    """What loading takes for a while."""
    disk: int
    """Of checkpoint and adapter, each also while it is replaced."""

    @property
    def memory(self) -> int:
        """The most at any time."""
        return PROCESS + max(self.weights + self.trained + self.activations, self.weights + self.loading)


def trained_parameters(base: Base, settings: TrainingSettings) -> int:
    """How many numbers are trained, about."""
    if settings.method is Method.FULL:
        return base.parameters
    if settings.method is Method.PROMPT:
        return settings.virtual_tokens * base.width
    # four matrices of attention and three beside: at both sides of each, rank numbers a row or column
    sides = 4 * 2 * base.width + 3 * (base.width + base.inner_width)
    return base.layers * sides * settings.rank


def estimate(base: Base, settings: TrainingSettings, *, precision: str, longest: int, learned: int) -> Needs:
    """What a run takes whose longest row has `longest` tokens, `learned` of them to learn."""
    each = 4 if precision == "float32" else 2
    weights = int(base.parameters * (0.6 if settings.method is Method.QLORA else each))
    count = trained_parameters(base, settings)
    trained = count * (_OPTIMIZER - (4 if settings.method is Method.FULL else 0))
    tokens = settings.batch * (longest + (settings.virtual_tokens if settings.method is Method.PROMPT else 0))
    of_layer = (_KEPT_OF_WIDTH * base.width + _KEPT_OF_INNER * base.inner_width) * each
    if each == 2 and settings.method is not Method.PROMPT:
        of_layer += (_COPIED_OF_WIDTH * base.width + _COPIED_OF_INNER * base.inner_width) * 4
    kept = (of_layer + base.layers * base.width * each) if settings.saves_memory else base.layers * of_layer
    activations = int(tokens * kept * _MEASURED) + settings.batch * learned * base.vocabulary * 4 * _LOGITS
    if settings.method is Method.DORA:
        of_layers = max(0, base.parameters - base.vocabulary * base.width)
        activations += _COPIES_OF_DORA * of_layers * each
    loading = base.parameters * 4 if not base.is_folder else 0  # dequantised, beside the model they go into
    return Needs(weights, trained, activations, loading, count * (12 + 4) * 2)


def check_fits(needs: Needs, *, memory: int, disk: int, where: str) -> None:
    """Raises TuningError where a run needs more than there is free."""
    if needs.memory > memory:
        raise TuningError(
            f"The training needs about {needs.memory / GIB:.1f} GB of {where}, and"
            f" {memory / GIB:.1f} GB are free.",
            mend="Use --batch 1, --save-memory, a smaller --max-tokens, --precision bfloat16, or a smaller"
            " --base; or stop what takes memory.",
        )
    if needs.disk > disk:
        raise TuningError(
            f"The training keeps about {needs.disk / GIB:.2f} GB on disk, and {disk / GIB:.2f} GB are free.",
            mend="Free some space, or give a smaller --rank.",
        )
