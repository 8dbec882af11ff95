"""footnote tune advise"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.cli import Invocation, as_json, terminal
from bot.errors import NotFound
from bot.tuning.folders import SCORECARD, TuningFolders


@click.command()
@click.argument("runs", nargs=-1)
@click.option("--language", type=click.Choice(["ko", "en"]), default="en", show_default=True)
@as_json
@click.pass_obj
def advise(invocation: Invocation, runs: tuple[str, ...], language: Any, as_json: bool) -> None:
    """Retrieval, tuning, both, or neither yet? Say what the table of RUNS (by default the newest) shows.

    Every sentence rests on a figure with its 95 % interval, and says so where the data are too few to tell.
    In Korean: --language ko (한국어).
    """
    from bot.tuning.proof.advice import advise as advice_on
    from bot.tuning.proof.scorecard import read_scorecard, run_folder

    folder = TuningFolders(invocation.config.data_dir).runs
    cards = [
        read_scorecard(path) for path in ([run_folder(folder, run) for run in runs] or [_newest(folder)])
    ]
    found = [(card["run"], advice_on(card, language)) for card in cards]
    if as_json:
        terminal.print_json([{"run": run, "advice": advice} for run, advice in found])
        return
    for run, advice in found:
        if len(found) > 1:
            terminal.out.print(run, style="bold underline", markup=False)
        for one in advice:
            terminal.out.print(one.heading, style="bold", markup=False)
            for sentence in one.sentences:
                terminal.out.print(f"  {sentence}", markup=False)


def _newest(folder: Path) -> Path:
    """The run that was measured last. Raises NotFound."""
    found = sorted(folder.glob(f"*/{SCORECARD}"), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        raise NotFound("No run was measured yet.", mend="Run: footnote tune evaluate RUN")
    return found[-1].parent


VERBS = (advise,)
