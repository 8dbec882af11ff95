"""Why this answer? A modal for admins that puts the trace of an answer in words."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import is_admin
from bot.contracts import Readers
from bot.errors import NotFound
from bot.slack import modal, texts
from bot.slack.clicks import Click
from bot.slack.people import People
from bot.slack.quotes import readers_of_click
from bot.slack.render import Block, rich_text
from bot.store.answers import Answers
from bot.store.cited import CitedDocuments
from bot.trace_in_words import Section, in_words

MAX_LINE = 2_500


class Why:
    """Shows admins how an answer came about; of the documents, what this admin may read."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        admins: Collection[str],
        answers: Answers,
        documents: CitedDocuments,
    ) -> None:
        self._client = client
        self._people = people
        self._admins = frozenset(admins)
        self._answers = answers
        self._documents = documents

    async def show(self, click: Click) -> None:
        """Open the modal; for anybody but an admin it says kindly that it is not for them."""
        await modal.show(self._client, click, "why_title", lambda: self._view(click))

    async def _view(self, click: Click) -> dict[str, Any]:
        # asked of Slack at this moment: everybody sees the menu
        person = await self._people.person_now(click.user)
        language = texts.language_of("", person.locale)
        if not is_admin(person, self._admins):
            blocks = [modal.words_block("why_admins_only", language)]
        else:
            readers = await readers_of_click(self._people, click)
            blocks = await asyncio.to_thread(self._blocks, click.trace_id, readers, language)
        return modal.view("why_title", blocks, language)

    def _blocks(self, trace_id: str, readers: Readers, language: str) -> list[Block]:
        try:
            record = self._answers.get(trace_id)
        except NotFound:
            return [modal.words_block("answer_gone", language)]
        ids = _documents_in(record.trace)
        return why_blocks(in_words(record, language, self._documents.readable(ids, readers)))


def _documents_in(trace: Mapping[str, Any]) -> set[str]:
    return {str(passage.get("document_id", "")) for passage in trace.get("passages") or ()}


def why_blocks(sections: Sequence[Section]) -> list[Block]:
    """Sections of an account as rich_text: nothing in them can become a link, a mention or an image."""
    blocks: list[Block] = []
    for section in sections:
        heading = {"type": "text", "text": section.heading, "style": {"bold": True}}
        lines = [[{"type": "text", "text": line[:MAX_LINE]}] for line in section.lines if line]
        block = rich_text([heading])
        if section.is_verbatim:
            block["elements"] += [{"type": "rich_text_preformatted", "elements": line} for line in lines]
        elif lines:
            items = [{"type": "rich_text_section", "elements": line} for line in lines]
            block["elements"].append({"type": "rich_text_list", "style": "bullet", "elements": items})
        blocks.append(block)
    return blocks
