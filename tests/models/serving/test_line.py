from __future__ import annotations

from collections.abc import Sequence

from bot.contracts import Sampling
from bot.models.serving.line import PATIENCE, Line
from bot.models.serving.requests import Request, Work


def request(number: int, user: str = "", priority: int = 1, *, tokens: int = 3) -> Request:
    return Request(number, [1] * tokens, Sampling(), user=user, priority=priority)


def line_of(*requests: Request) -> Line:
    line = Line()
    for one in requests:
        line.join(one)
    return line


def first(line: Line, working: Sequence[Work] = ()) -> Request | None:
    return line.first(working, lambda one: len(one.prompt))


def test_where_nobody_waits_it_is_nobodys_turn() -> None:
    assert first(Line()) is None


def test_first_come_first_served() -> None:
    came, later = request(1), request(2)
    assert first(line_of(came, later)) is came


def test_who_has_something_under_way_lets_others_go_first() -> None:
    working = [Work(request(1, "ann"), 0, 0, 0)]
    bob = request(4, "bob")
    assert first(line_of(request(2, "ann"), request(3, "ann"), bob), working) is bob


def test_a_lower_priority_goes_before_everybody() -> None:
    working = [Work(request(1, "ann"), 0, 0, 0)]
    urgent = request(3, "ann", priority=0)
    assert first(line_of(request(2, "bob"), urgent), working) is urgent


def test_what_takes_less_to_read_goes_first_but_never_before_who_has_less_under_way() -> None:
    short = request(2, tokens=3)
    assert first(line_of(request(1, tokens=9), short)) is short
    working = [Work(request(1, "ann"), 0, 0, 0)]
    bob = request(2, "bob", tokens=9)
    assert first(line_of(bob, request(3, "ann", tokens=3)), working) is bob


def test_nobody_is_overtaken_for_ever() -> None:
    long = request(0, tokens=9)
    line = line_of(long, *(request(number + 1, tokens=3) for number in range(PATIENCE + 1)))
    for _ in range(PATIENCE):
        short = first(line)
        assert short is not None
        assert short is not long
        line.begin(short)
    assert first(line) is long
    line.begin(long)
    assert len(line) == 1


def test_who_gave_up_or_is_too_late_does_not_wait_any_more() -> None:
    line = line_of(request(1), request(2), request(3))
    for one in line:
        one.deadline = 10.0 * one.number
    line.leave(1)
    assert [one.number for one in line.late(25.0)] == [2]
    assert [one.number for one in line] == [3]
