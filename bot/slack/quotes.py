"""Show quotes: a modal with the passages that an answer cites, what supports it in bold.

Everything is a rich_text block, in which a document's markup is only text: it can make no link, mention or
image. Who may read a document is looked at when the button is clicked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import readers_of
from bot.answering.evidence import readable
from bot.contracts import Citation, Readers
from bot.errors import NotFound
from bot.slack import modal, texts
from bot.slack.clicks import Ack, Click, click_of
from bot.slack.inbox import is_direct
from bot.slack.people import People
from bot.slack.render import MAX_SOURCES, Block, line_of, rich_text
from bot.store.answers import Answers
from bot.store.cited import CitedDocuments, CitedPassage

MAX_AROUND = 600
"""Characters of the passage before what is quoted, and as many behind."""
MAX_QUOTE = 1_500


class Quotes:
    """The Bolt listener of the button."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        answers: Answers,
        documents: CitedDocuments,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._people = people
        self._answers = answers
        self._documents = documents
        self._now = now

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """Show what the person who clicked may read of the passages."""
        await ack()
        click = click_of(body, action)
        if click is not None:
            await modal.show(self._client, click, "quotes_title", lambda: self._view(click))

    async def _view(self, click: Click) -> dict[str, Any]:
        readers = await readers_of_click(self._people, click)
        blocks = await asyncio.to_thread(self._blocks, click, readers)
        return modal.view("quotes_title", blocks, click.language)

    def _blocks(self, click: Click, readers: Readers) -> list[Block]:
        language = click.language
        try:
            record = self._answers.get(click.trace_id)
        except NotFound:
            return [modal.words_block("answer_gone", language)]
        if record.is_forgotten:
            return [modal.words_block("quotes_forgotten", language)]
        citations = record.answer.citations
        if not citations:
            return [modal.words_block("quotes_none", language)]
        ids = {citation.document_id for citation in citations}
        may_read, known = self._documents.readable(ids, readers), self._documents.known(ids)
        blocks = [modal.words_block("quotes_lead", language)] if may_read else []
        for citation in citations[:MAX_SOURCES]:
            if citation.document_id in may_read:
                passage = self._documents.passage(citation)
                blocks += quote_blocks(citation, passage, language, self._now())
            else:
                name = "quote_denied" if citation.document_id in known else "quote_gone"
                words = f"[{citation.number}] {texts.text(name, language)}"
                blocks.append(rich_text([{"type": "text", "text": words}]))
        if len(citations) > MAX_SOURCES:
            blocks.append(modal.words_block("more_sources", language, count=len(citations) - MAX_SOURCES))
        return blocks


async def readers_of_click(people: People, click: Click) -> Readers:
    """On whose behalf a modal is filled: of the place of the answer, and of the person, who alone sees it."""
    person = await people.person(click.user)
    alone = await people.place(click.channel, person, is_private_to_asker=True)
    readers = readers_of(alone)
    if click.is_private or is_direct(click.channel):
        return readers
    place = await people.place(click.channel, person, is_private_to_asker=False)
    return readers | readers_of(place)


def quote_blocks(citation: Citation, passage: CitedPassage, language: str, now: datetime) -> list[Block]:
    """[1] title > section as a link, and the passage with what is quoted in bold."""
    source = replace(
        citation,
        title=passage.title,
        url=passage.url,
        section=passage.section,
        updated_at=passage.updated_at,
    )
    sections = [line_of(source, language, now, f"[{citation.number}] ")]
    if passage.is_changed:
        note = {"type": "text", "text": texts.text("quote_changed", language), "style": {"italic": True}}
        sections[0].append({"type": "text", "text": "\n"})
        sections.append([note])
    block = rich_text(*sections)
    block["elements"].append({"type": "rich_text_quote", "elements": _highlighted(passage)})
    return [{"type": "divider"}, block]


def _highlighted(passage: CitedPassage) -> Sequence[Block]:
    before, quote, behind = (
        passage.text[: passage.start],
        passage.text[passage.start : passage.end],
        passage.text[passage.end :],
    )
    if len(before) > MAX_AROUND:
        before = "…" + re.sub(r"^\S*\s", "", before[-MAX_AROUND:])
    if len(behind) > MAX_AROUND:
        behind = re.sub(r"\s\S*$", "", behind[:MAX_AROUND]) + "…"
    quote = quote if len(quote) <= MAX_QUOTE else quote[:MAX_QUOTE].rstrip() + "…"
    pieces = [(_words(before), False), (_words(quote), True), (_words(behind), False)]
    return [
        {"type": "text", "text": text, **({"style": {"bold": True}} if is_bold else {})}
        for text, is_bold in pieces
        if text
    ]


_RULE_OF_TABLE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}[-|: \t]*$\n?", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def _words(text: str) -> str:
    """As a person reads them: without markup; white space at the ends joins the pieces and is kept."""
    start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    words = readable(_HEADING.sub("", _RULE_OF_TABLE.sub("", text.strip("\n"))))
    if not words:
        return _gap(text)
    printable = "".join(char if char.isprintable() or char == "\n" else " " for char in words)
    return _gap(start) + _BLANK_LINES.sub("\n", printable) + _gap(end)


def _gap(white: str) -> str:
    if "\n" in white:
        return "\n"
    return " " if white else ""
