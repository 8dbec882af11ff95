"""Who is in the workspace: asked of Slack one by one, or all at once where many are wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person
from bot.slack.calls import patiently
from bot.slack.people.memory import REMEMBERED_SECONDS, Minute

ONE_BY_ONE = 20
"""So many persons are asked for by users.info; for more, users.list is read, of which Slack allows twenty
pages a minute."""
PAGE = 1_000
MOST_PAGES = 20


class Directory:
    """The persons of one workspace, each as Slack knew them at most a minute ago."""

    def __init__(self, client: AsyncWebClient, team: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._team = team
        self._persons: Minute[Person] = Minute(clock)
        self._everybody: Minute[dict[str, Person] | None] = Minute(clock)

    async def person(self, user: str, at_most: float = REMEMBERED_SECONDS) -> Person:
        """Who that is. Somebody whom Slack does not know is no guest, no admin, and not trusted."""
        return await self._persons.get(user, partial(self._asked, user), at_most)

    async def person_now(self, user: str) -> Person:
        """The same, asked of Slack at this moment."""
        self._persons.forget(user)
        return await self.person(user)

    async def persons(self, users: Collection[str]) -> list[Person]:
        """Who these are, in no order. Those of whom nothing can be learnt are not known, so not trusted."""
        if len(users) <= ONE_BY_ONE:
            return [await self.person(user) for user in users]
        everybody = await self._everybody.get("", self._listed) or {}
        missing = [user for user in users if user not in everybody]
        found = [everybody[user] for user in users if user in everybody]
        # people of other organisations may be in no list
        found += [await self.person(user) for user in missing[:ONE_BY_ONE]]
        return found + [Person(self._team, user, is_known=False) for user in missing[ONE_BY_ONE:]]

    async def _asked(self, user: str) -> Person:
        try:
            response = await patiently(lambda: self._client.users_info(user=user, include_locale=True))
        except SlackApiError:
            return Person(self._team, user, is_known=False)
        return person_of(response.get("user") or {}, self._team)

    async def _listed(self) -> dict[str, Person] | None:
        users = await whole(self._client.users_list, "members")
        if users is None:
            return None
        return {str(user.get("id", "")): person_of(user, self._team) for user in users}


async def whole(call: Callable[..., Awaitable[Any]], name: str, page: int = PAGE) -> list[Any] | None:
    """Everything under `name`, of all pages; None where Slack refuses, or there are more than 20 pages."""
    found: list[Any] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        try:
            response = await patiently(partial(call, cursor=cursor or None, limit=page))
        except SlackApiError:
            return None
        found += response.get(name) or []
        cursor = str((response.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return found
    return None


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
        is_bot=bool(user.get("is_bot")),
        email=str(profile.get("email") or ""),
        name=str(profile.get("display_name") or user.get("real_name") or user.get("name") or ""),
        locale=str(user.get("locale") or ""),
    )
