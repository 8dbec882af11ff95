"""The modals that the Home tab of an admin opens -> views. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.slack import modal, texts
from bot.slack.home.blocks import MAX_NAME, bullets, shortened, word
from bot.slack.home.desk_connectors import RETRY, button
from bot.slack.render import Block, rich_text
from bot.store.sources import SetAside
from bot.sync.preview import SyncPreview

MAX_NAMED = 10
MAX_ASIDE = 50
MAX_ITEM = 200
MAX_REASON = 300


def refused_view(language: str) -> dict[str, Any]:
    """What anybody but an admin gets."""
    return modal.view("home_only_title", [modal.words_block("home_only", language)], language)


def words_view(title: str, words: str, language: str) -> dict[str, Any]:
    """One line, which may come from a source."""
    return modal.view(title, [rich_text([word(shortened(words, MAX_REASON))])], language)


def preview_view(preview: SyncPreview, language: str) -> dict[str, Any]:
    """What a sync would do; of each kind the first documents are named."""
    title = "home_preview_title"
    if preview.error:
        said = texts.text("home_failed", language, name=preview.connector, reason=preview.error)
        return words_view(title, said, language)
    blocks = [rich_text([word(shortened(preview.connector, MAX_NAME), bold=True)])]
    for name, item_ids in (
        ("home_preview_added", preview.added),
        ("home_preview_changed", preview.changed),
        ("home_preview_removed", preview.removed),
        ("home_preview_aside", preview.set_aside),
    ):
        blocks += _named(name, item_ids, language)
    blocks.append(
        modal.words_block("home_preview_unchanged", language, count=f"{preview.unchanged:,}"),
    )
    if preview.is_doubtful:
        blocks.append(modal.words_block("home_preview_doubtful", language))
    blocks.append(modal.words_block("preview_done", language))
    return modal.view(title, blocks, language)


def aside_view(connector: str, items: Sequence[SetAside], language: str, note: str = "") -> dict[str, Any]:
    """What could not be read, and why; with a button that has it tried again."""
    blocks = [rich_text([word(shortened(connector, MAX_NAME), bold=True)])]
    if note:
        blocks.append(rich_text([word(shortened(note, MAX_REASON))]))
    if not items:
        return modal.view(
            "home_aside_title", [*blocks, modal.words_block("home_aside_none", language)], language
        )
    lines = [
        [
            word(shortened(item.item_id, MAX_ITEM), code=True),
            word(f" {shortened(item.reason, MAX_REASON)}"),
            word(texts.text("home_tries", language, attempts=item.attempts)),
        ]
        for item in items[:MAX_ASIDE]
    ]
    if len(items) > MAX_ASIDE:
        lines.append([word(texts.text("more_sources", language, count=f"{len(items) - MAX_ASIDE:,}"))])
    again = {"type": "actions", "elements": [{**button(RETRY, connector, language), "style": "primary"}]}
    return modal.view("home_aside_title", [*blocks, bullets(lines), again], language)


def _named(name: str, item_ids: Sequence[str], language: str) -> list[Block]:
    block = rich_text([word(texts.text(name, language, count=f"{len(item_ids):,}"))])
    lines = [[word(shortened(item_id, MAX_ITEM), code=True)] for item_id in item_ids[:MAX_NAMED]]
    if len(item_ids) > MAX_NAMED:
        lines.append([word(texts.text("more_sources", language, count=f"{len(item_ids) - MAX_NAMED:,}"))])
    if lines:
        block["elements"] += bullets(lines)["elements"]
    return [block]
