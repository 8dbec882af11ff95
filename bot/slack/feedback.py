"""The buttons below an answer, and the modal that asks why it did not help."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import texts
from bot.slack.calls import if_possible
from bot.slack.clicks import Ack, click_of, is_trace_id, user_of
from bot.store.feedback import DOWN, MAX_COMMENT, NOT_FOR_ME, OTHER, REASONS, UP, Feedback

log = logging.getLogger(__name__)

REASON_VIEW = "footnote_reason"
_REASON, _COMMENT = "reason", "comment"
"""The block and the action of each input."""


@dataclass(frozen=True)
class _Voted:
    """What a modal remembers of the click that opened it."""

    trace_id: str
    language: str
    channel: str
    """"" where only the person sees the answer: no other message can be put beside it."""
    thread_ts: str


class Votes:
    """Stores votes and reasons, and thanks for them so that only the person who voted sees it."""

    def __init__(self, client: AsyncWebClient, feedback: Feedback, team: str) -> None:
        self._client = client
        self._feedback = feedback
        self._team = team

    async def clicked(self, body: Mapping[str, Any], action: Mapping[str, Any], ack: Ack) -> None:
        """A Bolt listener. Raises StoreError before the ack, upon which Slack tells the person it failed.

        The vote counts from here on, whether or not the question why can be put.
        """
        click = click_of(body, action)
        if click is None or click.what not in (UP, DOWN):
            await ack()
            return
        await asyncio.to_thread(self._feedback.vote, click.trace_id, self._team, click.user, click.what)
        await ack()
        voted = _Voted(
            click.trace_id, click.language, "" if click.is_private else click.channel, click.thread_ts
        )
        if click.what == UP:
            await self._thank(click.user, voted, "thanks_up")
            return
        # a trigger lives for three seconds, hence at once; nobody waits for a second try
        view = reason_view(voted.language, json.dumps(asdict(voted)))
        opening = self._client.views_open(trigger_id=click.trigger_id, view=view)
        if not await if_possible("views.open", opening):
            await self._thank(click.user, voted, "thanks_down")

    async def explained(self, body: Mapping[str, Any], view: Mapping[str, Any], ack: Ack) -> None:
        """A Bolt listener: somebody submitted the modal. Raises StoreError before the ack, like `clicked`."""
        user = user_of(body)
        try:
            voted = _Voted(**json.loads(view["private_metadata"]))
            values = view["state"]["values"]
            option = values[_REASON][_REASON].get("selected_option") or {}
            reason = str(option.get("value") or "")
            comment = str(values[_COMMENT][_COMMENT].get("value") or "").strip()
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            log.warning("a modal of an unknown shape was set aside: %s", type(exc).__name__)
            await ack()
            return
        if not is_trace_id(voted.trace_id):
            log.warning("a modal that names no answer was set aside")
            await ack()
            return
        errors = _errors(reason, comment, voted.language)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await asyncio.to_thread(self._feedback.explain, voted.trace_id, self._team, user, reason, comment)
        await ack()
        if reason == NOT_FOR_ME:
            log.warning(
                "somebody says that an answer should not have been shown to them; "
                "look at who may read its sources: footnote trace %s",
                voted.trace_id,
            )
        await self._thank(user, voted, "thanks_down")

    async def _thank(self, user: str, voted: _Voted, name: str) -> None:
        if not voted.channel:
            return
        said = texts.text(name, voted.language)
        call = self._client.chat_postEphemeral(
            channel=voted.channel, user=user, thread_ts=voted.thread_ts or None, text=said
        )
        await if_possible("thanks", call)


def reason_view(language: str, private_metadata: str) -> dict[str, Any]:
    """The modal that asks why: one of REASONS, and words that are needed only with the last of them."""

    def plain(name: str) -> dict[str, Any]:
        return {"type": "plain_text", "text": texts.text(name, language), "emoji": True}

    return {
        "type": "modal",
        "callback_id": REASON_VIEW,
        "private_metadata": private_metadata,
        "title": plain("reason_title"),
        "submit": plain("send"),
        "close": plain("close"),
        "blocks": [
            {
                "type": "input",
                "block_id": _REASON,
                "label": plain("reason_label"),
                "element": {
                    "type": "radio_buttons",
                    "action_id": _REASON,
                    "options": [{"text": plain(f"reason_{name}"), "value": name} for name in REASONS],
                },
            },
            {
                "type": "input",
                "block_id": _COMMENT,
                "optional": True,
                "label": plain("comment_label"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": _COMMENT,
                    "multiline": True,
                    "max_length": MAX_COMMENT,
                    "placeholder": plain("comment_example"),
                },
            },
        ],
    }


def _errors(reason: str, comment: str, language: str) -> dict[str, str]:
    """What Slack shows at which block; nothing where all is well."""
    if reason not in REASONS:
        return {_REASON: texts.text("reason_needed", language)}
    if reason == OTHER and not comment:
        return {_COMMENT: texts.text("comment_needed", language)}
    if len(comment) > MAX_COMMENT:
        length, limit = f"{len(comment):,}", f"{MAX_COMMENT:,}"
        return {_COMMENT: texts.text("comment_too_long", language, length=length, limit=limit)}
    return {}
