"""What a server may write into Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.retry_after import retry_after


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), (" 0.5 ", 0.5), ("9" * 400, float("inf"))])
def test_a_number_is_seconds(said: str, seconds: float) -> None:
    assert retry_after(said) == seconds


@pytest.mark.parametrize("is_named", [True, False], ids=["GMT", "no zone"])
def test_a_date_is_the_time_until_then(is_named: bool) -> None:
    when = datetime.now(UTC) + timedelta(hours=1)
    said = format_datetime(when, usegmt=True) if is_named else f"{when:%a, %d %b %Y %H:%M:%S}"
    seconds = retry_after(said)
    assert seconds is not None
    assert 3000 < seconds <= 3600


def test_a_date_that_is_past_asks_for_no_wait() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@pytest.mark.parametrize(
    "said",
    [
        "",
        "soon",
        "-3",
        "1.2.3",
        f"Fri, 01 Jan {'9' * 30} 00:00:00 GMT",
        f"Fri, 01 Jan 2027 00:00:00 +{'9' * 30}",
        "Fri, 01 Jan 2027 00:00:00 -9999999",
    ],
)
def test_anything_else_says_nothing(said: str) -> None:
    assert retry_after(said) is None
