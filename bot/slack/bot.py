"""SlackBot: connects to one workspace and composes the parts of this package."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.access_review import AccessReview
from bot.connector_list import ConnectorList
from bot.slack.answer_buttons import AnswerButtons
from bot.slack.calls import SLACK_FAILURES, refusal_of
from bot.slack.channel_settings import ChannelSettings
from bot.slack.commands import Commands
from bot.slack.commands.connectors import ConnectorCommands
from bot.slack.commands.passages import PassageSearch, SearchDocuments
from bot.slack.commands.shortcut import MessageShortcut
from bot.slack.connector_form_blocks import add_button
from bot.slack.connector_forms import ConnectorForms
from bot.slack.delivery import Delivery
from bot.slack.digests import DigestPlan, WeeklyDigests
from bot.slack.experts_blocks import ExpertsChannel
from bot.slack.experts_places import ExpertsPlaces
from bot.slack.home import Home
from bot.slack.home.access_review import AccessReviews
from bot.slack.home.actions import Admin, HomeActions
from bot.slack.home.tuning import TuningActions, TuningDesk
from bot.slack.inbox import Me, Reception
from bot.slack.learned import LearnedSaid
from bot.slack.listeners import Listens
from bot.slack.notices import AdminNotices
from bot.slack.people import People
from bot.slack.prompts import SuggestedPrompts
from bot.slack.replies import AnswerQuestion, Replies
from bot.slack.transport import Transport, check_secret
from bot.slack.worker import ANSWER_SECONDS, AT_ONCE, BUSY_SECONDS, Worker
from bot.store.channels import Channels, Unasked
from bot.store.cited import CitedDocuments
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.languages import Languages
from bot.store.notices import Notices
from bot.store.outbox import Outbox
from bot.store.pace import Pace
from bot.store.revisions import Revisions
from bot.tuning.activation.learned import Learners

log = logging.getLogger(__name__)

CALL_SECONDS = 30.0
KEPT_SECONDS = 14 * 86400.0
"""How long finished questions stay known: Slack may deliver an event again for a day."""

_WHERE_BOT_TOKEN = "Copy it from api.slack.com/apps > your app > OAuth & Permissions (it begins with xoxb-)."  # noqa: S105


class SlackBot:
    """The bot in one workspace, reached by `transport`. `start` it, then `close` it.

    Raises ConfigError where a secret is missing or cannot be one.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        transport: Transport,
        api_url: str,
        database: Database,
        answer: AnswerQuestion,
        search: SearchDocuments,
        admin: Admin,
        admins: Collection[str] = (),
        experts: ExpertsChannel | None = None,
        models: Sequence[str] = (),
        connectors: ConnectorList | None = None,
        digest: DigestPlan | None = None,
        tuning: TuningDesk | None = None,
        learners: Learners | None = None,
        at_once: int = AT_ONCE,
        answer_seconds: float = ANSWER_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`connectors`: the list that admins add to and edit; without it they cannot.
        `digest`: without it there is no weekly one. `tuning`: without it admins are shown nothing of it.
        `learners`: they say what was tuned on documents that are forgotten.
        """
        check_secret("SLACK_BOT_TOKEN", bot_token, _WHERE_BOT_TOKEN, prefix="xoxb-")
        transport.check()
        self.transport = transport
        self._bot_token = bot_token
        self._api_url = api_url
        self._database = database
        self._answer = answer
        self._search = search
        self._admin = admin
        self._admins = admins
        self._experts = experts
        self._models = models
        self._connectors = connectors
        self._digest = digest
        self._tuning = tuning
        self._learned = LearnedSaid(learners)
        self._at_once = at_once
        self._answer_seconds = answer_seconds
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._closing = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Connect, and take up what an earlier run left.

        Raises ConfigError where Slack refuses a token, FootnoteError where it cannot be reached.
        """
        async with contextlib.AsyncExitStack() as stack:
            timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
            session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            # no retry handlers: the SDK's own would post a message twice where only the reply was lost
            client = AsyncWebClient(
                self._bot_token, self._api_url, timeout=int(CALL_SECONDS), session=session, retry_handlers=[]
            )
            if _is_this_machine(self._api_url):
                client.proxy = None
            me = await self._introduced(client)

            inbox = Inbox(self._database, self._clock)
            outbox = Outbox(self._database, inbox, self._clock)
            await asyncio.to_thread(inbox.forget, self._clock() - KEPT_SECONDS)
            left = await asyncio.to_thread(inbox.put_all_back, me.team)
            if left:
                log.info("%s question(s) of an earlier run are answered now", left)

            people = People(client, me.team, self._clock, Languages(self._database))
            documents = CitedDocuments(self._database)
            delivery = Delivery(client, outbox, people, documents, me.team, me.user, self._clock)
            channels, unasked = Channels(self._database, self._clock), Unasked(self._database, inbox)
            places = ExpertsPlaces(self._owner_channels, self._experts)
            replies = Replies(
                client,
                inbox,
                outbox,
                delivery,
                people,
                channels,
                unasked,
                me,
                self._answer,
                self._clock,
                has_experts=places.has_place,
            )
            worker = Worker(
                inbox,
                delivery,
                replies,
                Pace(self._database),
                me,
                at_once=self._at_once,
                answer_seconds=self._answer_seconds,
                busy_seconds=self._busy_seconds,
                clock=self._clock,
            )
            prompts = SuggestedPrompts(client, people)
            stack.push_async_callback(prompts.close)
            home = Home(
                client,
                me.team,
                people,
                self._admin,
                self._admins,
                self._database,
                self._clock,
                models=self._models,
                buttons=lambda language: [add_button(language)] if self._connectors is not None else [],
                tuning=self._tuning.blocks if self._tuning is not None else None,
            )
            stack.push_async_callback(home.close)
            home_actions = HomeActions(
                client, people, self._admin, self._admins, home, self._learned, self._connectors
            )
            stack.push_async_callback(home_actions.close)
            reviews = AccessReviews(
                client,
                me.team,
                people,
                self._admins,
                AccessReview(self._database),
                self._connectors if self._connectors is not None else {},
            )
            stack.push_async_callback(reviews.close)
            revisions = Revisions(self._database, inbox)
            reception = Reception(
                inbox, revisions, channels, unasked, me, worker.wake, worker.stop, prompts.opened, home.opened
            )
            settings = ChannelSettings(client, channels, people, me, self._admins)
            connectors = ConnectorCommands(
                client, people, self._admin, self._admins, self._learned, self._clock
            )
            stack.push_async_callback(connectors.close)
            commands = Commands(
                client,
                inbox,
                me,
                people,
                self._admin,
                self._admins,
                settings,
                connectors,
                PassageSearch(self._search),
                worker.wake,
            )
            stack.push_async_callback(commands.close)
            shortcut = MessageShortcut(client, inbox, me, people, worker.wake)
            stack.push_async_callback(shortcut.close)
            notices = AdminNotices(
                client, me, people, Notices(self._database), self._admin, self._admins, self._clock
            )
            stack.push_async_callback(notices.close)
            buttons = AnswerButtons(
                client,
                self._database,
                people,
                me,
                self._admins,
                places,
                self._experts.mention if self._experts else "",
                revisions,
                worker.wake,
                outbox,
                delivery.wake,
                self._clock,
            )
            stack.push_async_callback(buttons.close)

            app = AsyncApp(
                name="footnote",
                client=client,
                before_authorize=reception,
                request_verification_enabled=False,  # the transport has done it
            )
            parts: list[Listens] = [commands, shortcut, connectors, settings, notices, home_actions, reviews]
            if self._connectors is not None:
                forms = ConnectorForms(client, people, self._connectors, self._admins, home_actions.saved)
                stack.push_async_callback(forms.close)
                parts.append(forms)
            if self._tuning is not None:
                adapters = TuningActions(client, people, self._tuning.registry, self._admins, home)
                stack.push_async_callback(adapters.close)
                parts.append(adapters)
            for part in (*parts, buttons):
                part.listen(app)

            tasks: list[asyncio.Task[None]] = []
            stack.push_async_callback(_cancelled, tasks)
            stack.push_async_callback(self.transport.close)
            await self.transport.start(app)
            tasks += [asyncio.create_task(delivery.run()), asyncio.create_task(worker.run())]
            tasks += [asyncio.create_task(buttons.run()), asyncio.create_task(notices.run())]
            tasks.append(asyncio.create_task(home.run()))
            if self._digest is not None:
                digests = WeeklyDigests(
                    client, me, people, self._database, self._admins, self._digest, self._clock
                )
                tasks.append(asyncio.create_task(digests.run()))
            self._closing = stack.pop_all()

    async def close(self) -> None:
        """Disconnect. What was not answered or sent is taken up by the next start."""
        await self._closing.aclose()

    def _owner_channels(self) -> dict[str, str]:
        """Of connectors, by name. Raises StoreError."""
        if self._connectors is None:
            return {}
        return {name: entry.owner_channel for name, entry in self._connectors.entries().items()}

    async def _introduced(self, client: AsyncWebClient) -> Me:
        """Who we are, as Slack sees the token."""
        try:
            auth = await client.auth_test()
        except SLACK_FAILURES as exc:
            raise refusal_of("SLACK_BOT_TOKEN", _WHERE_BOT_TOKEN, self._api_url, exc) from exc
        return Me(team=str(auth["team_id"]), user=str(auth["user_id"]), bot=str(auth.get("bot_id") or ""))


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_this_machine(url: str) -> bool:
    """A proxy of the company cannot reach a sandbox on this machine."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
