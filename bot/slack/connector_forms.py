"""Adding and editing connectors from Slack: a form of the kind's own settings, with what is stored but for
secrets where it is an edit.

What is entered is tried at the source before it is saved. Whoever submits is looked up at that moment, and
again before it is saved; what a view says of anybody's rights is not believed, and of a connector only which
one it is of. Secrets go from the payload to the seal, and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin
from bot.complaints import WrongSetting
from bot.connector_list import ConnectorList, Draft, SecretsMoved
from bot.connector_settings import check_name, known_kind, setting_at_fault
from bot.errors import FootnoteError, NotAllowed, NotFound, Outdated
from bot.slack import modal, texts
from bot.slack.clicks import Ack, Click, click_of
from bot.slack.connector_entries import (
    NAME,
    Entered,
    beside,
    changes,
    chosen,
    entered,
    has_own_timezone,
    of_added,
    version_of,
)
from bot.slack.connector_form_blocks import (
    ADD_ACTION,
    EDIT_VIEW,
    FORM_VIEW,
    KIND_VIEW,
    form_view,
    has_field,
    kind_view,
    words_view,
)
from bot.slack.connector_submits import ConnectorSubmits
from bot.slack.home.desk_connectors import EDIT_ACTION
from bot.slack.home.modals import refused_view
from bot.slack.listeners import of_action, of_view
from bot.slack.people import People
from bot.slack.submits import Outcome
from bot.store.connectors import AddedConnector
from connectors.base import SourceError

log = logging.getLogger(__name__)

CHECK_SECONDS = 120.0
"""A source that has not answered by then is said to fail."""
_LOST = {NotFound: "connector_gone", Outdated: "connector_outdated", NotAllowed: "connector_not_here"}
"""What to say where the connector is not any more what the form is of."""


class ConnectorForms:
    """The Bolt listeners of the buttons and of the modals."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        connectors: ConnectorList,
        admins: Collection[str],
        saved: Callable[[str, Person], None],
    ) -> None:
        """`saved` is called with the name of a connector that was added or changed, and who did it."""
        self._client = client
        self._people = people
        self._connectors = connectors
        self._admins = frozenset(admins)
        self._saved = saved
        self._submits = ConnectorSubmits(client, self._asked)

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring clicks and forms here."""
        app.action(ADD_ACTION)(of_action(self.clicked))
        app.action(EDIT_ACTION)(of_action(self.edit_clicked))
        app.view(KIND_VIEW)(of_view(self.kind_chosen))
        app.view(FORM_VIEW)(of_view(self.filled_in))
        app.view(EDIT_VIEW)(of_view(self.changed))

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """The button "Add a connector"."""
        await ack()
        if (click := click_of(body, action)) is None:
            log.warning("a click of an unknown shape was set aside")
            return

        async def made() -> dict[str, Any]:
            person, may = await self._asked(click.user)
            if not may:
                return refused_view(_language(person))
            # kinds are imported when they are first looked at, which may take seconds: acks go on meanwhile
            return await asyncio.to_thread(kind_view, _language(person))

        await modal.show(self._client, click, "connector_title", made)

    async def edit_clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """The button "Edit" of a connector."""
        await ack()
        if (click := click_of(body, action)) is None:
            log.warning("a click of an unknown shape was set aside")
            return
        await modal.show(self._client, click, "connector_edit_title", lambda: self._edit_view(click))

    async def kind_chosen(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """The first modal was submitted."""
        await self._submits.answer(body, view, ack, chosen, self._begun)

    async def filled_in(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """The second modal was submitted."""
        await self._submits.answer(body, view, ack, entered, self._added)

    async def changed(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """The form of an edit was submitted."""
        await self._submits.answer(body, view, ack, entered, self._edited)

    async def close(self) -> None:
        """End what is being tried; nothing of it is saved."""
        await self._submits.close()

    # --- what the modals say, and what is done ---

    async def _edit_view(self, click: Click) -> dict[str, Any]:
        person, may = await self._asked(click.user)
        language, name = _language(person), click.trace_id
        if not may:
            return refused_view(language)
        try:
            added = await asyncio.to_thread(self._connectors.added, name)
            return await asyncio.to_thread(lambda: form_view(of_added(added), language))
        except (NotFound, NotAllowed) as exc:
            return words_view(_LOST[type(exc)], language, is_edit=True, name=name)

    async def _begun(self, person: Person, form: Entered) -> Outcome:
        language = _language(person)
        try:
            known_kind(form.kind)
            check_name(form.name)
            if await asyncio.to_thread(lambda: form.name in self._connectors):
                taken = texts.text("connector_taken", language, name=form.name)
                return Outcome(kind_view(language, taken), {NAME: taken})
        except WrongSetting as exc:
            return Outcome(kind_view(language, str(exc)), {NAME: str(exc)})
        return Outcome(form_view(form, language))

    async def _added(self, person: Person, form: Entered) -> Outcome:
        def draft() -> Draft:
            return self._connectors.draft(
                form.kind,
                form.name,
                form.settings,
                form.secrets,
                schedule=form.schedule,
                timezone=form.timezone,
                owner_channel=form.owner_channel,
                on_machine=False,
            )

        return await self._tried_and_saved(person, form, draft, "connector_added")

    async def _edited(self, person: Person, form: Entered) -> Outcome:
        try:
            added = await asyncio.to_thread(self._connectors.added, form.name)
            if (added.kind, version_of(added)) != (form.kind, form.version):
                raise Outdated(f"The connector {form.name} was changed meanwhile.")
        except (NotFound, NotAllowed, Outdated) as exc:
            return _lost(exc, form, _language(person))
        form = beside(form, added)
        return await self._tried_and_saved(
            person, form, lambda: self._draft_of_edit(form, added), "connector_changed"
        )

    def _draft_of_edit(self, form: Entered, added: AddedConnector) -> Draft:
        draft = self._connectors.changed(
            form.name,
            changes(form, added),
            form.secrets,
            schedule=form.schedule,
            timezone=None if has_own_timezone(form.kind) else form.timezone,
            owner_channel=form.owner_channel,
            on_machine=False,
        )
        if draft.instead_of != added:
            raise Outdated(f"The connector {form.name} was changed meanwhile.")
        return draft

    async def _tried_and_saved(
        self, person: Person, form: Entered, make: Callable[[], Draft], done: str
    ) -> Outcome:
        """Have the source asked, and save it where that succeeds. `done`: the text that says so."""
        language = _language(person)
        try:
            draft = await asyncio.to_thread(make)
            async with asyncio.timeout(CHECK_SECONDS):
                found = await asyncio.to_thread(draft.connector.check)
            # the source may have taken its time: rights are what they are now
            now, may = await self._asked(person.user)
            if not may:
                return Outcome(refused_view(language))
            await asyncio.to_thread(self._connectors.save, draft, who=now.principal)
        except SecretsMoved as exc:
            moved = texts.text("connector_secret_moved", language, moved=exc.moved)
            return _refused(form, exc.setting, moved, language)
        except WrongSetting as exc:
            return _refused(form, exc.setting, str(exc), language)
        except (NotFound, NotAllowed, Outdated) as exc:
            if form.version:
                return _lost(exc, form, language)
            return _refused(form, "", str(exc), language)
        except SourceError as exc:
            return _failed(form, exc, language)
        except FootnoteError as exc:
            return _refused(form, "", str(exc), language)
        except TimeoutError:
            return _refused(form, "", texts.text("connector_no_answer", language), language)
        self._saved(form.name, now)
        return Outcome(words_view(done, language, is_edit=bool(form.version), name=form.name, found=found))

    async def _asked(self, user: str) -> tuple[Person, bool]:
        """Who that is, asked anew, and whether they may add and edit connectors."""
        person = await self._people.person_now(user)
        may = is_admin(person, self._admins)
        if not may:
            log.warning("%s used the form of a connector and is no admin", user)
        return person, may


def _refused(form: Entered, setting: str, reason: str, language: str) -> Outcome:
    """The form with what was entered, and what is wrong with it."""
    view = form_view(form, language, _note(form, reason, language), beside=setting)
    return Outcome(view, {setting: reason} if has_field(form, setting) else {})


def _failed(form: Entered, exc: SourceError, language: str) -> Outcome:
    """The form with what was entered, and what its source says. It is the whole form anew, however soon that
    is known, for a reason may be longer than what Slack shows of an error beside a field."""
    given = {*(name for name, typed in form.settings.items() if typed), *form.secrets, *form.held}
    setting = setting_at_fault(form.kind, exc, given)
    return Outcome(form_view(form, language, _note(form, str(exc), language), beside=setting))


def _note(form: Entered, reason: str, language: str) -> str:
    note = texts.text("connector_wrong", language, reason=reason)
    return f"{note} {texts.text('connector_secrets_again', language)}" if form.secrets else note


def _lost(exc: FootnoteError, form: Entered, language: str) -> Outcome:
    """The connector is not any more what the form is of."""
    return Outcome(words_view(_LOST[type(exc)], language, is_edit=True, name=form.name))


def _language(person: Person) -> str:
    return texts.language_of("", person.locale)
