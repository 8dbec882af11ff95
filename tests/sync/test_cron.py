"""Cron as crontab(5) has it, checked against a plain reading of the fields, minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sync.schedule import parse_schedule

Matches = Callable[[datetime], bool]


def runs(text: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    trigger, found, last = parse_schedule(text, zone), [], None
    now = start.astimezone(ZoneInfo(zone))
    while (last := trigger.get_next_fire_time(last, now)) is not None and last.astimezone(UTC) < end:
        found.append(last.astimezone(UTC))
        now = last
    return found


def in_utc(start: datetime, end: datetime, matches: Matches) -> list[datetime]:
    minutes = (start + timedelta(minutes=n) for n in range(int((end - start) / timedelta(minutes=1))))
    return [minute for minute in minutes if matches(minute)]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("0 9 * * 1-5", lambda t: (t.hour, t.minute) == (9, 0) and t.isoweekday() <= 5),
        ("0 9 * * 1-5/2", lambda t: (t.hour, t.minute) == (9, 0) and t.isoweekday() in (1, 3, 5)),
        ("0 9 * * */2", lambda t: (t.hour, t.minute) == (9, 0) and t.isoweekday() % 7 in (0, 2, 4, 6)),
        ("0 9 * * 5-7", lambda t: (t.hour, t.minute) == (9, 0) and t.isoweekday() >= 5),
        ("0 9 * * fri-mon", lambda t: (t.hour, t.minute) == (9, 0) and t.isoweekday() in (5, 6, 7, 1)),
        ("0 9 * * SUN,3", lambda t: (t.hour, t.minute) == (9, 0) and t.isoweekday() in (7, 3)),
        ("0 9 13 * 5", lambda t: (t.hour, t.minute) == (9, 0) and (t.day == 13 or t.isoweekday() == 5)),
        ("*/20 7-8 * * *", lambda t: t.hour in (7, 8) and t.minute % 20 == 0),
        ("30 4 29 2 *", lambda t: (t.month, t.day, t.hour, t.minute) == (2, 29, 4, 30)),
    ],
)
def test_fields_mean_what_crontab_says(text: str, matches: Matches) -> None:
    start, end = datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 4, 1, tzinfo=UTC)
    assert runs(text, "UTC", start, end) == in_utc(start, end, matches)


@pytest.mark.parametrize(
    "zone", ["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Santiago"]
)
def test_every_hour_is_every_real_hour_whatever_the_clock_shows(zone: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = runs("0 * * * *", zone, start, start + timedelta(days=365))
    assert found == [start + timedelta(hours=hour) for hour in range(365 * 24)]


@pytest.mark.parametrize("text", ["30 2 * * *", "0 0 * * *", "15 1 * * *"])
@pytest.mark.parametrize(
    "zone", ["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Santiago"]
)
def test_a_time_of_day_comes_once_on_each_day_of_ten_years(text: str, zone: str) -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(zone))
    end = datetime(2036, 1, 1, 12, tzinfo=ZoneInfo(zone))
    days = [run.astimezone(ZoneInfo(zone)).date() for run in runs(text, zone, start, end)]
    assert days == [start.date() + timedelta(days=day + 1) for day in range((end - start).days)]


@pytest.mark.parametrize("text", ["0 9 * * 8", "0 9 * * mon-", "0 9 * * 1/0", "0 9 * * noday", "0 25 * * *"])
def test_what_is_no_cron_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_schedule(text, "UTC")


def test_a_start_between_the_two_showings_of_a_time_looks_at_the_right_one() -> None:
    second_showing = datetime(2026, 10, 25, 2, 10, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)
    hourly = parse_schedule("30 * * * *", "Europe/Berlin").get_next_fire_time(None, second_showing)
    assert hourly.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    daily = parse_schedule("30 2 * * *", "Europe/Berlin").get_next_fire_time(None, second_showing)
    assert daily.astimezone(UTC) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_time_the_clock_leaves_out_comes_as_much_later() -> None:
    after_the_jump = datetime(2026, 3, 29, 1, 5, tzinfo=UTC)
    run = parse_schedule("30 2 * * *", "Europe/Berlin").get_next_fire_time(None, after_the_jump)
    assert run.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
