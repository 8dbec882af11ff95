"""footnote models fit"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli import Invocation, as_json, terminal
from bot.errors import ModelBroken, ModelMissing

if TYPE_CHECKING:
    from bot.models.estimate import Estimate
    from bot.models.fit import Measured

GIB = 1 << 30


@click.command()
@click.option("--model", "name", default="", help="Another model than that of config.toml.")
@click.option(
    "--all", "everything", is_flag=True, help="Measure every chat model of the catalogue that is here."
)
@as_json
@click.pass_obj
def fit(invocation: Invocation, name: str, everything: bool, as_json: bool) -> None:
    """Measure this machine, and say which chat models answer here in what time.

    Takes one to three minutes. A chat model that is here (that of config.toml, else the smallest) reads and
    writes with several numbers of threads, alone and while documents are embedded; the times of the other
    models of the catalogue are estimated from that.

    \b
    What the columns say of a typical question (900 tokens to read, 100 to write):
      first word     seconds until the answer begins
      whole answer   seconds until its last word; checking what it cites comes after that
      of four        the same for the last of four people who ask at the same moment
      memory         what the model takes; there must be room for the rest of Footnote too

    With `threads = 0` in config.toml Footnote uses the number found best from its next start on. Measure
    while it is stopped and nothing else is busy.

    \b
    Examples:
      footnote models fit
      footnote models fit --model qwen2.5-coder-0.5b-instruct
      footnote models fit --all --json
    """
    from bot.models.fit import what_disturbs
    from bot.models.threads import remember_threads

    config = invocation.config
    models = _to_measure(invocation, name, everything=everything)
    disturbance = what_disturbs()
    if disturbance:
        terminal.err.print(f"The figures will be low: {disturbance}.", style="yellow", markup=False)
    measured = [_measured(invocation, model, path, quiet=as_json) for model, path in models]
    if not disturbance and (disturbance := what_disturbs()):
        terminal.err.print(f"The figures may be low: {disturbance} now.", style="yellow", markup=False)
    estimates = _estimates(measured, dict(models))
    # what is measured beside other work says nothing of the machine when it is free
    remembered = [
        one.model
        for one in measured
        if not disturbance and remember_threads(dict(models)[one.model], config.models_dir, one.threads)
    ]
    if as_json:
        terminal.print_json(
            {
                "disturbed_by": disturbance,
                "measured": measured,
                "threads_remembered_for": remembered,
                "models": [{**vars(one), "verdict": one.verdict} for one in estimates],
            }
        )
        return
    for one in measured:
        _print_measured(one)
    _print_estimates(estimates)
    _print_threads(invocation, measured, remembered)


def _to_measure(invocation: Invocation, name: str, *, everything: bool) -> list[tuple[str, Path]]:
    """Names and files. Raises ModelMissing, ModelBroken."""
    from bot.models.catalogue import CATALOGUE
    from bot.models.weights import locate

    config = invocation.config
    here = [
        entry.name
        for entry in sorted(CATALOGUE.values(), key=lambda entry: entry.memory_bytes)
        if entry.purpose == "chat" and (config.models_dir / entry.file).is_file()
    ]
    configured = "" if config.models.url else config.models.chat
    if name:
        return [(name, locate(name, config.models_dir))]
    if everything and here:
        return [(each, locate(each, config.models_dir)) for each in here]
    if configured:
        try:
            return [(configured, locate(configured, config.models_dir))]
        except ModelMissing:
            if not here:
                raise
    if not here:
        raise ModelMissing(
            "No chat model is on this machine, and one is needed to measure it.",
            mend="Run: footnote models pull smollm2-135m-instruct, or a larger one (footnote models list).",
        )
    terminal.err.print(f"Measured with {here[0]}, the smallest that is here.", markup=False)
    return [(here[0], locate(here[0], config.models_dir))]


def _measured(invocation: Invocation, name: str, path: Path, *, quiet: bool) -> Measured:
    from bot.models.catalogue import CATALOGUE
    from bot.models.fit import measure, threads_to_try
    from bot.models.weights import locate

    config = invocation.config
    embedder: Path | None = None
    try:
        embedder = locate(config.models.embedding, config.models_dir)
    except (ModelMissing, ModelBroken) as exc:
        terminal.err.print(f"Without the embedding model: {exc}", markup=False)
    needed = CATALOGUE[name].memory_bytes if name in CATALOGUE else path.stat().st_size
    with terminal.progress(quiet=quiet) as progress:
        return asyncio.run(
            measure(
                path,
                name,
                context=config.models.context,
                embedder=embedder,
                needed=needed,
                counts=threads_to_try(),
                progress=progress,
            )
        )


def _estimates(measured: Sequence[Measured], paths: dict[str, Path]) -> list[Estimate]:
    """Of what was measured, and of every other chat model of the catalogue by what is most like it."""
    import psutil

    from bot.models.catalogue import CATALOGUE
    from bot.models.estimate import ROUGH, burden_of_entry, burden_of_file, estimate, scaled, unlikeness

    available = psutil.virtual_memory().available
    known = {
        one.model: (burden_of_file(paths[one.model], one.model, one.memory_bytes), one) for one in measured
    }
    found = [
        estimate(burden, one.best.alone, kept=one.kept, available=available, is_measured=True, is_rough=False)
        for burden, one in known.values()
    ]
    for entry in CATALOGUE.values():
        if entry.purpose != "chat" or entry.name in known or not (other := burden_of_entry(entry)):
            continue
        like, one = min(known.values(), key=lambda pair: unlikeness(pair[0], other))
        found.append(
            estimate(
                other,
                scaled(one.best.alone, like, other),
                kept=one.kept,
                available=available,
                is_measured=False,
                is_rough=unlikeness(like, other) > ROUGH,
            )
        )
    return sorted(found, key=lambda one: one.memory_bytes)


def _print_measured(one: Measured) -> None:
    tiles = ", weights in tiles (AMX)" if one.in_tiles else ""
    terminal.out.print(
        f"{one.model}: loaded in {one.load_s:.1f} s, {one.memory_bytes / GIB:.2f} GB of memory{tiles}",
        markup=False,
    )
    terminal.print_table(
        ("threads", "reads, tokens/s", "writes, tokens/s", "while embedding: reads", "writes", ""),
        [
            (
                at.threads,
                at.alone.read,
                at.alone.write,
                f"{at.beside.read:.1f}" if at.beside else "",
                f"{at.beside.write:.1f}" if at.beside else "",
                "best" if at.threads == one.threads else "",
            )
            for at in one.at
        ],
    )


def _print_estimates(estimates: Sequence[Estimate]) -> None:
    terminal.out.print()
    terminal.print_table(
        ("model", "memory", "first word", "whole answer", "of four: first word", "whole answer", "", ""),
        [
            (
                one.model,
                f"{one.memory_bytes / GIB:.1f} GB{'' if one.fits else ', too much'}",
                *(
                    f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
                    for seconds in (
                        one.first_word_s, one.whole_answer_s, one.last_first_word_s, one.last_answer_s
                    )
                ),
                one.verdict,
                "measured" if one.is_measured else "a rough guess" if one.is_rough else "estimated",
            )
            for one in estimates
        ],
    )  # fmt: skip
    if any(one.is_rough for one in estimates):
        terminal.out.print(
            "A rough guess is from a model of quite another size: pull one nearer to it, and measure that.",
            style="dim",
        )


def _print_threads(invocation: Invocation, measured: Sequence[Measured], remembered: Sequence[str]) -> None:
    chosen = invocation.config.models
    for one in measured:
        if one.model != chosen.chat or chosen.url:
            continue
        if chosen.threads:
            said = f"config.toml has threads = {chosen.threads}; best here: threads = {one.threads}"
        elif one.model in remembered:
            said = f"threads = 0: Footnote uses what is best from its next start on ({one.threads})."
        else:
            said = f"To have this model use what is best, set under [models]: threads = {one.threads}"
        terminal.out.print(said, markup=False, highlight=False)
