"""Answering the submit of a modal in Slack's time: at once what is known at once, and later the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.background import Background
from bot.slack.calls import if_possible
from bot.slack.clicks import Ack

ACK_SECONDS = 2.0
"""Slack waits three for an answer to a submit; what takes longer is shown when it is there."""
SETTLE_SECONDS = 1.0
"""Between that answer and what is shown in its place: they travel by two ways, and the later one stays."""


@dataclass(frozen=True)
class Outcome:
    """What came of a submit. `errors`, by block, say it beside the fields while the form is still open."""

    view: dict[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)


async def answer_in_time(
    client: AsyncWebClient,
    background: Background,
    ack: Ack,
    view_id: str,
    doing: asyncio.Task[Outcome],
    meanwhile: dict[str, Any],
) -> None:
    """Answer a submit with what comes of it or, where that takes too long, with the view `meanwhile`, in
    whose place the view of the outcome is put when it is there.

    `doing` is a task of `background`, has its own boundary and raises nothing.
    """
    done, _ = await asyncio.wait([doing], timeout=ACK_SECONDS)
    if not done:
        background.begin(_show_late(client, view_id, doing))  # before the ack: whatever becomes of that
        await ack(response_action="update", view=meanwhile)
        return
    outcome = doing.result()
    if outcome.errors:
        await ack(response_action="errors", errors=dict(outcome.errors))
    else:
        await ack(response_action="update", view=outcome.view)


def language_of(view: Mapping[str, Any]) -> str:
    """The language that a modal is in, for a line that nothing depends on."""
    return texts.language_of(str((view.get("title") or {}).get("text") or ""))


async def _show_late(client: AsyncWebClient, view_id: str, doing: asyncio.Task[Outcome]) -> None:
    await asyncio.sleep(SETTLE_SECONDS)
    outcome = await doing
    await if_possible("modal", client.views_update(view_id=view_id, view=outcome.view))
