"""Having the forms of connectors obeyed: each submit once, and only those of admins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person
from bot.errors import FootnoteError
from bot.slack import texts
from bot.slack.background import Background
from bot.slack.clicks import Ack, user_of
from bot.slack.connector_entries import Entered
from bot.slack.connector_form_blocks import words_view
from bot.slack.home.modals import refused_view
from bot.slack.submits import Outcome, answer_in_time, language_of

log = logging.getLogger(__name__)

Obey = Callable[[Person, Entered], Awaitable[Outcome]]


class ConnectorSubmits:
    """Has submits obeyed, each once and only those of admins."""

    def __init__(
        self, client: AsyncWebClient, asked: Callable[[str], Awaitable[tuple[Person, bool]]]
    ) -> None:
        """`asked` says anew who a user is, and whether they may do what the forms do."""
        self._client = client
        self._asked = asked
        self._background = Background()
        self._under_way: dict[tuple[str, str], tuple[Entered, asyncio.Task[Outcome]]] = {}

    async def answer(
        self,
        body: Mapping[str, Any],
        view: Mapping[str, Any],
        ack: Ack,
        read: Callable[[Mapping[str, Any]], Entered],
        obey: Obey,
    ) -> None:
        """Do what a form says. `read` raises KeyError, TypeError, AttributeError, ValueError, NotFound."""
        user, view_id = user_of(body), str(view.get("id") or "")
        try:
            form = await asyncio.to_thread(read, view)  # it may have to import a kind first
        except (KeyError, TypeError, AttributeError, ValueError, FootnoteError) as exc:
            log.warning("a modal of an unknown shape was set aside: %s", type(exc).__name__)
            await ack()
            return
        doing = self._begun(user, view_id, form, obey)
        checking = words_view("connector_checking", language_of(view), is_edit=bool(form.version))
        await answer_in_time(self._client, self._background, ack, view_id, doing, checking)

    async def close(self) -> None:
        """End what is being done; nothing of it is saved."""
        await self._background.close()

    def _begun(self, user: str, view_id: str, form: Entered, obey: Obey) -> asyncio.Task[Outcome]:
        """A form that is submitted again while it is obeyed is obeyed once, and both hear what came of it."""
        key = (user, view_id)
        was, doing = self._under_way.get(key, (None, None))
        if doing is None or was != form:
            doing = self._background.begin(self._outcome(user, form, obey))
            self._under_way[key] = (form, doing)
            doing.add_done_callback(lambda task: self._ended(key, task))
        return doing

    def _ended(self, key: tuple[str, str], task: asyncio.Task[Outcome]) -> None:
        if key in self._under_way and self._under_way[key][1] is task:
            del self._under_way[key]

    async def _outcome(self, user: str, form: Entered, obey: Obey) -> Outcome:
        """A boundary: whatever goes wrong, the modal does not wait for ever. Nothing that failed is logged
        but its type, since what was entered may stand in it."""
        language, is_edit = texts.KOREAN, bool(form.version)
        try:
            person, may = await self._asked(user)
            language = texts.language_of("", person.locale)
            return await obey(person, form) if may else Outcome(refused_view(language))
        except FootnoteError as exc:
            return Outcome(words_view("command_failed", language, is_edit=is_edit, reason=str(exc)))
        except Exception as exc:  # noqa: BLE001 - a traceback may hold what was entered
            log.error("a connector could not be saved: %s", type(exc).__name__)
            return Outcome(words_view("command_broken", language, is_edit=is_edit))
