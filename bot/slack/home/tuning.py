"""What admins do with tuned adapters on their Home tab: look at the table, activate, roll back.

Whoever clicks or submits is looked up at that moment. Whether an adapter may be activated is for the gate
(bot.tuning.activation), which reads its files anew; a view says only which adapter is meant, and where.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin
from bot.errors import FootnoteError
from bot.slack import modal, texts
from bot.slack.background import Background
from bot.slack.calls import if_possible
from bot.slack.clicks import Ack, Click, click_of, user_of
from bot.slack.home import Home
from bot.slack.home.modals import refused_view, words_view
from bot.slack.home.tuning_blocks import (
    ACTIVATE_ACTION,
    ROLL_BACK_ACTION,
    TABLE_ACTION,
    percent,
    tuning_blocks,
    unread_blocks,
)
from bot.slack.home.tuning_modals import (
    ACTIVATE_TITLE,
    ACTIVATE_VIEW,
    TABLE_TITLE,
    Wanted,
    activate_view,
    refusals_view,
    table_view,
    wanted_of,
)
from bot.slack.listeners import of_action, of_view
from bot.slack.people import People
from bot.slack.render import Block
from bot.slack.submits import Outcome, answer_in_time, language_of
from bot.tuning.activation.gate import GateRefused, not_measured
from bot.tuning.activation.registry import AdapterRegistry
from bot.tuning.activation.runs import all_runs
from bot.tuning.schedule import Prospect

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TuningDesk:
    """The adapters that were tuned here, and what is prepared by itself."""

    registry: AdapterRegistry
    prospect: Callable[[], Prospect | None]
    """None where nothing is prepared by itself. Raises StoreError."""

    def blocks(self, language: str) -> list[Block]:
        """The section of the Home tab. Whatever is wrong with the files, the rest of the tab is shown."""
        try:
            return tuning_blocks(all_runs(self.registry), self.prospect(), language)
        except (FootnoteError, OSError) as exc:
            log.warning("the Home tab cannot show what was tuned: %s", exc)
            return unread_blocks(str(exc), language)


class TuningActions:
    """The Bolt listeners of the section's buttons and of its form."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        registry: AdapterRegistry,
        admins: Collection[str],
        home: Home,
    ) -> None:
        self._client = client
        self._people = people
        self._registry = registry
        self._admins = frozenset(admins)
        self._home = home
        self._background = Background()
        self._under_way: dict[tuple[str, str], asyncio.Task[Outcome]] = {}
        """By user and view: a form that Slack brings twice is obeyed once."""

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring clicks and submits here."""
        app.action(TABLE_ACTION)(of_action(self.table_wanted))
        app.action(ACTIVATE_ACTION)(of_action(self.form_wanted))
        app.action(ROLL_BACK_ACTION)(of_action(self.roll_back_clicked))
        app.view(ACTIVATE_VIEW)(of_view(self.submitted))

    async def table_wanted(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """ "Show the table"."""
        await self._opened(body, action, ack, TABLE_TITLE, _table)

    async def form_wanted(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """ "Activate": the form or, where the gate is shut, why it is."""
        await self._opened(body, action, ack, ACTIVATE_TITLE, _form_or_refusal)

    async def roll_back_clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """ "Roll back", which Slack had confirmed."""
        await ack()
        if (click := click_of(body, action)) is None:
            log.warning("a click of an unknown shape was set aside")
            return
        self._background.begin(self._roll_back(click))

    async def submitted(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """The form that activates."""
        wanted, user = wanted_of(view), user_of(body)
        if wanted is None or not user:
            log.warning("a modal of an unknown shape was set aside")
            await ack()
            return
        view_id = str(view.get("id") or "")
        key = (user, view_id)
        if (doing := self._under_way.get(key)) is None:
            doing = self._under_way[key] = self._background.begin(self._outcome(user, wanted))
            doing.add_done_callback(lambda _: self._under_way.pop(key, None))
        language = language_of(view)
        meanwhile = modal.view(ACTIVATE_TITLE, [modal.words_block("tuning_working", language)], language)
        await answer_in_time(self._client, self._background, ack, view_id, doing, meanwhile)

    async def close(self) -> None:
        """End what is being done. An activation is either written down whole or not at all."""
        await self._background.close()

    # --- looking --------------------------------------------------------------------------------------------

    async def _opened(
        self,
        body: Mapping[str, Any],
        action: Mapping[str, Any],
        ack: Ack,
        title: str,
        make: Callable[[AdapterRegistry, str, str], dict[str, Any]],
    ) -> None:
        await ack()
        if (click := click_of(body, action)) is None:
            log.warning("a click of an unknown shape was set aside")
            return
        made = partial(self._view, click, title, make)
        self._background.begin(modal.show(self._client, click, title, made))

    async def _view(
        self, click: Click, title: str, make: Callable[[AdapterRegistry, str, str], dict[str, Any]]
    ) -> dict[str, Any]:
        """A boundary: whatever goes wrong, the modal does not wait for ever."""
        person, language, may = await self._asked(click.user)
        if not may:
            self._background.begin(self._home.refresh(click.user))
            return refused_view(language)
        name = click.trace_id
        try:
            return await asyncio.to_thread(make, self._registry, name, language)
        except GateRefused as exc:
            return refusals_view(name, exc.refusals, language)
        except FootnoteError as exc:
            return words_view(title, texts.text("command_failed", language, reason=str(exc)), language)
        except Exception:
            log.exception("a modal about a tuned adapter could not be made for %s", person.principal)
            return words_view(title, texts.text("command_broken", language), language)

    async def _asked(self, user: str) -> tuple[Person, str, bool]:
        """Who that is now, in which language, and whether they may do this."""
        person = await self._people.person_now(user)
        may = is_admin(person, self._admins)
        if not may:
            log.warning("%s clicked on what was tuned and is no admin", user)
        return person, texts.language_of("", person.locale), may

    # --- changing -------------------------------------------------------------------------------------------

    async def _outcome(self, user: str, wanted: Wanted) -> Outcome:
        """A boundary, too."""
        language = texts.KOREAN
        try:
            person, language, may = await self._asked(user)
            if not may:
                self._background.begin(self._home.refresh(user))
                return Outcome(refused_view(language))
            if errors := wanted.errors(language):
                return Outcome(words_view(ACTIVATE_TITLE, " ".join(errors.values()), language), errors)
            await asyncio.to_thread(
                self._registry.activate,
                wanted.name,
                who=person.principal,
                channel=wanted.channel,
                share=wanted.share,
            )
        except GateRefused as exc:
            log.warning("an adapter was not activated: %s", exc)
            return Outcome(refusals_view(wanted.name, exc.refusals, language))
        except FootnoteError as exc:
            log.warning("an adapter was not activated: %s", exc)
            said = texts.text("command_failed", language, reason=str(exc))
            return Outcome(words_view(ACTIVATE_TITLE, said, language))
        except Exception:
            log.exception("an adapter could not be activated")
            return Outcome(words_view(ACTIVATE_TITLE, texts.text("command_broken", language), language))
        name = f"tuning_was_activated_{wanted.where}"
        said = texts.text(name, language, name=wanted.name, share=percent(wanted.share))
        self._background.begin(self._tell(user, said))
        return Outcome(words_view(ACTIVATE_TITLE, said, language))

    async def _roll_back(self, click: Click) -> None:
        person, language, may = await self._asked(click.user)
        if not may:
            opening = self._client.views_open(trigger_id=click.trigger_id, view=refused_view(language))
            await if_possible("refusal", opening)
            await self._home.refresh(click.user)
            return
        name = click.trace_id
        rolling_back = asyncio.to_thread(self._registry.roll_back, name, who=person.principal)
        done = texts.text("tuning_was_rolled_back", language, name=name)
        await self._tell(click.user, await _said(rolling_back, done, language))

    async def _tell(self, user: str, note: str) -> None:
        """On their Home tab; those of other admins show what has changed, too."""
        await self._home.refresh(user, note)
        await self._home.keep_up()


def _table(registry: AdapterRegistry, name: str, language: str) -> dict[str, Any]:
    """Raises NotFound, AdapterError, StoreError."""
    return table_view(registry.get(name), language)


def _form_or_refusal(registry: AdapterRegistry, name: str, language: str) -> dict[str, Any]:
    """Raises GateRefused, NotFound, AdapterError, StoreError."""
    status = registry.get(name)
    if status.card is None:
        raise not_measured(name)
    if status.refusals:
        raise GateRefused(name, tuple(status.refusals))
    return activate_view(status, language)


async def _said(doing: Awaitable[object], done: str, language: str) -> str:
    """What to say of it. A boundary: the person who clicked hears of whatever goes wrong."""
    try:
        await doing
    except FootnoteError as exc:
        log.warning("an adapter was not rolled back: %s", exc)
        return texts.text("command_failed", language, reason=str(exc))
    except Exception:
        log.exception("an adapter could not be rolled back")
        return texts.text("command_broken", language)
    return done
