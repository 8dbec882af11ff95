"""What admins do on their Home tab and in its modals.

Whoever clicks is looked up at that moment: what a view shows, or says of somebody's rights, is not believed.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin
from bot.connector_list import ConnectorList
from bot.contracts import SyncReport
from bot.errors import FootnoteError, NotFound
from bot.slack import commands, home, modal, texts
from bot.slack.background import Background
from bot.slack.calls import if_possible
from bot.slack.clicks import Ack, Click, user_of
from bot.slack.home import Home
from bot.slack.home.desk_connectors import ACTION, ASIDE, PREVIEW
from bot.slack.home.modals import aside_view, preview_view, refused_view, words_view
from bot.slack.learned import LearnedSaid
from bot.slack.listeners import of_action
from bot.slack.people import People

log = logging.getLogger(__name__)

ACTIONS = re.compile(re.escape(ACTION) + r"\w+")
_IN_MODALS = {PREVIEW: "home_preview_title", ASIDE: "home_aside_title"}
"""What opens a modal, and its title."""
_VALUE = re.compile(r"(ko|en):(.{1,200})")


class Admin(commands.Admin, home.Admin, Protocol):
    """What `bot.admin` does with connectors. All of it raises NotFound."""

    def retry(self, name: str, *, who: str) -> int:
        """Have the next sync try what could not be read."""

    def resume_accepted(self, name: str, *, who: str) -> bool:
        """Sync it on schedule again where only its source's refusal had paused it; whether that is so."""

    def forget(self, name: str, *, who: str, removed_by: Callable[[], None] | None = None) -> int:
        """Delete its documents; `removed_by` takes the connector away besides. Raises Busy."""


@dataclass(frozen=True)
class _Use:
    """Somebody used a button."""

    what: str
    of: str
    """The name of a connector, or the id of a question about one."""
    click: Click
    view_id: str
    """Of the modal it stands in; "" on the Home tab."""


class HomeActions:
    """The Bolt listener of every button of the Home tab."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        admin: Admin,
        admins: Collection[str],
        home: Home,
        learned: LearnedSaid,
        connectors: ConnectorList | None = None,
    ) -> None:
        """`connectors`: the list from which those that were added are removed; without it none can be."""
        self._client = client
        self._people = people
        self._admin = admin
        self._admins = frozenset(admins)
        self._home = home
        self._learned = learned
        self._connectors = connectors
        self._background = Background()

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring clicks here."""
        app.action(ACTIONS)(of_action(self.clicked))

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """One of the buttons."""
        await ack()
        use = _use_of(body, action)
        if use is None:
            log.warning("a click of an unknown shape was set aside")
            return
        self._background.begin(self._obey(use))

    def saved(self, name: str, person: Person) -> None:
        """This person, who was just found to be an admin, has added or changed a connector whose source
        accepts it: sync it, unless somebody paused it. Their Home tab shows what comes of it."""
        language = texts.language_of("", person.locale)
        self._background.begin(self._sync_and_tell(name, person, language))

    async def close(self) -> None:
        """End what is being done. A sync that is cut off goes on where it was."""
        await self._background.close()

    async def _obey(self, use: _Use) -> None:
        if use.what in _IN_MODALS:
            await modal.show(self._client, use.click, _IN_MODALS[use.what], lambda: self._modal(use))
            return
        person = await self._people.person_now(use.click.user)
        language = texts.language_of("", person.locale)
        if not is_admin(person, self._admins):
            await self._refuse(use, language)
            return
        note = await _said(self._done(use, person, language), language)
        await self._home.refresh(person.user, note)
        await self._home.keep_up()

    async def _sync_and_tell(self, name: str, person: Person, language: str) -> None:
        note = await _said(self._synced_if_not_paused(name, person, language), language)
        await self._home.refresh(person.user, note)
        await self._home.keep_up()

    async def _synced_if_not_paused(self, name: str, person: Person, language: str) -> str:
        if not await asyncio.to_thread(self._admin.resume_accepted, name, who=person.principal):
            return texts.text("home_still_paused", language, name=name)
        syncing = self._admin.sync(name, who=person.principal)
        return await self._synced(name, syncing, person, language)

    async def _modal(self, use: _Use) -> dict[str, Any]:
        person = await self._people.person_now(use.click.user)
        language = texts.language_of("", person.locale)
        if not is_admin(person, self._admins):
            return refused_view(language)
        try:
            if use.what == ASIDE:
                items = await asyncio.to_thread(self._admin.set_aside, use.of)
                return aside_view(use.of, items, language)
            (preview,) = await self._admin.preview(use.of)
            return preview_view(preview, language)
        except FootnoteError as exc:
            said = texts.text("command_failed", language, reason=str(exc))
            return words_view(_IN_MODALS[use.what], said, language)
        except Exception:
            # a boundary: whatever goes wrong in a source, the modal does not wait for ever
            log.exception("a modal of the Home tab could not be made")
            return words_view(_IN_MODALS[use.what], texts.text("command_broken", language), language)

    async def _refuse(self, use: _Use, language: str) -> None:
        """Say so in a modal, and show the Home tab as it is now for this person."""
        log.warning("%s clicked %r on the Home tab and is no admin", use.click.user, use.what)
        refused = refused_view(language)
        if use.view_id:
            await if_possible("refusal", self._client.views_update(view_id=use.view_id, view=refused))
        else:
            opening = self._client.views_open(trigger_id=use.click.trigger_id, view=refused)
            await if_possible("refusal", opening)
        await self._home.refresh(use.click.user)

    async def _done(self, use: _Use, person: Person, language: str) -> str:
        """Do it, and return what to say of it. Raises FootnoteError."""
        name, who = use.of, person.principal
        match use.what:
            case "sync":
                return await self._synced(name, self._admin.sync(name, who=who), person, language)
            case "retry":
                return await self._retried(use, person, language)
            case "pause":
                await asyncio.to_thread(self._admin.pause, name, who=who)
                return texts.text("home_was_paused", language, name=name)
            case "resume":
                await asyncio.to_thread(self._admin.resume, name, who=who)
                return texts.text("home_was_resumed", language, name=name)
            case "forget":
                forgetting = partial(self._admin.forget, name, who=who)
                return await self._forgotten(name, forgetting, "home_was_forgotten", language)
            case "remove_connector":
                removing = partial(self._removed, name, who)
                return await self._forgotten(name, removing, "home_was_removed", language)
            case "remove":
                doubt = await asyncio.to_thread(self._admin.doubt, name)
                syncing = self._admin.remove_doubted(doubt.id, who=who)
                return await self._synced(doubt.connector, syncing, person, language)
            case "keep":
                doubt = await asyncio.to_thread(self._admin.keep_paused, name, who=who)
                return texts.text("home_was_paused", language, name=doubt.connector)
        log.warning("a click on a button that is not known was set aside")
        return ""

    async def _forgotten(self, name: str, forget: Callable[[], int], said: str, language: str) -> str:
        """Forget all documents of a connector, and say what was tuned on them."""
        ids = await self._learned.documents(name)
        count = await asyncio.to_thread(forget)
        done = texts.text(said, language, name=name, count=f"{count:,}", s=texts.plural(count))
        return f"{done} {await self._learned.line(ids, language)}".strip()

    def _removed(self, name: str, who: str) -> int:
        """How many documents went with it. Raises NotFound, NotAllowed where config.toml has it, Busy."""
        connectors = self._connectors
        if connectors is None:
            raise NotFound(f"No connector {name!r} was added.", mend="See: /footnote connectors")
        return self._admin.forget(name, who=who, removed_by=lambda: connectors.remove(name, who=who))

    async def _synced(
        self,
        name: str,
        syncing: Awaitable[SyncReport | Sequence[SyncReport]],
        person: Person,
        language: str,
    ) -> str:
        task = asyncio.ensure_future(syncing)
        try:
            await self._home.refresh(person.user, texts.text("home_syncing", language, name=name))
            found = await task
        finally:
            task.cancel()
        report = found if isinstance(found, SyncReport) else found[0]
        if report.error:
            return texts.text("home_failed", language, name=report.connector, reason=report.error)
        counted = {
            "added": report.added,
            "changed": report.changed,
            "removed": report.removed,
            "skipped": report.skipped,
            "failed": report.failed,
        }
        return texts.text("home_report", language, name=report.connector, **counted)

    async def _retried(self, use: _Use, person: Person, language: str) -> str:
        name = use.of
        await asyncio.to_thread(self._admin.retry, name, who=person.principal)
        await self._show_aside(use, language, texts.text("home_syncing", language, name=name))
        syncing = self._admin.sync(name, who=person.principal)
        said = await _said(self._synced(name, syncing, person, language), language)
        await self._show_aside(use, language, said)
        return said

    async def _show_aside(self, use: _Use, language: str, note: str) -> None:
        if use.view_id:
            items = await asyncio.to_thread(self._admin.set_aside, use.of)
            view = aside_view(use.of, items, language, note)
            await if_possible("modal", self._client.views_update(view_id=use.view_id, view=view))


async def _said(doing: Awaitable[str], language: str) -> str:
    """What to say of it. A boundary: the person who clicked hears of whatever goes wrong."""
    try:
        return await doing
    except FootnoteError as exc:
        log.warning("a click on the Home tab was not carried out: %s", exc)
        return texts.text("command_failed", language, reason=str(exc))
    except Exception:
        log.exception("a click on the Home tab failed")
        return texts.text("command_broken", language)


def _use_of(body: Mapping[str, Any], action: Mapping[str, Any]) -> _Use | None:
    found = _VALUE.fullmatch(str(action.get("value") or ""))
    user, view = user_of(body), body.get("view") or {}
    if found is None or not user:
        return None
    what = str(action.get("action_id") or "").removeprefix(ACTION)
    trigger = str(body.get("trigger_id") or "")
    click = Click(what, "", found[1], user, "", "", "", False, trigger, "")
    is_in_modal = view.get("type") == "modal"
    return _Use(what, found[2], click, str(view.get("id") or "") if is_in_modal else "")
