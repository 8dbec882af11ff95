"""Rows out of answers that people approved, each checked against the documents as they are now.

What the model is to learn is not what people saw, in which citations are numbered as they are used, but the
reply that would have needed no mending: the sentences that stood the check, each with the number that its
passage had in the prompt. What people answered where the bot's answer did not help is in `corrections`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from bot.answering import prompts
from bot.answering.language import language_of
from bot.contracts import Message
from bot.store.approved import ApprovedAnswer, ApprovedAnswers
from bot.store.cited import CitedDocuments
from bot.store.database import Database
from bot.tuning.data.documents import Documents
from bot.tuning.rows import Row, RowPassage

PRIVATE = "approved: asked in private"
FORGOTTEN = "approved: a document it was made from changed or went"
FOLLOW_UP = "approved: it follows another question"
UNKNOWN = "approved: what the model read was not kept"
CHANGED = "approved: a quote or passage does not stand in its document now"
NOBODY = "approved: nobody may read all that it was made from"


def approved_rows(database: Database, documents: Documents, rejected: Counter[str]) -> list[Row]:
    """Oldest first; `rejected` grows by what was left out, by reason. Raises StoreError."""
    cited = CitedDocuments(database)
    rows: list[Row] = []
    for approved in ApprovedAnswers(database).all():
        made = _row(approved, documents, cited)
        if isinstance(made, Row):
            rows.append(made)
        else:
            rejected[made] += 1
    return rows


def _row(approved: ApprovedAnswer, documents: Documents, cited: CitedDocuments) -> Row | str:
    """The row, or why there is none."""
    record = approved.record
    if approved.is_private:
        return PRIVATE
    if record.is_forgotten:
        return FORGOTTEN
    if record.trace.get("earlier"):
        return FOLLOW_UP
    said = [
        (str(verdict["sentence"]), int(verdict["sources"][0]))
        for verdict in record.trace.get("verdicts", ())
        if verdict.get("sources")
    ]
    shown = shown_in(record.trace)
    if not shown or (record.answer.found and not said) or any(number > len(shown) for _, number in said):
        return UNKNOWN
    passages = passages_read(record.trace, shown, documents)
    if passages is None or any(cited.passage(citation).is_changed for citation in record.answer.citations):
        return CHANGED
    names = {passage.document for passage in passages}
    readers = documents.readers(names)
    if readers == ():
        return NOBODY
    question = " ".join(record.question.split())
    is_found = record.answer.found
    return Row(
        id=f"approved {record.answer.trace_id}",
        kind="answer" if is_found else "abstain",
        language="ko" if record.answer.language == "ko" else language_of(question),
        source="approved",
        licence=documents.licence(names),
        consent=f"👍 of {approved.people}",
        question=question,
        passages=tuple(passages),
        gold=tuple(sorted({number - 1 for _, number in said})) if is_found else (),
        answer=" ".join(f"{text} [{number}]" for text, number in said) if is_found else prompts.NOT_FOUND,
        readers=readers,
    )


def shown_in(trace: Any) -> list[tuple[str, str]]:
    """(heading, text) of each passage of the prompt."""
    return prompts.passages_in([Message(each["role"], each["content"]) for each in trace.get("prompt", ())])


def passages_read(trace: Any, shown: list[tuple[str, str]], documents: Documents) -> list[RowPassage] | None:
    """What the model read, with the documents that it is from; None where one does not say so any more.

    The trace holds what the search found, of which the prompt shows some, by rank and cut. So they are found
    again in that order, by their headings and by what the documents say.
    """
    order = list(trace.get("order", ())) or list(range(len(shown)))
    if len(order) != len(shown):
        return None
    found: dict[int, RowPassage] = {}
    left = iter(trace.get("passages", ()))
    for _, place in sorted((rank, place) for place, rank in enumerate(order)):
        heading, text = shown[place]
        for each in left:
            name, title, section = str(each["document_id"]), str(each["title"]), str(each["section"])
            if prompts.heading(title, section) == heading and documents.still_says(name, text):
                found[place] = RowPassage(name, title, section, text)
                break
        else:
            return None
    return [found[place] for place in range(len(shown))]
