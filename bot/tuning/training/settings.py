"""What a training run is told: method, sizes, pace. Everything that changes its outcome stands here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.errors import TuningError


class Method(StrEnum):
    """How weights are changed."""

    LORA = "lora"
    """Low-rank updates beside frozen weights (Hu et al. 2021, arXiv:2106.09685)."""
    QLORA = "qlora"
    """LoRA beside weights of 4 bits (Dettmers et al. 2023, arXiv:2305.14314). Needs CUDA and bitsandbytes."""
    DORA = "dora"
    """LoRA for the direction, and a magnitude of its own (Liu et al. 2024, arXiv:2402.09353)."""
    PROMPT = "prompt"
    """Learned vectors before the prompt, weights untouched (Lester et al. 2021, arXiv:2104.08691)."""
    FULL = "full"
    """Every weight."""


# Adapters and prompts start from nothing and bear large steps; weights that know something already do not.
LEARNING_RATES: Mapping[Method, float] = {
    Method.LORA: 2e-4,
    Method.QLORA: 2e-4,
    Method.DORA: 2e-4,
    Method.PROMPT: 3e-2,
    Method.FULL: 2e-5,
}
FULL_LIMIT = 700_000_000
"""Parameters of the largest model that is trained in full: each takes 16 bytes."""


@dataclass(frozen=True)
class TrainingSettings:
    """One training run. The defaults are for two cores and some hundred rows."""

    method: Method = Method.LORA
    rank: int = 16
    """Of the updates (LoRA, QLoRA, DoRA)."""
    alpha: int = 32
    """Updates count alpha / rank times."""
    dropout: float = 0.0
    """Of what goes into an update. Drawing it takes a fifth of the time on a processor; that training stops
    where the validation rows get no better guards as well."""
    virtual_tokens: int = 20
    """Learned vectors before the prompt (prompt tuning)."""
    learning_rate: float = 0.0
    """0: that of the method."""
    epochs: int = 3
    batch: int = 2
    """Rows computed at once."""
    accumulation: int = 4
    """Batches whose gradients make one step."""
    clip: float = 1.0
    """The longest that a gradient may be, all of it taken as one vector."""
    warm_up: float = 0.1
    """Share of all steps during which the learning rate rises; then it falls as a cosine."""
    weight_decay: float = 0.01
    evaluations: int = 2
    """Looks at the validation rows in an epoch."""
    patience: int = 3
    """Looks without a lower validation loss after which training stops; 0: never."""
    max_tokens: int = 1024
    """Longer rows are left out, longer texts are cut."""
    max_minutes: float = 0.0
    """After which training stops, with the best so far; 0: no limit."""
    search_minutes: float = 0.0
    """How long learning rate, rank ... are searched for before; 0: not."""
    search_trials: int = 60
    """Of the search, at most: TPE gains little after."""
    seed: int = 20261122
    threads: int = 0
    """0: one for each core."""
    device: str = "auto"
    """"cpu", "cuda", or "auto": cuda where there is one."""
    precision: str = "auto"
    """Of frozen weights: "float32", "bfloat16", or "auto": bfloat16 on CUDA and on processors that
    multiply it (AMX, AVX-512). What is trained is float32."""
    saves_memory: bool = False
    """Whether activations are computed twice instead of kept."""

    def __post_init__(self) -> None:
        positive = ("rank", "alpha", "virtual_tokens", "epochs", "batch", "accumulation", "evaluations")
        for name in (*positive, "search_trials"):
            if getattr(self, name) < 1:
                raise _wrong(name, getattr(self, name), "1 or more")
        for name in ("learning_rate", "weight_decay", "patience", "threads", "max_minutes", "search_minutes"):
            if not getattr(self, name) >= 0:
                raise _wrong(name, getattr(self, name), "0 or more")
        if not 0 <= self.dropout < 1:
            raise _wrong("dropout", self.dropout, "from 0 to less than 1")
        if not 0 <= self.warm_up <= 1:
            raise _wrong("warm_up", self.warm_up, "from 0 to 1")
        if not self.clip > 0:
            raise _wrong("clip", self.clip, "more than 0")
        if self.max_tokens < 16:
            raise _wrong("max_tokens", self.max_tokens, "16 or more")
        if self.device not in ("auto", "cpu", "cuda"):
            raise _wrong("device", self.device, "auto, cpu or cuda")
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise _wrong("precision", self.precision, "auto, float32 or bfloat16")

    @property
    def rate(self) -> float:
        """The highest learning rate of the run."""
        return self.learning_rate or LEARNING_RATES[self.method]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for config.json."""
        return dataclasses.asdict(self) | {"method": str(self.method)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingSettings:
        """What as_json wrote; what else stands beside it is passed over. Raises TuningError."""
        names = {field.name for field in dataclasses.fields(cls)}
        known = {name: value for name, value in values.items() if name in names}
        try:
            return cls(**known | {"method": Method(known["method"])})
        except (KeyError, TypeError, ValueError) as exc:
            raise TuningError(f"These are no settings of a training run: {exc}.") from exc


def _wrong(name: str, value: object, expected: str) -> TuningError:
    return TuningError(f"The setting {name} of the training is {value}.", mend=f"Expected is {expected}.")
