"""footnote tune rollback"""

from __future__ import annotations

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.store.audit import TERMINAL
from bot.tuning.activation.choice import Activation


@click.command()
@click.argument("name", required=False)
@click.option("--why", default="", help="Kept in the history.")
@as_json
@click.pass_obj
def rollback(invocation: Invocation, name: str | None, why: str, as_json: bool) -> None:
    """Have an adapter answer nowhere any more, at once; without NAME, the one activated last.

    What answered in its place before answers again: an earlier adapter, or the model without one.
    """

    async def work(app: App) -> tuple[str, list[Activation]]:
        gone = app.tuned_adapters.roll_back(name, who=TERMINAL, why=why)
        return gone, app.tuned_adapters.active()

    gone, left = invocation.run(work)
    if as_json:
        terminal.print_json({"rolled_back": gone, "active": left})
        return
    now = ", ".join(f"{one.adapter} {one.where}" for one in left) or "the model without an adapter"
    terminal.err.print(f"{gone} is rolled back; now answers: {now}")


VERBS = (rollback,)
