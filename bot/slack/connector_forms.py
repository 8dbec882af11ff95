"""Adding a connector from Slack: a kind and a name, then a form of the kind's own settings.

What is entered is tried at the source before it is saved. Whoever submits is looked up at that moment, and
again before it is saved; what a view says of anybody's rights is not believed. Secrets go from the payload
to the seal, and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin
from bot.complaints import WrongSetting
from bot.connector_list import ConnectorList, Draft
from bot.connector_settings import check_name, known_kind
from bot.errors import FootnoteError
from bot.slack import modal, texts
from bot.slack.background import Background
from bot.slack.calls import if_possible
from bot.slack.clicks import Ack, click_of, user_of
from bot.slack.connector_form_blocks import (
    NAME,
    Entered,
    chosen,
    entered,
    form_view,
    has_field,
    kind_view,
    words_view,
)
from bot.slack.home.modals import refused_view
from bot.slack.people import People
from connectors.base import SourceError

log = logging.getLogger(__name__)

ACK_SECONDS = 2.0
"""Slack waits three for an answer to a submit; what takes longer is shown when it is there."""
SETTLE_SECONDS = 1.0
"""Between that answer and what is shown in its place: they travel by two ways, and the later one stays."""
CHECK_SECONDS = 120.0
"""A source that has not answered by then is said to fail."""


@dataclass(frozen=True)
class _Outcome:
    """What came of a submit. `errors`, by block, say it beside the fields while the form is still open."""

    view: dict[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)


class ConnectorForms:
    """The Bolt listeners of the button and of both modals."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        connectors: ConnectorList,
        admins: Collection[str],
        saved: Callable[[str, Person], None],
    ) -> None:
        """`saved` is called with the name of a connector that was added, and who did it."""
        self._client = client
        self._people = people
        self._connectors = connectors
        self._admins = frozenset(admins)
        self._saved = saved
        self._background = Background()

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """The button "Add a connector"."""
        await ack()
        if (click := click_of(body, action)) is None:
            log.warning("a click of an unknown shape was set aside")
            return

        async def made() -> dict[str, Any]:
            person, may = await self._asked(click.user)
            return kind_view(_language(person)) if may else refused_view(_language(person))

        await modal.show(self._client, click, "connector_title", made)

    async def kind_chosen(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """The first modal was submitted."""
        await self._submitted(body, view, ack, chosen, self._begun)

    async def filled_in(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """The second modal was submitted."""
        await self._submitted(body, view, ack, entered, self._added)

    async def close(self) -> None:
        """End what is being tried; nothing of it is saved."""
        await self._background.close()

    async def _submitted(
        self,
        body: Mapping[str, Any],
        view: Mapping[str, Any],
        ack: Ack,
        read: Callable[[Mapping[str, Any]], Entered],
        obey: Callable[[Person, Entered], Awaitable[_Outcome]],
    ) -> None:
        user, view_id = user_of(body), str(view.get("id") or "")
        try:
            form = read(view)
        except (KeyError, TypeError, AttributeError, ValueError, FootnoteError) as exc:
            log.warning("a modal of an unknown shape was set aside: %s", type(exc).__name__)
            await ack()
            return
        doing = self._background.begin(self._outcome(user, form, obey))
        done, _ = await asyncio.wait([doing], timeout=ACK_SECONDS)
        if done:
            outcome = doing.result()
            if outcome.errors:
                await ack(response_action="errors", errors=dict(outcome.errors))
            else:
                await ack(response_action="update", view=outcome.view)
            return
        self._background.begin(self._show(doing, view_id))  # before the ack: whatever becomes of that
        await ack(response_action="update", view=words_view("connector_checking", _spoken(view)))

    async def _show(self, doing: asyncio.Task[_Outcome], view_id: str) -> None:
        try:
            await asyncio.sleep(SETTLE_SECONDS)
            outcome = await doing
        finally:
            doing.cancel()
        await if_possible("modal", self._client.views_update(view_id=view_id, view=outcome.view))

    async def _outcome(
        self, user: str, form: Entered, obey: Callable[[Person, Entered], Awaitable[_Outcome]]
    ) -> _Outcome:
        """A boundary: whatever goes wrong, the modal does not wait for ever. Nothing that failed is logged
        but its type, since what was entered may stand in it."""
        language = texts.KOREAN
        try:
            person, may = await self._asked(user)
            language = _language(person)
            return await obey(person, form) if may else _Outcome(refused_view(language))
        except FootnoteError as exc:
            return _Outcome(words_view("command_failed", language, reason=str(exc)))
        except Exception as exc:  # noqa: BLE001 - a traceback may hold what was entered
            log.error("a connector could not be added: %s", type(exc).__name__)
            return _Outcome(words_view("command_broken", language))

    async def _begun(self, person: Person, form: Entered) -> _Outcome:
        language = _language(person)
        try:
            known_kind(form.kind)
            check_name(form.name)
            if await asyncio.to_thread(lambda: form.name in self._connectors):
                taken = texts.text("connector_taken", language, name=form.name)
                return _Outcome(kind_view(language, taken), {NAME: taken})
        except WrongSetting as exc:
            return _Outcome(kind_view(language, str(exc)), {NAME: str(exc)})
        return _Outcome(form_view(form, language))

    async def _added(self, person: Person, form: Entered) -> _Outcome:
        language = _language(person)
        try:
            draft = await asyncio.to_thread(self._draft, form)
            async with asyncio.timeout(CHECK_SECONDS):
                found = await asyncio.to_thread(draft.connector.check)
        except WrongSetting as exc:
            return _refused(form, exc.setting, str(exc), language)
        except (FootnoteError, SourceError) as exc:
            return _refused(form, "", str(exc), language)
        except TimeoutError:
            return _refused(form, "", texts.text("connector_no_answer", language), language)
        # the source may have taken its time: rights are what they are now
        now, may = await self._asked(person.user)
        if not may:
            return _Outcome(refused_view(language))
        await asyncio.to_thread(self._connectors.save, draft, who=now.principal)
        self._saved(form.name, now)
        return _Outcome(words_view("connector_added", language, name=form.name, found=found))

    def _draft(self, form: Entered) -> Draft:
        return self._connectors.draft(
            form.kind, form.name, form.settings, form.secrets, schedule=form.schedule, on_machine=False
        )

    async def _asked(self, user: str) -> tuple[Person, bool]:
        """Who that is, asked anew, and whether they may add connectors."""
        person = await self._people.person_now(user)
        may = is_admin(person, self._admins)
        if not may:
            log.warning("%s used the form of a connector and is no admin", user)
        return person, may


def _refused(form: Entered, setting: str, reason: str, language: str) -> _Outcome:
    """The form with what was entered, and what is wrong with it."""
    note = texts.text("connector_wrong", language, reason=reason)
    if form.secrets:
        note += " " + texts.text("connector_secrets_again", language)
    view = form_view(form, language, note)
    return _Outcome(view, {setting: reason} if has_field(form.kind, setting) else {})


def _language(person: Person) -> str:
    return texts.language_of("", person.locale)


def _spoken(view: Mapping[str, Any]) -> str:
    """The language of the modal, for a line that nothing depends on."""
    return texts.language_of(str((view.get("title") or {}).get("text") or ""))
