"""/footnote: what follows it, who may say it, and what is answered. Everything is seen by the asker alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin, readers_of
from bot.connector_status import ConnectorStatus
from bot.contracts import Progress, Readers, SyncReport
from bot.slack import notices, texts
from bot.slack.background import Background
from bot.slack.calls import webhook
from bot.slack.channel_settings import ChannelSettings, settings_block
from bot.slack.clicks import Ack
from bot.slack.commands import connectors as connector_commands
from bot.slack.commands.connectors import ConnectorCommands
from bot.slack.commands.looking_up import looking_up
from bot.slack.commands.passages import PassageSearch
from bot.slack.guarded import guarded
from bot.slack.inbox import Me, question_payload
from bot.slack.listeners import of_command
from bot.slack.people import People
from bot.slack.reading import plain_question
from bot.slack.render import Rendered, text_message
from bot.slack.reports import preview_line, report_line, source_line, status_lines
from bot.slack.sync_line import Respond, SyncLine, say
from bot.store.inbox import QUESTION, Inbox, Incoming
from bot.sync.preview import SyncPreview

COMMAND = "/footnote"
REINDEX = "/reindex"
"""The short form of `/footnote reindex`."""
DRY_RUN = "dry-run"
AUTO = "auto"


class Admin(notices.Admin, connector_commands.Admin, Protocol):
    """What `bot.admin` does, as far as it is asked for from Slack."""

    async def sync(
        self, name: str | None = None, *, who: str, progress: Progress | None = None
    ) -> Sequence[SyncReport]:
        """Sync one connector, or all. Raises NotFound, Busy."""

    async def preview(self, name: str | None = None) -> Sequence[SyncPreview]:
        """What a sync would do. Raises NotFound."""

    def sources(self, readers: Readers) -> Sequence[ConnectorStatus]:
        """The connectors with documents these principals may read."""


class Commands:
    """The Bolt listener of /footnote and /reindex."""

    def __init__(
        self,
        client: AsyncWebClient,
        inbox: Inbox,
        me: Me,
        people: People,
        admin: Admin,
        admins: Collection[str],
        settings: ChannelSettings,
        connectors: ConnectorCommands,
        passages: PassageSearch,
        on_question: Callable[[], None],
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._me = me
        self._people = people
        self._admin = admin
        self._admins = frozenset(admins)
        self._settings = settings
        self._connectors = connectors
        self._passages = passages
        self._on_question = on_question
        self._background = Background()

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring commands here."""
        for command in (COMMAND, REINDEX):
            app.command(command)(of_command(self.received))

    async def received(self, command: Mapping[str, Any], ack: Ack) -> None:
        """One slash command. Raises StoreError before the ack: Slack then tells the person it failed."""
        respond = webhook(self._client, str(command["response_url"])).send
        verb, _, rest = str(command.get("text") or "").strip().partition(" ")
        if command.get("command") == REINDEX:
            verb, rest = "reindex", f"{verb} {rest}"
        verb, rest = verb.lower(), rest.strip()
        is_question = verb == "ask" and bool(rest)
        if is_question:
            await self._receive_question(command, rest)
        await ack()
        if is_question:
            work = looking_up(rest, respond, self._on_question)
        else:
            work = self._obey(command, verb, rest, respond)
        self._background.begin(guarded(work, respond))

    async def _obey(self, command: Mapping[str, Any], verb: str, rest: str, respond: Respond) -> None:
        # asked of Slack at this moment: what the envelope says of somebody's rights is not believed
        person = await self._people.person_now(str(command["user_id"]))
        language = texts.language_of("", person.locale)
        match verb:
            case "ask":
                await say(respond, texts.text("usage_ask", language))
            case "reindex":
                await self._reindex(person, language, rest, respond)
            case "sources" | "status" | "help" if rest:
                await say(respond, texts.text("usage_plain", language, command=verb))
            case "search":
                words = plain_question(rest, self._me.user)
                place = await self._people.place("", person, is_private_to_asker=True)
                await say(respond, await self._passages.said(words, place, language))
            case "connectors" if not rest and not is_admin(person, self._admins):
                await say(respond, await self._sources(person, language))
            case _ if verb in connector_commands.VERBS:
                await say(respond, await self._connectors.said(verb, rest, person, language))
            case "sources":
                await say(respond, await self._sources(person, language))
            case "status":
                await say(respond, await self._status(person, language))
            case "channel":
                channel = str(command["channel_id"])
                await say(respond, await self._settings.said(channel, rest, person, language))
            case "language":
                await say(respond, await self._language(person, language, rest.lower()))
            case "help" | "":
                await say(respond, texts.text("help", language))
            case _:
                given = verb[:40].replace("`", "'")
                unknown = texts.text("unknown_command", language, given=given)
                await say(respond, unknown + "\n\n" + texts.text("help", language))

    async def close(self) -> None:
        """End what is still being answered."""
        await self._background.close()

    async def _receive_question(self, command: Mapping[str, Any], question: str) -> None:
        trigger = str(command.get("trigger_id") or f"{time.time_ns()}")
        payload = question_payload(
            question,
            str(command["user_id"]),
            "",
            self._me,
            response_url=str(command["response_url"]),
            is_private=True,
        )
        incoming = Incoming(
            self._me.team, QUESTION, str(command["channel_id"]), trigger, f"command:{trigger}", payload
        )
        await asyncio.to_thread(self._inbox.receive, incoming)

    async def _reindex(self, person: Person, language: str, rest: str, respond: Respond) -> None:
        if not is_admin(person, self._admins):
            await say(respond, texts.text("admins_only", language))
            return
        words = rest.split()
        is_dry = bool(words) and words[-1].lstrip("-–—").lower() == DRY_RUN
        names = words[:-1] if is_dry else words
        if len(names) > 1:
            await say(respond, texts.text("usage_reindex", language, example=names[0]))
            return
        name = names[0] if names else None
        if is_dry:
            previews = await self._admin.preview(name)
            lines = [preview_line(each, language) for each in previews]
            await say(respond, "\n".join([*lines, "", texts.text("preview_done", language)]))
            return
        line = SyncLine(respond, self._client, person.user, language)
        await line.started()
        try:
            reports = await self._admin.sync(name, who=person.principal, progress=line.report)
        except BaseException:
            await line.failed()
            raise
        said = [texts.text("reindex_done", language), *(report_line(report, language) for report in reports)]
        await line.finished("\n".join(said))

    async def _language(self, person: Person, language: str, wanted: str) -> str:
        if wanted not in (texts.KOREAN, texts.ENGLISH, AUTO):
            return texts.text("usage_language", language)
        await self._people.choose_language(person, "" if wanted == AUTO else wanted)
        known = await self._people.person(person.user)
        return texts.text(f"language_{wanted}", texts.language_of("", known.locale))

    async def _sources(self, person: Person, language: str) -> str:
        found = await self._readable(person)
        now = datetime.now(UTC)
        return "\n".join(source_line(source, now, language) for source in found) or texts.text(
            "no_sources", language
        )

    async def _status(self, person: Person, language: str) -> Rendered:
        found = await self._readable(person)
        waiting = await asyncio.to_thread(self._inbox.count_waiting, self._me.team)
        read = [source.finished_at for source in found if source.finished_at]
        freshness = texts.text("source_never", language)
        if read:
            age = texts.age((datetime.now(UTC) - max(read)).total_seconds(), language)
            freshness = texts.text("source_read", language, age=age)
        said = texts.text(
            "status",
            language,
            waiting=waiting,
            connectors=len(found),
            s=texts.plural(len(found)),
            documents=f"{sum(source.documents for source in found):,}",
            freshness=freshness,
        )
        if not is_admin(person, self._admins):
            return text_message(said, language)
        said += "\n" + status_lines(await self._admin.status(), language)
        settings = await self._settings.list()
        if not settings:
            return text_message(said, language)
        message = text_message(said + "\n\n" + texts.text("channels_set", language), language)
        return Rendered(message.text, [*message.blocks, settings_block(settings, language)])

    async def _readable(self, person: Person) -> Sequence[ConnectorStatus]:
        """What lands before the asker's eyes alone is read on the asker's behalf."""
        place = await self._people.place("", person, is_private_to_asker=True)
        return await asyncio.to_thread(self._admin.sources, readers_of(place))
