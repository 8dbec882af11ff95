"""/footnote search: the passages that a search finds for the asker, without an answer made of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from bot.access import Place, readers_of
from bot.contracts import Passage, Readers
from bot.slack import texts
from bot.slack.reading import MAX_QUESTION, has_words
from bot.slack.render import Block, Rendered, line_of, rich_text, text_message

SearchDocuments = Callable[[str, Readers, int], Awaitable[Sequence[Passage]]]
"""search(text, readers, limit): the best passages that one of `readers` may read, best first."""

SHOWN = 6
EXCERPT = 240
"""Characters of each passage."""


class PassageSearch:
    """Finds on behalf of the place where the list lands."""

    def __init__(self, search: SearchDocuments) -> None:
        self._search = search

    async def said(self, words: str, place: Place, language: str) -> Rendered:
        """What to say to `/footnote search WORDS`. Raises ModelError, StoreError."""
        if not words:
            return text_message(texts.text("usage_search", language), language)
        if len(words) > MAX_QUESTION:
            lengths = {"length": f"{len(words):,}", "limit": f"{MAX_QUESTION:,}"}
            return text_message(texts.text("too_long", language, **lengths), language)
        if not has_words(words):
            return text_message(texts.text("usage_search", language), language)
        found = await self._search(words, readers_of(place), SHOWN)
        return passages_message(words, found[:SHOWN], datetime.now(UTC), language)


def passages_message(words: str, passages: Sequence[Passage], now: datetime, language: str) -> Rendered:
    """The list: of each its title, section, connector and age, a link, and how its text begins."""
    asked = _line(words, 80)
    if not passages:
        return text_message(texts.text("search_none", language, words=asked), language)
    message = text_message(texts.text("search_found", language, words=asked), language)
    sections: list[list[Block]] = []
    for number, passage in enumerate(passages, 1):
        line = line_of(passage, language, now, f"{number}. ")
        excerpt = _line(passage.text, EXCERPT)
        if excerpt:
            line.append({"type": "text", "text": f"\n“{excerpt}”", "style": {"italic": True}})
        if number < len(passages):
            line.append({"type": "text", "text": "\n"})
        sections.append(line)
    return Rendered(message.text, [*message.blocks, rich_text(*sections)], message.said)


def _line(text: str, limit: int) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
