"""Who somebody is and who reads along in a channel: asked of Slack, remembered for a minute.

A minute is also how long a revoked right may live on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, Place
from bot.slack.calls import patiently

REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 5_000


class People:
    """Persons and places of one workspace. Waits while Slack does not answer."""

    def __init__(self, client: AsyncWebClient, team: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._team = team
        self._clock = clock
        self._persons: dict[str, tuple[float, Person]] = {}
        self._channels: dict[str, tuple[float, bool]] = {}

    async def person(self, user: str) -> Person:
        """Who that is. Somebody whom Slack does not know is no guest, no admin, and not trusted."""
        known = self._persons.get(user)
        if known and self._clock() - known[0] < REMEMBERED_SECONDS:
            return known[1]
        try:
            response = await patiently(lambda: self._client.users_info(user=user, include_locale=True))
            person = person_of(response.get("user") or {}, self._team)
        except SlackApiError:
            person = Person(self._team, user, is_known=False)
        _remember(self._persons, user, (self._clock(), person))
        return person

    async def person_now(self, user: str) -> Person:
        """The same, asked of Slack at this moment: for whoever wants to change something."""
        self._persons.pop(user, None)
        return await self.person(user)

    async def place(self, channel: str, asker: Person, *, is_private_to_asker: bool) -> Place:
        """Where an answer lands. A channel that Slack does not describe counts as shared with outsiders."""
        if is_private_to_asker:
            return Place(self._team, channel, asker, is_private_to_asker=True)
        known = self._channels.get(channel)
        if known and self._clock() - known[0] < REMEMBERED_SECONDS:
            is_shared = known[1]
        else:
            try:
                response = await patiently(lambda: self._client.conversations_info(channel=channel))
                is_shared = is_shared_outside(response.get("channel") or {})
            except SlackApiError:
                is_shared = True
            _remember(self._channels, channel, (self._clock(), is_shared))
        return Place(self._team, channel, asker, is_private_to_asker=False, is_shared_outside=is_shared)


def person_of(user: dict[str, Any], our_team: str) -> Person:
    """A user object of Slack as a Person."""
    team = str(user.get("team_id") or "")
    profile = user.get("profile") or {}
    is_stranger = bool(user.get("is_stranger")) or team != our_team
    return Person(
        team=team or our_team,
        user=str(user.get("id", "")),
        is_known=bool(team and user.get("id")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=is_stranger,
        is_workspace_admin=bool(user.get("is_admin") or user.get("is_owner")) and not is_stranger,
        is_active=not user.get("deleted"),
        email=str(profile.get("email") or ""),
        name=str(profile.get("display_name") or user.get("real_name") or user.get("name") or ""),
        locale=str(user.get("locale") or ""),
    )


def is_shared_outside(channel: dict[str, Any]) -> bool:
    """Does another organisation read along, or may it soon?"""
    if not channel.get("id"):
        return True
    return bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))


def _remember(memory: dict[str, Any], key: str, value: object) -> None:
    if len(memory) >= MOST_REMEMBERED:
        memory.clear()
    memory[key] = value
