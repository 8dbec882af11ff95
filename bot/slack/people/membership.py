"""Who reads along in a channel, and to which channels and groups somebody belongs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, are_trusted, channel_principal, group_principal
from bot.slack.calls import patiently
from bot.slack.people.directory import Directory, whole
from bot.slack.people.memory import REMEMBERED_SECONDS, Minute

KINDS = "public_channel,private_channel,mpim"
CHANNELS_A_PAGE = 999


class Membership:
    """Channels and groups of one workspace, each as Slack knew them at most a minute ago.

    What Slack does not say, or what is too long to be read (over 20 pages), gives nobody a right.
    """

    def __init__(
        self, client: AsyncWebClient, team: str, directory: Directory, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._team = team
        self._directory = directory
        self._members: Minute[frozenset[str]] = Minute(clock, most=200)  # large ones have 20,000 members
        self._channels: Minute[frozenset[str]] = Minute(clock)
        self._groups: Minute[dict[str, frozenset[str]]] = Minute(clock)

    async def has_only_trusted(self, channel: str, at_most: float = REMEMBERED_SECONDS) -> bool:
        """Does "everyone" include all who read a channel? False where its members cannot be known."""
        members = await self._members.get(channel, partial(self._members_of, channel), at_most)
        return bool(members) and are_trusted(await self._directory.persons(members))

    async def principals_of(self, person: Person, at_most: float = REMEMBERED_SECONDS) -> frozenset[str]:
        """The channels and groups of somebody, as principals."""
        channels = await self._channels.get(person.user, partial(self._channels_of, person.user), at_most)
        groups = await self._groups.get("", self._all_groups, at_most)
        return channels | groups.get(person.user, frozenset())

    async def _members_of(self, channel: str) -> frozenset[str]:
        return frozenset(
            await whole(partial(self._client.conversations_members, channel=channel), "members") or ()
        )

    async def _channels_of(self, user: str) -> frozenset[str]:
        call = partial(self._client.users_conversations, user=user, types=KINDS, exclude_archived=False)
        found = await whole(call, "channels", CHANNELS_A_PAGE) or ()
        return frozenset(channel_principal(self._team, str(one["id"])) for one in found if one.get("id"))

    async def _all_groups(self) -> dict[str, frozenset[str]]:
        """The groups of everybody, by user."""
        try:
            response = await patiently(lambda: self._client.usergroups_list(include_users=True))
        except SlackApiError:  # an app installed before it asked for usergroups:read
            return {}
        groups: dict[str, set[str]] = {}
        for group in response.get("usergroups") or ():
            if group.get("date_delete") or group.get("is_external"):
                continue
            for user in group.get("users") or ():
                groups.setdefault(str(user), set()).add(group_principal(self._team, str(group["id"])))
        return {user: frozenset(principals) for user, principals in groups.items()}
