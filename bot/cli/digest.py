"""footnote digest"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.digest import WEEK, Audience, Digest, Gathering, TroubledSource
from bot.errors import NotFound
from bot.store.asked import AskedQuestion
from connectors.base import EVERYONE


@click.command()
@click.option("--channel", default="", help="Only connectors whose owner_channel is this one (C0123456789).")
@click.option(
    "--since",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="What happened on this day (UTC) or later, instead of in the last seven days.",
)
@as_json
@click.pass_obj
def digest(invocation: Invocation, channel: str, since: datetime | None, as_json: bool) -> None:
    """What the documents want of you: the weekly digest, as of now.

    Questions nobody could answer, old documents that answers cite, sources that break, votes. Documents that
    everybody may read are named, all others are counted; so are questions that were asked in private.
    """

    async def work(app: App) -> Digest:
        until = datetime.now(UTC)
        owners = {name: entry.owner_channel for name, entry in app.connectors.entries().items()}
        channels = sorted({one for one in owners.values() if one})
        if channel and channel not in channels:
            raise NotFound(
                f"No connector has owner_channel {channel!r}.",
                mend=f"Known: {', '.join(channels)}."
                if channels
                else "Give one an owner_channel in config.toml.",
            )
        config = app.config.slack
        gathering = Gathering(app.database, app.morphology, timedelta(days=config.stale_after_days))
        names = {name for name, its in owners.items() if its == channel} if channel else {*owners}
        audience = Audience(
            names if channel else names | {*gathering.connectors()},
            frozenset({EVERYONE}),
            _is_asked_in_the_open,
            has_rest=not channel,
            sees_reasons=not channel,
        )
        return await gathering.make(audience, since.replace(tzinfo=UTC) if since else until - WEEK, until)

    found = invocation.run(work)
    if as_json:
        terminal.print_json(found)
    elif found.is_empty and not found.votes.up:
        terminal.err.print("nothing wants anybody in these days")
    else:
        _print(found)


def _is_asked_in_the_open(question: AskedQuestion) -> bool:
    """Whoever has the database sees these, in whichever channel: as in `footnote gaps`."""
    return not question.is_private


def _print(digest: Digest) -> None:
    if digest.questions:
        terminal.print_table(
            ("asked", "unanswered question", "nearest document"),
            [(one.times, one.question, one.nearest) for one in digest.questions],
        )
    if digest.unshown_questions:
        terminal.out.print(f"{digest.unshown_questions} more asked in private: not shown")
    for heading, documents, unshown in (
        ("said to be out of date", digest.outdated, digest.unshown_outdated),
        (f"unchanged for over {digest.stale_days} days, and cited", digest.stale, digest.unshown_stale),
    ):
        if documents:
            terminal.print_table(
                ("times", heading, "connector", "changed"),
                [
                    (
                        one.times,
                        one.title,
                        one.connector,
                        f"{one.updated_at:%Y-%m-%d}" if one.updated_at else "",
                    )
                    for one in documents
                ],
            )
        if unshown:
            terminal.out.print(f"{unshown} more {heading}, not for everybody: not named")
    if digest.sources:
        terminal.print_table(
            ("connector", "state", "set aside", "missing", "last read", "reason"),
            [
                (
                    one.connector,
                    _state(one),
                    one.set_aside,
                    one.missing,
                    f"{one.succeeded_at.astimezone():%Y-%m-%d %H:%M}" if one.succeeded_at else "never",
                    one.reason,
                )
                for one in digest.sources
            ],
        )
    votes = digest.votes
    reasons = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in votes.reasons.items())
    terminal.out.print(f"helpful {votes.up}, not helpful {votes.down}{f' ({reasons})' if reasons else ''}")
    if digest.waiting:
        terminal.out.print(f"{digest.waiting} questions to people are open")


def _state(source: TroubledSource) -> str:
    if source.is_paused:
        return "paused"
    return "failing" if source.is_failing else "active"


VERBS = (digest,)
