"""Rows -> tokens and which of them are to be learned.

What the model sees in training is what it sees when it serves: the same prompt
(`bot.answering.prompts.messages`), the same chat format, and for GGUF files llama.cpp's own tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.contracts import Message
from bot.tuning.rows import Row


class Tokeniser(Protocol):
    """Cuts text the way the base model does."""

    @property
    def end_of_reply(self) -> int:
        """The token with which the assistant ends what it says."""

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """A conversation up to where the assistant begins to speak."""

    def text(self, text: str) -> list[int]:
        """Plain text: no control token comes of it."""

    def beginning(self) -> list[int]:
        """What stands before everything; mostly nothing."""


@dataclass(frozen=True)
class Example:
    """Tokens, and for each whether the model learns to write it there."""

    tokens: tuple[int, ...]
    learned: tuple[bool, ...]


@dataclass(frozen=True)
class Encoded:
    """Examples of some rows, and how many rows were too long."""

    examples: tuple[Example, ...]
    too_long: int

    @property
    def lengths(self) -> list[int]:
        """Tokens of each example."""
        return [len(example.tokens) for example in self.examples]

    @property
    def learned(self) -> int:
        """Tokens to learn, of all examples."""
        return sum(sum(example.learned) for example in self.examples)


def encode(rows: Iterable[Row], tokeniser: Tokeniser, max_tokens: int) -> Encoded:
    """Examples of at most `max_tokens` tokens each."""
    examples: list[Example] = []
    too_long = 0
    for row in rows:
        if row.kind == "text":
            examples += _pieces(row.reply(), tokeniser, max_tokens)
            continue
        example = _spoken([*row.prompt(), Message("assistant", row.reply())], tokeniser)
        if len(example.tokens) > max_tokens:
            too_long += 1
        else:
            examples.append(example)
    return Encoded(tuple(examples), too_long)


def _spoken(messages: Sequence[Message], tokeniser: Tokeniser) -> Example:
    """Only what the assistant says is learned, and that it ends there."""
    last = len(messages) - 1
    said = tokeniser.text(messages[last].content)
    tokens = [*tokeniser.prompt(messages[:last]), *said, tokeniser.end_of_reply]
    learned = [False] * len(tokens)
    for at, message in enumerate(messages):
        if message.role == "assistant":
            start = len(tokeniser.prompt(messages[:at]))
            length = len(tokeniser.text(message.content)) + 1
            learned[start : start + length] = [True] * length
    return Example(tuple(tokens), tuple(learned))


def _pieces(text: str, tokeniser: Tokeniser, max_tokens: int) -> Iterator[Example]:
    """Continued pretraining: every token is learned but the first, before which nothing stands."""
    beginning = tokeniser.beginning()
    room = max_tokens - len(beginning)
    tokens = tokeniser.text(text)
    for at in range(0, len(tokens), room):
        piece = [*beginning, *tokens[at : at + room]]
        if len(piece) > 1:
            yield Example(tuple(piece), (False, *[True] * (len(piece) - 1)))
