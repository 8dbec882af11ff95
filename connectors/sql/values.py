"""What a value of a database means as an id, a text, a time or readers."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.base import EVERYONE, reader_by_email

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def id_of(value: object) -> str:
    """The id that a value stands for, in Unicode form NFC; empty if it is NULL, or bytes that are no text."""
    try:
        return unicodedata.normalize("NFC", text_of(value))
    except UnicodeDecodeError:
        return ""


def text_of(value: object) -> str:
    """A value as text, empty for NULL. Raises UnicodeDecodeError."""
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode()
    if isinstance(value, Decimal):
        return f"{value:f}"  # never 1E+2
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def moment_of(value: object, zone: ZoneInfo) -> datetime | None:
    """When something was, aware; a time without a time zone is one of `zone`. None if it is no time.

    A number is seconds since 1970.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(), zone)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(float(value), UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return None


def readers_of(value: object) -> frozenset[str]:
    """Who may read: addresses between commas, semicolons or spaces, or a list of them. What is neither an
    address nor "everyone" grants nothing."""
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value).decode("utf-8", "replace")
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            return frozenset()
    if isinstance(value, str):
        value = re.split(r"[,;\s]+", value)
    readers = set()
    for each in value if isinstance(value, list | tuple) else ():
        name = str(each).strip()
        if name.lower() == EVERYONE:
            readers.add(EVERYONE)
        elif _EMAIL.fullmatch(name):
            readers.add(reader_by_email(name))
    return frozenset(readers)
