"""When a connector runs next: after failures, after what was missed, side by side with others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.store.sources import SourceState
from bot.sync.due import next_run
from bot.sync.schedule import Schedule, parse_schedule

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)


def quarterly(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // 900 * 900 + 900, UTC)


def nightly(moment: datetime) -> datetime:
    """At 02:00."""
    today = moment.replace(hour=2, minute=0, second=0, microsecond=0)
    return today if today > moment else today + timedelta(days=1)


def state(started: datetime | None, finished: datetime | None, failures: int = 0) -> SourceState:
    return SourceState("docs", started_at=started, finished_at=finished, failures=failures)


def test_what_was_never_synced_or_was_interrupted_runs_at_once() -> None:
    for one in (state(None, None), state(NINE, None), state(NINE, NINE - timedelta(days=1))):
        assert next_run(one, nightly, now=NINE) == NINE


def test_a_restart_does_not_run_what_is_not_due() -> None:
    ran = state(NINE, NINE + timedelta(seconds=5))
    assert next_run(ran, quarterly, now=NINE + timedelta(minutes=3)) == NINE + timedelta(minutes=15)


def test_what_was_missed_is_caught_up_once() -> None:
    ran = state(NINE, NINE)
    now = NINE + timedelta(days=9)
    assert next_run(ran, nightly, now=now) == now
    caught_up = state(now, now + timedelta(minutes=1))
    assert next_run(caught_up, nightly, now=now + timedelta(minutes=2)) == nightly(now)


def test_a_source_that_fails_is_asked_more_seldom_each_time_and_at_least_hourly() -> None:
    waits = [
        next_run(state(NINE, NINE, failures), lambda moment: moment + timedelta(seconds=30), now=NINE) - NINE
        for failures in (0, 1, 2, 3, 4, 5, 6, 100)
    ]
    assert [wait / timedelta(minutes=1) for wait in waits] == [0.5, 5, 10, 20, 40, 60, 60, 60]


def test_a_nightly_sync_that_failed_is_tried_three_times_more_before_the_next_night() -> None:
    tries = [next_run(state(NINE, NINE, failures), nightly, now=NINE) for failures in (1, 2, 3, 4)]
    assert tries[:3] == [NINE + timedelta(minutes=minutes) for minutes in (5, 10, 20)]
    assert tries[3] == nightly(NINE)


def test_twenty_connectors_do_not_start_at_once_and_start_at_the_same_times_after_a_restart() -> None:
    for text, within in (("every 15 minutes", 900), ("0 * * * *", 60)):
        firsts = {
            name: parse_schedule(text, "Asia/Seoul", name).get_next_fire_time(None, NINE)
            for name in (f"connector{number}" for number in range(20))
        }
        assert len(set(firsts.values())) >= 12
        assert all(timedelta(0) <= first - NINE < timedelta(seconds=within) for first in firsts.values())
        for name, first in firsts.items():
            later = parse_schedule(text, "Asia/Seoul", name).get_next_fire_time(
                None, first - timedelta(seconds=1)
            )
            assert later == first


async def test_each_connector_has_a_time_zone_of_its_own() -> None:
    async def job() -> None: ...

    schedule = Schedule("UTC")
    schedule.add("seoul", "0 2 * * *", job, timezone="Asia/Seoul")
    schedule.add("berlin", "0 2 * * *", job, timezone="Europe/Berlin")
    schedule.add("here", "0 2 * * *", job)
    runs = schedule.coming(3)
    assert {name: {when.hour for when in each} for name, each in runs.items()} == {name: {2} for name in runs}
    assert {name: str(each[0].tzinfo) for name, each in runs.items()} == {
        "seoul": "Asia/Seoul",
        "berlin": "Europe/Berlin",
        "here": "UTC",
    }
    assert all(len(each) == 3 and each == sorted(set(each)) for each in runs.values())


async def test_a_run_that_was_put_off_is_followed_by_the_regular_ones() -> None:
    async def job() -> None: ...

    schedule = Schedule("UTC")
    schedule.add("docs", "0 * * * *", job)
    regular = schedule.next_runs()["docs"]
    schedule.set_next("docs", regular - timedelta(minutes=10))
    first, second, third = schedule.coming(3)["docs"]
    assert (first, second, third - second) == (
        regular - timedelta(minutes=10),
        regular,
        timedelta(hours=1),
    )
    assert schedule.regular_after("docs", regular) == regular + timedelta(hours=1)
