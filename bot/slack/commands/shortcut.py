"""The shortcut of a message, "Ask Footnote about this": its text becomes a question of whoever uses it.

The answer is for their eyes alone, as that of `/footnote ask` is, wherever the message stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.background import Background
from bot.slack.calls import webhook
from bot.slack.clicks import Ack, user_of
from bot.slack.commands.looking_up import looking_up
from bot.slack.guarded import guarded
from bot.slack.inbox import Me, question_payload
from bot.slack.listeners import of_shortcut
from bot.slack.people import People
from bot.slack.reading import has_words, plain_question
from bot.slack.sync_line import Respond, say
from bot.store.inbox import QUESTION, Inbox, Incoming

log = logging.getLogger(__name__)

ASK_ABOUT = "ask_about"
"""The callback_id in the manifest."""


class MessageShortcut:
    """The Bolt listener of ASK_ABOUT."""

    def __init__(
        self, client: AsyncWebClient, inbox: Inbox, me: Me, people: People, on_question: Callable[[], None]
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._me = me
        self._people = people
        self._on_question = on_question
        self._background = Background()

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring its uses here."""
        app.message_shortcut(ASK_ABOUT)(of_shortcut(self.used))

    async def used(self, shortcut: Mapping[str, Any], ack: Ack) -> None:
        """Somebody used it. Raises StoreError before the ack: Slack then tells the person it failed."""
        try:
            user, url = user_of(shortcut), str(shortcut["response_url"])
            channel, trigger = str(shortcut["channel"]["id"]), str(shortcut["trigger_id"])
            text = str(shortcut["message"].get("text") or "")
        except (KeyError, TypeError, AttributeError) as exc:
            log.warning("a shortcut of an unknown shape was set aside: %s", type(exc).__name__)
            await ack()
            return
        question = plain_question(text, self._me.user)
        is_question = bool(user) and has_words(question)
        if is_question:
            payload = question_payload(text, user, "", self._me, response_url=url, is_private=True)
            incoming = Incoming(self._me.team, QUESTION, channel, trigger, f"shortcut:{trigger}", payload)
            await asyncio.to_thread(self._inbox.receive, incoming)
        await ack()
        respond = webhook(self._client, url).send
        if is_question:
            work = looking_up(question, respond, self._on_question)
        else:
            work = self._nothing_to_ask(user, respond)
        self._background.begin(guarded(work, respond))

    async def close(self) -> None:
        """End what is still being said."""
        await self._background.close()

    async def _nothing_to_ask(self, user: str, respond: Respond) -> None:
        person = await self._people.person(user)
        language = texts.language_of("", person.locale)
        await say(respond, texts.text("shortcut_empty", language), replace_original=False)
