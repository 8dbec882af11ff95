"""Who somebody is and who reads along in a channel: asked of Slack, remembered for a minute.

A minute is also how long a revoked right may live on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, Place
from bot.errors import StoreError
from bot.slack.calls import patiently
from bot.slack.people.directory import Directory
from bot.slack.people.membership import Membership
from bot.slack.people.memory import REMEMBERED_SECONDS, Minute
from bot.store.languages import Languages

log = logging.getLogger(__name__)

JUST_NOW_SECONDS = 5.0
"""An answer that takes no longer is shown by what Slack said when it was begun."""


class People:
    """Persons and places of one workspace. Waits while Slack does not answer."""

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        clock: Callable[[], float],
        languages: Languages | None = None,
    ) -> None:
        self._languages = languages
        self._client = client
        self._team = team
        self._directory = Directory(client, team, clock)
        self._membership = Membership(client, team, self._directory, clock)
        self._is_shared: Minute[bool] = Minute(clock)

    async def person(self, user: str) -> Person:
        """Who that is. Somebody whom Slack does not know is no guest, no admin, and not trusted."""
        return await self._in_their_language(await self._directory.person(user))

    async def person_now(self, user: str) -> Person:
        """The same, asked of Slack at this moment: for whoever wants to change something."""
        return await self._in_their_language(await self._directory.person_now(user))

    async def choose_language(self, person: Person, language: str) -> None:
        """Have them spoken to in "ko" or "en"; in that of Slack again with "". Raises StoreError."""
        if self._languages is not None:
            await asyncio.to_thread(self._languages.choose, person.team, person.user, language)

    async def _in_their_language(self, person: Person) -> Person:
        """The same, with the locale that they chose, if they did. Where that cannot be read, Slack's."""
        if self._languages is None:
            return person
        try:
            chosen = await asyncio.to_thread(self._languages.chosen, person.team, person.user)
        except StoreError as exc:
            log.warning("the language of a person could not be read: %s", exc)
            return person
        return replace(person, locale=chosen) if chosen else person

    async def place_now(self, channel: str, user: str, *, is_private_to_asker: bool) -> Place:
        """Where an answer that was made for somebody is about to land: asked of Slack in the last 5 seconds.

        Only who the others in the channel are (a guest, say) may be known for a minute: they are many.
        """
        asker = await self._directory.person(user, JUST_NOW_SECONDS)
        return await self.place(
            channel, asker, is_private_to_asker=is_private_to_asker, at_most=JUST_NOW_SECONDS
        )

    async def place(
        self,
        channel: str,
        asker: Person,
        *,
        is_private_to_asker: bool,
        at_most: float = REMEMBERED_SECONDS,
    ) -> Place:
        """Where an answer lands, as Slack knew it at most so many seconds ago.

        A channel that Slack does not describe counts as shared with outsiders, and as one with guests among
        its members.
        """
        if is_private_to_asker:
            memberships: frozenset[str] = frozenset()
            if asker.may_use_memberships:
                memberships = await self._membership.principals_of(asker, at_most)
            return Place(self._team, channel, asker, is_private_to_asker=True, memberships=memberships)
        is_shared = await self._is_shared.get(channel, partial(self._asked, channel), at_most)
        return Place(
            self._team,
            channel,
            asker,
            is_private_to_asker=False,
            is_shared_outside=is_shared,
            has_only_trusted=not is_shared and await self._membership.has_only_trusted(channel, at_most),
        )

    async def _asked(self, channel: str) -> bool:
        try:
            response = await patiently(lambda: self._client.conversations_info(channel=channel))
        except SlackApiError:
            return True
        return is_shared_outside(response.get("channel") or {})


def is_shared_outside(channel: dict[str, Any]) -> bool:
    """Does another organisation read along, or may it soon?"""
    if not channel.get("id"):
        return True
    return bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))


def is_open_to_all(channel: dict[str, Any]) -> bool:
    """May everybody in the workspace join it, as far as Slack says so?"""
    return (
        bool(channel.get("is_channel")) and channel.get("is_private") is False and not channel.get("is_mpim")
    )
