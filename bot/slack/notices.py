"""What admins are told of connectors: each notice once, in a direct message to each whom [slack] admins names
by id or, where it names nobody, to the first admins of the workspace.

Where a listing lacks too many documents it has two buttons. Whoever clicks is looked up at that moment.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin
from bot.contracts import Progress, SyncReport
from bot.errors import FootnoteError, NotFound, StoreError
from bot.slack import texts
from bot.slack.background import Background
from bot.slack.calls import SLACK_FAILURES, backoff, failure_of, if_possible
from bot.slack.clicks import Ack, user_of
from bot.slack.inbox import Me
from bot.slack.listeners import of_action
from bot.slack.own_messages import Mark, find_own, post_own
from bot.slack.people import People
from bot.slack.render import Block, Rendered, rich_text, text_message
from bot.slack.reports import report_line
from bot.slack.told_admins import ToldAdmins
from bot.store.doubts import Doubt
from bot.store.notices import Kind, NoticeMessage, Notices

log = logging.getLogger(__name__)

METADATA_TYPE = "footnote_notice"
REMOVE_ACTION = "footnote_doubt_remove"
KEEP_ACTION = "footnote_doubt_keep"
NAMED = 10
"""Documents that a question names."""
LOOK_SECONDS = 15.0
A_MINUTE = 6
"""Messages; what is more waits for the next one."""
MAX_POSTS = 50
_DOUBT_ID = re.compile(r"[0-9a-f]{16}")


class Admin(Protocol):
    """What `bot.admin` does about listings that were not believed."""

    def doubt(self, doubt_id: str) -> Doubt:
        """What was asked about. Raises NotFound where it is settled."""

    def keep_paused(self, doubt_id: str, *, who: str) -> Doubt:
        """Change nothing. Raises NotFound."""

    async def remove_doubted(
        self, doubt_id: str, *, who: str, progress: Progress | None = None
    ) -> SyncReport:
        """Sync, and believe it. Raises NotFound, Busy."""


class AdminNotices:
    """`run` tells admins what they have not heard; the listeners are of the two buttons."""

    def __init__(
        self,
        client: AsyncWebClient,
        me: Me,
        people: People,
        notices: Notices,
        admin: Admin,
        admins: Collection[str],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._me = me
        self._people = people
        self._notices = notices
        self._admin = admin
        self._admins = frozenset(admins)
        self._told = ToldAdmins(client, me.team, self._admins, clock)
        self._clock = clock
        self._background = Background()

    # --- telling --------------------------------------------------------------------------------------------

    async def run(self, look_seconds: float = LOOK_SECONDS) -> None:
        """Tell what is new, for ever."""
        sent: list[float] = []
        while True:
            try:
                for message in await self._due():
                    sent = [at for at in sent if self._clock() - at < 60]
                    if len(sent) >= A_MINUTE:
                        break
                    sent.append(self._clock())
                    await self._tell(message)
            except StoreError as exc:
                log.error("admins cannot be told: %s", exc)
            await asyncio.sleep(look_seconds)

    async def _due(self) -> list[NoticeMessage]:
        if not await asyncio.to_thread(self._notices.is_any, self._now()):
            return []
        told = await self._told.users()
        return await asyncio.to_thread(self._notices.due, self._me.team, told, self._now())

    async def _tell(self, message: NoticeMessage) -> None:
        person = await self._people.person(message.user)
        shown = await asyncio.to_thread(self._shown, message, person)
        if shown is None:
            await asyncio.to_thread(self._notices.done, message)
            return
        try:
            opened = await self._client.conversations_open(users=message.user)
            channel = str(opened["channel"]["id"])
            if not (message.attempts and await self._stands(channel, message)):
                await asyncio.to_thread(self._notices.attempt, message)
                await post_own(self._client, channel, _mark(message), text=shown.text, blocks=shown.blocks)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if not failure.is_final and message.attempts < MAX_POSTS:
                wait = timedelta(seconds=failure.wait or backoff(message.attempts + 1))
                await asyncio.to_thread(self._notices.postpone, message, self._now() + wait)
                return
            log.error("admin %s cannot be told of a connector: %s", message.user, failure.error)
        await asyncio.to_thread(self._notices.done, message)

    async def _stands(self, channel: str, message: NoticeMessage) -> bool:
        """Whether an earlier attempt made the message, though nobody told us."""
        since = message.notice.at.timestamp()
        return bool(await find_own(self._client, self._me.user, channel, _mark(message), since=since))

    def _shown(self, message: NoticeMessage, person: Person) -> Rendered | None:
        """None where there is nothing to say any more, or not to this person."""
        if not is_admin(person, self._admins):
            return None
        notice, language = message.notice, texts.language_of("", person.locale)
        if notice.kind is not Kind.DOUBT:
            name = f"notice_{notice.kind.value}"
            said = texts.text(name, language, name=notice.connector, reason=notice.detail)
            return text_message(said, language)
        try:
            return doubt_message(self._admin.doubt(notice.detail), language)
        except NotFound:
            return None

    # --- deciding -------------------------------------------------------------------------------------------

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring clicks here."""
        for action in (REMOVE_ACTION, KEEP_ACTION):
            app.action(action)(of_action(self.clicked))

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """One of the two buttons."""
        await ack()
        doubt_id, user = str(action.get("value") or ""), user_of(body)
        container = body.get("container") or {}
        where = str(container.get("channel_id") or ""), str(container.get("message_ts") or "")
        if not _DOUBT_ID.fullmatch(doubt_id) or not user or not all(where):
            log.warning("a click of an unknown shape was set aside")
            return
        self._background.begin(self._decide(str(action.get("action_id")), doubt_id, user, where))

    async def close(self) -> None:
        """End what is being decided."""
        await self._background.close()

    async def _decide(self, action: str, doubt_id: str, user: str, where: tuple[str, str]) -> None:
        person = await self._people.person_now(user)
        language = texts.language_of("", person.locale)
        if not is_admin(person, self._admins):
            said = texts.text("channel_admins_only", language)
            call = self._client.chat_postEphemeral(channel=where[0], user=user, text=said)
            await if_possible("refusal", call)
            return
        try:
            if action == KEEP_ACTION:
                doubt = await asyncio.to_thread(self._admin.keep_paused, doubt_id, who=person.principal)
                await self._replace(where, texts.text("doubt_kept", language, name=doubt.connector), language)
                return
            doubt = await asyncio.to_thread(self._admin.doubt, doubt_id)
            counted = {"name": doubt.connector, "gone": f"{len(doubt.gone):,}"}
            await self._replace(where, texts.text("doubt_removing", language, **counted), language)
            report = await self._admin.remove_doubted(doubt_id, who=person.principal)
            await self._replace(where, report_line(report, language), language)
        except FootnoteError as exc:
            log.warning("a decision about a connector was not carried out: %s", exc)
            failed = texts.text("command_failed", language, reason=str(exc))
            await self._replace(where, failed, language)
        except Exception:
            # a boundary: the person who clicked hears of whatever goes wrong
            log.exception("a decision about a connector failed")
            await self._replace(where, texts.text("command_broken", language), language)

    async def _replace(self, where: tuple[str, str], markdown: str, language: str) -> None:
        shown = text_message(markdown, language)
        call = self._client.chat_update(channel=where[0], ts=where[1], text=shown.text, blocks=shown.blocks)
        await if_possible("decision", call)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def doubt_message(doubt: Doubt, language: str) -> Rendered:
    """What would go, and what may be done about it."""
    counted = {"name": doubt.connector, "held": f"{doubt.held:,}", "gone": f"{len(doubt.gone):,}"}
    message = text_message(texts.text("doubt", language, **counted), language)
    named = [*doubt.gone[:NAMED]]
    if len(doubt.gone) > NAMED:
        named.append(texts.text("more_sources", language, count=f"{len(doubt.gone) - NAMED:,}"))
    items: list[Block] = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": name[:300] or "…"}]}
        for name in named
    ]
    names: Block = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}],
    }
    hint = rich_text([{"type": "text", "text": texts.text("doubt_hint", language, **counted)}])
    remove = _button("doubt_remove", REMOVE_ACTION, doubt.id, language)
    remove["style"] = "danger"
    remove["confirm"] = {
        "title": _plain("doubt_remove", language),
        "text": _plain("doubt_confirm", language, **counted),
        "confirm": _plain("doubt_remove", language),
        "deny": _plain("close", language),
    }
    buttons = [remove, _button("doubt_keep", KEEP_ACTION, doubt.id, language)]
    blocks = [*message.blocks, names, hint, {"type": "actions", "elements": buttons}]
    return Rendered(message.text, blocks, message.said)


def _button(name: str, action: str, value: str, language: str) -> Block:
    return {"type": "button", "action_id": action, "value": value, "text": _plain(name, language)}


def _plain(name: str, language: str, /, **values: object) -> Block:
    return {"type": "plain_text", "text": texts.text(name, language, **values), "emoji": True}


def _mark(message: NoticeMessage) -> Mark:
    return Mark(METADATA_TYPE, {"notice_id": str(message.notice.id)})
