"""Export: what a run learned as a GGUF file that the bot loads, compared with what was trained. In a child.

    names        tensors of transformers -> tensors of GGUF     lora        PEFT's folder -> updates in GGUF
    computing    what transformers makes of a run               agreement   whether llama.cpp says the same
    done         what can be exported, and what was             session     a whole export
    worker       the child process

`export_in_child` is the way in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.children import Child
from bot.errors import ChildDied, TuningError
from bot.tuning.export.done import MERGED, MERGED_FILE, check_exportable, noted
from bot.tuning.training.extra import LIBRARIES, require
from bot.tuning.training.runs import Run

__all__ = ["MERGED", "MERGED_FILE", "check_exportable", "export_in_child"]


async def export_in_child(
    run: Run,
    base: Path,
    serving: Path,
    dataset: Path,
    pause: Path,
    report: Callable[[dict[str, Any]], None],
    *,
    is_merged: bool = False,
) -> dict[str, Any]:
    """Export a run, unless that was done, in a niced process; what export.json says of it.

    `base`: what it was trained on; `serving`: the GGUF file that it will serve beside, the same if it was
    trained on one. `report` hears of everything that takes time ({"doing": "computing", "done", "total"}).
    Cancelling it ends the process at once, and leaves what was there before. Raises TuningError, ModelError,
    Busy, or what Dataset.open raises.
    """
    require(*LIBRARIES)
    check_exportable(run, is_merged=is_merged)
    child = Child("bot.tuning.export.worker", name="export", disposable=True)
    call = {
        "run": str(run.path),
        "base": str(base),
        "serving": str(serving),
        "dataset": str(dataset),
        "is_merged": is_merged,
        "pause": str(pause),
    }
    try:
        async for item in child.stream("export", call):
            report(item)
    except ChildDied as exc:
        raise TuningError(
            f"{exc.message} Nothing that was there is changed.",
            mend="Say the same again. If memory was short, stop what else takes it.",
        ) from exc
    finally:
        await child.kill()
    found = noted(run)
    outcome: dict[str, Any] = found.get(MERGED, {}) if is_merged else found
    if not outcome:
        raise TuningError(f"The export of the run {run.name} came to no end.", mend="Say the same again.")
    return outcome
