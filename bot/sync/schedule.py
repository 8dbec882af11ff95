"""When connectors are synced. The only module that knows APScheduler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

Job = Callable[[], Awaitable[None]]

EXPECTED = 'expected "every 15 minutes", "every 2 hours", "30m", or cron such as "0 7-19 * * 1-5"'
SHORTEST = timedelta(seconds=30)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"(?:every\s+)?(\d{1,5})?\s*(s|m|h|d|seconds?|minutes?|hours?|days?)", re.IGNORECASE)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_schedule(text: str, timezone: str) -> BaseTrigger:
    """A trigger for "every 2 hours", "30m" or five-field cron. Raises ValueError that says what is expected.

    Cron is read as crontab(5) has it: 0 and 7 are Sunday.
    """
    zone = ZoneInfo(timezone)
    if interval := _INTERVAL.fullmatch(text.strip()):
        length = timedelta(**{_UNITS[interval[2][0].lower()]: int(interval[1] or 1)})
        if length < SHORTEST:
            raise ValueError(f"{text!r} is too often: the shortest is 30 seconds")
        return IntervalTrigger(seconds=int(length.total_seconds()), timezone=zone)
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"{text!r} is no schedule: {EXPECTED}")
    minute, hour, day, month, weekday = fields
    try:
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=_named(weekday), timezone=zone
        )
    except ValueError as exc:
        raise ValueError(f"{text!r} is no schedule ({exc}): {EXPECTED}") from exc


def _named(weekday: str) -> str:
    """crontab counts weekdays from Sunday, APScheduler from Monday: numbers become names."""
    steps = weekday.split("/")
    parts = []
    for part in steps[0].split(","):
        ends = part.split("-")
        if not all(end.isdigit() and int(end) <= 7 for end in ends):
            parts.append(part)  # "*" or names already, or wrong: then APScheduler says so
        elif len(ends) == 2:
            first, last = int(ends[0]), int(ends[1])
            parts += [_WEEKDAYS[day] for day in range(first, last + 1)]
        else:
            parts.append(_WEEKDAYS[int(ends[0])])
    return "/".join([",".join(parts), *steps[1:]])


class Schedule:
    """Jobs by name, each on its own trigger.

    A run that comes late (the machine slept) still happens, once; a run never overlaps itself.
    """

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone
        self._scheduler = AsyncIOScheduler(
            timezone=ZoneInfo(timezone),
            # the default grace of one second would skip every run that the event loop is late for
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def add(self, name: str, text: str, job: Job) -> None:
        """Run `job` as `text` says, instead of what ran under that name. Raises ValueError."""
        self._scheduler.add_job(job, parse_schedule(text, self._timezone), id=name, replace_existing=True)

    def start(self) -> None:
        self._scheduler.start()

    def next_runs(self) -> dict[str, datetime]:
        """Name -> when it runs next, also before `start`."""
        zone = ZoneInfo(self._timezone)
        runs: dict[str, datetime] = {}
        for job in self._scheduler.get_jobs():
            when = getattr(job, "next_run_time", None) or job.trigger.get_next_fire_time(
                None, datetime.now(zone)
            )
            if when is not None:
                runs[job.id] = when.astimezone(zone)
        return runs

    async def close(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
