"""How long a server asks to be left alone: the header Retry-After (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(said: str) -> float | None:
    """Seconds, never negative, that the value of the header asks for, as a number or as a date; None where
    it says nothing."""
    said = said.strip()
    if said.replace(".", "", 1).isdecimal():
        return float(said)
    try:
        when = parsedate_to_datetime(said)
    except (ValueError, OverflowError):  # the second for a year of thirty digits
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
