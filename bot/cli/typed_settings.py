"""Settings and secrets of a connector, as they come from the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click


def typed_settings(settings: Sequence[str]) -> dict[str, list[str]]:
    """Field to its values, of FIELD=VALUE each. Raises click.UsageError."""
    found: dict[str, list[str]] = {}
    for each in settings:
        field, equals, value = each.partition("=")
        if not equals:
            raise click.UsageError(f"--set {field}: a value is missing, as in --set {field}=VALUE")
        found.setdefault(field.strip(), []).append(value)
    return found


def typed_secrets(secrets: Sequence[str]) -> dict[str, str]:
    """Field to its secret or "env:NAME", of FIELD or FIELD=env:NAME each; FIELD alone is asked for.

    What stands in the arguments, others on the machine can read. Raises click.UsageError.
    """
    found: dict[str, str] = {}
    for each in secrets:
        field, equals, value = each.partition("=")
        if equals and value and not value.startswith("env:"):
            raise click.UsageError(
                f"--secret {field}: a secret does not stand in the arguments, where every user of this "
                f"machine can read it. Leave it out to be asked for it, or name a variable: {field}=env:NAME"
            )
        found[field] = value if equals else _asked_for(field)
    return found


def _asked_for(field: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(field, hide_input=True, err=True))
    text = sys.stdin.readline().strip()
    if not text:
        raise click.UsageError(f"--secret {field}: stdin has no line for it")
    return text
