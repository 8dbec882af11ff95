"""footnote tune list"""

from __future__ import annotations

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.tuning.activation.registry import AdapterStatus
from bot.tuning.activation.serving import in_words


@click.command("list")
@as_json
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Tuned adapters: where each answers, what was measured, what changed since, how it does.

    "stale" counts documents it learned from that were changed, are gone, or may not be read by everybody any
    more whom it answers. What it does beside the base model is shown while it answers.
    """

    async def work(app: App) -> list[AdapterStatus]:
        return app.tuned_adapters.statuses()

    found = invocation.run(work)
    if as_json:
        terminal.print_json([_plain(one) for one in found])
        return
    if not found:
        terminal.err.print("no adapter yet: footnote tune --help shows the way to one")
        return
    terminal.print_table(
        ("adapter", "answers", "may it", "stale documents"),
        [
            (
                one.adapter.name,
                ", ".join(each.where for each in one.activations) or "nowhere",
                _may(one),
                one.staleness.documents,
            )
            for one in found
        ],
    )
    for one in found:
        for refusal in one.refusals:
            terminal.err.print(f"{one.adapter.name}: {refusal.why}", markup=False)
        if one.trouble:
            terminal.err.print(f"{one.adapter.name}: {one.trouble}", markup=False)
        stale = one.staleness
        if stale.documents:
            terminal.err.print(
                f"{one.adapter.name}: of its documents {stale.changed} changed, {stale.gone} are gone,"
                f" {stale.narrowed} are read by fewer people",
                markup=False,
            )
        for each in one.comparisons:
            terminal.err.print(f"{one.adapter.name}: {in_words(each)}", markup=False)


def _may(one: AdapterStatus) -> str:
    if one.trouble:
        return "no: cannot be used"
    if one.card is None:
        return "no: not measured"
    return "no: " + ", ".join(each.rule for each in one.refusals) if one.refusals else "yes"


def _plain(one: AdapterStatus) -> dict[str, object]:
    """Everything but the scorecard, which is a file of its own."""
    adapter = one.adapter
    return {
        "name": adapter.name,
        "file": adapter.file,
        "sha256": adapter.sha256,
        "dataset": adapter.dataset,
        "readers": adapter.readers,
        "active": one.activations,
        "measured": one.card is not None,
        "refusals": one.refusals,
        "stale": one.staleness,
        "comparisons": one.comparisons,
        "trouble": one.trouble,
    }


COMMAND = list_
