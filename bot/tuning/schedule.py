"""New adapters by themselves, monthly or after so many approved answers. None is ever activated by itself.

A preparation is what an admin would type: footnote tune data, train, export and evaluate, each in a process
that gives way to everything else, and none begun while people ask. How far one came is read off the disk, so
one that was cut off, wherever it was, goes on there. Admins are told once what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from bot.errors import FootnoteError, NotFound
from bot.store.database import Database
from bot.store.feedback import Feedback
from bot.store.notices import Kind, Notices
from bot.store.preparations import READY, Preparation, Preparations
from bot.tuning.activation.files import AdapterError
from bot.tuning.activation.registry import AdapterRegistry
from bot.tuning.folders import ADAPTER_FILE, EXPORT, MANIFEST, RESULT, SCORECARD, TuningFolders
from bot.tuning.pause import Pause

log = logging.getLogger(__name__)

STEPS = ("data", "train", "export", "evaluate")
MONTH = timedelta(days=31)
"""How far back a moment of the schedule may lie that was missed and is made up for."""
LOOK_SECONDS = 60.0
LOWEST_PRIORITY = 19
MOST_KILLS = 3
"""A step that is ended so often, one time after the other, cannot be done on this machine."""
END_SECONDS = 5.0
INTERRUPTED, BUG = 130, 3
"""Exit statuses of `footnote`."""
MAX_REASON = 500
_TAIL_BYTES = 8_000


@dataclass(frozen=True)
class TuningPlan:
    """When an adapter is to be prepared."""

    last: Callable[[datetime], datetime | None]
    """The last moment up to the given one that the schedule names; None: none of late, or no schedule."""
    coming: Callable[[datetime], datetime | None]
    """The next one after it."""
    after_answers: int
    """So many answers approved or corrected since the last time are a reason, too; 0: they are none."""


@dataclass(frozen=True)
class Prospect:
    """What is being prepared, and when that comes again."""

    name: str
    """Of the run; "" where nothing is being prepared."""
    step: str
    """One of STEPS, or "" where nothing is."""
    is_waiting: bool
    """It is not, for people ask or an admin paused it."""
    next_run: datetime | None
    approved: int
    """Answers since the last time."""
    after_answers: int


class ScheduledTuning:
    """Prepares what is due, one at a time, whichever process asks for it."""

    def __init__(
        self,
        database: Database,
        folders: TuningFolders,
        registry: AdapterRegistry,
        pause: Pause,
        plan: TuningPlan,
        command: Sequence[str],
        clock: Callable[[], float],
    ) -> None:
        """`command`: what runs `footnote` with the settings of this process."""
        self._preparations = Preparations(database)
        self._feedback = Feedback(database, clock)
        self._notices = Notices(database)
        self._folders = folders
        self._registry = registry
        self._pause = pause
        self._plan = plan
        self._command = tuple(command)
        self._clock = clock
        self._began = self._now()
        self._kills = 0

    def prospect(self) -> Prospect:
        """For people. Raises StoreError."""
        last = self._preparations.last()
        name = last.name if last and last.ended_at is None else ""
        return Prospect(
            name,
            (self._next_step(name) or "") if name else "",
            self._pause.is_on,
            self._plan.coming(self._now()),
            self._feedback.approved(last.started_at if last else None),
            self._plan.after_answers,
        )

    async def run(self, look_seconds: float = LOOK_SECONDS) -> None:
        """Prepare what is due, for ever."""
        while True:
            try:
                await self.look()
            except FootnoteError as exc:
                log.warning("no adapter is prepared: %s", exc)
            except OSError as exc:
                log.warning("no adapter is prepared: %s: %s", exc.filename, exc.strerror)
            await asyncio.sleep(look_seconds)

    async def look(self) -> None:
        """Prepare what is due, or go on with what was cut off; nothing while people ask, and nothing where
        another process is at it. Raises StoreError, OSError."""
        if self._pause.is_on:
            return
        with _held(self._folders.schedule_lock) as lock:
            if lock is None:
                return
            preparation = await asyncio.to_thread(self._due)
            if preparation is not None:
                await self._prepare(preparation, lock)

    # --- when -----------------------------------------------------------------------------------------------

    def _due(self) -> Preparation | None:
        last = self._preparations.last()
        if last is not None and last.ended_at is None:
            return last
        if not (why := self._reason(last)):
            return None
        now = self._now()
        self._folders.schedule_log.write_bytes(b"")
        return self._preparations.begin(self._new_name(now), why, now)

    def _reason(self, last: Preparation | None) -> str:
        """ "" for none. What the schedule named before there was any preparation, and before this process, is
        not made up for: the schedule may be new."""
        moment = self._plan.last(self._now())
        if moment is not None and moment > (last.started_at if last else self._began):
            return "schedule"
        wanted = self._plan.after_answers
        if wanted and self._feedback.approved(last.started_at if last else None) >= wanted:
            return "answers"
        return ""

    def _new_name(self, now: datetime) -> str:
        """One that no run and no dataset has."""
        taken, stem = self._preparations.names(), f"auto-{now:%Y%m%d}"
        for number in range(1, 10_000):
            name = stem if number == 1 else f"{stem}-{number}"
            folders = (self._folders.runs / name, self._folders.dataset(name))
            if name not in taken and not any(folder.exists() for folder in folders):
                return name
        raise AssertionError("ten thousand preparations on one day")

    # --- what -----------------------------------------------------------------------------------------------

    async def _prepare(self, preparation: Preparation, lock: int) -> None:
        """All steps that are left, as long as nobody asks."""
        while (step := self._next_step(preparation.name)) is not None:
            if self._pause.is_on:
                return
            log.info("preparing the adapter %s: %s", preparation.name, step)
            code, said = await self._do(step, preparation.name, lock)
            if code == 0 and self._next_step(preparation.name) != step:
                self._kills = 0
                continue
            if code < 0 or code == INTERRUPTED:
                self._kills += 1
                if self._kills < MOST_KILLS:
                    return  # the next look goes on where it was
                said = f"it was ended {self._kills} times (is there enough memory?)"
            elif code == 0:
                said = "it ended without what the next step needs"
            self._kills = 0
            await asyncio.to_thread(self._failed, preparation, f"{step}: {said}"[:MAX_REASON])
            return
        await asyncio.to_thread(self._ready, preparation)

    def _next_step(self, name: str) -> str | None:
        """What is to be done for it yet; None: nothing."""
        run = self._folders.runs / name
        files = {
            "data": (self._folders.dataset(name) / MANIFEST,),
            "train": (run / RESULT,),
            "export": (run / ADAPTER_FILE, run / EXPORT),
            "evaluate": (run / SCORECARD,),
        }
        return next((step for step in STEPS if not all(file.is_file() for file in files[step])), None)

    async def _do(self, step: str, name: str, lock: int) -> tuple[int, str]:
        """The exit status of one step (-N: ended by signal N), and its last words.

        The process has the lock as well: one that outlives this process keeps others from beginning.
        """
        more = ("--name", name) if step == "train" else ()
        path = self._folders.schedule_log
        with await asyncio.to_thread(_opened, path) as output:
            began = output.tell()
            process = await asyncio.create_subprocess_exec(
                *self._command,
                "tune",
                step,
                name,
                *more,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(lock,),
                process_group=0,  # Ctrl-C in a terminal is for the bot, which then ends what it began
            )
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PGRP, process.pid, LOWEST_PRIORITY)
            try:
                code = await process.wait()
            finally:
                await _ended(process)
        return code, await asyncio.to_thread(_last_words, path, began, code)

    def _ready(self, preparation: Preparation) -> None:
        try:
            status = self._registry.get(preparation.name)
        except (NotFound, AdapterError) as exc:
            self._failed(preparation, str(exc)[:MAX_REASON])
            return
        kind = Kind.ADAPTER_PROVEN if status.may_be_activated else Kind.ADAPTER_UNPROVEN
        self._notices.add(preparation.name, kind, preparation.name, self._now())
        self._preparations.end(preparation, READY, self._now())
        log.info("the adapter %s is measured", preparation.name)

    def _failed(self, preparation: Preparation, reason: str) -> None:
        self._preparations.end(preparation, reason, self._now())
        self._notices.add(preparation.name, Kind.ADAPTER_FAILED, reason, self._now())
        log.warning("the adapter %s could not be prepared: %s", preparation.name, reason)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


@contextmanager
def _held(path: Path) -> Iterator[int | None]:
    """The lock of the schedule for the length of the block; None where somebody else has it. The system frees
    it when all who have it have ended, however they did. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def _opened(path: Path) -> BinaryIO:
    """To be written on."""
    return path.open("ab")


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End it, if it has not; the processes that it began end with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_SECONDS)


def _last_words(path: Path, began: int, code: int) -> str:
    """Why a step failed, as `footnote` says it last of all."""
    if code == BUG:
        return f"a bug in Footnote; see {path}"
    with path.open("rb") as file:
        file.seek(max(began, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    _, found, reason = text.rpartition("footnote: ")
    return " ".join((reason if found else text).split()) or f"exit status {code}"
