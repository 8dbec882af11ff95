from __future__ import annotations

import pytest

from bot.models.serving.speed import SHAPE, Speed


def test_the_speed_of_a_machine_is_learnt_from_what_it_does() -> None:
    speed = Speed(one=1.0)
    for tokens in (1, 3, 64, 2, 128, 200) * 60:
        speed.saw(tokens, 0.04 + 0.009 * tokens)
    assert speed.of(1) == pytest.approx(0.049, rel=0.1)
    assert speed.of(128) == pytest.approx(0.04 + 0.009 * 128, rel=0.15)
    assert speed.of(64) == pytest.approx(0.04 + 0.009 * 64, rel=0.1)


def test_what_was_not_seen_is_as_fast_as_what_was_seen_nearest_to_it() -> None:
    speed = Speed(one=1.0)
    for _ in range(50):
        speed.saw(256, 2.0)
        speed.saw(1, 0.1)
    assert speed.of(512) == pytest.approx(2.0 / SHAPE[256] * SHAPE[512])
    assert speed.of(2) == pytest.approx(0.1 * SHAPE[2])


@pytest.mark.parametrize("beside", [0, 1, 5])
def test_as_many_fit_as_the_time_allows(beside: int) -> None:
    speed = Speed(one=0.05)
    fit = speed.fits(1.0, beside)
    assert speed.of(beside + fit) <= 1.0 < speed.of(beside + fit + 1)


def test_what_never_fits_is_none_at_all() -> None:
    assert Speed(one=1.0).fits(0.5) == 0
    assert Speed(one=0.1).fits(0.5, beside=16) == 0


def test_more_tokens_take_longer() -> None:
    speed = Speed()
    times = [speed.of(tokens) for tokens in range(1, 600)]
    assert times == sorted(times)
