"""footnote feedback"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.store.feedback import Feedback, VoteCounts


@click.command()
@click.option(
    "--since",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="Only votes cast on this day (UTC) or later.",
)
@as_json
@click.pass_obj
def feedback(invocation: Invocation, since: datetime | None, as_json: bool) -> None:
    """How many answers helped, and for which reasons others did not.

    Who voted, and in which words, is not shown.
    """

    async def work(app: App) -> VoteCounts:
        return Feedback(app.database, time.time).counted(since.replace(tzinfo=UTC) if since else None)

    counted = invocation.run(work)
    if as_json:
        terminal.print_json(counted)
        return
    terminal.print_table(("vote", "votes"), [("helpful", counted.up), ("not helpful", counted.down)])
    if counted.reasons:
        terminal.print_table(
            ("reason", "votes"),
            [(reason.replace("_", " "), votes) for reason, votes in counted.reasons.items()],
        )


VERBS = (feedback,)
