"""Clicks on what stands below an answer: which answer is meant, by whom, and how to answer that person."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.calls import if_possible, webhook

Ack = Callable[..., Awaitable[Any]]

# messages of an earlier version name no language
_VALUE = re.compile(r"([a-z]+):([\w.-]{1,64})(?::(ko|en))?")


def value_of(what: str, trace_id: str, language: str) -> str:
    """The value of a button or an option. It fits into the 75 characters of an option's."""
    return f"{what}:{trace_id}:{language}"


def is_trace_id(text: object) -> bool:
    """Could it be the id of an answer? A modal brings back whatever somebody sends."""
    return isinstance(text, str) and re.fullmatch(r"[\w.-]{1,64}", text, re.ASCII) is not None


@dataclass(frozen=True)
class Click:
    """Somebody used a button below an answer."""

    what: str
    """The first part of its value."""
    trace_id: str
    language: str
    """Of the answer: "ko" or "en"."""
    user: str
    channel: str
    thread_ts: str
    message_ts: str
    is_private: bool
    """Nobody but `user` sees that message: no other one can be put beside it, it has no link."""
    trigger_id: str
    response_url: str


def click_of(body: Mapping[str, Any], action: Mapping[str, Any]) -> Click | None:
    """A block_actions payload as a Click; None where it is none of ours."""
    given = action.get("value") or (action.get("selected_option") or {}).get("value")
    found = _VALUE.fullmatch(str(given or ""))
    user = user_of(body)
    if found is None or not user:
        return None
    container, message = body.get("container") or {}, body.get("message") or {}
    return Click(
        what=found[1],
        trace_id=found[2],
        language=found[3] or texts.language_of(str(message.get("text") or "")),
        user=user,
        channel=str(container.get("channel_id") or (body.get("channel") or {}).get("id") or ""),
        thread_ts=str(container.get("thread_ts") or message.get("thread_ts") or ""),
        message_ts=str(container.get("message_ts") or message.get("ts") or ""),
        is_private=bool(container.get("is_ephemeral")),
        trigger_id=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""),
    )


def user_of(body: Mapping[str, Any]) -> str:
    """The id of the person whom an interaction is of; "" where it does not say."""
    return str((body.get("user") or {}).get("id") or "")


async def tell(
    client: AsyncWebClient, click: Click, said: str, blocks: Sequence[dict[str, Any]] = ()
) -> None:
    """Say something that only the person who clicked sees, beside the answer, if Slack lets us."""
    if click.is_private and click.response_url:
        hook = webhook(client, click.response_url)
        sending = hook.send(
            text=said, blocks=blocks or None, response_type="ephemeral", replace_original=False
        )
        await if_possible("tell", sending)
    elif click.channel:
        call = client.chat_postEphemeral(
            channel=click.channel,
            user=click.user,
            thread_ts=click.thread_ts or None,
            text=said,
            blocks=blocks or None,
        )
        await if_possible("tell", call)
