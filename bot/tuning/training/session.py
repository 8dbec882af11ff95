"""A whole run, from the data set to the result, in the child process.

Whatever moment it is killed at, the same call goes on from the last checkpoint and comes to the same end.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from bot.errors import TuningError
from bot.tuning.data.dataset import Dataset
from bot.tuning.rows import Row
from bot.tuning.training import memory, methods
from bot.tuning.training.base import Base, open_base, tokeniser_of
from bot.tuning.training.curves import draw
from bot.tuning.training.encoding import Encoded, Example, Tokeniser, encode
from bot.tuning.training.extra import LIBRARIES, PLOTTING, SEARCHING, require
from bot.tuning.training.loop import Diverged, Loop, mean_loss
from bot.tuning.training.runs import Run
from bot.tuning.training.settings import TrainingSettings

MIN_ROWS = 10
"""Of the whole data set. With fewer, what is learned is these rows and not what they have in common."""
MEASURED_ROWS = 100
"""At most, of validation and held-out rows each: looking at more would cost more than learning."""
CHECKPOINT_SECONDS = 120
PAUSE_SECONDS = 1.0

Report = dict[str, Any]
"""One thing that happened: {"doing": ...} and what belongs to it."""


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before weights are loaded."""

    base: Base
    settings: TrainingSettings
    device: str
    train: Encoded
    validation: Encoded
    heldout: Encoded
    needs: memory.Needs

    def as_json(self) -> dict[str, Any]:
        """For people and programs."""
        settings = self.settings
        return {
            "base": self.base.path.name,
            "base_parameters": self.base.parameters,
            "trained_parameters": memory.trained_parameters(self.base, settings),
            "device": self.device,
            "rows": {
                "train": len(self.train.examples),
                "validation": len(self.validation.examples),
                "heldout": len(self.heldout.examples),
            },
            "too_long": self.train.too_long + self.validation.too_long + self.heldout.too_long,
            "longest": max(self.train.lengths),
            "learned_tokens": self.train.learned,
            "memory_bytes": self.needs.memory,
            "disk_bytes": self.needs.disk,
        }


def prepare(base_path: Path, dataset_path: Path, settings: TrainingSettings, folder: Path) -> Prepared:
    """Read everything and see whether it can be done. Loads no weights.

    Raises TuningError, ModelError, or what Dataset.open raises.
    """
    require(*LIBRARIES, PLOTTING, *([SEARCHING] if settings.search_minutes else []))
    base = open_base(base_path)
    dataset = Dataset.open(dataset_path)
    device = methods.device_of(settings)
    methods.check_possible(settings, base, device)
    _check_enough(dataset)
    tokeniser = tokeniser_of(base)
    train = encode(dataset.train, tokeniser, settings.max_tokens)
    validation = _measured(dataset.validation, tokeniser, settings)
    heldout = _measured(dataset.heldout, tokeniser, settings)
    for name, encoded in (("training", train), ("validation", validation)):
        if not encoded.learned:
            raise TuningError(
                f"Of the {name} rows none has at most {settings.max_tokens} tokens.",
                mend="Give a larger --max-tokens, or make the data with fewer passages.",
            )
    examples = (*train.examples, *validation.examples, *heldout.examples)
    needs = memory.estimate(
        base,
        settings,
        precision=methods.precision_of(settings, device),
        longest=max(len(each.tokens) for each in examples),
        learned=max(sum(each.learned) for each in examples),
    )
    free, where = _free_memory(device)
    disk = shutil.disk_usage(folder if folder.exists() else dataset_path).free
    memory.check_fits(needs, memory=free, disk=disk, where=where)
    return Prepared(base, settings, device, train, validation, heldout, needs)


def _check_enough(dataset: Dataset) -> None:
    rows = sum(len(split) for split in dataset.splits.values())
    if rows < MIN_ROWS:
        raise TuningError(
            f"The data set {dataset.name} has {rows} rows, and {MIN_ROWS} are needed to begin with.",
            mend="With fewer a model learns them by heart and nothing else; from about 50 on there is a clear"
            " change. Collect more: footnote tune data.",
        )
    if not dataset.train or not dataset.validation:
        raise TuningError(
            f"The data set {dataset.name} has no {'training' if not dataset.train else 'validation'} rows.",
            mend="Build it from more documents: footnote tune data.",
        )


def _measured(rows: list[Row], tokeniser: Tokeniser, settings: TrainingSettings) -> Encoded:
    """Of many rows, some from everywhere among them."""
    every = max(1, math.ceil(len(rows) / MEASURED_ROWS))
    return encode(rows[::every], tokeniser, settings.max_tokens)


def _free_memory(device: str) -> tuple[int, str]:
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0]), "GPU memory"
    return int(psutil.virtual_memory().available), "memory"


# --- the run ----------------------------------------------------------------------------------------------


def train(run: Run, base_path: Path, dataset_path: Path, pause: Path | None) -> Iterator[Report]:
    """Do the run, or what is left of it; tells of everything that takes time. The result is in run.result.

    While the file `pause` exists, it waits between two steps. Raises TuningError, ModelError, Busy.
    """
    with run.held():
        if run.result is not None:
            return
        run.mended()
        yield {"doing": "reading"}
        prepared = prepare(base_path, dataset_path, run.settings, run.path)
        _check_same(run, prepared.base)
        yield {"doing": "loading", **prepared.as_json()}
        import torch

        torch.set_num_threads(prepared.settings.threads or psutil.cpu_count() or 1)
        model = methods.begin(prepared.base, prepared.settings, prepared.device)
        settings = prepared.settings
        if settings.search_minutes:
            from bot.tuning.training.search import search

            model, settings = yield from search(run, model, prepared, pause)
        yield from _train(run, model, settings, prepared, pause)


def _check_same(run: Run, base: Base) -> None:
    if run.config.get("base_sha256") != base.sha256:
        raise TuningError(
            f"The run {run.name} was begun with {run.config.get('base')}, and {base.path.name} is another.",
            mend="Give the same --base, or another --name.",
        )


def _train(
    run: Run, model: Any, settings: TrainingSettings, prepared: Prepared, pause: Path | None
) -> Iterator[Report]:
    measured = {"validation_loss": prepared.validation.examples, "heldout_loss": prepared.heldout.examples}
    before = yield from _before(run, model, settings, prepared, measured)
    model = methods.prepare(model, settings)
    loop = loop_of(model, settings, prepared, pause)
    if run.checkpoint.is_file():
        _take_up(run, loop)
        yield {"doing": "resuming", "step": loop.state.step, "steps": loop.steps}
    run.cut_log(loop.state.step)
    kept = time.monotonic()
    try:
        for step in loop.run():
            if step is None:
                yield {"doing": "paused"}
                continue
            if step.is_best:
                run.replace_folder(run.adapter, lambda path: methods.save(model, settings, path))
            run.add_to_log(_entry(asdict(step)))
            if step.validation_loss is not None or time.monotonic() - kept > CHECKPOINT_SECONDS:
                _keep(run, loop)
                kept = time.monotonic()
            yield {"doing": "training", **asdict(step)}
    except Diverged as exc:
        _end(run, "diverged", loop, before, {}, reason=exc.message)
        raise
    if not run.adapter.is_dir():
        _end(run, "diverged", loop, before, {}, reason="No validation loss was a number.")
        raise Diverged("No validation loss was a number.", mend="Begin again with a lower --learning-rate.")
    yield {"doing": "measuring"}
    methods.load_into(model, settings, run.adapter)
    after = {
        name: mean_loss(model, examples, settings, prepared.device)
        for name, examples in measured.items()
        if examples
    }
    with run.writing():
        draw(run.path / "curves.png", run.log(), before.get("validation_loss"))
    _end(run, loop.state.stopped or "finished", loop, before, after)


def _before(
    run: Run,
    model: Any,
    settings: TrainingSettings,
    prepared: Prepared,
    measured: dict[str, tuple[Example, ...]],
) -> Generator[Report, None, dict[str, float]]:
    """The losses of the base model, as they were noted or measured now."""
    known = run.log()
    if known and known[0]["step"] == 0:
        return {name: known[0][name] for name in measured if name in known[0]}
    yield {"doing": "measuring"}
    before = {
        name: mean_loss(model, examples, settings, prepared.device)
        for name, examples in measured.items()
        if examples
    }
    run.cut_log(-1)
    run.add_to_log({"step": 0, **before})
    return before


def _entry(step: dict[str, Any]) -> dict[str, Any]:
    """What is logged of a step."""
    return {name: value for name, value in step.items() if value is not None and name != "steps"}


def _end(
    run: Run, status: str, loop: Loop, before: dict[str, float], after: dict[str, float], reason: str = ""
) -> None:
    state = loop.state
    result: dict[str, Any] = {
        "status": status,
        "steps": state.step,
        "planned_steps": loop.steps,
        "best_step": state.best_step,
        "seconds": round(state.seconds, 1),
        "peak_memory_bytes": _peak(),
        **{f"{name}_before": value for name, value in before.items()},
        **after,
    }
    run.write_json("result.json", result | ({"reason": reason} if reason else {}))
    if status != "diverged":
        shutil.rmtree(run.checkpoint.parent, ignore_errors=True)  # nothing is left to go on with


def _peak() -> int:
    import resource
    import sys

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _keep(run: Run, loop: Loop) -> None:
    import torch

    def write(path: Path) -> None:
        try:
            torch.save(loop.snapshot(), path)
        except RuntimeError as exc:  # what torch makes of a disk that is full
            raise OSError(28, "No space left on device") from exc

    run.replace_file(run.checkpoint, write)


def _take_up(run: Run, loop: Loop) -> None:
    import pickle

    import torch

    try:
        snapshot = torch.load(run.checkpoint, map_location="cpu", weights_only=True)  # runs no code
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as exc:
        raise TuningError(
            f"The checkpoint {run.checkpoint} cannot be read.",
            mend="Delete it to begin this run anew, or give another --name.",
        ) from exc
    loop.take_up(snapshot)


def loop_of(model: Any, settings: TrainingSettings, prepared: Prepared, pause: Path | None) -> Loop:
    """The steps of one training with these settings; they wait while `pause` exists."""
    return Loop(
        model,
        prepared.train.examples,
        prepared.validation.examples,
        settings,
        prepared.device,
        wait=lambda: _waiting(pause),
    )


def _waiting(pause: Path | None) -> Iterator[None]:
    """As long as somebody wants training to wait."""
    while pause is not None and pause.exists():
        yield
        time.sleep(PAUSE_SECONDS)
