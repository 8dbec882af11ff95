"""Is an event for us? Then it is written down, and only then acked.

This runs as Bolt's first middleware, before it looks anything up at Slack: an ack must not depend on a call.
What is malformed, seen before, or not for us is acked and gone; only a database that fails leaves an event
without its ack, so that Slack sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.reading import MAX_QUESTION, mentions, plain_question
from bot.store.inbox import DELETED, EDITED, QUESTION, Inbox, Incoming
from bot.store.revisions import Revisions

log = logging.getLogger(__name__)

TOMBSTONE = "tombstone"
_SUBTYPES_OF_PEOPLE = frozenset({"", "file_share", "thread_broadcast", "me_message"})


@dataclass(frozen=True)
class Me:
    """The bot, as auth.test tells it."""

    team: str
    user: str
    bot: str


@dataclass(frozen=True)
class Heard:
    """What an event means to us, if it does. Whether it does can hang on `if_joined`, a thread of ours.

    An edit or deletion means something to us wherever `question_ts` is a question we know. An edit that
    `joins` asks us for the first time.
    """

    incoming: Incoming
    joins: str = ""
    if_joined: str = ""
    question_ts: str = ""
    """Of the message that was edited or deleted."""
    if_known: bool = False
    """It means nothing to us unless we know that question."""


class Reception(AsyncMiddleware):
    """The way of every envelope into the inbox: Bolt's first middleware."""

    def __init__(
        self,
        inbox: Inbox,
        revisions: Revisions,
        me: Me,
        on_question: Callable[[], None],
        on_stop: Callable[[str, str], None],
        on_opened: Callable[[str, str, str], None],
    ) -> None:
        self._inbox = inbox
        self._revisions = revisions
        self._me = me
        self._on_question = on_question
        self._on_stop = on_stop
        self._on_opened = on_opened

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        """Raises StoreError, upon which Bolt sends no ack."""
        del resp
        body = req.body
        if body.get("type") != "event_callback":
            return await next()
        try:
            event = body["event"]
            match event.get("type"):
                case "agent_session_stopped":
                    self._on_stop(str(event["channel"]), str(event["thread_ts"]))
                case "app_home_opened" if event.get("tab") == "messages":
                    self._on_opened(_text(event["user"]), _text(event["channel"]), "")
                case "assistant_thread_started":  # an app made with the legacy assistant_view
                    opened = event["assistant_thread"]
                    self._on_opened(
                        _text(opened["user_id"]), _text(opened["channel_id"]), _text(opened["thread_ts"])
                    )
            heard = what_is_heard(body, self._me)
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            log.warning("an event of an unknown shape was set aside: %s", type(exc).__name__)
            return BoltResponse(status=200, body="")
        if heard is not None:
            await asyncio.to_thread(self._write_down, heard)
            self._on_question()
        return BoltResponse(status=200, body="")

    def _write_down(self, heard: Heard) -> None:
        incoming = heard.incoming
        is_known = self._knows(heard)
        if not is_known and not self._is_for_us(heard):
            return
        if incoming.kind == EDITED and heard.joins and not is_known:
            self._inbox.receive(replace(incoming, kind=QUESTION, ts=heard.question_ts), joins=heard.joins)
        elif incoming.kind == EDITED:
            self._revisions.amend(incoming, heard.question_ts)
        elif incoming.kind == DELETED:
            self._revisions.retract(incoming)
        else:
            self._inbox.receive(incoming, joins=heard.joins)

    def _knows(self, heard: Heard) -> bool:
        team, channel = heard.incoming.team, heard.incoming.channel
        return bool(heard.question_ts) and self._inbox.question(team, channel, heard.question_ts) is not None

    def _is_for_us(self, heard: Heard) -> bool:
        if heard.if_known:
            return False
        team, channel = heard.incoming.team, heard.incoming.channel
        return not heard.if_joined or self._inbox.is_joined(team, channel, heard.if_joined)


def what_is_heard(body: dict[str, Any], me: Me) -> Heard | None:
    """An event as something to write down; None if it is not for us.

    Raises KeyError, TypeError, AttributeError or ValueError where it is not shaped like an event.
    """
    event = body["event"]
    kind = event["type"]
    if kind not in ("message", "app_mention"):
        return None
    event_id = _text(body["event_id"])
    subtype = event.get("subtype") or ""
    if kind == "message" and subtype == "message_changed":
        if event["message"].get("subtype") == TOMBSTONE:  # a thread keeps its place when its root is deleted
            return _deletion({**event, "deleted_ts": event["message"]["ts"]}, event_id, me)
        return _edit(event, event_id, me)
    if kind == "message" and subtype == "message_deleted":
        return _deletion(event, event_id, me)
    if subtype not in _SUBTYPES_OF_PEOPLE:
        return None
    return _question(event, kind, event_id, me)


def _question(message: dict[str, Any], kind: str, event_id: str, me: Me) -> Heard | None:
    user = message.get("user")
    if not user or message.get("bot_id") or user in (me.user, "USLACKBOT"):
        return None
    channel, ts, text = _text(message["channel"]), _text(message["ts"]), _text(message.get("text") or "")
    thread = _text(message.get("thread_ts") or ts)
    float(ts), float(thread)  # a ValueError where they are no timestamps
    incoming = Incoming(
        me.team, QUESTION, channel, ts, event_id, question_payload(text, _text(user), thread, me)
    )
    if is_direct(channel, message.get("channel_type")):
        return Heard(incoming)
    mentioned = mentions(text)
    if kind == "app_mention" or me.user in mentioned:
        return Heard(incoming, joins=thread)
    if thread == ts or mentioned:
        return None  # not in a thread, or said to somebody else
    return Heard(incoming, if_joined=thread)


def _edit(event: dict[str, Any], event_id: str, me: Me) -> Heard | None:
    message, before = event["message"], event.get("previous_message") or {}
    user, ts, text = message.get("user"), _text(message["ts"]), _text(message.get("text") or "")
    if text == before.get("text") or not user or user == me.user:
        return None  # a link was unfurled, or a reply came; or it is our own
    edited = {**message, "channel": event["channel"], "channel_type": event.get("channel_type")}
    heard = _question(edited, "message", event_id, me)
    payload = question_payload(text, _text(user), _text(message.get("thread_ts") or ts), me)
    # one message may be edited many times: the ts of the edit tells them apart
    edit = Incoming(me.team, EDITED, _text(event["channel"]), _text(event["ts"]), event_id, payload)
    float(edit.ts)  # a ValueError where it is no timestamp
    revision = _revision(edit, ts, heard)
    if before and heard is not None and me.user not in mentions(str(before.get("text") or "")):
        return replace(revision, joins=heard.joins)
    return revision


def _deletion(event: dict[str, Any], event_id: str, me: Me) -> Heard | None:
    before, ts, channel = event.get("previous_message") or {}, _text(event["deleted_ts"]), event["channel"]
    if before.get("user") == me.user:
        return None
    gone = {**before, "channel": channel, "channel_type": event.get("channel_type"), "ts": ts}
    deletion = Incoming(me.team, DELETED, _text(channel), ts, event_id, {})
    return _revision(deletion, ts, _question(gone, "message", event_id, me))


def _revision(incoming: Incoming, ts: str, as_question: Heard | None) -> Heard:
    """`as_question`: what the message would mean to us if it came now."""
    if as_question is None:
        return Heard(incoming, question_ts=ts, if_known=True)
    return Heard(incoming, if_joined=as_question.if_joined, question_ts=ts)


def question_payload(
    text: str, user: str, thread_ts: str, me: Me, *, response_url: str = "", is_private: bool = False
) -> dict[str, Any]:
    """What the worker needs of a question. A text that is too long is not kept, only its length."""
    plain = plain_question(text, me.user)
    return {
        "text": plain if len(plain) <= MAX_QUESTION else "",
        "length": len(plain),
        "user": user,
        "thread_ts": thread_ts,
        "response_url": response_url,
        "is_private": is_private,
    }


def is_direct(channel: str, channel_type: object = None) -> bool:
    """A direct message between one person and the bot?"""
    return channel_type == "im" or (channel_type is None and channel.startswith("D"))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value
