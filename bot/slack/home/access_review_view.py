"""Who may see what, as a modal -> views. Pure.

Readers are drawn as the people, channels and groups of Slack that they are; nobody is told, for a modal is no
message. Of documents nothing is shown but how many they are, and the title of one that the admin may read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.access import Person
from bot.access_review import AtConnector, AtDocument, Obstacle
from bot.slack import modal, texts
from bot.slack.clicks import value_of
from bot.slack.home.blocks import MAX_NAME, MAX_TITLE, bullets, plain, shortened, word
from bot.slack.render import Block, link_of, rich_text
from bot.store.document_readers import ReaderTable, StoredReaders
from connectors.base import EVERYONE

SHOW_ACTION = "footnote_access_show"
PERSON_ACTION = "footnote_access_person"
DOCUMENT_INPUT = "footnote_access_document"
REVIEW_VIEW = "footnote_access_review"
MAX_READERS = 8
"""Of one set of readers, each in its line."""
MAX_THROUGH = 10
MAX_READER = 80
MAX_DOCUMENT = 2_000
"""Characters of an address; Slack takes 3,000."""

_PRINCIPAL = re.compile(r"(user|channel|group):(\w+)/(\w+)")
Why = Callable[[str], Obstacle | None]
"""Why a principal does not stand for the person asked about."""


@dataclass(frozen=True)
class Asked:
    """What an admin wants to know."""

    connector: str
    user: str = ""
    """Id of the person asked about; "" for nobody."""
    document: str = ""
    """What names one document; "" for none."""


@dataclass(frozen=True)
class Told:
    """One document of those that were asked about."""

    document: StoredReaders
    at: AtDocument | None
    """What the person asked about may; None where none was."""
    may_be_named: bool
    """The admin may read it."""


def access_button(connector: str, language: str) -> Block:
    """The button that opens the modal."""
    return {
        "type": "button",
        "action_id": SHOW_ACTION,
        "value": value_of("access", connector, language),
        "text": plain(texts.text("access_button", language)),
    }


def review_view(
    asked: Asked,
    table: ReaderTable,
    found: Sequence[Block],
    team: str,
    language: str,
    *,
    has_switch: bool = False,
) -> dict[str, Any]:
    """The modal: who may read the documents of a connector, what was asked, and what was `found` of it.

    `has_switch`: the connector has a setting everyone_may_read, which is off.
    """
    blocks = [
        rich_text([word(shortened(asked.connector, MAX_NAME), bold=True), word(_documents(table, language))]),
        *_sets(table, team, language),
        *_for_nobody(table, language, has_switch=has_switch),
        {"type": "divider"},
        _person_select(asked.user, language),
        _document_input(asked.document, language),
        *found,
    ]
    view = modal.view("access_title", blocks, language)
    return {
        **view,
        "callback_id": REVIEW_VIEW,
        "private_metadata": asked.connector,
        "submit": modal.plain_text("access_check", language),
    }


def note(name: str, language: str) -> list[Block]:
    """One of our texts, where an answer would stand."""
    return [modal.words_block(name, language)]


def connector_answer(
    person: Person, at: AtConnector, why: Why, team: str, language: str, *, has_switch: bool = False
) -> list[Block]:
    """What somebody may read of a connector, through what, and what is missing for the rest."""
    counts = {"readable": f"{at.readable:,}", "documents": f"{at.documents:,}"}
    said = texts.text("access_may", language, **counts, s=texts.plural(at.documents))
    blocks = [rich_text([_person(person), word(said)])]
    through = [
        [_reader(reader, team, language), word(f" – {documents:,}")]
        for reader, documents in list(at.through.items())[:MAX_THROUGH]
    ]
    if len(at.through) > MAX_THROUGH:
        through.append([word(texts.text("more_sources", language, count=len(at.through) - MAX_THROUGH))])
    if through:
        blocks += [modal.words_block("access_through", language), bullets(through)]
    if at.missing.documents:
        blocks.append(modal.words_block("access_missing", language))
        blocks += _sets(at.missing, team, language, why)
        blocks += _for_nobody(at.missing, language, has_switch=has_switch)
    return blocks


def document_answer(told: Told, why: Why, team: str, language: str, person: Person | None) -> list[Block]:
    """Who may read one document, and whether the person asked about may."""
    document = told.document
    named = _title(document) if told.may_be_named else word(texts.text("access_unnamed", language))
    head = [named, word(f" · {shortened(document.connector, MAX_NAME)}")]
    if person is None or told.at is None:
        lines = _readers(document.readers, team, language) or [
            word(texts.text("access_nobody_at_all", language))
        ]
        return [rich_text(head), bullets([lines])]
    verdict = "access_document_may" if told.at.is_readable else "access_document_may_not"
    blocks = [rich_text([*head, word("\n"), _person(person), word(texts.text(verdict, language))])]
    if told.at.is_readable:
        through = [[_reader(each, team, language)] for each in told.at.through[:MAX_THROUGH]]
        return [*blocks, modal.words_block("access_through", language), bullets(through)]
    readers = _readers(document.readers, team, language, why)
    missing = readers or [word(texts.text("access_nobody_at_all", language))]
    return [*blocks, modal.words_block("access_missing", language), bullets([missing])]


def _documents(table: ReaderTable, language: str) -> str:
    count = {"documents": f"{table.documents:,}", "s": texts.plural(table.documents)}
    return texts.text("access_documents", language, **count)


def _sets(table: ReaderTable, team: str, language: str, why: Why | None = None) -> list[Block]:
    lines = [
        [
            word(
                texts.text(
                    "access_set", language, documents=f"{each.documents:,}", s=texts.plural(each.documents)
                )
            ),
            *_readers(each.readers, team, language, why),
        ]
        for each in table.sets
    ]
    if table.sets_left_out:
        left = {"sets": f"{table.sets_left_out:,}", "documents": f"{table.documents_left_out:,}"}
        lines.append([word(texts.text("access_more_sets", language, **left))])
    return [bullets(lines)] if lines else []


def _for_nobody(table: ReaderTable, language: str, *, has_switch: bool) -> list[Block]:
    if not table.for_nobody:
        return []
    said = texts.text("access_nobody", language, count=f"{table.for_nobody:,}")
    mend = texts.text("access_nobody_switch" if has_switch else "access_nobody_source", language)
    return [rich_text([word(said, bold=True), word(f"\n{mend}")])]


def _readers(readers: Sequence[str], team: str, language: str, why: Why | None = None) -> list[Block]:
    elements: list[Block] = []
    for place, reader in enumerate(readers[:MAX_READERS]):
        if place:
            elements.append(word(", "))
        elements.append(_reader(reader, team, language))
        if why and (obstacle := why(reader)):
            elements.append(word(f" ({texts.text(f'access_{obstacle.value}', language)})"))
    if len(readers) > MAX_READERS:
        count = f"{len(readers) - MAX_READERS:,}"
        elements.append(word(", " + texts.text("more_sources", language, count=count)))
    return elements


def _reader(reader: str, team: str, language: str) -> Block:
    """A principal as Slack draws it where it is of this workspace, else as words."""
    if reader == EVERYONE:
        return word(texts.text("access_everyone", language))
    found = _PRINCIPAL.fullmatch(reader)
    if found is None or found[2] != team:
        return word(shortened(reader.removeprefix("email:"), MAX_READER))
    kind = {"user": "user", "channel": "channel", "group": "usergroup"}[found[1]]
    return {"type": kind, f"{kind}_id": found[3]}


def _person(person: Person) -> Block:
    return {"type": "user", "user_id": person.user}


def _title(document: StoredReaders) -> Block:
    title = shortened(document.title, MAX_TITLE)
    url, _ = link_of(document.url)
    return {"type": "link", "url": url, "text": title or url} if url else word(title)


def _person_select(user: str, language: str) -> Block:
    select: Block = {
        "type": "users_select",
        "action_id": PERSON_ACTION,
        "placeholder": plain(texts.text("access_person", language)),
    }
    if user:
        select["initial_user"] = user
    return {"type": "actions", "block_id": PERSON_ACTION, "elements": [select]}


def _document_input(document: str, language: str) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": DOCUMENT_INPUT, "max_length": MAX_DOCUMENT}
    if document:
        element["initial_value"] = document
    return {
        "type": "input",
        "block_id": DOCUMENT_INPUT,
        "optional": True,
        "label": plain(texts.text("access_document", language)),
        "element": element,
    }
