"""A question in the works, and how it is gone about."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from enum import Enum

from bot.slack.render import Rendered
from bot.store.inbox import InboxRow


class Manner(Enum):
    """How a question is gone about."""

    ASKED = "it was put to us"
    TAKEN_UP = "nobody in particular was asked"
    UNNOTICED = "the same, and nobody is to notice unless there is an answer"
    SILENT = "it is not for us after all"

    @property
    def is_shown(self) -> bool:
        """May people see that an answer is being made?"""
        return self in (Manner.ASKED, Manner.TAKEN_UP)


@dataclass(eq=False)
class Job:
    """A question in the works. Only the writing is ever cut short: a call to Slack under way is waited for,
    since nobody could tell whether a message came of it."""

    row: InboxRow
    deadline: float = math.inf
    """By `time.monotonic()`, which is the clock of the event loop: when the question is given up."""
    writing: asyncio.Task[Rendered | None] | None = None
    is_stopped: bool = False
    """Somebody clicked Stop: what was written becomes the reply."""
    is_overtaken: bool = False
    """The question was edited or deleted: nothing becomes of what was written."""

    @property
    def thread(self) -> tuple[str, str]:
        """Its channel and the ts of the thread's root."""
        return thread_of(self.row)

    @property
    def is_again(self) -> bool:
        """Somebody wants it answered anew, and the answer in the place of the old one."""
        return bool(self.row.payload.get("fresh"))

    def stop(self) -> None:
        """Keep what was written."""
        if self.writing is not None:
            self.is_stopped = True
            self.writing.cancel()

    def overtake(self) -> None:
        """Write no more, for nothing."""
        self.is_overtaken = True
        if self.writing is not None:
            self.writing.cancel()


def thread_of(row: InboxRow) -> tuple[str, str]:
    """The channel and the ts of the thread's root."""
    return row.channel, str(row.payload.get("thread_ts", ""))
