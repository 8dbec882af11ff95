"""What somebody sees on the Home tab -> blocks. Pure.

Everything that comes from a source stands in rich_text, where a text is only ever a text; the one link is the
url of a document's row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.connector_status import ConnectorStatus
from bot.slack import texts
from bot.slack.render import Block, link_of, rich_text
from bot.store.readable import Example

MAX_BLOCKS = 100
MAX_SOURCES = 40
MAX_NAME = 80
MAX_TITLE = 120
MAX_REASON = 300
GENERAL = ("prompt_remote", "prompt_leave", "prompt_expenses")
"""Names of texts: questions for whom no document can be named."""


@dataclass(frozen=True)
class Readable:
    """What one person may read."""

    sources: Sequence[ConnectorStatus]
    """`documents` counts those that this person may read."""
    examples: Sequence[Example]


def home_view(readable: Readable, now: datetime, language: str, more: Sequence[Block] = ()) -> dict[str, Any]:
    """The Home tab of one person; `more` is what they see besides."""
    blocks = [*_ask(readable.examples, language), *_sources(readable.sources, now, language), *more]
    return {"type": "home", "blocks": blocks[:MAX_BLOCKS]}


def heading(name: str, language: str, /, **values: object) -> Block:
    """One of our texts, as a heading."""
    return {"type": "header", "text": plain(texts.text(name, language, **values)[:150])}


def plain(words: str) -> Block:
    """Words where Slack takes only plain ones."""
    return {"type": "plain_text", "text": words, "emoji": True}


def word(text: str, **style: bool) -> Block:
    """A text in rich_text. Slack refuses an empty one."""
    return {"type": "text", "text": text or "…", **({"style": style} if style else {})}


def bullets(lines: Sequence[Sequence[Block]]) -> Block:
    """A list, each line of it elements of rich_text."""
    items = [{"type": "rich_text_section", "elements": list(line)} for line in lines]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}],
    }


def moment(at: datetime) -> Block:
    """Slack draws it in the time zone of whoever looks."""
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": fallback,
    }


def shortened(text: str, limit: int) -> str:
    """One line of at most so many characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _ask(examples: Sequence[Example], language: str) -> list[Block]:
    lines = [_example(one, language) for one in examples]
    if not lines:
        lines = [[word(texts.text(name, language))] for name in GENERAL]
    return [
        rich_text([word(texts.text("home_lead", language))]),
        heading("home_ask", language),
        bullets(lines),
    ]


def _example(example: Example, language: str) -> list[Block]:
    before, _, behind = texts.text("home_example", language, title="\0").partition("\0")
    title = shortened(example.title, MAX_TITLE)
    url, _ = link_of(example.url)
    named = {"type": "link", "url": url, "text": title} if url else word(title)
    return [word(part) if isinstance(part, str) else part for part in (before, named, behind) if part]


def _sources(sources: Sequence[ConnectorStatus], now: datetime, language: str) -> list[Block]:
    head = heading("home_sources", language)
    if not sources:
        return [head, rich_text([word(texts.text("home_no_sources", language))])]
    lines = [_source(source, now, language) for source in sources[:MAX_SOURCES]]
    if len(sources) > MAX_SOURCES:
        lines.append([word(texts.text("more_sources", language, count=len(sources) - MAX_SOURCES))])
    return [head, bullets(lines)]


def _source(source: ConnectorStatus, now: datetime, language: str) -> list[Block]:
    """Why a connector is paused is for admins: a reason may name people and machines."""
    if source.is_paused:
        freshness = texts.text("home_paused", language)
    elif source.finished_at is None:
        freshness = texts.text("source_never", language)
    else:
        age = texts.age((now - source.finished_at).total_seconds(), language)
        freshness = texts.text("source_read", language, age=age)
    counted = texts.text(
        "home_source",
        language,
        documents=f"{source.documents:,}",
        s=texts.plural(source.documents),
        freshness=freshness,
    )
    return [word(shortened(source.name, MAX_NAME), bold=True), word(counted)]
