"""Is an event for us? Then it is written down, and only then acked.

This runs as Bolt's first middleware, before it looks anything up at Slack: an ack must not depend on a call.
What is malformed, seen before, or not for us is acked and gone; only a database that fails leaves an event
without its ack, so that Slack sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.answering.asking import asks, is_courtesy
from bot.slack.reading import MAX_QUESTION, calls_somebody, mentions, own_words, plain_question
from bot.store.channels import Channels, Speaks, Unasked
from bot.store.inbox import DELETED, EDITED, QUESTION, Inbox, InboxRow, Incoming
from bot.store.revisions import Revisions

log = logging.getLogger(__name__)

TOMBSTONE = "tombstone"
_SUBTYPES_OF_PEOPLE = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_SUBTYPES_OF_THE_UNASKED = frozenset({"", "thread_broadcast"})


@dataclass(frozen=True)
class Me:
    """The bot, as auth.test tells it."""

    team: str
    user: str
    bot: str


@dataclass(frozen=True)
class Heard:
    """What an event means to us, if it does. Whether it does can hang on `if_joined`, a thread of ours, or on
    what the channel is set to, where the event `is_unasked`: nobody in particular was asked.

    An edit or deletion means something to us wherever `question_ts` is a question we know. An edit that
    `joins` asks us for the first time.
    """

    incoming: Incoming
    joins: str = ""
    if_joined: str = ""
    is_unasked: bool = False
    words: str = ""
    """Where it is unasked: what the person wrote themselves, without what they quote."""
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
        channels: Channels,
        unasked: Unasked,
        me: Me,
        on_question: Callable[[], None],
        on_stop: Callable[[str, str], None],
        on_opened: Callable[[str, str, str], None],
        on_home: Callable[[str], None],
    ) -> None:
        self._inbox = inbox
        self._revisions = revisions
        self._channels = channels
        self._unasked = unasked
        self._me = me
        self._on_question = on_question
        self._on_stop = on_stop
        self._on_opened = on_opened
        self._on_home = on_home

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
                case "app_home_opened" if event.get("tab") == "home":
                    self._on_home(_text(event["user"]))
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
        known = self._known(heard)
        incoming = self._as_ours(heard) if known is None else _as_before(heard, known)
        if incoming is None:
            return
        if incoming.kind == EDITED and heard.joins and known is None:
            self._inbox.receive(replace(incoming, kind=QUESTION, ts=heard.question_ts), joins=heard.joins)
        elif incoming.kind == EDITED:
            self._revisions.amend(incoming, heard.question_ts)
        elif incoming.kind == DELETED:
            self._revisions.retract(incoming)
        else:
            self._inbox.receive(incoming, joins=heard.joins)

    def _known(self, heard: Heard) -> InboxRow | None:
        team, channel = heard.incoming.team, heard.incoming.channel
        return self._inbox.question(team, channel, heard.question_ts) if heard.question_ts else None

    def _as_ours(self, heard: Heard) -> Incoming | None:
        """What to write down of something that belongs to no question we know; None if it is not for us."""
        incoming = heard.incoming
        if heard.if_known:
            return None
        if heard.if_joined and self._inbox.is_joined(incoming.team, incoming.channel, heard.if_joined):
            return None if incoming.kind == QUESTION and _wants_no_answer(incoming.payload) else incoming
        if heard.is_unasked:
            return self._as_taken_up(heard)
        return None if heard.if_joined else incoming

    def _as_taken_up(self, heard: Heard) -> Incoming | None:
        """The same of what was said to nobody in particular: it hangs on what the channel is set to."""
        incoming = heard.incoming
        if self._channels.speaks(incoming.team, incoming.channel) is Speaks.MENTION:
            return None
        if incoming.kind == DELETED:
            return incoming  # its question may still be on its way
        if incoming.kind == EDITED or not asks(heard.words):
            return None
        # people who talk in a thread of their own are left alone, also with a question to each other
        if heard.if_joined and not self._unasked.has_answered(
            incoming.team, incoming.channel, heard.if_joined
        ):
            return None
        return replace(incoming, payload={**incoming.payload, "is_unasked": True})


def _wants_no_answer(payload: Mapping[str, Any]) -> bool:
    """Thanks and nods under an answer. Of a text that is too long, only the length is known."""
    text = str(payload["text"])
    return len(text) == payload["length"] and is_courtesy(text)


def _as_before(heard: Heard, known: InboxRow) -> Incoming | None:
    """An edit or deletion of a question that we know. One that nobody put to us stays that, or a question."""
    incoming = heard.incoming
    if incoming.kind != EDITED or heard.joins or not known.payload.get("is_unasked"):
        return incoming
    # "solved!" in place of the question, or behind it: what was answered stays answered
    return replace(incoming, payload={**incoming.payload, "is_unasked": True}) if asks(heard.words) else None


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
    if mentioned:
        return None  # said to somebody else
    is_unasked = _may_be_taken_up(message, text)
    words = own_words(text[:MAX_QUESTION]) if is_unasked else ""
    if thread != ts:
        return Heard(incoming, if_joined=thread, is_unasked=is_unasked, words=words)
    return Heard(incoming, is_unasked=True, words=words) if is_unasked else None


def _may_be_taken_up(message: dict[str, Any], text: str) -> bool:
    """Is it of a kind that may be answered though we are not asked, where the channel wants that?

    Not what comes with a file, which it is likely about, nor what calls a group together.
    """
    subtype = message.get("subtype") or ""
    return subtype in _SUBTYPES_OF_THE_UNASKED and not message.get("files") and not calls_somebody(text)


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
    return replace(as_question, incoming=incoming, joins="", question_ts=ts)


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
