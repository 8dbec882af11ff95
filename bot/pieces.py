"""A passage cut into pieces (sentences, list items, table rows) and into windows, a few pieces each.

Pieces are what an answer quotes and what the model is shown; windows are what a vector is made of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.sentences import sentences

FEW_CHARACTERS = 160
"""A sentence (or row, or list item) shorter than this takes the next one into its window."""


@dataclass(frozen=True)
class Piece:
    """passage.text[start:end]: a sentence, a list item or a table row. `passage` counts from 0."""

    passage: int
    start: int
    end: int
    text: str
    header: tuple[int, int] | None = None
    """Of a table row: where the header row of its table stands."""


def pieces_of(text: str, passage: int = 0) -> list[Piece]:
    """Cut a passage into sentences, list items and table rows, in order."""
    pieces: list[Piece] = []
    header: tuple[int, int] | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        body = line.strip()
        if not body:
            header = None
            continue
        start += len(line) - len(line.lstrip())
        if body.startswith("|"):
            end = start + len(body)
            if header is None:
                header = (start, end)
            if re.fullmatch(r"[|:\s-]+", body) is None:
                pieces.append(Piece(passage, start, end, body, None if header == (start, end) else header))
            continue
        header = None
        cursor = start
        for sentence in sentences(body):
            found = text.find(sentence.strip(), cursor, at)
            if found < 0 or not sentence.strip():
                continue
            cursor = found + len(sentence.strip())
            pieces.append(Piece(passage, found, cursor, text[found:cursor]))
    return pieces


def windows_of(text: str) -> list[str]:
    """A text in windows that stand side by side and leave nothing out; none where it would be one."""
    pieces = pieces_of(text)
    windows: list[str] = []
    for piece, number in zip(pieces, window_numbers(pieces), strict=True):
        if number < len(windows):
            windows[-1] += " " + piece.text
        else:
            windows.append(piece.text)
    return windows if len(windows) > 1 else []  # one window says what the vector of the whole says


def window_numbers(pieces: Sequence[Piece]) -> list[int]:
    """For each piece of a text the number of its window, from 0."""
    numbers: list[int] = []
    is_open = False
    for piece in pieces:
        numbers.append(numbers[-1] if is_open else numbers[-1] + 1 if numbers else 0)
        is_open = not is_open and len(piece.text) <= FEW_CHARACTERS
    return numbers
