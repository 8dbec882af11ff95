"""What the command line shows: bars, tables, errors. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)
from rich.table import Table

from bot.errors import FootnoteError

if TYPE_CHECKING:  # brings numpy
    from bot.contracts import Progress

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """A `Progress` that draws one bar for each thing it is told of, with the time left.

    Where nobody looks (a log) it writes a line at every tenth part instead.
    """
    if quiet:
        from bot.contracts import unwatched

        yield unwatched
        return
    if not err.is_terminal:
        yield _lines()
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Bars(*columns, console=err, transient=False) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield report


def _lines() -> Progress:
    said: dict[str, int] = {}

    def report(what: str, done: int, total: int) -> None:
        tenth = done * 10 // total if total else 0
        if said.get(what) != tenth:
            said[what] = tenth
            err.print(f"{what}: {done} of {total}" if total else what, markup=False)

    return report


def print_json(value: object) -> None:
    """One JSON document on stdout; dataclasses as objects, dates in ISO 8601."""
    indent = 2 if sys.stdout.isatty() else None
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=indent))


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows under headings; numbers to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        is_number = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(cell) for cell in row))
    out.print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).replace("[", "\\[")


def print_error(error: FootnoteError) -> None:
    """What happened, and on a line of its own what to do."""
    err.print(f"[red]footnote:[/red] {_cell(error.message)}")
    if error.mend:
        err.print(f"  {_cell(error.mend)}")
