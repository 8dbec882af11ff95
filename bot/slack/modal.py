"""A modal that opens at once and is filled when its content is there.

A trigger lives for three seconds; asking Slack who somebody is may take longer.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import FootnoteError
from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, failure_of, if_possible
from bot.slack.clicks import Click, tell
from bot.slack.render import Block, rich_text

log = logging.getLogger(__name__)

MAX_BLOCKS = 100


def view(title: str, blocks: Sequence[Block], language: str) -> dict[str, Any]:
    """A modal that is only read. `title` and the words of its button are names of texts."""
    return {
        "type": "modal",
        "title": plain_text(title, language),
        "close": plain_text("close", language),
        "blocks": list(blocks)[:MAX_BLOCKS],
    }


def plain_text(name: str, language: str) -> Block:
    """A text of ours where Slack takes only plain ones."""
    return {"type": "plain_text", "text": texts.text(name, language), "emoji": True}


def words_block(name: str, language: str, /, **values: object) -> Block:
    """One of our texts, as a block."""
    return rich_text([{"type": "text", "text": texts.text(name, language, **values)}])


async def show(
    client: AsyncWebClient, click: Click, title: str, made: Callable[[], Awaitable[dict[str, Any]]]
) -> None:
    """Open a modal for the person who clicked, then put the view that is `made` in its place."""
    loading = view(title, [words_block("modal_loading", click.language)], click.language)
    try:
        opened = await client.views_open(trigger_id=click.trigger_id, view=loading)
    except SLACK_FAILURES as exc:
        log.debug("views.open: %s", failure_of(exc).error)
        await tell(client, click, texts.text("modal_failed", click.language))
        return
    try:
        shown = await made()
    except FootnoteError as exc:
        log.error("a modal could not be filled: %s", exc)
        shown = view(title, [words_block("command_broken", click.language)], click.language)
    await if_possible("views.update", client.views_update(view_id=opened["view"]["id"], view=shown))
