"""The weekly digest: to the channel of each connector's owners, and of what has none to the admins.

Each is sent once a week and place: before a message is made it is written down that one may exist, and before
another attempt Slack is asked whether it does. What was due while the bot was down is sent when it is back.
What it says is gathered when it is sent, for those who read along there at that moment, and kept nowhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Person, is_admin, readers_of
from bot.contracts import Morphology, Readers
from bot.digest import STALE_AFTER, WEEK, Audience, Digest, Gathering, could_read
from bot.errors import FootnoteError
from bot.slack import texts
from bot.slack.calls import SLACK_FAILURES, backoff, failure_of, patiently
from bot.slack.digest_blocks import digest_message
from bot.slack.inbox import Me
from bot.slack.own_messages import Mark, find_own, post_own
from bot.slack.people import People, is_open_to_all
from bot.slack.render import Rendered
from bot.slack.told_admins import ToldAdmins
from bot.store.database import Database
from bot.store.digests import Digests, SentDigest, State

log = logging.getLogger(__name__)

METADATA_TYPE = "footnote_digest"
LOOK_SECONDS = 60.0
MAX_POSTS = 50
MOST_CHANNELS = 100
"""Channels of a week's questions that Slack is asked about; those of others are told only there."""


@dataclass(frozen=True)
class DigestPlan:
    """When digests are due, where they go, and what they are made with."""

    due: Callable[[datetime], datetime | None]
    """The last moment up to the given one at which they were due, if that was less than a week ago; in the
    time zone in which weeks and days are counted."""
    owner_channels: Callable[[], Mapping[str, str]]
    """Every connector -> the id of its owners' channel, "" without one. Raises FootnoteError."""
    morphology: Morphology | None = None
    stale_after: timedelta = STALE_AFTER


class WeeklyDigests:
    """Sends those of one workspace."""

    def __init__(
        self,
        client: AsyncWebClient,
        me: Me,
        people: People,
        database: Database,
        admins: Collection[str],
        plan: DigestPlan,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._me = me
        self._people = people
        self._digests = Digests(database)
        self._gathering = Gathering(database, plan.morphology, plan.stale_after)
        self._admins = frozenset(admins)
        self._told = ToldAdmins(client, me.team, admins, clock)
        self._plan = plan
        self._clock = clock

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            try:
                await self.send_due()
            except FootnoteError as exc:
                log.error("a weekly digest could not be made: %s", exc)
            await asyncio.sleep(LOOK_SECONDS)

    async def send_due(self) -> None:
        """Send what is due and was not sent. Raises FootnoteError."""
        due = self._plan.due(self._now())
        if due is None:
            return
        week = f"{due:%G-W%V}"
        if await asyncio.to_thread(self._digests.is_over, self._me.team, week):
            return
        owners = await asyncio.to_thread(self._owner_channels)
        known = await asyncio.to_thread(self._digests.of_week, self._me.team, week)
        states: dict[str, State] = {}
        for channel in sorted({channel for channel in owners.values() if channel}):
            sent = known.get(channel) or SentDigest(self._me.team, week, channel)
            make = partial(self._for_channel, channel, owners, due)
            states[channel] = await self._send(sent, make)
        if State.WAITING in states.values():
            return  # what a channel refuses goes to the admins, so these come last
        refused = [channel for channel, state in states.items() if state is State.REFUSED]
        admins = await self._told.users()
        for user in admins:
            sent = known.get(user) or SentDigest(self._me.team, week, user)
            make = partial(self._for_admin, user, owners, refused, due)
            states[user] = await self._send(sent, make)
        if admins and State.WAITING not in states.values():
            await asyncio.to_thread(self._digests.end_week, self._me.team, week)

    # --- what each place is told ----------------------------------------------------------------------------

    def _owner_channels(self) -> dict[str, str]:
        """Those that are in no list any more belong to the admins."""
        return {**dict.fromkeys(self._gathering.connectors(), ""), **self._plan.owner_channels()}

    async def _for_channel(self, channel: str, owners: Mapping[str, str], due: datetime) -> Rendered | None:
        # the bot itself asks for it: who reads along is what counts
        asker = Person(self._me.team, self._me.user, is_bot=True)
        readers = readers_of(await self._people.place(channel, asker, is_private_to_asker=False))
        names = [name for name, its in owners.items() if its == channel]
        digest = await self._made(names, readers, due)
        return None if digest.is_empty else digest_message(digest, digest.language)

    async def _for_admin(
        self, user: str, owners: Mapping[str, str], refused: Collection[str], due: datetime
    ) -> Rendered | None:
        person = await self._people.person_now(user)
        if not is_admin(person, self._admins):
            return None
        readers = readers_of(await self._people.place("", person, is_private_to_asker=True))
        names = [name for name, channel in owners.items() if not channel or channel in refused]
        digest = await self._made(names, readers, due, is_admin=True)
        if digest.is_empty:
            return None
        return digest_message(digest, texts.language_of("", person.locale), sorted(refused))

    async def _made(
        self, names: Collection[str], readers: Readers, due: datetime, *, is_admin: bool = False
    ) -> Digest:
        since = due - WEEK
        asked = await asyncio.to_thread(self._gathering.questions, since, due)
        public = await self._public({one.channel for one in asked if one.channel and not one.is_private})
        audience = Audience(
            names,
            readers,
            lambda one: could_read(one, self._me.team, readers, public),
            has_rest=is_admin,
            sees_reasons=is_admin,
        )
        return await self._gathering.make(audience, since, due, team=self._me.team)

    async def _public(self, channels: Collection[str]) -> frozenset[str]:
        """Of these channels those that everybody in the workspace may join, as far as Slack says so."""
        public = set()
        for channel in sorted(channels)[:MOST_CHANNELS]:
            try:
                response = await patiently(partial(self._client.conversations_info, channel=channel))
            except SlackApiError:
                continue
            if is_open_to_all(response.get("channel") or {}):
                public.add(channel)
        return frozenset(public)

    # --- sending --------------------------------------------------------------------------------------------

    async def _send(self, sent: SentDigest, make: Callable[[], Any]) -> State:
        """Send one, if it is to be sent now. What became of it."""
        if sent.state is not State.WAITING or (sent.not_before and sent.not_before > self._now()):
            return sent.state
        shown = await make()
        if shown is None:
            return await self._settled(sent, State.QUIET)
        try:
            channel = await self._channel_of(sent.place)
            if not (sent.attempts and await self._stands(channel, sent)):
                await asyncio.to_thread(self._digests.attempt, sent, self._now())
                await post_own(self._client, channel, _mark(sent), text=shown.text, blocks=shown.blocks)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if not failure.is_final and sent.attempts < MAX_POSTS:
                wait = timedelta(seconds=failure.wait or backoff(sent.attempts + 1))
                await asyncio.to_thread(self._digests.postpone, sent, self._now() + wait)
                return State.WAITING
            log.error(
                "the weekly digest cannot be posted in %s: %s. Where that is a channel, invite the bot, or "
                "mend owner_channel of the connector.",
                sent.place,
                failure.error,
            )
            return await self._settled(sent, State.REFUSED)
        return await self._settled(sent, State.SENT)

    async def _settled(self, sent: SentDigest, state: State) -> State:
        await asyncio.to_thread(self._digests.settle, sent, state)
        return state

    async def _channel_of(self, place: str) -> str:
        if not place.startswith(("U", "W")):
            return place
        opened = await self._client.conversations_open(users=place)
        return str(opened["channel"]["id"])

    async def _stands(self, channel: str, sent: SentDigest) -> bool:
        """Whether an earlier attempt made the message, though nobody told us."""
        since = (sent.attempted_at or self._now()).timestamp()
        return bool(await find_own(self._client, self._me.user, channel, _mark(sent), since=since))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _mark(sent: SentDigest) -> Mark:
    return Mark(METADATA_TYPE, {"week": sent.week, "place": sent.place})
