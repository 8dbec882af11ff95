"""Which admins are told something that nobody asked for: those whom [slack] admins names by id or, where it
names nobody so, the first admins of the workspace."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import SLACK_FAILURES, failure_of
from bot.slack.people.directory import person_of

log = logging.getLogger(__name__)

MOST_TOLD = 10
"""Admins of the workspace who are told where the settings name nobody."""
MAX_PAGES = 50
FOUND_SECONDS = 3600.0
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}")


class ToldAdmins:
    """Asks Slack, where it has to, once an hour."""

    def __init__(
        self, client: AsyncWebClient, team: str, admins: Collection[str], clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._team = team
        self._named = sorted(one for one in admins if _USER_ID.fullmatch(one))
        self._clock = clock
        self._found: tuple[float, list[str]] | None = None

    async def users(self) -> list[str]:
        """Their ids; none where Slack does not say. Whether each is an admin now is still to be asked."""
        if self._named:
            return self._named
        if self._found and self._clock() - self._found[0] < FOUND_SECONDS:
            return self._found[1]
        admins: list[str] = []
        cursor = ""
        for _ in range(MAX_PAGES):
            try:
                page = await self._client.users_list(limit=200, cursor=cursor)
            except SLACK_FAILURES as exc:
                log.warning("Slack does not say who the admins are: %s", failure_of(exc).error)
                break
            for user in page.get("members") or []:
                person = person_of(user, self._team)
                if person.is_workspace_admin and person.is_active and not user.get("is_bot"):
                    admins.append(person.user)
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor or len(admins) >= MOST_TOLD:
                break
        self._found = (self._clock(), admins[:MOST_TOLD])
        return self._found[1]
