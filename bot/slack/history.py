"""The last turns of a thread, for a follow-up question."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.contracts import Turn
from bot.slack.calls import patiently
from bot.slack.inbox import TOMBSTONE, Me
from bot.slack.reading import plain_question
from bot.slack.safe_markdown import ZERO_WIDTH
from bot.store.inbox import InboxRow
from bot.store.outbox import Outbox

MAX_TURNS = 6
MAX_TURN = 1_500
PAGE = 200
MAX_PAGES = 5
LEGACY_ROOT = "assistant_app_thread"
"""What Slack puts at the head of a thread in the older assistant pane; nobody said it."""
_SAID_BY_NOBODY = (LEGACY_ROOT, TOMBSTONE)


async def turns_before(
    client: AsyncWebClient, outbox: Outbox, me: Me, question: InboxRow
) -> tuple[Turn, ...]:
    """What was said in the question's thread before it, oldest first; nothing where it begins one."""
    thread_ts = str(question.payload.get("thread_ts", ""))
    if thread_ts in ("", question.ts):
        return ()
    messages: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(MAX_PAGES):
        try:
            page = await patiently(
                lambda cursor=cursor: client.conversations_replies(  # type: ignore[misc]
                    channel=question.channel, ts=thread_ts, latest=question.ts, limit=PAGE, cursor=cursor
                )
            )
        except SlackApiError:
            break  # the question stands without it
        messages += page.get("messages") or []
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    replies = await asyncio.to_thread(outbox.in_thread, question.team, question.channel, thread_ts)
    # an answer belongs behind its question, also where somebody asked on before it came
    said = {reply.question_ts: str(reply.payload.get("said") or "") for reply in replies}
    ours = {reply.ts for reply in replies}
    turns: list[Turn] = []
    for message in messages:
        ts = str(message.get("ts"))
        if not _before(ts, question.ts) or ts in ours or message.get("subtype") in _SAID_BY_NOBODY:
            continue
        text = plain_question(str(message.get("text") or ""), me.user).replace(ZERO_WIDTH, "")
        if message.get("user") == me.user:
            turns.append(Turn("assistant", text[:MAX_TURN]))  # its first sentence is all there is
        elif not message.get("bot_id"):
            turns += [Turn("user", text[:MAX_TURN]), Turn("assistant", said.get(ts, "")[:MAX_TURN])]
    return tuple(turn for turn in turns if turn.text)[-MAX_TURNS:]


def _before(ts: object, than: str) -> bool:
    try:
        return float(str(ts)) < float(than)
    except ValueError:
        return False
