"""footnote gaps"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from bot.answering.gaps import Gaps, find_gaps
from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.store.asked import AskedQuestions


@click.command()
@click.option(
    "--since",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="Only what was asked on this day (UTC) or later.",
)
@as_json
@click.pass_obj
def gaps(invocation: Invocation, since: datetime | None, as_json: bool) -> None:
    """What people asked and the documents did not answer.

    The same question counts once, however it was worded and whoever asked it, with the documents that came
    nearest. What was asked in private alone is counted and not shown.
    """

    async def work(app: App) -> Gaps:
        day = since.replace(tzinfo=UTC) if since else None
        return await find_gaps(AskedQuestions(app.database), app.morphology, day)

    found = invocation.run(work)
    if as_json:
        terminal.print_json(found)
        return
    if found.gaps:
        terminal.print_table(
            ("asked", "last", "question", "nearest documents"),
            [
                (
                    gap.times,
                    f"{gap.last_asked.astimezone():%Y-%m-%d}",
                    gap.question,
                    ", ".join(document.title for document in gap.nearest) or "none",
                )
                for gap in found.gaps
            ],
        )
    else:
        terminal.err.print("no question that others could read went unanswered")
    if found.private_times:
        terminal.err.print(
            f"and {found.private_questions} asked in private, {found.private_times} times in all: not shown"
        )


VERBS = (gaps,)
