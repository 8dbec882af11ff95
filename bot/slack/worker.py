"""Waiting questions -> answers, in the order they came."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from bot.errors import ModelBusy, StoreError
from bot.slack import texts
from bot.slack.calls import backoff
from bot.slack.delivery import Delivery
from bot.slack.inbox import Me
from bot.slack.job import Job, thread_of
from bot.slack.replies import Replies
from bot.store.inbox import Inbox, InboxRow
from bot.store.pace import Pace

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Questions in the works. The model writes up to eight replies together (bot.models.serving), an answer may
ask it a second thing while it is written; the prompts and replies of four fit into what it can hold."""
ANSWER_SECONDS = 600.0
"""From when a question is first taken up until nobody is left to wait for its answer any longer."""
BUSY_SECONDS = 5.0
"""Before a model that had too much to do is asked again. Meanwhile the question keeps its place among those
`at_once` in the works, so that no other is put to that model instead."""
LONGEST_NAP = 60.0
TOLD_AGAIN_SECONDS = 50.0
"""A status of Slack's fades after two minutes, so whoever still waits is told again."""
FOLLOWED = 10
"""Of so many in the line every move is told; further back only now and then, to spare Slack's limits."""


class Worker:
    """Answers the questions in the inbox of one workspace, until it is cancelled.

    `at_once` questions are in the works together: the model writes their answers a token of each at a time.
    """

    def __init__(
        self,
        inbox: Inbox,
        delivery: Delivery,
        replies: Replies,
        pace: Pace,
        me: Me,
        *,
        at_once: int = AT_ONCE,
        answer_seconds: float = ANSWER_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inbox = inbox
        self._delivery = delivery
        self._replies = replies
        self._pace = pace
        self._me = me
        self._at_once = at_once
        self._answer_seconds = answer_seconds
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._running: dict[tuple[str, str], tuple[Job, asyncio.Task[None]]] = {}
        """By thread: one question of a thread at a time."""
        self._deadlines: dict[int, float] = {}
        """Of questions that were taken up, also of those that wait again. Lost with the process: what it was
        working on has all its time again then, but no attempt more."""
        self._told: dict[int, tuple[str, float]] = {}
        """What those who wait were told, and when."""
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something came into the inbox, or a question in it was edited or deleted."""
        self._woken.set()

    def stop(self, channel: str, thread_ts: str) -> None:
        """Somebody clicked Stop on the answer being written there."""
        if (channel, thread_ts) in self._running:
            self._running[channel, thread_ts][0].stop()

    async def run(self) -> None:
        """Answer, for ever. What is in the works when this is cancelled waits for the next start."""
        failures = 0
        try:
            while True:
                try:
                    await self._let_go()
                    await self._take_what_fits()
                    failures = 0
                    nap = LONGEST_NAP
                except StoreError as exc:
                    failures += 1
                    nap = backoff(failures)
                    if failures == 1:
                        log.error("questions wait because of the database: %s", exc)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(nap):  # wait_for of Python 3.11 can lose a cancellation
                        await self._woken.wait()
                self._woken.clear()
        finally:
            tasks = [task for _, task in self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _let_go(self) -> None:
        """End the work on questions that were edited or deleted; replies to deleted ones may be removed."""
        jobs = [job for job, _ in self._running.values()]
        overtaken = await asyncio.to_thread(self._inbox.overtaken, [job.row.id for job in jobs])
        for job in jobs:
            if job.row.id in overtaken:
                job.overtake()
                self._deadlines.pop(job.row.id, None)  # edited, it is another question
        busy = {job.row.id for job, _ in self._running.values()}
        for row in await asyncio.to_thread(self._inbox.release, self._me.team, busy):
            if thread_of(row) not in self._running:
                self._replies.progress.done(*thread_of(row))
        self._delivery.wake()

    async def _take_what_fits(self) -> None:
        while len(self._running) < self._at_once:
            row = await asyncio.to_thread(self._inbox.take, self._me.team, frozenset(self._running))
            if row is None:
                break
            self._told.pop(row.id, None)
            now = asyncio.get_running_loop().time()
            job = Job(row, self._deadlines.setdefault(row.id, now + self._answer_seconds))
            task = asyncio.create_task(self._handle(job))
            self._running[job.thread] = job, task
            task.add_done_callback(lambda _, thread=job.thread: self._is_free(thread))  # type: ignore[misc]
        await self._tell_who_waits()

    def _is_free(self, thread: tuple[str, str]) -> None:
        self._running.pop(thread, None)
        self._woken.set()

    async def _tell_who_waits(self) -> None:
        """Their place, and about how long it takes; anew as they move on."""
        waiting = await asyncio.to_thread(self._inbox.waiting, self._me.team)
        known = {row.id for row in waiting} | {job.row.id for job, _ in self._running.values()}
        self._deadlines = {row: by for row, by in self._deadlines.items() if row in known}
        told = {row.id: self._told[row.id] for row in waiting if row.id in self._told}
        self._told = told  # of those who gave up, nothing is kept
        if not any(_is_told(row) for row in waiting):
            return
        pace = await asyncio.to_thread(self._pace.seconds)
        for place, row in enumerate(waiting):
            if not _is_told(row):
                continue
            if len(self._running) < self._at_once and thread_of(row) not in self._running:
                continue  # it came just now, and is taken up in the next round
            ahead = len(self._running) + place
            said = texts.waiting(ahead, pace, texts.language_of(str(row.payload.get("text", ""))))
            before, at = told.get(row.id, ("", 0.0))
            age = self._clock() - at
            if said == before and age < TOLD_AGAIN_SECONDS:
                continue
            if before and place >= FOLLOWED and age < TOLD_AGAIN_SECONDS:
                continue
            told[row.id] = said, self._clock()
            self._replies.progress.tell(*thread_of(row), said)

    async def _handle(self, job: Job) -> None:
        """One question, to its final reply in the outbox. A boundary: nothing that is raised gets past it."""
        row = job.row
        try:
            await self._replies.make(job)
        except ModelBusy as exc:
            log.warning("question %s waits for the model: %s", row.id, exc)
            await self._wait_for_model(job)
        except StoreError as exc:
            log.error("question %s waits because of the database: %s", row.id, exc)
            await asyncio.sleep(backoff(row.attempts))
            await self._put_back(row)
        except Exception:
            log.exception("question %s could not be answered (attempt %s)", row.id, row.attempts)
            await self._put_back(row)

    async def _wait_for_model(self, job: Job) -> None:
        """Say that many ask, and put the question back after a while: as long as the model has not come to
        it, nothing was tried. `Replies.make` sees to the end of its time."""
        row = job.row
        if _is_told(row):
            language = texts.language_of(str(row.payload.get("text", "")))
            self._replies.progress.tell(*job.thread, texts.text("model_busy", language))
        await asyncio.sleep(self._busy_seconds)
        await self._put_back(row, was_tried=False)

    async def _put_back(self, row: InboxRow, *, was_tried: bool = True) -> None:
        with contextlib.suppress(StoreError):  # it waits again after the next start
            await asyncio.to_thread(self._inbox.put_back, row.id, was_tried=was_tried)


def _is_told(row: InboxRow) -> bool:
    """Does somebody wait, where that can be said? Who did not ask us does not."""
    return not row.payload.get("response_url") and not row.payload.get("is_unasked")
