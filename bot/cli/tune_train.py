"""footnote tune train"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import Invocation, as_json, terminal
from bot.tuning.folders import CONFIG, TuningFolders

if TYPE_CHECKING:
    from bot.tuning.training import Run, TrainingSettings

GIB = 1 << 30
METHODS = ("lora", "qlora", "dora", "prompt", "full")
Report = Callable[[dict[str, Any]], None]


@click.command()
@click.argument("dataset")
@click.option(
    "--name", default="", help="Of the run; by default DATASET-METHOD, with a number if that is done."
)
@click.option("--base", default="", help="Another model than config.toml's: a name of the catalogue, a .gguf"
              " file or a folder of transformers.")  # fmt: skip
@click.option("--method", type=click.Choice(METHODS), default="lora", show_default=True)
@click.option("--epochs", type=int, default=3, show_default=True, help="Passes over the training rows.")
@click.option("--learning-rate", type=float, default=0.0, help="The highest; by default that of the method.")
@click.option("--rank", type=int, default=16, show_default=True, help="Of LoRA, QLoRA and DoRA.")
@click.option("--alpha", type=int, default=0, help="Updates count alpha / rank times; by default twice.")
@click.option("--virtual-tokens", type=int, default=20, show_default=True, help="Of prompt tuning.")
@click.option("--batch", type=int, default=2, show_default=True, help="Rows computed at once.")
@click.option("--accumulation", type=int, default=4, show_default=True, help="Batches that make one step.")
@click.option("--max-tokens", type=int, default=1024, show_default=True, help="Longer rows are left out.")
@click.option("--patience", type=int, default=3, show_default=True,
              help="Stop after so many looks at the validation rows without gain; 0: never.")  # fmt: skip
@click.option(
    "--max-minutes", type=float, default=0.0, help="Stop training after so long, with the best so far."
)
@click.option("--search", type=float, default=0.0, metavar="MINUTES",
              help="Look for a better learning rate, rank and dropout first, for so long.")  # fmt: skip
@click.option("--save-memory", is_flag=True, help="Keep less while computing, and compute it twice.")
@click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]), default="auto",
              help="Of frozen weights. bfloat16 halves their memory.")  # fmt: skip
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto")
@click.option("--threads", type=int, default=0, help="By default one for each core.")
@click.option("--seed", type=int, default=20261122, show_default=True)
@click.option("--dry-run", is_flag=True, help="Only say what it would be: rows, tokens, memory.")
@as_json
@click.pass_obj
def train(invocation: Invocation, /, dataset: str, name: str, base: str, dry_run: bool, as_json: bool,
          **given: Any) -> None:  # fmt: skip
    """Train an adapter on DATASET (of footnote tune data): a small file that changes how the model answers.

    The model learns only what the assistant says in each row; for rows of plain text, all of it. Before it
    starts it says what memory it needs; while it trains it looks at rows that it does not learn from, keeps
    the best adapter so far, and stops when they get no better. All of it lies in DATA/tuning/runs/NAME.

    \b
    Methods:
      lora     small updates beside the frozen model. Take this first: it serves beside the model as it is.
      qlora    lora beside a model of 4 bits: for large models on a GPU.
      dora     as lora, with the length of each column apart from its direction; serves merged into the model.
      full     all weights, of tiny models only; serves as a model of its own.
      prompt   learns a few words that no one can read, before every prompt. Cannot be exported: to compare.

    It may be ended at any moment (Ctrl-C, power): the same command goes on from its last checkpoint. It gives
    way to everything else on the machine, and waits while the file DATA/tuning/pause exists.

    \b
    Examples:
      footnote tune train handbook --dry-run
      footnote tune train handbook
      footnote tune train handbook --search 60 --name overnight
      footnote tune train handbook --method dora --epochs 2

    Then: footnote tune export NAME and footnote tune evaluate NAME. A model learns nothing from being used,
    and does not know what documents say afterwards: adapters teach form (citing, declining, tone), the search
    brings the facts.
    """
    from bot.tuning.training import check_in_child, train_in_child

    settings = _settings(given)
    folders = TuningFolders(invocation.config.data_dir)
    path = _base(invocation, base)
    folder = folders.dataset(dataset)
    if dry_run:
        found = asyncio.run(check_in_child(path, folder, settings, folders.runs))
        terminal.print_json(found) if as_json else _say_plan(found)
        return
    run = _run(folders.runs, name, path, folder, settings)
    with _shown(quiet=as_json) as report:
        result = asyncio.run(train_in_child(run, path, folder, folders.pause, report))
    if as_json:
        terminal.print_json({"run": run.name, "folder": run.path, **result})
    else:
        _say_result(run, result)


def _settings(given: dict[str, Any]) -> TrainingSettings:
    from bot.tuning.training import TrainingSettings

    given = dict(given)
    given["search_minutes"] = given.pop("search")
    given["saves_memory"] = given.pop("save_memory")
    given["alpha"] = given["alpha"] or 2 * given["rank"]
    return TrainingSettings.from_json(given)


def _base(invocation: Invocation, name: str) -> Path:
    """The file or folder of the base model. Raises ModelMissing, ModelBroken, ConfigError."""
    from bot.errors import ConfigError
    from bot.models.weights import locate

    chosen = invocation.config.models
    if not name and chosen.url:
        raise ConfigError(
            f"The chat model is {chosen.chat} at {chosen.url}: its weights are not here to be tuned.",
            mend="Say with --base what to train: a model of footnote models list, or a .gguf file.",
        )
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return folder
    return locate(name or chosen.chat, invocation.config.models_dir)


def _run(runs: Path, name: str, base: Path, dataset: Path, settings: TrainingSettings) -> Run:
    """A new run, or the one to go on with. Raises TuningError."""
    from bot.errors import TuningError
    from bot.tuning.data.dataset import Dataset
    from bot.tuning.training import Run
    from bot.tuning.training.base import open_base

    opened = Dataset.open(dataset)
    config = {
        "version": 1,
        "base": base.name,
        "base_path": str(base.resolve()),
        "base_sha256": open_base(base).sha256,
        "dataset": opened.name,
        "dataset_path": str(dataset.resolve()),
        "dataset_hash": opened.hash,
        "readers": None if opened.readers is None else list(opened.readers),
        **settings.as_json(),
    }
    if name:
        run = Run.begin(runs / name, config)
        if run.result is not None:
            raise TuningError(
                f"The run {name} is done: {run.result['status']}.",
                mend=f"Its result is in {run.path}. Give another --name to train again.",
            )
        return run
    stem = f"{opened.name[:50]}-{settings.method}"
    for number in range(1, 10_000):
        path = runs / (stem if number == 1 else f"{stem}-{number}")
        if not (path / CONFIG).is_file():
            return Run.begin(path, config)
        known = Run(path)
        if known.result is None and known.config == config:
            return known
    raise TuningError(f"There are too many runs called {stem}.", mend="Give a --name.")


# --- what is shown ----------------------------------------------------------------------------------------

_WORDS = {
    "reading": "reading rows",
    "loading": "loading weights",
    "measuring": "measuring the loss",
    "resuming": "going on",
    "paused": "paused (DATA/tuning/pause)",
}


@contextlib.contextmanager
def _shown(*, quiet: bool) -> Iterator[Report]:
    """A bar with loss and time left; where nobody looks (a log), a line at every look at validation rows."""
    if quiet:
        yield lambda _report: None
    elif not terminal.err.is_terminal:
        yield _line
    else:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=terminal.err, speed_estimate_period=600) as bars:
            task = bars.add_task("starting", total=None, loss="")

            def report(said: dict[str, Any]) -> None:
                doing = said["doing"]
                if doing in ("training", "searching"):
                    trial = f" {said['trial'] + 1}" if "trial" in said else ""
                    words = f"loss {said['loss']:.3f}"
                    if said.get("validation_loss") is not None:
                        bars.console.print(f"step {said['step']}: {_losses(said)}", markup=False)
                    bars.update(task, description=doing + trial, completed=said["step"], total=said["steps"],
                                loss=words)  # fmt: skip
                else:
                    bars.update(task, description=_WORDS[doing])
                    if doing == "loading":
                        bars.console.print(_plan(said), markup=False)

            yield report


def _line(said: dict[str, Any]) -> None:
    doing = said["doing"]
    if doing in ("training", "searching"):
        if said.get("validation_loss") is not None:
            trial = f" {said['trial'] + 1}" if "trial" in said else ""
            left = said.get("seconds", 0.0) / said["step"] * (said["steps"] - said["step"])
            eta = f", about {left / 60:.0f} min left" if doing == "training" else ""
            terminal.err.print(
                f"{doing}{trial}: step {said['step']} of {said['steps']}, {_losses(said)}{eta}", markup=False
            )
    elif doing == "loading":
        terminal.err.print(_plan(said), markup=False)
    elif doing == "resuming":
        terminal.err.print(f"going on after step {said['step']} of {said['steps']}", markup=False)
    elif doing != "paused":
        terminal.err.print(_WORDS[doing], markup=False)


def _losses(said: dict[str, Any]) -> str:
    return f"loss {said['loss']:.3f}, of the validation rows {said['validation_loss']:.3f}"


def _plan(said: dict[str, Any]) -> str:
    rows = said["rows"]
    left_out = f" ({said['too_long']} more are too long)" if said["too_long"] else ""
    return (
        f"{said['base']} on {said['device']}: {rows['train']} rows to learn from, {rows['validation']} to"
        f" check with, {rows['heldout']} held out{left_out}; {said['trained_parameters'] / 1e6:.1f} million"
        f" parameters trained, about {said['memory_bytes'] / GIB:.1f} GB of memory"
    )


def _say_plan(found: dict[str, Any]) -> None:
    terminal.out.print(_plan(found), markup=False)


def _say_result(run: Run, result: dict[str, Any]) -> None:
    for key, rows in (("validation_loss", "validation rows"), ("heldout_loss", "held-out rows")):
        if key in result:
            before, after = result[f"{key}_before"], result[key]
            terminal.out.print(f"loss of the {rows}: {before:.3f} before, {after:.3f} now", markup=False)
    ended = {"early": "stopped early", "time": "stopped for time"}.get(result["status"], "finished")
    terminal.out.print(
        f"{ended} after {result['steps']} steps and {result['seconds'] / 60:.1f} min of computing; the best"
        f" was step {result['best_step']}",
        markup=False,
    )
    terminal.out.print(f"{run.path}", markup=False)
    terminal.out.print(_next(run), markup=False)


def _next(run: Run) -> str:
    method = str(run.settings.method)
    if method == "prompt":
        return "Prompt tuning cannot be exported; what is to serve: --method lora"
    return f"Next: footnote tune export {run.name}" + (" --merged" if method in ("dora", "full") else "")


VERBS = (train,)
