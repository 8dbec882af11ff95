"""Commands that are imported when they are first asked for: `footnote --help` loads none of them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose commands stand in modules of this package, each among the VERBS of its module."""

    def __init__(self, *given: Any, module_of: Mapping[str, str], **named: Any) -> None:
        """`module_of`: by command, in the order in which they are listed."""
        super().__init__(*given, **named)
        self._module_of = module_of

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self._module_of)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in self._module_of:
            return None
        module = importlib.import_module(f"bot.cli.{self._module_of[cmd_name]}")
        verbs: Sequence[click.Command] = module.VERBS
        return next(verb for verb in verbs if verb.name == cmd_name)
