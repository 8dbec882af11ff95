"""The hand-written messages in channel_messages.tsv, and how well questions are told among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.answering.asking import asks
from bot.slack.reading import own_words


@dataclass(frozen=True)
class ChannelMessage:
    """One message. `half`: "tune" (rules were made on these) or "held_out"."""

    half: str
    is_question: bool
    text: str

    @property
    def is_taken_for_one(self) -> bool:
        return asks(own_words(self.text))


@dataclass(frozen=True)
class Figures:
    """precision: of what was taken for a question, how much is one. recall: of the questions, how many were
    taken for one."""

    precision: float
    recall: float


def read_messages() -> list[ChannelMessage]:
    """All of them, both halves."""
    lines = (Path(__file__).parent / "channel_messages.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [ChannelMessage(half, asked == "yes", text.replace("\\n", "\n")) for half, asked, text in rows]


def figures(half: str) -> Figures:
    """Of one half."""
    messages = [message for message in read_messages() if message.half == half]
    taken = [message for message in messages if message.is_taken_for_one]
    right = sum(message.is_question for message in taken)
    return Figures(right / len(taken), right / sum(message.is_question for message in messages))
