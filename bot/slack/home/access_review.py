"""Admins look who may see what: the button on the Home tab and its modal.

Whoever clicks is looked up at that moment. What a view says is only taken for the name of a connector, a
person or a document; what that person may read is what a search on their behalf would find now.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, Place, is_admin, readers_of
from bot.access_review import AccessReview, obstacle
from bot.contracts import Readers
from bot.errors import FootnoteError
from bot.slack import modal, texts
from bot.slack.background import Background
from bot.slack.calls import if_possible
from bot.slack.clicks import Ack, click_of, user_of
from bot.slack.home.access_review_view import (
    DOCUMENT_INPUT,
    MAX_DOCUMENT,
    PERSON_ACTION,
    REVIEW_VIEW,
    SHOW_ACTION,
    Asked,
    Told,
    connector_answer,
    document_answer,
    note,
    review_view,
)
from bot.slack.home.modals import refused_view, words_view
from bot.slack.listeners import of_action, of_view
from bot.slack.people import People
from bot.slack.render import Block
from bot.slack.submits import Outcome, answer_in_time, language_of
from bot.store.document_readers import ReaderTable
from connectors.base import Connector

log = logging.getLogger(__name__)

_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_CONNECTOR = re.compile(r"[\w.-]{1,64}")
_TITLE = "access_title"


class AccessReviews:
    """The Bolt listeners of the button and the modal."""

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        people: People,
        admins: Collection[str],
        review: AccessReview,
        connectors: Mapping[str, Connector],
    ) -> None:
        """`connectors` say which of them have a setting that would let everyone read."""
        self._client = client
        self._team = team
        self._people = people
        self._admins = frozenset(admins)
        self._review = review
        self._connectors = connectors
        self._background = Background()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring clicks and modals here."""
        app.action(SHOW_ACTION)(of_action(self.clicked))
        app.action(PERSON_ACTION)(of_action(self.person_chosen))
        app.view(REVIEW_VIEW)(of_view(self.submitted))

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """The button "Who may see what"."""
        await ack()
        if (click := click_of(body, action)) is None:
            log.warning("a click of an unknown shape was set aside")
            return
        made = partial(self._view, click.user, Asked(click.trace_id))
        self._background.begin(modal.show(self._client, click, _TITLE, made))

    async def person_chosen(self, body: Mapping[str, Any], _action: Mapping[str, Any], ack: Ack) -> None:
        """Somebody was chosen in the modal."""
        await ack()
        view = body.get("view") or {}
        if (asked := _asked(view)) is None:
            log.warning("a modal of an unknown shape was set aside")
            return
        self._background.begin(self._show(user_of(body), asked, str(view.get("id") or "")))

    async def submitted(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """ "Check" was pressed."""
        if (asked := _asked(view)) is None:
            log.warning("a modal of an unknown shape was set aside")
            await ack()
            return
        making = self._background.begin(self._outcome(user_of(body), asked))
        language = language_of(view)
        waiting = modal.view(_TITLE, [modal.words_block("modal_loading", language)], language)
        view_id = str(view.get("id") or "")
        await answer_in_time(self._client, self._background, ack, view_id, making, waiting)

    async def close(self) -> None:
        """Look no more."""
        await self._background.close()

    async def _show(self, user: str, asked: Asked, view_id: str) -> None:
        """Of two at once the later one is the one that stays."""
        turn = self._turns.setdefault(view_id, asyncio.Lock())
        async with turn:
            made = await self._view(user, asked)
            await if_possible("modal", self._client.views_update(view_id=view_id, view=made))

    async def _outcome(self, user: str, asked: Asked) -> Outcome:
        return Outcome(await self._view(user, asked))

    async def _view(self, user: str, asked: Asked) -> dict[str, Any]:
        """A boundary: whatever goes wrong, the modal does not wait for ever."""
        language = texts.KOREAN
        try:
            admin = await self._people.person_now(user)
            language = texts.language_of("", admin.locale)
            if not is_admin(admin, self._admins):
                log.warning("%s asked who may see what and is no admin", user)
                return refused_view(language)
            return await self._made(admin, asked, language)
        except FootnoteError as exc:
            return words_view(_TITLE, texts.text("command_failed", language, reason=str(exc)), language)
        except Exception:
            log.exception("who may see what could not be shown")
            return words_view(_TITLE, texts.text("command_broken", language), language)

    async def _made(self, admin: Person, asked: Asked, language: str) -> dict[str, Any]:
        has_switch = await asyncio.to_thread(self._has_switch, asked.connector)
        place = person = None
        if asked.user:
            person = await self._people.person(asked.user)  # as a search on their behalf knows them
            place = await self._people.place("", person, is_private_to_asker=True)
        admins_own = await self._people.place("", admin, is_private_to_asker=True)

        def looked() -> dict[str, Any]:
            found: list[Block] = []
            table: ReaderTable | None = None
            if asked.document:
                found = self._documents(asked, admins_own, person, place, language)
            elif person is not None and place is not None:
                at = self._review.at_connector(place, asked.connector)
                why = partial(obstacle, person, readers_of(place))
                table = at.table
                found = connector_answer(person, at, why, self._team, language, has_switch=has_switch)
            table = table or self._review.table(asked.connector)
            return review_view(asked, table, found, self._team, language, has_switch=has_switch)

        return await asyncio.to_thread(looked)

    def _documents(
        self, asked: Asked, admins_own: Place, person: Person | None, place: Place | None, language: str
    ) -> list[Block]:
        blocks: list[Block] = []
        readers: Readers = readers_of(place) if place else frozenset()
        for document in self._review.named(asked.document):
            at = self._review.at_document(place, document) if place else None
            may_be_named = self._review.at_document(admins_own, document).is_readable
            why = partial(obstacle, person, readers) if person else _no_obstacle
            told = Told(document, at, may_be_named)
            blocks += document_answer(told, why, self._team, language, person)
        return blocks or note("access_no_document", language)

    def _has_switch(self, name: str) -> bool:
        return getattr(self._connectors.get(name), "everyone_may_read", True) is False


def _no_obstacle(_principal: str) -> None:
    return None


def _asked(view: Mapping[str, Any]) -> Asked | None:
    """What a modal asks; None where it is none of ours."""
    connector = view.get("private_metadata")
    if not isinstance(connector, str) or not _CONNECTOR.fullmatch(connector):
        return None
    values = (view.get("state") or {}).get("values") or {}
    user = _value(values, PERSON_ACTION, "selected_user")
    document = _value(values, DOCUMENT_INPUT, "value").strip().removeprefix("<").removesuffix(">")
    if (user and not _USER.fullmatch(user)) or len(document) > MAX_DOCUMENT:
        return None
    return Asked(connector, user, document)


def _value(values: Mapping[str, Any], name: str, key: str) -> str:
    """What was put into an input whose block is called as itself is."""
    state = (values.get(name) or {}).get(name) or {}
    return str(state.get(key) or "")
