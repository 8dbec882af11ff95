"""/footnote channel: when the bot speaks in a channel, shown to everyone and changed by admins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin
from bot.errors import FootnoteError
from bot.slack import texts
from bot.slack.calls import if_possible, patiently, webhook
from bot.slack.inbox import Me, is_direct
from bot.slack.listeners import of_action
from bot.slack.people import People, is_shared_outside
from bot.slack.render import Block, Rendered, text_message
from bot.store.channels import Channels, ChannelSetting, Speaks

log = logging.getLogger(__name__)

CHANNEL_ACTION = "footnote_channel"

Ack = Callable[..., Awaitable[Any]]


class ChannelSettings:
    """Shows and changes the settings of channels. Who may change them is asked of Slack at that moment."""

    def __init__(
        self, client: AsyncWebClient, channels: Channels, people: People, me: Me, admins: Collection[str]
    ) -> None:
        self._client = client
        self._channels = channels
        self._people = people
        self._me = me
        self._admins = frozenset(admins)

    async def said(self, channel: str, wanted: str, person: Person, language: str) -> Rendered:
        """What to say to `/footnote channel WANTED` there. Raises StoreError."""
        if is_direct(channel):
            return text_message(texts.text("channel_direct", language), language)
        if not wanted:
            return await self._present(channel, person, language)
        try:
            speaks = Speaks(wanted.lower())
        except ValueError:
            return text_message(texts.text("usage_channel", language), language)
        return await self._changed(channel, speaks, person, language)

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring what is chosen here."""
        app.action(CHANNEL_ACTION)(of_action(self.chosen))

    async def chosen(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """A Bolt listener: somebody chose another setting in the message that `said` made.

        A boundary: the person hears of what goes wrong.
        """
        await ack()
        try:
            channel, user = str(body["channel"]["id"]), str(body["user"]["id"])
            speaks = Speaks(action["selected_option"]["value"])
            url = str(body["response_url"])
        except (KeyError, TypeError, ValueError) as exc:
            log.warning("a choice of an unknown shape was set aside: %s", type(exc).__name__)
            return
        person = await self._people.person_now(user)
        language = texts.language_of("", person.locale)
        try:
            shown = await self._changed(channel, speaks, person, language)
        except FootnoteError as exc:
            log.warning("a channel could not be set: %s", exc)
            shown = text_message(texts.text("command_failed", language, reason=str(exc)), language)
        call = webhook(self._client, url).send(
            text=shown.text, blocks=shown.blocks, response_type="ephemeral", replace_original=True
        )
        await if_possible("setting of a channel", call)

    async def list(self) -> list[ChannelSetting]:
        """Every channel of this workspace in which questions without a mention are answered."""
        return await asyncio.to_thread(self._channels.settings, self._me.team)

    async def _present(self, channel: str, person: Person, language: str, *notes: str) -> Rendered:
        speaks = await asyncio.to_thread(self._channels.speaks, self._me.team, channel)
        return setting_message(speaks, language, notes, may_change=is_admin(person, self._admins))

    async def _changed(self, channel: str, speaks: Speaks, person: Person, language: str) -> Rendered:
        if not is_admin(person, self._admins):
            return text_message(texts.text("channel_admins_only", language), language)
        described = await self._described(channel)
        if speaks is not Speaks.MENTION and described.get("id") and is_shared_outside(described):
            return text_message(texts.text("channel_shared", language), language)
        await asyncio.to_thread(self._channels.change, self._me.team, channel, speaks, who=person.principal)
        notes = [texts.text("channel_set", language)]
        if speaks is not Speaks.MENTION and not described.get("is_member"):
            notes.append(texts.text("channel_invite", language))
        return await self._present(channel, person, language, *notes)

    async def _described(self, channel: str) -> dict[str, Any]:
        """What Slack says of it; nothing of a channel that the bot cannot see."""
        try:
            response = await patiently(lambda: self._client.conversations_info(channel=channel))
        except SlackApiError:
            return {}
        return response.get("channel") or {}


def setting_message(
    speaks: Speaks, language: str, notes: Collection[str] = (), *, may_change: bool
) -> Rendered:
    """When the bot speaks in this channel and, for whoever may change it, the choices."""
    present = texts.text("channel_present", language, speaks=texts.text(f"channel_{speaks}", language))
    hint = texts.text("channel_choose" if may_change else "channel_asks_admin", language)
    message = text_message("\n\n".join([*notes, present, hint]), language)
    if not may_change:
        return message
    options = {each: _option(each, language) for each in Speaks}
    select: Block = {
        "type": "static_select",
        "action_id": CHANNEL_ACTION,
        "placeholder": _plain(texts.text("channel_choose", language)),
        "initial_option": options[speaks],
        "options": list(options.values()),
    }
    blocks = [*message.blocks, {"type": "actions", "elements": [select]}]
    return Rendered(message.text, blocks, message.said)


def settings_block(settings: Collection[ChannelSetting], language: str) -> Block:
    """One line a channel. Slack draws its name for whoever may see it, and for nobody else."""
    lines: list[Block] = []
    for setting in settings:
        speaks = texts.text(f"channel_{setting.speaks}", language)
        lines.append(
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "channel", "channel_id": setting.channel},
                    {"type": "text", "text": f" – {speaks}"},
                ],
            }
        )
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": lines}],
    }


def _option(speaks: Speaks, language: str) -> Block:
    return {"text": _plain(texts.text(f"channel_{speaks}", language)), "value": speaks.value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}
