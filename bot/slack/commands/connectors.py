"""/footnote connectors, schedule, pause, resume and forget: what an admin does with connectors by a word.

Nothing is forgotten before a button says what it is about. Who clicks is looked up at that moment, and the
value of the button is believed only where this process made it for them.
"""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin
from bot.admin import Status
from bot.connector_status import ConnectorStatus
from bot.errors import NotFound
from bot.slack import texts
from bot.slack.background import Background
from bot.slack.calls import webhook
from bot.slack.clicks import Ack, user_of
from bot.slack.commands.confirmations import MAX_SUBJECT, Confirmations
from bot.slack.guarded import guarded
from bot.slack.learned import LearnedSaid
from bot.slack.listeners import of_action
from bot.slack.people import People
from bot.slack.render import Block, Rendered, text_message
from bot.slack.reports import connector_line, running_lines, schedule_line
from bot.slack.sync_line import Respond, say

log = logging.getLogger(__name__)

FORGET_ACTION = "footnote_forget"
KEEP_ACTION = "footnote_forget_not"
VERBS = frozenset({"connectors", "schedule", "pause", "resume", "forget"})
MOST_LISTED = 40
MAX_REASON = 200
_DOCUMENT_ID = re.compile(r"[0-9a-f]{64}")


class Admin(Protocol):
    """What `bot.admin` does with connectors."""

    async def status(self) -> Status:
        """Every connector, and what runs."""

    def pause(self, name: str, *, who: str, reason: str = "") -> None:
        """Sync it on schedule no more. Raises NotFound."""

    def resume(self, name: str, *, who: str) -> None:
        """Sync it on schedule again. Raises NotFound."""

    def forget(self, name: str, *, who: str) -> int:
        """Delete its documents; says how many there were. Raises NotFound, Busy."""

    def forget_document(self, name: str, item_id: str, *, who: str) -> bool:
        """Delete one document; whether there was one. Raises NotFound."""

    def place_of(self, document_id: str) -> tuple[str, str]:
        """The connector and the item id of a document. Raises NotFound."""


class ConnectorCommands:
    """Answers the verbs, and listens to the two buttons of a confirmation."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        admin: Admin,
        admins: Collection[str],
        learned: LearnedSaid,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._people = people
        self._admin = admin
        self._admins = frozenset(admins)
        self._learned = learned
        self._confirmations = Confirmations(clock)
        self._background = Background()

    async def said(self, verb: str, rest: str, person: Person, language: str) -> Rendered:
        """What to say to one of VERBS, once it is done. Raises NotFound, StoreError."""
        if not is_admin(person, self._admins):
            return _words("for_admins", language, command=verb)
        match verb:
            case "connectors" | "schedule" if rest:
                return _words("usage_plain", language, command=verb)
            case "connectors":
                return text_message(await self._connectors(language), language)
            case "schedule":
                return text_message(await self._schedule(language), language)
            case "forget":
                return await self._asked_to_forget(rest, person, language)
            case _:
                return await self._switched(verb, rest, person, language)

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring clicks here."""
        for action in (FORGET_ACTION, KEEP_ACTION):
            app.action(action)(of_action(self.clicked))

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """A Bolt listener of FORGET_ACTION and KEEP_ACTION."""
        await ack()
        user, url = user_of(body), str(body.get("response_url") or "")
        if not user or not url:
            log.warning("a click of an unknown shape was set aside")
            return
        respond = webhook(self._client, url).send
        work = self._decide(str(action.get("action_id")), str(action.get("value") or ""), user, respond)
        self._background.begin(guarded(work, respond, replace_original=True))

    async def close(self) -> None:
        """End what is being decided."""
        await self._background.close()

    # --- lists ----------------------------------------------------------------------------------------------

    async def _connectors(self, language: str) -> str:
        status = await self._admin.status()
        now = datetime.now(UTC)
        lines = [connector_line(each, now, language) for each in status.connectors[:MOST_LISTED]]
        hint = "\n\n" + texts.text("connectors_hint", language) if lines else ""
        return _listed(lines, status, language) + hint + running_lines(status, language)

    async def _schedule(self, language: str) -> str:
        status = await self._admin.status()
        now = datetime.now(UTC)
        soonest = sorted(status.connectors, key=_when)
        lines = [schedule_line(each, now, language) for each in soonest[:MOST_LISTED]]
        return _listed(lines, status, language)

    # --- changes --------------------------------------------------------------------------------------------

    async def _switched(self, verb: str, rest: str, person: Person, language: str) -> Rendered:
        name, _, reason = rest.partition(" ")
        reason = " ".join(_as_typed(reason).split())
        if not name or (verb == "resume" and reason):
            return _words(f"usage_{verb}", language)
        if verb == "pause":
            why = reason[:MAX_REASON]
            await asyncio.to_thread(self._admin.pause, name, who=person.principal, reason=why)
        else:
            await asyncio.to_thread(self._admin.resume, name, who=person.principal)
        return _words(f"{verb}_done", language, name=name)

    async def _asked_to_forget(self, rest: str, person: Person, language: str) -> Rendered:
        what = unicodedata.normalize("NFC", _as_typed(rest))
        if _DOCUMENT_ID.fullmatch(what):
            what = "/".join(await asyncio.to_thread(self._admin.place_of, what))
        name, slash, item_id = what.partition("/")
        if not name or (slash and not item_id) or len(what) > MAX_SUBJECT:
            return _words("usage_forget", language)
        status = await self._admin.status()
        found = next((each for each in status.connectors if each.name == name), None)
        if found is None:
            raise NotFound(f"There is no connector {name!r}.", mend="See: /footnote connectors")
        if item_id:
            asked = texts.text("forget_document", language, name=name, document=item_id)
        else:
            count = {"documents": f"{found.documents:,}", "s": texts.plural(found.documents)}
            asked = texts.text("forget_connector", language, name=name, **count)
        message = text_message(asked, language)
        value = self._confirmations.value(FORGET_ACTION, person.user, what)
        buttons = [
            _button("forget_yes", FORGET_ACTION, value, language) | {"style": "danger"},
            _button("forget_no", KEEP_ACTION, "no", language),
        ]
        return Rendered(message.text, [*message.blocks, {"type": "actions", "elements": buttons}])

    async def _decide(self, action: str, value: str, user: str, respond: Respond) -> None:
        """Raises NotFound, Busy, StoreError."""
        person = await self._people.person_now(user)
        language = texts.language_of("", person.locale)
        subject = self._confirmations.subject(FORGET_ACTION, user, value)
        if action != FORGET_ACTION:
            shown = _words("forget_kept", language)
        elif not is_admin(person, self._admins):
            shown = _words("for_admins", language, command="forget")
        elif subject is None:
            log.warning("a confirmation that was not shown to %s was set aside", person.principal)
            shown = _words("forget_stale", language)
        else:
            shown = await self._forgotten(subject, person, language)
        await say(respond, shown, replace_original=True)

    async def _forgotten(self, what: str, person: Person, language: str) -> Rendered:
        name, _, item_id = what.partition("/")
        who = person.principal
        ids = await self._learned.documents(name, item_id)
        if not item_id:
            removed = await asyncio.to_thread(self._admin.forget, name, who=who)
            count = {"documents": f"{removed:,}", "s": texts.plural(removed)}
            said = texts.text("forgot_connector", language, name=name, **count)
        else:
            was_there = await asyncio.to_thread(self._admin.forget_document, name, item_id, who=who)
            which = "forgot_document" if was_there else "forgot_ahead"
            said = texts.text(which, language, name=name, document=item_id)
        learned = await self._learned.markdown(ids, language)
        return text_message(f"{said}\n\n{learned}".strip(), language)


def _listed(lines: list[str], status: Status, language: str) -> str:
    if not lines:
        return texts.text("connectors_none", language)
    more = len(status.connectors) - len(lines)
    return "\n".join([*lines, *([f"- {texts.text('more_sources', language, count=more)}"] if more else [])])


def _when(connector: ConnectorStatus) -> tuple[bool, float]:
    """The one that runs next first; those that do not run last."""
    if connector.next_run is None or connector.is_paused:
        return True, 0.0
    return False, connector.next_run.timestamp()


def _as_typed(text: str) -> str:
    """What somebody typed: Slack sends three characters of it as entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _words(name: str, language: str, /, **values: object) -> Rendered:
    return text_message(texts.text(name, language, **values), language)


def _button(name: str, action: str, value: str, language: str) -> Block:
    label = {"type": "plain_text", "text": texts.text(name, language), "emoji": True}
    return {"type": "button", "action_id": action, "value": value, "text": label}
