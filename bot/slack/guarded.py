"""The boundary of what a person asked for by a word or a click: whatever goes wrong, they hear of it."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import Any

from bot.errors import FootnoteError
from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, failure_of
from bot.slack.sync_line import Respond, say

log = logging.getLogger(__name__)


async def guarded(work: Coroutine[Any, Any, None], respond: Respond, **options: Any) -> None:
    """Run it. Its failure is said by `respond`, given `options`, and never as a traceback."""
    try:
        await work
    except FootnoteError as exc:
        log.warning("a command did not work: %s", exc)
        await _say_if_possible(respond, texts.both("command_failed", reason=str(exc)), **options)
    except SLACK_FAILURES as exc:
        log.warning("a command was not answered: %s", failure_of(exc).error)
    except Exception:
        log.exception("a command failed")
        await _say_if_possible(respond, texts.both("command_broken"), **options)


async def _say_if_possible(respond: Respond, markdown: str, **options: Any) -> None:
    try:
        await say(respond, markdown, **options)
    except SLACK_FAILURES as exc:
        log.warning("a command was not answered: %s", failure_of(exc).error)
