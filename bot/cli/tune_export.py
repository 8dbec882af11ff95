"""footnote tune export"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import Invocation, as_json, terminal
from bot.tuning.folders import ADAPTER_FILE, TuningFolders

if TYPE_CHECKING:
    from bot.contracts import Progress
    from bot.tuning.training import Run

MB = 1_000_000
_PHASES = {
    "computing": "what transformers computes",
    "writing": "writing 16 bits",
    "comparing": "what llama.cpp computes with 16 bits",
    "comparing as it serves": "what llama.cpp computes as it serves",
}
_WORDS = {"reading": "reading rows", "loading": "loading weights", "paused": "paused (DATA/tuning/pause)"}


@click.command()
@click.argument("run")
@click.option(
    "--base",
    default="",
    help="The model beside which it serves, where that is not any more where it was, or RUN was trained on a"
    " folder of transformers: a name of the catalogue or a .gguf file.",
)
@click.option("--merged", is_flag=True, help="Write a whole model of 16 bits a weight instead of an adapter.")
@as_json
@click.pass_obj
def export(invocation: Invocation, /, run: str, base: str, merged: bool, as_json: bool) -> None:
    """Put what RUN learned into the form that the bot loads, and check that nothing is lost on the way.

    Of a LoRA comes adapter.gguf in the run's folder: a small file beside the model. It is put there only if
    llama.cpp, which serves, computes with it what was trained: at 500 places of held-out rows, with the same
    weights of 16 bits, the likeliest token has to be the same at 98 of 100. What is measured, also beside the
    quantised file that serves, stands in export.json.

    \b
    --merged    writes merged.gguf: the whole model with what was learned in it, 16 bits for every weight,
                whatever the base had. The only way for DoRA and for training in full. It serves as a model
                of its own: [models] chat = "PATH".

    Prompt tuning cannot be exported. Ended midway, the same command does it again; nothing half done is left.

    \b
    Examples:
      footnote tune export handbook-lora
      footnote tune export handbook-dora --merged

    Then: footnote tune evaluate RUN.
    """
    from bot.tuning.export import check_exportable, export_in_child
    from bot.tuning.proof.scorecard import run_folder
    from bot.tuning.training import Run

    folders = TuningFolders(invocation.config.data_dir)
    opened = Run.open(run_folder(folders.runs, run))
    check_exportable(opened, is_merged=merged)
    trained, serving = _models(invocation, opened, base)
    dataset = folders.dataset_of(opened.config)
    with terminal.progress(quiet=as_json) as progress:
        outcome = asyncio.run(
            export_in_child(
                opened, trained, serving, dataset, folders.pause, _shown(progress), is_merged=merged
            )
        )
    if as_json:
        terminal.print_json({"run": opened.name, "folder": opened.path, **outcome})
    elif merged:
        _say_merged(opened, outcome)
    else:
        _say_adapter(opened, outcome)


def _models(invocation: Invocation, run: Run, base: str) -> tuple[Path, Path]:
    """What it was trained on, and the GGUF file that it will serve beside. Raises ModelMissing, ModelBroken,
    TuningError."""
    from bot.errors import ModelMissing, TuningError
    from bot.models.weights import locate

    config, models = run.config, invocation.config.models_dir
    trained = Path(str(config.get("base_path", "")))
    name = str(config.get("base", ""))
    if trained.is_dir():
        if not base:
            raise TuningError(
                f"The run {run.name} was trained on the folder {trained}, and what serves is a GGUF file.",
                mend="Name the GGUF file of the same model: --base PATH.",
            )
        return trained, locate(base, models)
    if base:
        return (locate(base, models),) * 2
    for path in (trained, models / name):
        if path.is_file():
            return path, path
    raise ModelMissing(
        f"The model {name} of the run {run.name} is not on this machine any more ({trained}).",
        mend="Put it back, or name it: --base PATH.",
    )


# --- what is shown ----------------------------------------------------------------------------------------


def _shown(progress: Progress) -> Callable[[dict[str, Any]], None]:
    """A bar for each phase."""

    def report(said: dict[str, Any]) -> None:
        doing = said["doing"]
        if doing in _PHASES:
            progress(_PHASES[doing], said["done"], said["total"])
        elif doing in _WORDS:
            progress(_WORDS[doing], 0, 0)
        elif doing == "sizing":
            size, base = said["bytes"] / MB, said["base_bytes"] / MB
            progress(f"a model of 16 bits: {size:,.0f} MB (the base has {base:,.0f} MB)", 0, 0)

    return report


def _say_adapter(run: Run, outcome: dict[str, Any]) -> None:
    size = outcome["adapter_bytes"] / MB
    terminal.out.print(f"{run.path / ADAPTER_FILE}: {size:.1f} MB beside {outcome['base']}", markup=False)
    _say_alike(outcome)
    terminal.out.print(
        f"beside the quantised file that serves: the same token at {outcome['quantised_top1_agreement']:.1%}",
        markup=False,
    )
    terminal.out.print(f"Next: footnote tune evaluate {run.name}", markup=False)


def _say_merged(run: Run, outcome: dict[str, Any]) -> None:
    path = run.path / outcome["file"]
    terminal.out.print(f"{path}: {outcome['bytes'] / MB:,.0f} MB, a model of its own", markup=False)
    _say_alike(outcome)
    terminal.out.print(f'To let it answer: [models] chat = "{path}" in config.toml', markup=False)


def _say_alike(outcome: dict[str, Any]) -> None:
    same, places = outcome["top1_agreement"], outcome["positions"]
    terminal.out.print(
        f"with the same weights of 16 bits llama.cpp names the same likeliest token as transformers at"
        f" {same:.1%} of {places} places; the largest difference of a logit is"
        f" {outcome['max_logit_difference']:.2g}",
        markup=False,
    )


VERBS = (export,)
