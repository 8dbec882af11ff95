"""The fixed sets of tasks that come with Footnote, asked of the model without the adapter and with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.contracts import Message

FIXED = ("general", "injection")
"""Their names, also as parts of a scorecard. Each has so many tasks that a model which does all of them as
before passes the gate: of fewer than 36 the interval is too wide for that (see `intervals._unspread`)."""


class FixedTask(Protocol):
    """One of them."""

    @property
    def id(self) -> str:
        """Of this task alone, within its set."""

    @property
    def kind(self) -> str: ...

    @property
    def ask(self) -> str:
        """What is asked, to be shown."""

    def prompt(self) -> list[Message]: ...

    def is_right(self, reply: str) -> bool:
        """Whether the model did it as it should, by what it wrote."""


FixedTasks = Mapping[str, Sequence[FixedTask]]
"""By the name of their set."""


def sides(name: str) -> tuple[str, str]:
    """What the answers of the model without the adapter and with it are kept as."""
    return f"{name} base", f"{name} tuned"
