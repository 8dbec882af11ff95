"""Which runs can be exported in which way, and what an export noted in the folder of its run."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from bot.errors import TuningError
from bot.models.weights import hash_file
from bot.tuning.folders import ADAPTER_FILE, EXPORT
from bot.tuning.training.runs import Run
from bot.tuning.training.settings import Method

MERGED_FILE = "merged.gguf"
"""In the folder of a run: the whole model, with what was trained in it."""
MERGED = "merged"
"""What export.json says of that file stands under this key; of the adapter, beside it."""

_ONLY_MERGED: Mapping[Method, str] = {
    Method.DORA: "trained with DoRA, which changes the length of every column of a matrix, and a GGUF adapter"
    " can only add to it",
    Method.FULL: "trained in full, so that there is no adapter beside the model",
}


def check_exportable(run: Run, *, is_merged: bool) -> None:
    """Raises TuningError where there is nothing to be exported, or not in this way."""
    method = run.settings.method
    if method is Method.PROMPT:
        raise TuningError(
            f"The run {run.name} is prompt tuning: it learned vectors before the prompt, and neither an"
            " adapter nor a merged model has a place for them in GGUF.",
            mend="Train on the same data set with --method lora.",
        )
    if run.result is None:
        raise TuningError(
            f"The training of the run {run.name} has not ended.",
            mend="Go on with it: say the same footnote tune train again.",
        )
    if not run.adapter.is_dir():
        raise TuningError(
            f"The run {run.name} came to nothing: {run.result.get('status', '?')}.",
            mend="Train again, with a lower --learning-rate if it diverged.",
        )
    if not is_merged and method in _ONLY_MERGED:
        raise TuningError(
            f"The run {run.name} was {_ONLY_MERGED[method]}.",
            mend=f"Export a whole model, of 16 bits a weight: footnote tune export {run.name} --merged."
            " What is to serve beside the model as it is has to be trained with --method lora.",
        )


def noted(run: Run) -> dict[str, Any]:
    """What export.json says; nothing where there is none that can be read."""
    with contextlib.suppress(TuningError):
        return run.read_json(EXPORT)
    return {}


def done_before(run: Run, base_sha256: str, *, is_merged: bool) -> bool:
    """Whether the file is there that was noted, made for this base."""
    known = noted(run)
    if is_merged:
        found = known.get(MERGED)
        known = found if isinstance(found, dict) else {}
    path = run.path / (MERGED_FILE if is_merged else ADAPTER_FILE)
    digest = known.get("sha256" if is_merged else "adapter_sha256")
    return known.get("base_sha256") == base_sha256 and path.is_file() and hash_file(path) == digest


def note(run: Run, outcome: Mapping[str, Any], *, is_merged: bool) -> None:
    """Keep what came of an export. What is known of the other kind of file stays. Raises TuningError."""
    known = noted(run)
    if is_merged:
        run.write_json(EXPORT, known | {MERGED: dict(outcome)})
    else:
        merged = {MERGED: known[MERGED]} if MERGED in known else {}
        run.write_json(EXPORT, {**outcome, **merged})
