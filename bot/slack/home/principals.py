"""Principals as admins see them on their Home tab: people of this workspace as such. Pure."""

from __future__ import annotations

import re

from bot.slack import texts
from bot.slack.home.blocks import MAX_NAME, shortened, word
from bot.slack.render import Block
from bot.store.audit import OF_TERMINAL, TERMINAL
from bot.tuning.activation.serving import WATCH

_PERSON = re.compile(r"user:(\w+)/([UW][A-Z0-9]+)")


def person_of(principal: str, team: str, language: str) -> Block | None:
    """Somebody as an element; None for what is no person of Slack (the command line)."""
    found = _PERSON.fullmatch(principal)
    if found is None:
        return None
    if found[1] != team:
        return word(texts.text("home_somebody", language))
    return {"type": "user", "user_id": found[2]}


def around(person: Block, name: str, language: str) -> list[Block]:
    """One of our texts with a person in it."""
    before, _, behind = texts.text(name, language, person="\0").partition("\0")
    return [*([word(before)] if before else []), person, *([word(behind)] if behind else [])]


def whoever(who: str, team: str, language: str) -> list[Block]:
    """A person of this workspace, an account of the machine or any other text."""
    if who == TERMINAL:
        return [word(texts.text("home_terminal", language))]
    if who == WATCH:
        return [word(texts.text("tuning_watch", language))]
    if who.startswith(OF_TERMINAL):
        name = shortened(who.removeprefix(OF_TERMINAL), MAX_NAME)
        return [word(texts.text("home_on_terminal", language, name=name))]
    return _with_people(who, team)


def _with_people(text: str, team: str) -> list[Block]:
    """A text in which principals of this workspace are drawn as people. Nobody is told: it is no message."""
    elements: list[Block] = []
    end = 0
    for found in _PERSON.finditer(text):
        if found[1] != team:
            continue
        if found.start() > end:
            elements.append(word(text[end : found.start()]))
        elements.append({"type": "user", "user_id": found[2]})
        end = found.end()
    if end < len(text) or not elements:
        elements.append(word(text[end:]))
    return elements
