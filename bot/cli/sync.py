"""footnote sync"""

from __future__ import annotations

import sys

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.contracts import SyncReport
from bot.sync.preview import SyncPreview

NAMED = 20
"""Documents of each sort that are named."""


@click.command()
@click.argument("name", required=False)
@click.option("--force", is_flag=True, help="Read every document again, changed or not.")
@click.option(
    "--allow-removals", is_flag=True, help="Delete even if more than a fifth of the documents is gone."
)
@click.option(
    "--no-embed", is_flag=True, help="Stop once full text is searchable; the running bot embeds the rest."
)
@click.option("--dry-run", is_flag=True, help="Say what would be read and deleted, and change nothing.")
@as_json
@click.pass_obj
def sync(
    invocation: Invocation,
    name: str | None,
    force: bool,
    allow_removals: bool,
    no_embed: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read what is new at the sources: all of them, or the connector NAME.

    Unchanged documents cost nothing, changed ones replace what was there, deleted ones disappear. Documents
    can be found by their words at once; their vectors follow. Ctrl-C loses nothing that was finished.
    """

    if dry_run:
        _preview(invocation, name, force=force, as_json=as_json)
        return

    async def work(app: App) -> list[SyncReport]:
        with terminal.progress() as progress:
            reports = await app.admin.sync(
                name, who="terminal", progress=progress, force=force, allow_removals=allow_removals
            )
        if not as_json:
            reports = [await _settled(app, report) for report in reports]
        if not no_embed:
            with terminal.progress() as progress:
                await app.embed(progress)
        return reports

    reports = invocation.run(work)
    if as_json:
        terminal.print_json([_as_json(report) for report in reports])
    else:
        terminal.print_table(
            ("connector", "added", "changed", "removed", "unchanged", "failed", "seconds"),
            [(r.connector, r.added, r.changed, r.removed, r.skipped, r.failed, r.seconds) for r in reports],
        )
        for report in reports:
            for item, reason in report.failures:
                terminal.err.print(f"  {report.connector}: {item}: {reason}", markup=False)
            if report.error:
                terminal.err.print(f"  {report.connector}: {report.error}", markup=False)
    if any(report.error for report in reports):
        raise SystemExit(1)


async def _settled(app: App, report: SyncReport) -> SyncReport:
    """Where a sync did not believe what is missing, and somebody sits here: ask, and do as they say."""
    doubt = app.admin.doubt_about(report.connector) if report.error else None
    if doubt is None or not sys.stdin.isatty() or not terminal.err.is_terminal:
        return report
    terminal.err.print(
        f"{len(doubt.gone):,} of {doubt.held:,} documents of {doubt.connector} are gone from the source:",
        markup=False,
    )
    for item in doubt.gone[:NAMED]:
        terminal.err.print(f"  {printable(item)}", markup=False)
    if len(doubt.gone) > NAMED:
        terminal.err.print(f"  and {len(doubt.gone) - NAMED:,} more (--dry-run --json names all)")
    if not click.confirm("Remove them from the index?", default=False, err=True):
        return report
    with terminal.progress() as progress:
        return await app.admin.remove_doubted(doubt.id, who="terminal", progress=progress)


def _preview(invocation: Invocation, name: str | None, *, force: bool, as_json: bool) -> None:
    """Say what a sync would do. Ends with status 1 where a source cannot be listed."""

    async def work(app: App) -> list[SyncPreview]:
        return await app.admin.preview(name, force=force)

    previews = invocation.run(work)
    if as_json:
        terminal.print_json(previews)
    else:
        terminal.print_table(
            ("connector", "to add", "to change", "to remove", "unchanged"),
            [(p.connector, len(p.added), len(p.changed), len(p.removed), p.unchanged) for p in previews],
        )
        for each in previews:
            for what, items in (("add", each.added), ("change", each.changed), ("remove", each.removed)):
                for item in items[:NAMED]:
                    terminal.out.print(f"  {each.connector}: {what} {printable(item)}", markup=False)
                if len(items) > NAMED:
                    left = len(items) - NAMED
                    terminal.out.print(f"  {each.connector}: {what} {left:,} more (--json names all)")
            if each.is_doubtful:
                terminal.err.print(
                    f"  {each.connector}: so much would be removed that a sync asks an admin first",
                    markup=False,
                )
            if each.error:
                terminal.err.print(f"  {each.connector}: {each.error}", markup=False)
    if any(each.error for each in previews):
        raise SystemExit(1)


def printable(text: str) -> str:
    """Without what a terminal would obey: names at a source may hold anything."""
    return "".join(char if char.isprintable() else " " for char in text)


def _as_json(report: SyncReport) -> dict[str, object]:
    return {
        "connector": report.connector,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "skipped": report.skipped,
        "failed": report.failed,
        "seconds": round(report.seconds, 3),
        "failures": [{"item": item, "reason": reason} for item, reason in report.failures],
        "error": report.error,
    }


VERBS = (sync,)
