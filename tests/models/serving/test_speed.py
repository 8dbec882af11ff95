from __future__ import annotations

import pytest

from bot.models.serving.speed import Speed


def test_the_speed_of_a_machine_is_learnt_from_what_it_does() -> None:
    speed = Speed(base=1.0, each=1.0)
    for tokens in (1, 3, 64, 2, 128, 200) * 40:
        speed.saw(tokens, 0.04 + 0.009 * tokens)
    assert speed.base == pytest.approx(0.04, rel=0.1)
    assert speed.each == pytest.approx(0.009, rel=0.1)
    assert speed.fits(0.25) == pytest.approx((0.25 - 0.04) / 0.009, rel=0.15)


def test_what_never_fits_is_none_at_all() -> None:
    assert Speed(base=1.0, each=0.1).fits(0.5) == 0
