"""Training: rows and base weights in, an adapter out. In a process of its own, and torch only there.

    settings     what a run is told             base        weights and tokens of the base model
    encoding     rows -> tokens                 methods     LoRA, QLoRA, DoRA, prompt tuning, full
    batches      order and pace, pure           loop        steps; state that goes on exactly
    memory       what it will take              runs        the folder of a run
    search       better settings                session     a whole run     worker  the child process

`train_in_child` is the way in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.children import Child
from bot.errors import ChildDied, TuningError
from bot.tuning.training.extra import LIBRARIES, PLOTTING, SEARCHING, require
from bot.tuning.training.runs import Run
from bot.tuning.training.settings import TrainingSettings

__all__ = ["Run", "TrainingSettings", "check_in_child", "train_in_child"]


async def check_in_child(
    base: Path, dataset: Path, settings: TrainingSettings, folder: Path
) -> dict[str, Any]:
    """What a run would be: rows, tokens, memory. Loads no weights.

    Raises TuningError, ModelError, or what Dataset.open raises.
    """
    _require(settings)
    child = _child()
    try:
        found: dict[str, Any] = await child.call(
            "check",
            {
                "base": str(base),
                "dataset": str(dataset),
                "settings": settings.as_json(),
                "folder": str(folder),
            },
        )
        return found
    finally:
        await child.close()


async def train_in_child(
    run: Run, base: Path, dataset: Path, pause: Path, report: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Do a run, or what is left of it, in a niced process; its result.

    `report` hears of everything that takes time ({"doing": "training", "step", "steps", "loss", ...}).
    Cancelling it ends the process at once: the same call goes on later. Raises TuningError, ModelError, Busy,
    or what Dataset.open raises.
    """
    _require(run.settings)
    child = _child()
    try:
        async for item in child.stream(
            "train", {"run": str(run.path), "base": str(base), "dataset": str(dataset), "pause": str(pause)}
        ):
            report(item)
    except ChildDied as exc:
        raise TuningError(
            f"{exc.message} What it had learned up to its last checkpoint is kept.",
            mend="Say the same again to go on from there. If memory was short: --batch 1, --save-memory.",
        ) from exc
    finally:
        await child.kill()
    result = run.result
    if result is None:
        raise TuningError(f"The run {run.name} came to no end.", mend="Say the same again to go on with it.")
    return result


def _require(settings: TrainingSettings) -> None:
    require(*LIBRARIES, PLOTTING, *([SEARCHING] if settings.search_minutes else []))


def _child() -> Child:
    return Child("bot.tuning.training.worker", name="training", disposable=True)
