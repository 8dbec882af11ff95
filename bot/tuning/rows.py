"""One row of training data, and the line of JSON that it is kept as.

Rows of kind "answer" and "abstain" hold no prompt: it is made of question and passages by the same words that
serve (bot.answering.prompts), so that a change of those never leaves rows that teach another form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from bot.answering import prompts
from bot.answering.evidence import Evidence
from bot.answering.language import Language
from bot.contracts import Message, Passage
from bot.errors import FootnoteError

Kind = Literal["answer", "abstain", "chat", "text"]
KINDS: tuple[Kind, ...] = ("answer", "abstain", "chat", "text")
LANGUAGES: tuple[Language, ...] = ("ko", "en")
ROLES = ("system", "user", "assistant")


class RowError(FootnoteError):
    """A row is not what a row has to be. The message says what is wrong, `mend` what would be right; whoever
    reads a file puts the file and the line before it."""


@dataclass(frozen=True)
class RowPassage:
    """One numbered passage of a prompt."""

    document: str
    """What splits are made by: the id of a document, or any name that is the same for the same document."""
    title: str
    section: str
    text: str
    """As the model reads it: cut to what carries the answer."""


@dataclass(frozen=True)
class Row:
    """One example. Which fields count depends on `kind`.

    answer: `question`, `passages`, `gold`, `answer` with [numbers] of passages. abstain: the same, the answer
    is prompts.NOT_FOUND and no passage has it. chat: `messages`, the last of the assistant. text: `text`.
    """

    id: str
    kind: Kind
    language: Language
    source: str
    """ "approved", "correction", "generated" or "file:NAME"."""
    licence: str
    consent: str
    question: str = ""
    passages: tuple[RowPassage, ...] = ()
    gold: tuple[int, ...] = ()
    """Places in `passages`, from 0, of those that carry the answer."""
    answer: str = ""
    messages: tuple[Message, ...] = ()
    text: str = ""
    readers: tuple[str, ...] | None = None
    """Principals, each of whom may read all that the row was made from; None: everybody may."""
    group: str = ""
    """Of a row without passages: what it was made from. Rows of one group are never split."""

    @property
    def documents(self) -> frozenset[str]:
        """Whatever must not stand in two splits."""
        found = {passage.document for passage in self.passages}
        return frozenset(found | ({self.group} if self.group else set()))

    def prompt(self) -> list[Message]:
        """What the model reads before it answers, exactly as the bot asks it; empty for kind "text"."""
        if self.kind == "text":
            return []
        if self.kind == "chat":
            return list(self.messages[:-1])
        return prompts.messages(self.question, self.language, [_shown(each) for each in self.passages])

    def reply(self) -> str:
        """What the model is to write; of kind "text" the text itself."""
        if self.kind == "text":
            return self.text
        return self.messages[-1].content if self.kind == "chat" else self.answer

    def line(self) -> str:
        """The row as one line of JSON, without its end."""
        return json.dumps(_plain(self), ensure_ascii=False)


def parse_row(given: object) -> Row:
    """The row of a JSON object as `Row.line` writes it. Raises RowError."""
    if not isinstance(given, Mapping):
        raise RowError("The row is no JSON object.", mend='A row looks like {"kind": "answer", ...}.')
    kind = _one_of(given, "kind", KINDS)
    row = Row(
        id=_text(given, "id"),
        kind=cast("Kind", kind),
        language=cast("Language", _one_of(given, "language", LANGUAGES)),
        source=_text(given, "source"),
        licence=_text(given, "licence", may_be_empty=True),
        consent=_text(given, "consent", may_be_empty=True),
        readers=_readers(given.get("readers")),
        group=_text(given, "group", may_be_empty=True),
    )
    if kind == "text":
        return replace(row, text=_text(given, "text"))
    if kind == "chat":
        return replace(row, messages=parse_messages(given.get("messages")))
    passages = tuple(_passage(each) for each in _list(given, "passages"))
    gold = given.get("gold", [])
    if not isinstance(gold, list) or not all(type(n) is int and 0 <= n < len(passages) for n in gold):
        raise RowError(
            f"gold is {gold!r}.", mend=f"It lists places in passages, from 0 to {len(passages) - 1}."
        )
    row = replace(
        row,
        question=_text(given, "question"),
        passages=passages,
        gold=tuple(gold),
        answer=_text(given, "answer"),
    )
    if (row.kind == "abstain") != (row.answer == prompts.NOT_FOUND):
        raise RowError(
            f"The row is of kind {row.kind!r}, which its answer does not fit.",
            mend=f"abstain has the answer {prompts.NOT_FOUND}, and answer another one.",
        )
    return row


def parse_messages(given: object) -> tuple[Message, ...]:
    """Chat messages as OpenAI writes them, the last of the assistant. Raises RowError."""
    shape = '"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]'
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise RowError("messages is no list of messages.", mend=f"It looks like {shape}.")
    found: list[Message] = []
    for number, each in enumerate(given, start=1):
        role = each.get("role") if isinstance(each, Mapping) else None
        content = each.get("content") if isinstance(each, Mapping) else None
        if role not in ROLES:
            raise RowError(f"Message {number} has the role {role!r}.", mend=f"Known: {', '.join(ROLES)}.")
        if not isinstance(content, str) or not content.strip():
            raise RowError(f"Message {number} has no text in content.", mend=f"It looks like {shape}.")
        if role == "system" and number > 1:
            raise RowError(f"Message {number} is of the system.", mend="Only the first may be.")
        found.append(Message(role, content))
    turns = [message.role for message in found if message.role != "system"]
    if turns != ["user", "assistant"] * (len(turns) // 2) or not turns:
        raise RowError(
            "user and assistant do not take turns, beginning with user and ending with assistant.",
            mend=f"It looks like {shape}.",
        )
    return tuple(found)


def _shown(passage: RowPassage) -> Evidence:
    """What prompts read of a passage: heading and excerpt."""
    whole = Passage(0, passage.document, "", passage.title, "", passage.section, passage.text, 0.0, None)
    return Evidence(whole, passage.text, (), (), (), (), ())


def _plain(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"id": row.id, "kind": row.kind, "language": row.language}
    if row.kind == "text":
        found["text"] = row.text
    elif row.kind == "chat":
        found["messages"] = [{"role": each.role, "content": each.content} for each in row.messages]
    else:
        found["question"] = row.question
        found["passages"] = [
            {"document": each.document, "title": each.title, "section": each.section, "text": each.text}
            for each in row.passages
        ]
        found["gold"] = list(row.gold)
        found["answer"] = row.answer
    found |= {"source": row.source, "licence": row.licence, "consent": row.consent}
    found["readers"] = None if row.readers is None else list(row.readers)
    if row.group:
        found["group"] = row.group
    return found


def _passage(given: object) -> RowPassage:
    if not isinstance(given, Mapping):
        raise RowError("A passage is no object.", mend='It looks like {"document": "...", "text": "..."}.')
    return RowPassage(
        _text(given, "document"),
        _text(given, "title", may_be_empty=True),
        _text(given, "section", may_be_empty=True),
        _text(given, "text"),
    )


def _readers(given: object) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list) or not given or not all(isinstance(each, str) and each for each in given):
        raise RowError(
            f"readers is {given!r}.", mend='It is null (everybody) or a list such as ["channel:T1/C1"].'
        )
    return tuple(sorted(set(given)))


def _text(given: Mapping[str, Any], name: str, *, may_be_empty: bool = False) -> str:
    value = given.get(name, "" if may_be_empty else None)
    if not isinstance(value, str) or not (may_be_empty or value.strip()):
        what = "is missing" if value is None else "is empty" if isinstance(value, str) else "is no text"
        raise RowError(f"{name} {what}.", mend=f'Give it as a text: "{name}": "...".')
    return value


def _one_of(given: Mapping[str, Any], name: str, known: Sequence[str]) -> str:
    value = given.get(name)
    if value not in known:
        raise RowError(f"{name} is {value!r}.", mend=f"Known: {', '.join(known)}.")
    return str(value)


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name, [])
    if not isinstance(value, list):
        raise RowError(f"{name} is no list.", mend=f'Give it as a list: "{name}": [...].')
    return value
