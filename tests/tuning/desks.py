"""A company with many desks, each in a room of its own: documents and rows that differ where it counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from bot.store.corpus import Corpus
from bot.tuning.rows import Row, RowPassage
from tests.store.cast import ANYBODY, a_document

TOPICS = """
    parking travel laptop visa payroll badge courier archive canteen library garden security training
    printing insurance pension lease furniture translation medical catering warehouse testing radio
    fire customs recycling shuttle uniform photo
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable


def text_of(number: int) -> str:
    return (
        f"The {TOPICS[number]} desk is in room {101 + number} of the main building. It is open on working "
        f"days from nine in the morning. Whoever needs something from it writes to the {TOPICS[number]} team "
        "two days before and says what it is for."
    )


def question_of(number: int) -> str:
    return f"In which room do I find the {TOPICS[number]} desk?"


def answer_of(number: int) -> str:
    return f"The {TOPICS[number]} desk is in room {101 + number} of the main building."


def desk_row(number: int, **changes: Any) -> Row:
    """A row as a file gives it: a question, one passage, an answer."""
    row = Row(
        id=f"desk {number}",
        kind="answer",
        language="en",
        source="file:desks.jsonl",
        licence="internal",
        consent="written for tests",
        question=question_of(number),
        passages=(RowPassage(f"{TOPICS[number]}.md", "Desks", "", text_of(number)),),
        answer=f"{answer_of(number)} [1]",
    )
    return dataclasses.replace(row, **changes)


def desk_rows(count: int) -> list[Row]:
    return [desk_row(number) for number in range(count)]


def put_desks(corpus: Corpus, numbers: Sequence[int], readers: frozenset[str] = ANYBODY) -> None:
    """A document for each, in the connector "wiki"."""
    for number in numbers:
        corpus.put(a_document(f"{TOPICS[number]}.md", text_of(number), readers=readers))
