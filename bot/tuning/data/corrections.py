"""Rows out of the right answers that people wrote where the bot's did not help ("Ask a human").

A person knows more than the documents say, and a model that learns to say what no passage does learns to
invent. So a correction becomes a row only where it stands in passages: in those that the bot had read, else
in what is found for the question now. The check is the one that every answer of a file goes through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.answering.language import language_of
from bot.answering.terms import plain_terms
from bot.contracts import Progress, unwatched
from bot.store.corrections import CorrectedAnswer, Corrections
from bot.store.database import Database
from bot.tuning.data.approved import passages_read, shown_in
from bot.tuning.data.checking import Checks, check_answer
from bot.tuning.data.documents import Documents
from bot.tuning.data.lookup import Search, passages_for, with_readers
from bot.tuning.rows import Row, RowPassage
from connectors.base import EVERYONE

CORRECTION = "correction"
"""The source of these rows, and of those from files given as corrections."""
CONSENT = "written in Slack, where it says that it is kept to learn from"

FORGOTTEN = "correction: a document found for its question changed or went"
FOLLOW_UP = "correction: its question follows another one"
OTHER_QUESTION = "correction: people were asked something else than the bot"
NOBODY = "correction: nobody may read all that it stands in, where it was given"


async def corrected_rows(
    database: Database,
    documents: Documents,
    checks: Checks,
    search: Search | None,
    readers: tuple[str, ...] | None,
    rejected: Counter[str],
    *,
    progress: Progress = unwatched,
) -> list[Row]:
    """Oldest first; `rejected` grows by what was left out, by reason. `readers`: those of the dataset.

    Raises StoreError, ModelError.
    """
    rows: list[Row] = []
    corrected = Corrections(database).all()
    for done, one in enumerate(corrected, start=1):
        made = _unfit(one) or await _row(one, documents, checks, search, readers)
        if isinstance(made, Row):
            rows.append(made)
        else:
            rejected[made] += 1
        progress("checking corrections", done, len(corrected))
    return rows


def _unfit(one: CorrectedAnswer) -> str:
    """Why no row can come of it, whatever the documents say; "" where one can."""
    if one.record.is_forgotten:
        return FORGOTTEN
    if one.record.trace.get("earlier"):
        return FOLLOW_UP
    # what the asker wrote to people in its place may make sense only beside the bot's answer
    if plain_terms(one.correction.question).isdisjoint(plain_terms(one.record.question)):
        return OTHER_QUESTION
    return ""


async def _row(
    one: CorrectedAnswer,
    documents: Documents,
    checks: Checks,
    search: Search | None,
    readers: tuple[str, ...] | None,
) -> Row | str:
    """The row, or why there is none."""
    correction = one.correction
    question = " ".join(correction.question.split())
    stands = await check_answer(question, correction.answer, _read(one, documents), checks)
    if isinstance(stands, str):
        found = await passages_for(question, search, readers)
        stands = await check_answer(question, correction.answer, found, checks)
    if isinstance(stands, str):
        return f"correction: {stands}"
    row = Row(
        id=f"correction {correction.trace_id}",
        kind="answer",
        language=language_of(question),
        source=CORRECTION,
        licence=documents.licence({passage.document for passage in stands.passages}),
        consent=CONSENT,
        question=question,
        passages=stands.passages,
        gold=stands.gold,
        answer=stands.answer,
        readers=None if EVERYONE in correction.readers else correction.readers,
    )
    return with_readers(row, documents) or NOBODY


def _read(one: CorrectedAnswer, documents: Documents) -> Sequence[RowPassage]:
    """What the bot had read, as far as its documents say that still."""
    trace = one.record.trace
    return passages_read(trace, shown_in(trace), documents) or ()
