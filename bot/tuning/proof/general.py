"""What any model of use should still be able to do after it was tuned: a small fixed set of tasks.

It is far too small to say how able a model is. It is there to be asked before and after: a model that
learned a company's answers and lost its arithmetic on the way shows here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from bot.answering.language import Language, language_of
from bot.contracts import Message
from bot.evaluation.answers import holds_answer

SYSTEM = "You are a helpful assistant. Answer briefly and follow instructions exactly."


@dataclass(frozen=True)
class GeneralTask:
    """A task and what a right reply to it is. Each condition that is given has to hold."""

    id: str
    kind: str
    """ "arithmetic", "fact" or "instruction"."""
    language: Language
    ask: str
    holds: tuple[tuple[str, ...], ...] = ()
    """The reply has one variant of each."""
    most_words: int = 0
    """0: as many as it likes."""
    lines: int = 0
    """Exactly so many that are not empty; 0: as many as it likes."""
    matches: str = ""
    """A regular expression that all of the reply, without the white space around it, matches."""
    in_language: Language | None = None

    def prompt(self) -> list[Message]:
        """The task alone."""
        return [Message("system", SYSTEM), Message("user", self.ask)]

    def is_right(self, reply: str) -> bool:
        reply = reply.strip()
        if not reply or not holds_answer(reply, self.holds):
            return False
        if self.most_words and len(reply.split()) > self.most_words:
            return False
        if self.lines and len([line for line in reply.splitlines() if line.strip()]) != self.lines:
            return False
        if self.in_language and language_of(reply) != self.in_language:
            return False
        return not self.matches or re.fullmatch(self.matches, reply, re.DOTALL) is not None


@cache
def general_tasks() -> tuple[GeneralTask, ...]:
    """The tasks that come with Footnote."""
    text = resources.files("bot.tuning.proof").joinpath("general.json").read_text(encoding="utf-8")
    return tuple(_task(number, given) for number, given in enumerate(json.loads(text), start=1))


def _task(number: int, given: Mapping[str, Any]) -> GeneralTask:
    holds: Sequence[Sequence[str]] = given.get("holds", [])
    fields = {**given, "holds": tuple(tuple(group) for group in holds)}
    return GeneralTask(id=f"{given['kind']}-{given['language']}-{number}", **fields)
