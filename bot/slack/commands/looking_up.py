"""The line that a question asked in private is being looked up. It stands above its answer."""

from __future__ import annotations

from collections.abc import Callable

from bot.slack import texts
from bot.slack.reading import MAX_QUESTION
from bot.slack.sync_line import Respond, say

SHOWN = 80
"""Characters of the question in it."""


async def looking_up(question: str, respond: Respond, on_question: Callable[[], None]) -> None:
    """Say so, and only then have the answer begun. Raises what Slack raises, with the answer begun.

    Said by the webhook, not with the ack: an answer that is known already would overtake the ack. Of a
    question that is too long only that is said, in place of an answer.
    """
    try:
        if len(question) <= MAX_QUESTION:
            line = " ".join(question.split())
            shown = line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
            said = texts.text("asking", texts.language_of(question), question=shown)
            await say(respond, said, replace_original=False)
    finally:
        on_question()
