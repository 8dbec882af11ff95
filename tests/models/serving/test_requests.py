from __future__ import annotations

from bot.contracts import Sampling
from bot.models.serving.requests import Request, Work, whose_turn


def request(number: int, user: str = "", priority: int = 1) -> Request:
    return Request(number, [1, 2, 3], Sampling(), user=user, priority=priority)


def test_first_come_first_served() -> None:
    assert whose_turn([request(2), request(1)], []).number == 1


def test_who_has_something_under_way_lets_others_go_first() -> None:
    working = [Work(request(1, "ann"), 0, 0, 0)]
    assert whose_turn([request(2, "ann"), request(3, "ann"), request(4, "bob")], working).number == 4


def test_a_lower_priority_goes_before_everybody() -> None:
    working = [Work(request(1, "ann"), 0, 0, 0)]
    assert whose_turn([request(2, "bob"), request(3, "ann", priority=0)], working).number == 3
