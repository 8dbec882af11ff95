from __future__ import annotations

from collections.abc import Sequence

from bot.contracts import Sampling
from bot.models.serving.requests import PATIENCE, Request, Work, whose_turn


def request(number: int, user: str = "", priority: int = 1, *, tokens: int = 3) -> Request:
    return Request(number, [1] * tokens, Sampling(), user=user, priority=priority)


def turn(waiting: Sequence[Request], working: Sequence[Work] = ()) -> Request:
    return whose_turn(waiting, working, lambda one: len(one.prompt))


def test_first_come_first_served() -> None:
    assert turn([request(2), request(1)]).number == 1


def test_who_has_something_under_way_lets_others_go_first() -> None:
    working = [Work(request(1, "ann"), 0, 0, 0)]
    assert turn([request(2, "ann"), request(3, "ann"), request(4, "bob")], working).number == 4


def test_a_lower_priority_goes_before_everybody() -> None:
    working = [Work(request(1, "ann"), 0, 0, 0)]
    assert turn([request(2, "bob"), request(3, "ann", priority=0)], working).number == 3


def test_what_takes_less_to_read_goes_first_but_never_before_who_has_less_under_way() -> None:
    assert turn([request(1, tokens=9), request(2, tokens=3)]).number == 2
    working = [Work(request(1, "ann"), 0, 0, 0)]
    assert turn([request(2, "bob", tokens=9), request(3, "ann", tokens=3)], working).number == 2


def test_nobody_is_overtaken_for_ever() -> None:
    long, short = request(1, tokens=9), request(2, tokens=3)
    long.overtaken = PATIENCE - 1
    assert turn([long, short]) is short
    long.overtaken = PATIENCE
    assert turn([long, short]) is long
