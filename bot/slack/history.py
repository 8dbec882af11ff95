"""The last turns of a thread, for a follow-up question."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.contracts import Turn
from bot.slack.calls import patiently
from bot.slack.inbox import Me
from bot.slack.reading import plain_question
from bot.slack.safe_markdown import ZERO_WIDTH
from bot.store.inbox import InboxRow
from bot.store.outbox import Outbox

MAX_TURNS = 6
MAX_TURN = 1_500
PAGE = 200
MAX_PAGES = 5


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
    earlier = [message for message in messages if _before(message.get("ts"), question.ts)]
    turns = [await _turn(message, outbox, me, question) for message in earlier[-MAX_TURNS * 2 :]]
    return tuple(turn for turn in turns if turn.text)[-MAX_TURNS:]


async def _turn(message: dict[str, Any], outbox: Outbox, me: Me, question: InboxRow) -> Turn:
    if message.get("user") != me.user:
        if message.get("bot_id"):
            return Turn("user", "")
        return Turn("user", plain_question(str(message.get("text") or ""), me.user)[:MAX_TURN])
    # the text of our messages is only their first sentence
    ours = await asyncio.to_thread(outbox.at, question.team, question.channel, str(message.get("ts")))
    said = ours.payload.get("said") if ours is not None else ""
    said = said or plain_question(str(message.get("text") or ""), me.user).replace(ZERO_WIDTH, "")
    return Turn("assistant", str(said)[:MAX_TURN])


def _before(ts: object, than: str) -> bool:
    try:
        return float(str(ts)) < float(than)
    except ValueError:
        return False
