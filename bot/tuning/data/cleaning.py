"""What is taken out of rows, and which rows are left out: personal data, lengths, languages, repetitions."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from bot.answering.evidence import estimated_tokens
from bot.answering.language import language_of
from bot.answering.prompts import MAX_QUESTION
from bot.contracts import Message
from bot.tuning.data.dataset import same_words
from bot.tuning.data.masking import masked
from bot.tuning.rows import Row

LONGEST_TOKENS = 1000
"""Estimated, of a chat row: `footnote tune train` leaves longer ones out."""
LONGEST_ANSWER = 1500
"""Characters."""
SHORTEST_TEXT = 20
ENOUGH_LETTERS = 20
"""From which the language of an answer can be told from names and codes in it."""
LONGEST_NAME = 200

SAME = "it repeats another row"
OTHER_ANSWER = "its question has another answer already"
CORRECTED = "a correction takes its place"
NO_WORDS = "there are no words in it"
TOO_LONG = "it is too long"
TOO_SHORT = "it is too short"
LANGUAGE = "its answer is in another language than its question"

ALIKE = 92.0
"""Of 100, the likeness (rapidfuzz's `ratio`, of the letters both have in order) from which two rows say the
same, if their numbers are the same too."""
LONGEST_COMPARED = 4000
"""Characters."""
_COMPARED_AT_ONCE = 512
_INDEX_ID = re.compile(r"[0-9a-f]{64}")
_FIRST = ("correction", "file", "approved", "generated")
"""Of rows that say the same, the first is kept: what somebody wrote for this goes before what was found."""


def mask(row: Row, counted: Counter[str]) -> Row:
    """The row without personal data and secrets; `counted` grows by what was replaced, by kind."""

    def clean(text: str) -> str:
        return masked(text, counted)

    def name(document: str) -> str:
        # of a file: whatever somebody wrote there, often the passage itself
        return document if _INDEX_ID.fullmatch(document) else _short(masked(document, Counter()))

    is_written = row.source.startswith(("file:", "correction"))
    return replace(
        row,
        id=masked(row.id, Counter()) if is_written else row.id,
        question=clean(row.question),
        answer=clean(row.answer),
        text=clean(row.text),
        messages=tuple(Message(each.role, clean(each.content)) for each in row.messages),
        passages=tuple(
            replace(
                each,
                document=name(each.document),
                title=clean(each.title),
                section=clean(each.section),
                text=clean(each.text),
            )
            for each in row.passages
        ),
        group=name(row.group) if row.group else "",
    )


def _short(document: str) -> str:
    """A name that is the same for the same document, and holds none of its text."""
    if len(document) <= LONGEST_NAME and "\n" not in document:
        return document
    return f"text {hashlib.sha256(document.encode()).hexdigest()[:16]}"


def flaw(row: Row) -> str:
    """Why a row cannot be learned from; "" where it can."""
    if row.kind == "text":
        return TOO_SHORT if len(same_words(row.text)) < SHORTEST_TEXT else ""
    asked = question_of(row)
    if not same_words(asked) or not same_words(row.reply()):
        return NO_WORDS
    if row.kind == "chat":
        tokens = sum(estimated_tokens(message.content) for message in row.messages)
        return TOO_LONG if tokens > LONGEST_TOKENS else ""
    if len(asked) > MAX_QUESTION or len(row.answer) > LONGEST_ANSWER:
        return TOO_LONG
    if row.kind == "answer" and row.language != answer_language(row):
        return LANGUAGE
    return ""


def answer_language(row: Row) -> str:
    """The language of its answer, or that of the row where the answer is too short to tell."""
    said = re.sub(r"\[\w+\]", "", row.answer)  # numbers of passages, and marks of what is masked
    letters = sum(letter.isalpha() for letter in said)
    return language_of(said) if letters >= ENOUGH_LETTERS else row.language


def question_of(row: Row) -> str:
    """What is asked last; "" of a text."""
    asked = [message.content for message in row.messages if message.role == "user"]
    return row.question or (asked[-1] if asked else "")


def without_repetitions(rows: Sequence[Row], rejected: Counter[str]) -> list[Row]:
    """Of rows that say the same, the first by source; `rejected` grows by the others, by reason."""
    ordered = sorted(rows, key=lambda row: _FIRST.index(row.source.partition(":")[0]))
    kept: list[Row] = []
    answered: dict[str, list[Row]] = {}
    for row in ordered:
        same = answered.setdefault(same_words(question_of(row)) or f"\0{row.id}", [])
        if reason := _repeats(row, same):
            rejected[reason] += 1
            continue
        same.append(row)
        kept.append(row)
    alike = set(_alike([_whole(row) for row in kept]))
    rejected[SAME] += len(alike)
    left = {id(row) for place, row in enumerate(kept) if place not in alike}
    return [row for row in rows if id(row) in left]


def _repeats(row: Row, same: Sequence[Row]) -> str:
    """Why a row is left out beside others with the same question; "" where it is not."""
    for other in same:
        if other.source == "correction":
            return CORRECTED
        # two sites may answer the same question each in its way
        if not row.documents or not other.documents or row.documents & other.documents:
            return SAME if _said(other) == _said(row) else OTHER_ANSWER
    return ""


def _said(row: Row) -> str:
    """What is replied, without the numbers of passages."""
    return same_words(re.sub(r"\[\d+\]", "", row.reply()))


def _whole(row: Row) -> str:
    """All that must be alike for two rows to say the same."""
    parts = [row.kind, *(message.content for message in row.messages), row.question, _said(row)]
    if row.kind == "abstain":
        parts += [passage.text for passage in row.passages]
    whole = same_words(" ".join(parts))
    # of long texts only the very same: how alike they are takes a time that grows with the square of them
    return whole if len(whole) <= LONGEST_COMPARED else hashlib.sha256(whole.encode()).hexdigest()


def _alike(texts: Sequence[str]) -> Iterator[int]:
    """Places of texts that are nearly one that stands before them."""
    from rapidfuzz import fuzz, process

    numbers = [re.findall(r"\d+", text) for text in texts]
    for start in range(0, len(texts), _COMPARED_AT_ONCE):
        end = min(start + _COMPARED_AT_ONCE, len(texts))
        likeness = process.cdist(
            texts[start:end], texts[:end], scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8
        )
        for place in range(start, end):
            before = np.flatnonzero(likeness[place - start, :place])
            if any(numbers[place] == numbers[other] for other in before):
                yield place
