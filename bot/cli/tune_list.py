"""footnote tune list"""

from __future__ import annotations

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.tuning.activation.registry import AdapterStatus
from bot.tuning.activation.runs import Stage, TunedRun, all_runs
from bot.tuning.activation.serving import in_words

_STAGES = {
    Stage.BEGUN: "being trained, or cut off",
    Stage.TRAINED: "trained",
    Stage.EXPORTED: "exported",
    Stage.MEASURED: "measured",
}


@click.command("list")
@as_json
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Runs and their adapters: how far each is, where it answers, what was measured, how it does.

    "stale" counts documents it learned from that were changed, are gone, or may not be read by everybody any
    more whom it answers. What it does beside the base model is shown while it answers.
    """

    async def work(app: App) -> list[TunedRun]:
        return all_runs(app.tuned_adapters)

    found = invocation.run(work)
    if as_json:
        terminal.print_json([_plain(one) for one in found])
        return
    if not found:
        terminal.err.print("no run yet: footnote tune --help shows the way to one")
        return
    terminal.print_table(
        ("run", "is", "answers", "may it", "stale documents"),
        [
            (
                run.name,
                _STAGES[run.stage],
                _where(run.adapter) or "nowhere",
                _may(run),
                run.adapter.staleness.documents if run.adapter else 0,
            )
            for run in found
        ],
    )
    for run in found:
        for line in _lines(run):
            terminal.err.print(f"{run.name}: {line}", markup=False)


def _where(adapter: AdapterStatus | None) -> str:
    return ", ".join(each.where for each in adapter.activations) if adapter else ""


def _may(run: TunedRun) -> str:
    if run.trouble or (run.adapter and run.adapter.trouble):
        return "no: cannot be used"
    if run.adapter is None or run.adapter.card is None:
        return "no: not measured"
    rules = ", ".join(each.rule for each in run.adapter.refusals)
    return f"no: {rules}" if rules else "yes"


def _lines(run: TunedRun) -> list[str]:
    """What is to be said besides the table."""
    if run.adapter is None:
        return [run.trouble] if run.trouble else []
    lines = [refusal.why for refusal in run.adapter.refusals]
    if run.adapter.trouble:
        lines.append(run.adapter.trouble)
    stale = run.adapter.staleness
    if stale.documents:
        lines.append(
            f"of its documents {stale.changed} changed, {stale.gone} are gone, {stale.narrowed} are read by"
            " fewer people"
        )
    return lines + [in_words(each) for each in run.adapter.comparisons]


def _plain(run: TunedRun) -> dict[str, object]:
    """Everything but the scorecard, which is a file of its own."""
    found: dict[str, object] = {
        "name": run.name,
        "stage": run.stage.name.lower(),
        "at": run.at,
        "trouble": run.trouble,
    }
    if (status := run.adapter) is not None:
        found |= {
            "file": status.adapter.file,
            "sha256": status.adapter.sha256,
            "dataset": status.adapter.dataset,
            "readers": status.adapter.readers,
            "active": status.activations,
            "measured": status.card is not None,
            "refusals": status.refusals,
            "stale": status.staleness,
            "comparisons": status.comparisons,
            "trouble": status.trouble,
        }
    return found


VERBS = (list_,)
