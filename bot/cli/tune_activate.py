"""footnote tune activate"""

from __future__ import annotations

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.store.audit import TERMINAL
from bot.tuning.activation.choice import Activation


def _share(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    """ "10%" or "0.1" as 0.1."""
    if text is None:
        return None
    try:
        return float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no share: for example 10%") from None


@click.command()
@click.argument("name")
@click.option("--channel", metavar="ID", help="Only in one channel, by its id (C0123456789).")
@click.option(
    "--share", metavar="10%", callback=_share, help="Only for a share of the questions, such as 10%."
)
@click.option("--why", default="", help="Kept in the history.")
@as_json
@click.pass_obj
def activate(
    invocation: Invocation, name: str, channel: str | None, share: float | None, why: str, as_json: bool
) -> None:
    """Let an adapter answer: everywhere, in one channel, or for a share of the questions.

    It has to be better on the held-out questions (its 95 % interval above zero) and may lose nothing that
    matters; otherwise it is refused, with the figures. Try a channel or a share first. A bot that runs takes
    it up within seconds, and rolls it back by itself where its answers turn out worse.

    \b
      footnote tune activate june --channel C0123456789
      footnote tune activate june --share 10%
      footnote tune activate june
    """
    if channel and share is not None:
        raise click.UsageError("Give --channel or --share, not both.")

    async def work(app: App) -> Activation:
        return app.tuned_adapters.activate(
            name,
            who=TERMINAL,
            channel=channel or "",
            share=1.0 if share is None else share,
            why=why,
        )

    made = invocation.run(work)
    if as_json:
        terminal.print_json(made)
    else:
        terminal.err.print(
            f"{made.adapter} answers {made.where}; back: footnote tune rollback {made.adapter}"
        )


VERBS = (activate,)
