"""Schedules: what may be written, and when it makes things run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sync.schedule import Schedule, last_run, parse_schedule

SEOUL = ZoneInfo("Asia/Seoul")


def fire_times(text: str, start: datetime, count: int) -> list[datetime]:
    trigger = parse_schedule(text, str(start.tzinfo))
    times: list[datetime] = []
    now, last = start, None
    for _ in range(count):
        last = trigger.get_next_fire_time(last, now)
        assert last is not None
        times.append(last)
        # a second later by the world's clock; adding to local time would get lost where clocks change
        now = (last.astimezone(UTC) + timedelta(seconds=1)).astimezone(start.tzinfo)
    return times


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("every 15 minutes", 900),
        ("every 2 hours", 7200),
        ("30m", 1800),
        ("every hour", 3600),
        ("Every 1 Day", 86400),
        ("90s", 90),
    ],
)
def test_intervals_are_read(text: str, seconds: int) -> None:
    first, second = fire_times(text, datetime(2026, 11, 21, tzinfo=SEOUL), 2)
    assert (second - first).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "sometimes", "every 5 fortnights", "* * * *", "61 * * * *", "0 0 * * 9", "every 1 second"]
)
def test_what_is_no_schedule_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"every 15 minutes|30 seconds"):
        parse_schedule(text, "UTC")


def test_cron_counts_weekdays_from_sunday() -> None:
    weekdays = [t.weekday() for t in fire_times("0 9 * * 1-5", datetime(2026, 11, 21, tzinfo=SEOUL), 5)]
    assert weekdays == [0, 1, 2, 3, 4]
    for sunday in ("0", "7", "sun"):
        assert fire_times(f"0 9 * * {sunday}", datetime(2026, 11, 21, tzinfo=SEOUL), 1)[0].weekday() == 6


@pytest.mark.parametrize(
    "zone", ["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
)
def test_a_daily_run_happens_once_a_day_through_every_clock_change(zone: str) -> None:
    times = fire_times("30 2 * * *", datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)), 3 * 365)
    days = [when.astimezone(ZoneInfo(zone)).date() for when in times]
    assert len(set(days)) == len(days)
    assert (days[-1] - days[0]).days - len(days) + 1 <= 3  # a spring day without 02:30 has no such run


async def test_a_run_that_the_loop_was_late_for_still_happens() -> None:
    ran = asyncio.Event()

    async def job() -> None:
        ran.set()

    schedule = Schedule("UTC")
    schedule.add("late", "every 30 seconds", job)
    schedule.start()
    scheduled = schedule._scheduler.get_job("late")
    scheduled.modify(next_run_time=datetime.now(ZoneInfo("UTC")) - timedelta(seconds=20))
    await asyncio.wait_for(ran.wait(), 5)
    await schedule.close()


async def test_next_runs_are_known_before_anything_is_started() -> None:
    async def job() -> None: ...

    schedule = Schedule("Asia/Seoul")
    schedule.add("docs", "0 * * * *", job)
    when = schedule.next_runs()["docs"]
    assert when.minute == 0
    assert when > datetime.now(SEOUL)


@pytest.mark.parametrize(
    ("text", "now", "last"),
    [
        ("0 9 * * mon", "2026-11-16T09:00", "2026-11-16T09:00"),
        ("0 9 * * mon", "2026-11-16T08:59", "2026-11-09T09:00"),
        ("0 9 * * mon", "2026-11-22T23:00", "2026-11-16T09:00"),
        ("0 9 * * *", "2026-11-18T12:00", "2026-11-18T09:00"),
        ("every 30 seconds", "2026-11-18T12:00", "2026-11-18T12:00"),
        ("0 9 1 * *", "2026-11-18T12:00", None),
    ],
)
def test_the_last_run_is_found_within_a_week(text: str, now: str, last: str | None) -> None:
    trigger = parse_schedule(text, "Asia/Seoul")
    found = last_run(trigger, datetime.fromisoformat(now).replace(tzinfo=SEOUL), timedelta(days=7))
    assert found == (datetime.fromisoformat(last).replace(tzinfo=SEOUL) if last else None)
