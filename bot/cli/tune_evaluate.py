"""footnote tune evaluate"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import Invocation, as_json, terminal
from bot.errors import ConfigError, ModelError, NotFound
from bot.tuning.folders import ADAPTER_FILE, SCORECARD, TuningFolders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app import App
    from bot.tuning.data.dataset import Dataset
    from bot.tuning.proof.scorecard import Proven
    from bot.tuning.proof.tone import Tone

ADAPTER = "tuned"
"""What the adapter is called beside the model while it is measured."""


@click.command()
@click.argument("run")
@click.option(
    "--base", default="", help="The model it serves beside, where that is not config.toml's: name or path."
)
@click.option("--limit", type=click.IntRange(1), help="Only so many held-out rows, of each kind its share.")
@click.option("--without-general", is_flag=True, help="Leave the general tasks out; the gate asks for them.")
@click.option(
    "--without-injection",
    is_flag=True,
    help="Leave out the tasks with orders in their passages; the gate asks for them.",
)
@click.option(
    "--tone",
    type=click.Choice(["합쇼체", "해요체"]),
    help="The Korean manner of speech wanted; by default that of most training answers.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the HTML page goes; by default report.html in the run's folder.",
)
@click.option("--language", type=click.Choice(["ko", "en"]), default="en", show_default=True,
              help="Of the page.")  # fmt: skip
@as_json
@click.pass_obj
def evaluate(
    invocation: Invocation,
    run: str,
    base: str,
    limit: int | None,
    without_general: bool,
    without_injection: bool,
    tone: Tone | None,
    report: Path | None,
    language: Any,
    as_json: bool,
) -> None:
    """Did tuning help? Ask the held-out questions of RUN's dataset in four ways and compare.

    \b
    base               the model as it was, the question alone
    base+retrieval     the model as it was, with passages, as the bot answers now
    tuned              with the adapter, the question alone
    tuned+retrieval    with the adapter and passages

    Besides, two sets of tasks that come with Footnote: of general ability, and with orders of an attacker in
    the passages.

    Every answer is kept as it comes: after Ctrl-C or a power cut the same command goes on from there. The
    table goes to scorecard.json and report.html in the run's folder, unless one that stands on more questions
    is there; then: footnote tune advise RUN. It waits while the file DATA/tuning/pause exists, which a bot
    that runs puts there for as long as people ask.
    """
    from bot.models.weights import locate, sha256_of
    from bot.tuning.activation.files import served_base
    from bot.tuning.data.dataset import Dataset
    from bot.tuning.proof.scorecard import run_folder

    if invocation.config.models.url:
        raise ConfigError(
            "Adapters are measured with a model on this machine, and config.toml names a server.",
            mend="Use a settings file without [models] url: footnote --config FILE tune evaluate.",
        )
    folders = TuningFolders(invocation.config.data_dir)
    folder = run_folder(folders.runs, run)
    config = _config_of(folder)
    adapter = folder / ADAPTER_FILE
    if not adapter.is_file():
        raise NotFound(f"The run {run} has no {ADAPTER_FILE} yet.", mend=f"Run: footnote tune export {run}")
    dataset = Dataset.open(folders.dataset_of(config))
    if dataset.hash != config["dataset_hash"]:
        raise ConfigError(
            f"The run {run} was trained on another dataset than {dataset.name} is now.",
            mend="What was held out then may have been trained on. Train again, or put the dataset back.",
        )
    path = locate(base or invocation.config.models.chat, invocation.config.models_dir)
    served, base_sha256 = served_base(folder, config)
    if sha256_of(path) != base_sha256:
        raise ModelError(
            f"The adapter of the run {run} is for {served}, which {path.name} is not.",
            mend="Name that model: --base NAME or --base PATH.",
        )
    proven = _proven(run, base_sha256, dataset, adapter, path, tone)
    left_out = {"general": without_general, "injection": without_injection}

    async def work(app: App) -> dict[str, Any]:
        return await _measured(app, path, adapter, folder, dataset, proven, limit, left_out, folders.pause)

    card = invocation.run(work)
    _written(folder, card, report, language)
    _show(card, as_json)


def _config_of(folder: Path) -> dict[str, Any]:
    """What a run was told. Raises NotFound, TuningError."""
    from bot.tuning.training.runs import Run

    return Run.open(folder).config


def _proven(
    run: str, base_sha256: str, dataset: Dataset, adapter: Path, path: Path, tone: Tone | None
) -> Proven:
    from bot.models.weights import sha256_of
    from bot.tuning.proof.scorecard import Proven
    from bot.tuning.proof.tone import usual_tone

    korean = (row.reply() for row in dataset.train if row.language == "ko" and row.kind != "abstain")
    return Proven(
        run=run,
        dataset=dataset.name,
        dataset_hash=dataset.hash,
        adapter_sha256=sha256_of(adapter),
        base=path.name,
        base_sha256=base_sha256,
        train_rows=len(dataset.train),
        dataset_created=dataset.manifest.created,
        readers=dataset.readers,
        tone=tone or usual_tone(korean),
    )


async def _measured(
    app: App,
    path: Path,
    adapter: Path,
    folder: Path,
    dataset: Dataset,
    proven: Proven,
    limit: int | None,
    left_out: Mapping[str, bool],
    pause: Path,
) -> dict[str, Any]:
    from bot.models.chat import LlamaChat
    from bot.models.threads import remembered_threads
    from bot.tuning.proof.arms import Parts
    from bot.tuning.proof.asking import AnswerLog, ask_all, fingerprint, mixed
    from bot.tuning.proof.fixed import FixedTasks
    from bot.tuning.proof.general import general_tasks
    from bot.tuning.proof.injected import injected_tasks
    from bot.tuning.proof.scorecard import make_scorecard
    from bot.version import __version__

    models = app.config.models
    parts = Parts(app.morphology, _embedder(app), app.config.answers.max_tokens)
    key = fingerprint(
        {
            "version": __version__,
            "dataset": proven.dataset_hash,
            "adapter": proven.adapter_sha256,
            "base": proven.base_sha256,
            "embedder": parts.embedder.name if parts.embedder else "",
            "max_tokens": parts.max_tokens,
            "context": models.context,
        }
    )
    rows = mixed(dataset.heldout)[:limit]
    all_tasks: FixedTasks = {"general": general_tasks(), "injection": injected_tasks()}
    tasks = {name: own for name, own in all_tasks.items() if not left_out[name]}
    threads = models.threads or remembered_threads(path, app.config.models_dir)
    chat = LlamaChat(path, path.stem, models.context, threads)
    try:
        await chat.load_adapter(ADAPTER, adapter)
        with terminal.progress() as progress:
            log = AnswerLog(folder / "proof" / f"{key}.jsonl")
            answers = await ask_all(rows, tasks, chat, ADAPTER, log, parts, pause=pause, progress=progress)
    finally:
        await chat.close()
    return make_scorecard(proven, rows, tasks, answers, datetime.now().astimezone())


def _embedder(app: App) -> Any:
    """None where it is not on this machine: answers are then checked by words alone."""
    try:
        return app.embedder
    except ModelError as exc:
        terminal.err.print(f"Checked by words alone: {exc}", markup=False)
        return None


def _written(folder: Path, card: dict[str, Any], report: Path | None, language: Any) -> None:
    """Scorecard and page; of a look at fewer questions than the scorecard stands on, only a page that was
    asked for."""
    from bot.tuning.proof.report import html
    from bot.tuning.proof.scorecard import larger_before, write_scorecard

    if (known := larger_before(folder, card)) is not None:
        terminal.err.print(
            f"{folder / SCORECARD} stays: it stands on {_extent(known)}, and this table on {_extent(card)}."
            " To have this one in its place, remove that file first.",
            markup=False,
        )
    else:
        terminal.err.print(f"scorecard: {write_scorecard(folder, card)}", markup=False)
        report = report or folder / "report.html"
    if report is None:
        return
    try:
        report.write_text(html(card, language), encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"The report {report} cannot be written: {exc}.") from exc
    terminal.err.print(f"report: {report}", markup=False)


def _extent(card: dict[str, Any]) -> str:
    from bot.tuning.proof.scorecard import asked_of

    asked = asked_of(card)
    return (
        f"{asked['questions']:,} questions, {asked['general']} general tasks and {asked['injection']} with"
        " orders in them"
    )


def _show(card: dict[str, Any], as_json: bool) -> None:
    if as_json:
        terminal.print_json(card)
        return
    from bot.tuning.proof.arms import ARMS
    from bot.tuning.proof.words import METRIC_WORDS, amount

    def cell(metric: str, estimate: dict[str, Any]) -> str:
        if estimate["value"] is None:
            return "-"
        value, low, high = (amount(metric, estimate[name]) for name in ("value", "low", "high"))
        return f"{value} ({low.removesuffix(' %')} to {high.removesuffix(' %')})"

    names = METRIC_WORDS["en"]
    table = [
        (names[name], *(cell(name, card["arms"][arm]["metrics"][name]) for arm in ARMS))
        for name in card["metrics"]
    ]
    for name, has_passages in (("general", False), ("injection", True)):
        if card[name]["n"]:
            base, tuned = (cell(name, card[name][side]) for side in ("base", "tuned"))
            table.append(
                (names[name], *(("-", base, "-", tuned) if has_passages else (base, "-", tuned, "-")))
            )
    terminal.print_table(("", *ARMS), table)
    terminal.out.print(
        "In brackets: 95 % intervals. What it means: footnote tune advise " + card["run"],
        style="dim",
        markup=False,
    )


VERBS = (evaluate,)
