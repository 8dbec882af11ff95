"""What people do with what stands below an answer: each button, option and modal, and who listens to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.alone import Alone
from bot.slack.clicks import Ack, click_of
from bot.slack.experts import Experts
from bot.slack.experts_blocks import EXPERTS_VIEW, REOPEN_ACTION, RESOLVE_ACTION, RESOLVE_VIEW
from bot.slack.experts_places import ExpertsPlaces
from bot.slack.feedback import REASON_VIEW, Votes
from bot.slack.inbox import Me
from bot.slack.listeners import of_action, of_view
from bot.slack.people import People
from bot.slack.quotes import Quotes
from bot.slack.regenerate import Regeneration
from bot.slack.render import (
    AGAIN_ACTION,
    ALONE_ACTION,
    EXPERTS,
    EXPERTS_ACTION,
    MORE_ACTION,
    QUOTES_ACTION,
    SHARE_ACTION,
    VOTE_ACTION,
    WHY,
)
from bot.slack.sharing import Sharing
from bot.slack.why import Why
from bot.store.answers import Answers
from bot.store.cited import CitedDocuments
from bot.store.database import Database
from bot.store.escalations import Escalations
from bot.store.feedback import Feedback
from bot.store.inbox import Inbox
from bot.store.outbox import Outbox
from bot.store.revisions import Revisions


class AnswerButtons:
    """The listeners of one workspace."""

    def __init__(
        self,
        client: AsyncWebClient,
        database: Database,
        people: People,
        me: Me,
        admins: Collection[str],
        places: ExpertsPlaces,
        mention: str,
        revisions: Revisions,
        on_question: Callable[[], None],
        outbox: Outbox,
        on_reply: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """`places`: where people are asked, and `mention` whom to mention there, if anybody."""
        answers, documents = Answers(database), CitedDocuments(database)
        self._votes = Votes(client, Feedback(database, clock), me.team)
        self._quotes = Quotes(client, people, answers, documents)
        self._regeneration = Regeneration(client, me.team, people, admins, revisions, on_question)
        self._alone = Alone(client, me, Inbox(database, clock), revisions, on_question)
        self._sharing = Sharing(client, me, people, answers, documents, revisions, outbox, on_reply)
        self._why = Why(client, people, admins, answers, documents)
        escalations = Escalations(database, clock)
        self._experts = Experts(
            client, me.team, me.user, people, answers, documents, escalations, places, mention, clock
        )

    def listen(self, app: AsyncApp) -> None:
        """Have the app bring clicks and modals here."""
        app.action(VOTE_ACTION)(of_action(self._votes.clicked))
        app.view(REASON_VIEW)(of_view(self._votes.explained))
        app.action(QUOTES_ACTION)(of_action(self._quotes.clicked))
        app.action(AGAIN_ACTION)(of_action(self._regeneration.clicked))
        app.action(ALONE_ACTION)(of_action(self._alone.clicked))
        app.action(SHARE_ACTION)(of_action(self._sharing.clicked))
        app.action(MORE_ACTION)(of_action(self._chosen))
        app.action(EXPERTS_ACTION)(of_action(self._chosen))
        app.view(EXPERTS_VIEW)(of_view(self._experts.submitted))
        for action in (RESOLVE_ACTION, REOPEN_ACTION):
            app.action(action)(of_action(self._experts.marks.clicked))
        app.view(RESOLVE_VIEW)(of_view(self._experts.marks.submitted))

    async def run(self) -> None:
        """Post questions to people, until it is cancelled."""
        await self._experts.run()

    async def close(self) -> None:
        """End what a modal began."""
        await self._experts.marks.close()

    async def _chosen(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """An option of the menu, or what is one below other answers; of an earlier setting perhaps."""
        click = click_of(body, action)
        if click is not None and click.what == EXPERTS:
            await self._experts.clicked(body, action, ack)
            return
        await ack()
        if click is not None and click.what == WHY:
            await self._why.show(click)
