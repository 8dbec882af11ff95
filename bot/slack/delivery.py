"""Final replies -> Slack, each exactly once; and unwanted ones out of it.

Slack's chat.postMessage has no idempotency key. So every message carries the id of its outbox row in its
metadata; before a message is made that may exist already, the thread is searched for that id. Once the ts is
known, sending again is chat.update, which may be repeated at will.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import readers_of
from bot.errors import StoreError
from bot.slack import texts
from bot.slack.calls import (
    REFUSED_BLOCKS,
    SLACK_FAILURES,
    backoff,
    failure_of,
    if_possible,
    patiently,
    webhook,
)
from bot.slack.inbox import is_direct
from bot.slack.people import People
from bot.slack.render import withdrawn_message
from bot.store.cited import CitedDocuments
from bot.store.inbox import is_later
from bot.store.outbox import Outbox, OutboxRow

log = logging.getLogger(__name__)

METADATA_TYPE = "footnote_answer"
MAX_SENDS = 400
"""Tries of one reply, minutes apart in the end: about a day."""
LONGEST_NAP = 60.0
PAGE = 200


def metadata_of(outbox_id: str) -> dict[str, Any]:
    """What a message carries, so that it can be found again."""
    return {"event_type": METADATA_TYPE, "event_payload": {"outbox_id": outbox_id}}


class Delivery:
    """Sends what is due in the outbox of one workspace, until it is cancelled."""

    def __init__(
        self,
        client: AsyncWebClient,
        outbox: Outbox,
        people: People,
        documents: CitedDocuments,
        team: str,
        bot_user: str,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._people = people
        self._documents = documents
        self._team = team
        self._bot_user = bot_user
        self._clock = clock
        self._woken = asyncio.Event()
        self._sending = 0
        self._rested = asyncio.Event()

    def wake(self) -> None:
        """Something is due."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            try:
                for row in await asyncio.to_thread(self._outbox.due, self._team):
                    await self.send(row)
                next_due = await asyncio.to_thread(self._outbox.next_due, self._team)
            except StoreError as exc:
                log.error("replies cannot be sent: %s", exc)
                next_due = self._clock() + 5.0
            nap = LONGEST_NAP if next_due is None else min(max(next_due - self._clock(), 0.05), LONGEST_NAP)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(nap):  # wait_for of Python 3.11 can lose a cancellation
                    await self._woken.wait()
            self._woken.clear()

    async def send(self, row: OutboxRow) -> None:
        """Send one final reply or remove an unwanted one; or put it off, or bury it. Raises StoreError."""
        self._sending = row.inbox_id
        try:
            current = await asyncio.to_thread(self._outbox.get, row.id)
            if current is not None and current.state == row.state:  # neither edited nor deleted meanwhile
                await self._try(_worded(current))
        finally:
            self._sending = 0
            self._rested.set()

    async def settle(self, inbox_id: int) -> None:
        """Wait until no call for the reply to this question is under way."""
        while self._sending == inbox_id:
            self._rested.clear()
            await self._rested.wait()

    async def _try(self, row: OutboxRow) -> None:
        try:
            await asyncio.to_thread(self._outbox.attempt, row.id)
            if row.state == "unwanted":
                await self._remove(row)
                await asyncio.to_thread(self._outbox.bury, row, "removed")
                return
            if await self._is_lost(row):
                language = texts.language_of(str(row.payload.get("said") or row.payload["text"]))
                await asyncio.to_thread(self._outbox.withdraw, row, language)
                self.wake()
                return
            if row.payload.get("response_url"):
                ts = await self._send_private(row)
            else:
                ts = await self._send_to_thread(row)
        except SLACK_FAILURES as exc:
            failure = failure_of(exc)
            if failure.is_final or row.attempts >= MAX_SENDS:
                log.error("reply %s cannot be sent and is given up: %s", row.id, failure.error)
                await asyncio.to_thread(self._outbox.bury, row, failure.error)
                if row.payload.get("sharer_url"):
                    await self._tell_sharer(row)
            else:
                if row.attempts <= 1:
                    log.warning("reply %s could not be sent yet: %s", row.id, failure.error)
                wait = failure.wait or backoff(row.attempts)
                await asyncio.to_thread(self._outbox.postpone, row, wait, failure.error)
            return
        await asyncio.to_thread(self._outbox.sent, row.id, ts)

    async def _is_lost(self, row: OutboxRow) -> bool:
        """May what it says no longer be shown there? Between the question and this moment somebody may have
        lost a right, joined the channel, or a document may have gone.
        """
        documents = row.payload.get("documents") or ()
        if not documents:
            return False
        is_private = bool(row.payload.get("response_url")) or is_direct(row.channel)
        user = str(row.payload.get("user", ""))
        place = await self._people.place_now(row.channel, user, is_private_to_asker=is_private)
        return bool(await asyncio.to_thread(self._documents.lost, documents, readers_of(place)))

    async def _tell_sharer(self, row: OutboxRow) -> None:
        hook = webhook(self._client, str(row.payload["sharer_url"]))
        said = texts.text("share_failed", texts.language_of(str(row.payload.get("said", ""))))
        telling = hook.send(text=said, response_type="ephemeral", replace_original=False)
        await if_possible("tell", telling)

    async def find(self, row: OutboxRow) -> str:
        """The ts of the message that an earlier attempt made for this reply; "" if there is none.

        A stream cannot carry metadata before it ends. One whose ts we never learnt is known by being ours,
        younger than the question, without metadata, and claimed by no other reply. What somebody shared was
        never one, and may stand outside threads.
        """
        orphan = ""
        cursor = ""
        search: Callable[..., Any] = self._client.conversations_history
        if row.thread_ts:
            search = partial(self._client.conversations_replies, ts=row.thread_ts)
        while True:
            page = await patiently(
                lambda cursor=cursor: search(  # type: ignore[misc]
                    channel=row.channel,
                    oldest=row.question_ts,
                    include_all_metadata=True,
                    limit=PAGE,
                    cursor=cursor,
                )
            )
            for message in page.get("messages") or []:
                if message.get("user") != self._bot_user:
                    continue
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == METADATA_TYPE:
                    if (metadata.get("event_payload") or {}).get("outbox_id") == row.id:
                        return str(message["ts"])
                elif (
                    not orphan and not row.payload.get("shared") and is_later(message["ts"], row.question_ts)
                ):
                    claimed = await asyncio.to_thread(
                        self._outbox.at, row.team, row.channel, str(message["ts"])
                    )
                    if claimed is None or claimed.id == row.id:
                        orphan = str(message["ts"])
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return orphan

    async def _send_to_thread(self, row: OutboxRow) -> str:
        ts = row.ts
        if not ts and row.attempts > 0:
            ts = await self.find(row)
        if ts:
            try:
                await self._update(row, ts)
                return ts
            except SlackApiError as exc:
                if failure_of(exc).error != "message_not_found":
                    raise
                if row.payload.get("withdrawn") or row.payload.get("shared"):
                    raise  # there is nothing left to take back
                await asyncio.to_thread(self._outbox.note_ts, row.id, "")  # somebody deleted it
        if row.payload.get("withdrawn") and row.payload.get("shared"):
            return ""  # it was not posted yet
        return await self._post(row)

    async def _remove(self, row: OutboxRow) -> None:
        """Take our message away. One that is gone already, or was never made, is as good."""
        try:
            ts = row.ts or (await self.find(row) if row.attempts > 0 else "")
            if ts:
                await self._off_stream(row, ts, lambda: self._client.chat_delete(channel=row.channel, ts=ts))
        except SlackApiError as exc:
            if failure_of(exc).error not in ("message_not_found", "thread_not_found"):
                raise

    async def _update(self, row: OutboxRow, ts: str) -> None:
        def update(blocks: Any) -> Any:
            return self._client.chat_update(
                channel=row.channel,
                ts=ts,
                text=str(row.payload["text"]),
                blocks=blocks,
                metadata=metadata_of(row.id),
                unfurl_links=False,
                unfurl_media=False,
            )

        await self._off_stream(row, ts, lambda: self._without_bad_blocks(row, update))

    async def _off_stream(self, row: OutboxRow, ts: str, call: Callable[[], Awaitable[object]]) -> None:
        """Make the call; where a stream is still open at `ts`, end that first."""
        for is_last in (False, True):
            try:
                await call()
                return
            except SlackApiError as exc:
                if is_last or failure_of(exc).error != "streaming_state_conflict":
                    raise
                await if_possible("stop stream", self._client.chat_stopStream(channel=row.channel, ts=ts))

    async def _post(self, row: OutboxRow) -> str:
        response = await self._without_bad_blocks(
            row,
            lambda blocks: self._client.chat_postMessage(
                channel=row.channel,
                thread_ts=row.thread_ts or None,
                text=str(row.payload["text"]),
                blocks=blocks,
                metadata=metadata_of(row.id),
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        return str(response["ts"])

    async def _without_bad_blocks(self, row: OutboxRow, call: Callable[[Any], Any]) -> Any:
        """Make the call; where Slack refuses the blocks, once more with the text alone: it must arrive."""
        try:
            return await call(row.payload.get("blocks") or [])
        except SlackApiError as exc:
            error = failure_of(exc).error
            if error not in REFUSED_BLOCKS:
                raise
            log.error("Slack refused the blocks of reply %s (%s); sending its text alone", row.id, error)
            return await call([])

    async def _send_private(self, row: OutboxRow) -> str:
        """What only the asker sees stands in no history and cannot be found again: it may come twice."""
        body: dict[str, Any] = {
            "text": str(row.payload["text"]),
            "blocks": row.payload.get("blocks") or [],
            "response_type": "ephemeral",
            "replace_original": bool(row.payload.get("replaces")),
        }
        if row.payload.get("shown_in_thread"):
            body["thread_ts"] = row.payload["shown_in_thread"]
        response = await webhook(self._client, str(row.payload["response_url"])).send_dict(body)
        if response.status_code == 200:
            return ""
        if response.status_code == 429 or response.status_code >= 500:
            raise SlackApiError("response_url", _HttpRefusal(response.status_code, dict(response.headers)))  # type: ignore[no-untyped-call]
        # it is too old or used up: a direct message is as private
        opened = await self._client.conversations_open(users=str(row.payload["user"]))
        response_of_dm = await self._without_bad_blocks(
            row,
            lambda blocks: self._client.chat_postMessage(
                channel=opened["channel"]["id"],
                text=str(row.payload["text"]),
                blocks=blocks,
                metadata=metadata_of(row.id),
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        return str(response_of_dm["ts"])


def _worded(row: OutboxRow) -> OutboxRow:
    """With the words for a reply that is withdrawn: the store only says that it is."""
    language = row.payload.get("withdrawn")
    if not language:
        return row
    rendered = withdrawn_message(
        str(row.payload.get("trace_id") or "none"),
        str(language),
        reason=str(row.payload.get("reason", "")),
        is_shared=bool(row.payload.get("shared")),
    )
    return replace(row, payload={**row.payload, "text": rendered.text, "blocks": rendered.blocks})


class _HttpRefusal:
    """As much of a response as `failure_of` looks at."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status_code = status
        self.headers = headers
        self.data = ""
