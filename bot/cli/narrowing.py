"""--set, --connector, --since and --before: which documents a verb looks at."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from bot.cli import Invocation
from bot.contracts import Filter

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def narrowing(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb these options; it gets them as one Filter, `narrowed`. Stands below `click.pass_obj`."""

    @click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="NAME",
        help="Only of this document set of config.toml. Can be given more than once.",
    )
    @click.option(
        "--connector",
        "within",
        multiple=True,
        metavar="NAME[/PATH]",
        help="Only of this connector, or of its documents whose path begins so. Can be given more than once, "
        "and with --set: what belongs to any of them.",
    )
    @click.option("--since", type=_DAY, help="Only what was updated on this day (UTC) or later.")
    @click.option("--before", type=_DAY, help="Only what was updated before this day (UTC).")
    @functools.wraps(verb)
    def narrowed_verb(
        invocation: Invocation,
        *,
        sets: tuple[str, ...],
        within: tuple[str, ...],
        since: datetime | None,
        before: datetime | None,
        **options: Any,
    ) -> None:
        of_sets = [scope for name in sets for scope in invocation.config.document_set(name)]
        narrowed = Filter(tuple(dict.fromkeys([*of_sets, *within])), _utc(since), _utc(before))
        verb(invocation, narrowed=narrowed, **options)

    return narrowed_verb


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
