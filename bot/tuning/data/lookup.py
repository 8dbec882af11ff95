"""Questions and answers that were written down without their passages: looked up in the documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.contracts import Message, Passage, Progress, Readers, unwatched
from bot.tuning.data.checking import Checks, Supported, check_answer
from bot.tuning.data.documents import Documents
from bot.tuning.rows import Row, RowPassage
from connectors.base import EVERYONE

FOUND_LIMIT = 10
"""Passages searched for, as for a question that is asked."""
NOBODY = "file: nobody may read all that its answer stands in"

Search = Callable[[str, Readers, int], Awaitable[list[Passage]]]
"""(question, readers, limit) -> the best passages that one of the readers may read."""


async def with_passages_found(
    rows: Sequence[Row],
    search: Search | None,
    documents: Documents,
    checks: Checks,
    readers: tuple[str, ...] | None,
    rejected: Counter[str],
    *,
    progress: Progress = unwatched,
) -> list[Row]:
    """Rows of a question and an answer get the passages that the answer stands in, among those that a search
    finds. Where there are none they become a chat, which teaches how to speak, and not how to cite.

    Rows that have passages, and those of other kinds, stay as they are. Raises StoreError, ModelError.
    """
    found: list[Row] = []
    wanted = sum(map(_lacks_passages, rows))
    done = 0
    for row in rows:
        if not _lacks_passages(row):
            found.append(row)
            continue
        done += 1
        progress("looking up answers", done, wanted)
        passages = await passages_for(row.question, search, readers)
        if row.kind == "abstain":
            made = replace(row, passages=passages) if passages else row
        else:
            stands = await check_answer(row.question, row.answer, passages, checks) if passages else ""
            if isinstance(stands, Supported):
                made = replace(row, passages=stands.passages, gold=stands.gold, answer=stands.answer)
            else:
                made = _as_chat(row)
        readable = with_readers(made, documents)
        if readable is None:
            rejected[NOBODY] += 1
        else:
            found.append(readable)
    return found


def _lacks_passages(row: Row) -> bool:
    return row.kind in ("answer", "abstain") and not row.passages


async def passages_for(
    question: str, search: Search | None, readers: tuple[str, ...] | None
) -> tuple[RowPassage, ...]:
    """What is found for a question, of what the readers of the dataset may read. Raises StoreError."""
    if search is None:
        return ()
    found = await search(question, frozenset({EVERYONE, *(readers or ())}), FOUND_LIMIT)
    return tuple(RowPassage(each.document_id, each.title, each.section, each.text) for each in found)


def _as_chat(row: Row) -> Row:
    messages = (Message("user", row.question), Message("assistant", row.answer))
    return replace(row, kind="chat", messages=messages, question="", answer="", group=row.group or row.id)


def with_readers(row: Row, documents: Documents) -> Row | None:
    """Who may read both what somebody wrote and where it was found; None where that is nobody."""
    of_documents = documents.readers({passage.document for passage in row.passages})
    if not row.passages or of_documents is None:
        return row
    common = set(of_documents) if row.readers is None else set(of_documents) & set(row.readers)
    return replace(row, readers=tuple(sorted(common))) if common else None
