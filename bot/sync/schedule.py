"""When connectors are synced, digests made, adapters prepared. The only module that knows APScheduler."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from bot.config import Config
from bot.errors import ConfigError

Job = Callable[[], Awaitable[None]]

EXPECTED = 'expected "every 15 minutes", "every 2 hours", "30m", or cron such as "0 7-19 * * 1-5"'
SHORTEST = timedelta(seconds=30)
LOOK_SECONDS = 30.0
"""How often the clock is looked at: the scheduler sleeps on one that stands still while the machine does."""

_INSTANT = timedelta(microseconds=1)
_AROUND_A_CHANGE = timedelta(hours=3)  # no zone moves its clock by more
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"(?:every\s+)?(\d{1,5})?\s*(s|m|h|d|seconds?|minutes?|hours?|days?)", re.IGNORECASE)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def parse_schedule(text: str, timezone: str, name: str = "") -> BaseTrigger:
    """A trigger for "every 2 hours", "30m" or five-field cron. Raises ValueError that says what is expected.

    `name` spreads what would start at the same moment: the same name always has the same delay, within the
    interval, or within the minute that cron names. Intervals are counted from 1970, so that a restart does
    not move them.

    Cron is read as crontab(5) has it: 0 and 7 are Sunday; where both day fields are given, either may match.
    A time of day that the change to winter brings twice runs once; one that the change to summer leaves out
    runs as much later.
    """
    zone = ZoneInfo(timezone)
    if interval := _INTERVAL.fullmatch(text.strip()):
        length = timedelta(**{_UNITS[interval[2][0].lower()]: int(interval[1] or 1)})
        if length < SHORTEST:
            raise ValueError(f"{text!r} is too often: the shortest is 30 seconds")
        return _Every(length, _spread(name, length), zone)
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"{text!r} is no schedule: {EXPECTED}")
    minute, hour, day, month, weekday = fields
    try:
        weekday = _named(weekday)
        fields_of_time = {"minute": minute, "hour": hour, "month": month}
        days = [{"day": day}, {"day_of_week": weekday}]
        if day.startswith("*") or weekday == "*":
            days = [{"day": day, "day_of_week": weekday}]
        late = _spread(name, timedelta(minutes=1))
        return OrTrigger([_LocalCron(zone, late, **fields_of_time, **each) for each in days])
    except ValueError as exc:
        raise ValueError(f"{text!r} is no schedule ({exc}): {EXPECTED}") from exc


def digest_trigger(config: Config) -> BaseTrigger | None:
    """When `slack.digest` has digests made; None where it switches them off. Raises ConfigError."""
    mend = 'Weekly on Monday at nine: digest = "0 9 * * mon".'
    return _trigger(config, "slack.digest", config.slack.digest, mend)


def tune_trigger(config: Config) -> BaseTrigger | None:
    """When `tune.schedule` has an adapter prepared; None where nothing is set. Raises ConfigError."""
    mend = 'Monthly, on the first at two at night: schedule = "0 2 1 * *".'
    return _trigger(config, "tune.schedule", config.tune.schedule, mend)


def _trigger(config: Config, setting: str, schedule: str, mend: str) -> BaseTrigger | None:
    if schedule.strip().lower() in ("", "never"):
        return None
    try:
        return parse_schedule(schedule.strip(), config.sync.timezone)
    except ValueError as exc:
        raise ConfigError(
            f"{config.path.name}: {setting}: {exc}.", mend=f'{mend} "never" switches it off.'
        ) from exc


def last_run(trigger: BaseTrigger, now: datetime, within: timedelta) -> datetime | None:
    """The last moment up to now that a trigger names, if that was `within` so long; in the trigger's zone."""
    for back in (timedelta(hours=1), timedelta(days=1), within):  # few steps, however often it comes
        found: datetime | None = None
        start = now - min(back, within)
        while (coming := trigger.get_next_fire_time(found, found or start)) and coming <= now:
            found = coming
        if found is not None:
            return found
    return None


def next_run_after(trigger: BaseTrigger, now: datetime) -> datetime | None:
    """The first moment after that one that a trigger names; in the trigger's zone."""
    found: datetime | None = trigger.get_next_fire_time(now, now)
    return found


def _spread(name: str, within: timedelta) -> timedelta:
    """A delay of whole seconds, as evenly spread as a hash is."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") if name else 0
    return timedelta(seconds=number % int(within.total_seconds()))


class _Every(BaseTrigger):  # type: ignore[misc]
    """Every so often, counted from 1970 and `late` by so much."""

    def __init__(self, length: timedelta, late: timedelta, zone: ZoneInfo) -> None:
        self._length = length
        self._begin = datetime.fromtimestamp(0, UTC) + late
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first run after the last one; without a last one, the first from now on."""
        after = previous_fire_time.astimezone(UTC) if previous_fire_time else now.astimezone(UTC) - _INSTANT
        past = (after - self._begin) // self._length
        return (self._begin + (past + 1) * self._length).astimezone(self._zone)


class _LocalCron(BaseTrigger):  # type: ignore[misc]
    """Cron by the clock on the wall, `late` by less than a minute.

    APScheduler's own leaves out a midnight after a change to summer and repeats times at one to winter, so it
    is asked in a zone without changes, and what it says is put on the wall.
    """

    def __init__(self, zone: ZoneInfo, late: timedelta, *, hour: str, **fields: str) -> None:
        self._late = late
        self._wall = CronTrigger(hour=hour, timezone=UTC, **fields)
        self._zone = zone
        # "every hour" means every real one, also the hour that the clock shows twice
        self._folds = (0, 1) if hour == "*" else (0,)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first run after the last one; without a last one, the first from now on."""
        after = previous_fire_time.astimezone(UTC) if previous_fire_time else now.astimezone(UTC) - _INSTANT
        after -= self._late
        shown = after.astimezone(self._zone).replace(tzinfo=UTC, fold=0)
        if self._changes_near(after):
            shown -= _AROUND_A_CHANGE  # what the clock left out may be due, what it showed may come again
        later: list[datetime] = []
        while (shown := self._wall.get_next_fire_time(None, shown)) is not None:
            moments = [shown.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in self._folds]
            later += [moment for moment in moments if moment > after]
            if moments[0] > after:
                break
            shown += _INSTANT
        return (min(later) + self._late).astimezone(self._zone) if later else None

    def _changes_near(self, moment: datetime) -> bool:
        around = [moment + side * _AROUND_A_CHANGE for side in (-1, 1)]
        return len({each.astimezone(self._zone).utcoffset() for each in around}) > 1


def _named(weekday: str) -> str:
    """crontab counts weekdays from Sunday, APScheduler from Monday: numbers become a list of names."""
    names: list[str] = []
    for part in weekday.lower().split(","):
        match = re.fullmatch(r"(?:(\*)|([0-7a-z]+)(?:-([0-7a-z]+))?)(?:/([1-7]))?", part)
        if match is None:
            raise ValueError(f"{part!r} is no weekday")
        star, first, last, step = match.groups()
        if star and not step:
            return "*"
        start = 0 if star else _day(first)
        if star:
            end = 6
        elif last:
            end = _day(last)
            end += 7 if end < start else 0  # "5-7", "fri-mon"
        else:
            end = 6 if step else start
        names += [_WEEKDAYS[day % 7] for day in range(start, end + 1, int(step or 1))]
    return ",".join(dict.fromkeys(names))


def _day(text: str) -> int:
    if re.fullmatch("[0-7]", text):
        return int(text) % 7
    if text in _WEEKDAYS:
        return _WEEKDAYS.index(text)
    raise ValueError(f"{text!r} is no weekday")


class Schedule:
    """Jobs by name, each on its own trigger.

    A run that comes late (the machine slept, the loop was busy) still happens, once; a run never overlaps
    itself.
    """

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone
        self._scheduler = AsyncIOScheduler(
            timezone=ZoneInfo(timezone),
            # the default grace of one second would skip every run that the event loop is late for
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._looking: asyncio.Task[None] | None = None

    def add(self, name: str, text: str, job: Job, *, timezone: str = "") -> None:
        """Run `job` as `text` says, instead of what ran under that name; cron is read in the time zone given,
        or the schedule's own. Raises ValueError."""
        trigger = parse_schedule(text, timezone or self._timezone, name)
        first = trigger.get_next_fire_time(None, datetime.now(UTC))
        if first is None:
            raise ValueError(f"{text!r} never comes")
        self._scheduler.add_job(job, trigger, id=name, replace_existing=True, next_run_time=first)

    def remove(self, name: str) -> None:
        """Run the job of that name no more; one that runs is not stopped."""
        self._scheduler.remove_job(name)

    def set_next(self, name: str, when: datetime) -> None:
        """Have its next run at that moment, and those after it as its schedule says."""
        self._scheduler.modify_job(name, next_run_time=when)

    def regular_after(self, name: str, moment: datetime) -> datetime:
        """The first run after a moment that the schedule of that name has, whatever `set_next` said."""
        return _fires(self._scheduler.get_job(name).trigger, moment)

    def start(self) -> None:
        """Begin. Needs the running event loop, on which the jobs will run."""
        self._scheduler.start()
        self._looking = asyncio.create_task(self._look())

    def next_runs(self) -> dict[str, datetime]:
        """Name -> when it runs next, also before `start`; in the time zone of its schedule."""
        return {name: runs[0] for name, runs in self.coming(1).items()}

    def coming(self, count: int) -> dict[str, list[datetime]]:
        """Name -> its next runs, in order and in the time zone of its schedule."""
        runs: dict[str, list[datetime]] = {}
        for job in self._scheduler.get_jobs():
            following = _fires(job.trigger, job.next_run_time)
            runs[job.id] = [job.next_run_time.astimezone(following.tzinfo)]
            while len(runs[job.id]) < count:
                runs[job.id].append(following)
                following = _fires(job.trigger, following)
        return runs

    async def close(self) -> None:
        """Start no more jobs; one that runs is cancelled with the loop's other tasks."""
        if self._looking:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._scheduler.wakeup()


def _fires(trigger: BaseTrigger, after: datetime) -> datetime:
    when: datetime | None = trigger.get_next_fire_time(after, after)
    return when if when is not None else datetime.max.replace(tzinfo=UTC)
