"""What a sync decides from a listing, with nothing read or written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.store.sources import SetAside
from bot.sync.plan import compare, retry_at
from connectors.base import Item, Listing

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def listed(**versions: str) -> Listing:
    return Listing.complete(Item(item_id, version) for item_id, version in versions.items())


def aside(item_id: str, version: str, *, attempts: int = 1, tried: datetime = NOW) -> dict[str, SetAside]:
    return {item_id: SetAside(item_id, version, "is broken", tried, attempts, tried)}


def test_what_is_new_or_changed_is_wanted_and_the_rest_is_not() -> None:
    plan = compare(listed(a="1", b="2", c="1"), {"a": "1", "b": "1"}, {}, now=NOW)
    assert plan.wanted == (Item("b", "2"), Item("c", "1"))
    assert plan.unchanged == 1


def test_only_a_complete_listing_makes_anything_gone() -> None:
    held = {"a": "1", "b": "1"}
    assert compare(listed(a="1"), held, {}, now=NOW).gone == ("b",)
    assert compare(Listing((Item("a", "1"),), is_complete=False), held, {}, now=NOW).gone == ()


def test_what_is_there_but_cannot_be_listed_is_not_gone() -> None:
    listing = Listing.complete([], unreadable=[("a", "not permitted")])
    assert compare(listing, {"a": "1", "b": "1"}, {}, now=NOW).gone == ("b",)


@pytest.mark.parametrize(
    ("held", "gone", "is_too_much"),
    [(5, 5, False), (6, 6, True), (30, 6, False), (29, 6, True), (100, 20, False), (100, 21, True)],
)
def test_too_much_is_more_than_five_and_more_than_a_fifth(held: int, gone: int, is_too_much: bool) -> None:
    there = {f"i{number}": "1" for number in range(held)}
    left = dict(list(there.items())[gone:])
    plan = compare(listed(**left), there, {}, now=NOW)
    assert len(plan.gone) == gone
    assert plan.loses_too_much is is_too_much


def test_what_was_agreed_upon_covers_for_nothing_else() -> None:
    there = {f"i{number:02}": "1" for number in range(33)}
    agreed = sorted(there)[:15]
    left = dict(list(there.items())[21:])
    plan = compare(listed(**left), there, {}, now=NOW, agreed=agreed)
    assert len(plan.gone) == 21
    assert plan.loses_too_much  # 6 of the other 18
    assert not compare(listed(**left), there, {}, now=NOW, agreed=sorted(there)[:16]).loses_too_much


def test_an_item_listed_twice_is_read_once() -> None:
    listing = Listing.complete([Item("a", "1"), Item("a", "2")])
    assert compare(listing, {}, {}, now=NOW).wanted == (Item("a", "2"),)


def test_a_version_that_was_unreadable_waits_and_a_new_one_does_not() -> None:
    waits = compare(listed(a="1"), {}, aside("a", "1"), now=NOW + timedelta(minutes=59))
    assert (waits.wanted, waits.left_aside) == ((), ("a",))
    due = compare(listed(a="1"), {}, aside("a", "1"), now=NOW + timedelta(hours=1))
    assert due.wanted == (Item("a", "1"),)
    mended = compare(listed(a="2"), {}, aside("a", "1"), now=NOW)
    assert (mended.wanted, mended.outdated) == ((Item("a", "2"),), ("a",))
    forced = compare(listed(a="1"), {}, aside("a", "1"), now=NOW, force=True)
    assert forced.wanted == (Item("a", "1"),)


def test_a_held_version_that_a_forced_sync_could_not_read_is_tried_again() -> None:
    plan = compare(listed(a="1"), {"a": "1"}, aside("a", "1"), now=NOW + timedelta(hours=2))
    assert (plan.wanted, plan.unchanged) == ((Item("a", "1"),), 0)


def test_what_was_forgotten_is_not_wanted_whatever_the_source_says() -> None:
    plan = compare(listed(a="1", b="2"), {}, aside("a", "1"), now=NOW, force=True, forgotten={"a"})
    assert [item.id for item in plan.wanted] == ["b"]
    assert plan.gone == ()


def test_a_reason_ends_with_its_version() -> None:
    back_to_what_is_held = compare(listed(a="1"), {"a": "1"}, aside("a", "2"), now=NOW)
    assert (back_to_what_is_held.outdated, back_to_what_is_held.unchanged) == (("a",), 1)
    assert compare(listed(), {}, aside("a", "1"), now=NOW).outdated == ("a",)
    assert compare(Listing((), is_complete=False), {}, aside("a", "1"), now=NOW).outdated == ()


def test_retries_wait_twice_as_long_each_time_and_at_most_a_day() -> None:
    def waits(attempts: int) -> float:
        return (retry_at(aside("a", "1", attempts=attempts)["a"]) - NOW) / timedelta(hours=1)

    assert [waits(attempts) for attempts in (1, 2, 3, 4, 5, 6, 1000)] == [1, 2, 4, 8, 16, 24, 24]
