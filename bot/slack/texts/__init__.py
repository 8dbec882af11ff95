"""Every fixed text that people see in Slack, in Korean and English, a file a surface.

Markdown; {names} are filled in. The files hold tables, name -> (Korean, English), and no name twice.
"""

from __future__ import annotations

import math
import re

from bot.slack.texts import (
    access_review,
    admin_commands,
    answer_buttons,
    answers,
    anywhere,
    commands,
    connector_forms,
    desk,
    digest,
    experts,
    feedback,
    home,
    notices,
    tuning,
)

KOREAN, ENGLISH = "ko", "en"

_TEXTS: dict[str, tuple[str, str]] = {
    **anywhere.TEXTS,
    **answers.TEXTS,
    **feedback.TEXTS,
    **answer_buttons.TEXTS,
    **experts.TEXTS,
    **commands.TEXTS,
    **admin_commands.TEXTS,
    **notices.TEXTS,
    **home.TEXTS,
    **desk.TEXTS,
    **access_review.TEXTS,
    **digest.TEXTS,
    **connector_forms.TEXTS,
    **tuning.TEXTS,
}


def text(name: str, language: str, /, **values: object) -> str:
    """One text in "ko" or, for any other language, English."""
    korean, english = _TEXTS[name]
    return (korean if language == KOREAN else english).format(**values)


def plural(count: int) -> str:
    """What {s} is filled in with: the English ending behind so many."""
    return "" if count == 1 else "s"


def both(name: str, /, **values: object) -> str:
    """The text in both languages, for where nobody knows which one is read."""
    return f"{text(name, KOREAN, **values)}\n{text(name, ENGLISH, **values)}"


def names() -> list[str]:
    """The names of all texts."""
    return list(_TEXTS)


def language_of(written: str, locale: str = "") -> str:
    """The language to answer in: that of the text if it has letters, else that of the locale."""
    letters = re.sub(r":[a-z0-9_+'-]+:", "", written)
    if re.search(r"[가-힣ㄱ-ㆎ]", letters):
        return KOREAN
    if re.search(r"[A-Za-z]", letters):
        return ENGLISH
    return KOREAN if locale.lower().startswith("ko") else ENGLISH


def waiting(ahead: int, pace: float | None, language: str) -> str:
    """How many questions go before, and about how long that one's answer takes, if `pace` is known.

    `pace`: seconds that one answer takes of the machine; those in the works together share it (see
    bot.store.pace), so all ahead and this one are done after so many times that.
    """
    if pace is None:
        return text("queued", language, ahead=ahead)
    return text("queued_for", language, ahead=ahead, time=about((ahead + 1) * pace, language))


def about(seconds: float, language: str) -> str:
    """A time to wait as people say it, rounded up to tens of seconds, then minutes, then five minutes."""
    if seconds <= 50:
        count = max(10, math.ceil(seconds / 10) * 10)
        return f"약 {count}초" if language == KOREAN else f"about {count} seconds"
    minutes = math.ceil(seconds / 60)
    if minutes > 10:
        minutes = math.ceil(minutes / 5) * 5
    if language == KOREAN:
        return f"약 {minutes}분"
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def age(seconds: float, language: str) -> str:
    """How long ago, in the largest unit that fits: "3일 전", "3 days ago"."""
    for size, korean, english in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count}{korean} 전" if language == KOREAN else f"{count} {english}{plural(count)} ago"
    return "방금 전" if language == KOREAN else "just now"


def ahead(seconds: float, language: str) -> str:
    """How far ahead, in the largest unit that fits: "3일 뒤", "in 3 days"."""
    for size, korean, english in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count}{korean} 뒤" if language == KOREAN else f"in {count} {english}{plural(count)}"
    return "곧" if language == KOREAN else "shortly"


_UNITS = (
    (365 * 86400, "년", "year"),
    (30 * 86400, "개월", "month"),
    (7 * 86400, "주", "week"),
    (86400, "일", "day"),
    (3600, "시간", "hour"),
    (60, "분", "minute"),
)
