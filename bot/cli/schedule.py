"""footnote schedule"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.contracts import SyncReport

SHOWN = 3


@dataclass(frozen=True)
class Scheduled:
    """When one connector was synced, with what result, and when it will be."""

    connector: str
    schedule: str
    timezone: str
    is_paused: bool
    last_run: datetime | None
    seconds: float | None
    """How long that took; None where it did not come to its end."""
    result: str
    failures: int
    """Syncs that failed in a row."""
    next_runs: list[datetime]
    """None of them while it is paused."""


@click.command()
@click.option("--runs", default=SHOWN, show_default=True, type=click.IntRange(1, 100), help="Next runs.")
@as_json
@click.pass_obj
def schedule(invocation: Invocation, runs: int, as_json: bool) -> None:
    """When each connector was synced last, with what result, and when it will be (while `footnote run` runs).

    What was missed while nothing ran is caught up once, at the next start. A source that fails is asked again
    after 5, 10 and 20 minutes, and then once an hour at most.
    """

    async def work(app: App) -> list[Scheduled]:
        return await asyncio.to_thread(_scheduled, app, runs)

    found = invocation.run(work)
    if as_json:
        terminal.print_json(found)
        return
    terminal.print_table(
        ("connector", "schedule", "last run", "result", "next runs"),
        [
            (
                each.connector,
                f"{each.schedule} ({each.timezone})",
                f"{each.last_run:%Y-%m-%d %H:%M}" if each.last_run else "never",
                each.result,
                "\n".join(map(_shown, each.next_runs)) or "paused",
            )
            for each in found
        ],
    )


def _scheduled(app: App, runs: int) -> list[Scheduled]:
    from bot.store.sources import Sources

    app.plan()
    coming, sources, found = app.schedule.coming(runs), Sources(app.database), []
    for name, entry in app.connectors.entries().items():
        state = sources.state(name)
        zone = coming[name][0].tzinfo
        has_ended = state.started_at is not None and not state.was_interrupted
        found.append(
            Scheduled(
                connector=name,
                schedule=entry.schedule,
                timezone=entry.timezone,
                is_paused=state.is_paused,
                last_run=state.started_at.astimezone(zone) if state.started_at else None,
                seconds=state.report.seconds if state.report and has_ended else None,
                result=_result(state.report, is_interrupted=state.was_interrupted, paused=state.pause_reason),
                failures=state.failures,
                next_runs=[] if state.is_paused else coming[name],
            )
        )
    return found


def _result(report: SyncReport | None, *, is_interrupted: bool, paused: str) -> str:
    if paused:
        return f"paused: {paused}"
    if is_interrupted:
        return "interrupted, or running now"
    if report is None:
        return ""
    if report.error:
        return report.error
    counts = (
        (report.added, "added"), (report.changed, "changed"), (report.removed, "removed"),
        (report.failed, "failed"),
    )  # fmt: skip
    said = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    return f"{said or 'nothing new'} in {report.seconds:.1f} s"


def _shown(when: datetime) -> str:
    is_due = when <= datetime.now(UTC)
    return "as soon as it runs" if is_due else f"{when:%Y-%m-%d %H:%M:%S %Z}"


VERBS = (schedule,)
