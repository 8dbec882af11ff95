"""The loop: rows in, smaller loss out.

A plain loop and not transformers' Trainer: all its state is the step, the trained weights, the optimizer and
the state of the random numbers, so that a run that was killed goes on to the same end, bit for bit.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.errors import TuningError
from bot.tuning.training.batches import batches_in_order, batches_of_epoch, rate_at, steps_in_epoch
from bot.tuning.training.encoding import Example
from bot.tuning.training.settings import Method, TrainingSettings


class Diverged(TuningError):
    """The loss became infinite or no number."""


@dataclass(frozen=True)
class Step:
    """What came of one step of the optimizer."""

    step: int
    """From 1."""
    steps: int
    """Of the whole run."""
    epoch: float
    """Passes over the rows so far."""
    loss: float
    """Mean over the learned tokens of the step, in nats."""
    learning_rate: float
    seconds: float
    """Computed so far, of all attempts together; pauses do not count."""
    validation_loss: float | None = None
    """Where it was looked at after this step."""
    is_best: bool = False
    """Whether that is the lowest so far."""


@dataclass
class State:
    """How far a run is."""

    step: int = 0
    best: float = math.inf
    best_step: int = 0
    looks_without_gain: int = 0
    seconds: float = 0.0
    stopped: str = ""
    """Why it ended before its last step: "early", "time"; empty where it did not."""


@dataclass
class Loop:
    """One training run over examples. `model` is what `bot.tuning.training.methods.prepare` made."""

    model: Any
    rows: Sequence[Example]
    validation: Sequence[Example]
    settings: TrainingSettings
    device: str
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[], Iterator[None]] = lambda: iter(())
    """Between two steps: goes on until training may go on."""
    state: State = field(default_factory=State)

    def __post_init__(self) -> None:
        import torch

        settings = self.settings
        self._lengths = [len(example.tokens) for example in self.rows]
        self._in_epoch = steps_in_epoch(len(self.rows), settings.batch, settings.accumulation)
        self.steps = self._in_epoch * settings.epochs
        self._look_every = max(1, round(self._in_epoch / settings.evaluations))
        self.trained = [(name, one) for name, one in self.model.named_parameters() if one.requires_grad]
        self._optimizer = torch.optim.AdamW(
            [one for _, one in self.trained], lr=settings.rate, weight_decay=settings.weight_decay
        )
        torch.manual_seed(settings.seed)

    def run(self) -> Iterator[Step | None]:
        """Train from where it is to the end; after each step what came of it, None while it waits.

        Raises Diverged before anything is changed by a loss that is no number.
        """
        while self.state.step < self.steps and not self.state.stopped:
            for _ in self.wait():
                yield None
            yield self._next()

    def _next(self) -> Step:
        settings, state, before = self.settings, self.state, self.clock()
        rate = rate_at(state.step, self.steps, settings.rate, settings.warm_up)
        loss = self._learn(rate)
        state.step += 1
        looked: float | None = None
        is_best = False
        if state.step % self._look_every == 0 or state.step == self.steps:
            looked = self.loss_of(self.validation)
            is_best = looked < state.best
            if is_best:
                state.best, state.best_step, state.looks_without_gain = looked, state.step, 0
            else:
                state.looks_without_gain += 1
                if settings.patience and state.looks_without_gain >= settings.patience:
                    state.stopped = "early"
        state.seconds += self.clock() - before
        if settings.max_minutes and state.seconds >= settings.max_minutes * 60:
            state.stopped = state.stopped or "time"
            if looked is None:  # else what was learned since the last look would be lost unseen
                looked = self.loss_of(self.validation)
                is_best = looked < state.best
                if is_best:
                    state.best, state.best_step = looked, state.step
        return Step(
            state.step, self.steps, state.step / self._in_epoch, loss, rate, state.seconds, looked, is_best
        )

    def _learn(self, rate: float) -> float:
        """One step of the optimizer; the mean loss of a learned token before it."""
        import torch

        settings = self.settings
        epoch, at = divmod(self.state.step, self._in_epoch)
        batches = batches_of_epoch(self._lengths, settings.batch, settings.seed, epoch)
        mine = batches[at * settings.accumulation : (at + 1) * settings.accumulation]
        # every token counts the same, however the rows fall into batches
        learned = sum(sum(self.rows[row].learned) for row in itertools.chain(*mine))
        self.model.train()
        self._optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for batch in mine:
            loss = self._summed_loss([self.rows[row] for row in batch]) / max(1, learned)
            loss.backward()
            total += loss.item()
        length = torch.nn.utils.clip_grad_norm_([one for _, one in self.trained], settings.clip)
        if not (math.isfinite(total) and math.isfinite(length.item())):
            raise Diverged(
                f"The loss became {total} at step {self.state.step + 1}: training was stopped, what was best"
                " before is kept.",
                mend=f"Begin again with a lower --learning-rate than {settings.rate:g}.",
            )
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        return total

    def loss_of(self, examples: Sequence[Example]) -> float:
        """Mean loss of a learned token, in nats; NaN where there is none."""
        return mean_loss(self.model, examples, self.settings, self.device)

    def _summed_loss(self, batch: Sequence[Example]) -> Any:
        return summed_loss(self.model, batch, self.settings, self.device)

    # --- to go on later ---------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything that the next step depends on, for torch.save."""
        import torch

        return {
            "state": dict(vars(self.state)),
            "weights": {name: one.detach().cpu() for name, one in self.trained},
            "optimizer": self._optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if self.device == "cuda" else [],
        }

    def take_up(self, snapshot: dict[str, Any]) -> None:
        """Be where the run was when `snapshot` was made. Raises TuningError where it is of another run."""
        import torch

        weights = snapshot["weights"]
        if set(weights) != {name for name, _ in self.trained}:
            raise TuningError("The checkpoint is of another model.", mend="Begin again with another --name.")
        with torch.no_grad():
            for name, one in self.trained:
                one.copy_(weights[name])
        self._optimizer.load_state_dict(snapshot["optimizer"])
        torch.set_rng_state(snapshot["random"])
        if self.device == "cuda":
            torch.cuda.set_rng_state_all(snapshot["random_cuda"])
        self.state = State(**snapshot["state"])


def mean_loss(model: Any, examples: Sequence[Example], settings: TrainingSettings, device: str) -> float:
    """Mean loss of a learned token, in nats; NaN where there is none. Draws no random numbers."""
    import torch

    model.eval()
    total, learned = 0.0, 0
    with torch.no_grad():
        for batch in batches_in_order([len(each.tokens) for each in examples], settings.batch):
            chosen = [examples[row] for row in batch]
            total += summed_loss(model, chosen, settings, device).item()
            learned += sum(sum(each.learned) for each in chosen)
    return total / learned if learned else math.nan


def summed_loss(model: Any, batch: Sequence[Example], settings: TrainingSettings, device: str) -> Any:
    """The loss of all learned tokens of a batch, added up, in nats.

    Logits are computed only where a token is to be learned: a vocabulary of 150,000 would take more memory
    than the rest of the model.
    """
    import torch

    longest = max(len(example.tokens) for example in batch)
    tokens = torch.zeros((len(batch), longest), dtype=torch.long)
    targets = torch.full((len(batch), longest), -100)  # what cross_entropy leaves out
    for row, example in enumerate(batch):
        known = torch.tensor(example.tokens)
        tokens[row, : len(known)] = known
        # the token at a place is predicted from the one before; what is behind the end sees nothing of it
        learned = torch.tensor(example.learned[1:])
        targets[row, : len(known) - 1][learned] = known[1:][learned]
    places = (targets != -100).any(dim=0).nonzero().squeeze(1)
    before = 0
    if hasattr(model, "peft_config") and settings.method is Method.PROMPT:
        before = settings.virtual_tokens
    logits = model(
        input_ids=tokens.to(device),
        attention_mask=torch.ones_like(tokens).to(device),
        logits_to_keep=(places + before).to(device),
        use_cache=False,
    ).logits
    return torch.nn.functional.cross_entropy(
        logits.float().flatten(0, 1), targets[:, places].flatten().to(device), reduction="sum"
    )
