"""Amounts, shares, times, sizes and dates in one spelling each, whatever language they were written in.

    3만원, 3만 원, 30,000 won         30000원        1시간 30분, 90 minutes      90분
    50%, 50프로, 50 percent           50퍼센트       오후 6시, 18:00, 6 PM       18.00시
    10 메가, 10MB                     10mb           2024년 1월 5일, 2024.1.5    2024-01-05, 2024-01, 01-05

Full text holds them beside the words as they stand, in documents and in questions alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple


class Form(NamedTuple):
    """A normal form, and where in the text it was read."""

    term: str
    start: int
    end: int


def forms_of(text: str) -> Iterator[Form]:
    """The normal forms in a text. Its Hangul has to be composed (NFC)."""
    if not _MAY_HOLD_ONE.search(text):
        return
    for pattern, terms_of in _READERS:
        for match in pattern.finditer(text):
            for term in terms_of(match):
                yield Form(term, match.start(), match.end())


def related_forms(term: str) -> tuple[str, ...]:
    """Other forms which may well mean the same: "2주" and "14일", "06.00시" and "18.00시"."""
    if match := re.fullmatch(r"(\d+)(일|주|개월|년)", term):
        count, unit = int(match[1]), match[2]
        if unit == "주":
            return (f"{count * 7}일",)
        if unit == "년":
            return (f"{count * 12}개월",)
        size, larger = (7, "주") if unit == "일" else (12, "년")
        return (f"{count // size}{larger}",) if count and count % size == 0 else ()
    if match := re.fullmatch(r"(\d+)분", term):
        minutes = int(match[1])
        return (f"{minutes // 1440}일",) if minutes and minutes % 1440 == 0 else ()
    if (match := re.fullmatch(r"(\d\d)\.(\d\d)시", term)) and 1 <= int(match[1]) < 12:
        return (f"{int(match[1]) + 12}.{match[2]}시",)  # nobody says 오후 where it is plain
    return ()


# --- numbers -----------------------------------------------------------------------------------------------

_PLACES = {"십": 10, "백": 100, "천": 1_000, "만": 10**4, "억": 10**8, "조": 10**12}
_DIGITS = {digit: value for value, digit in enumerate("영일이삼사오육칠팔구")}
_NATIVE = {"한": 1, "두": 2, "세": 3, "석": 3, "네": 4, "넉": 4, "다섯": 5, "여섯": 6, "열": 10}
_ENGLISH = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}

# A number has at most 15 digits and starts where no other goes on, so no text makes these patterns slow.
_FIGURE = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,9})?"
_PLAIN = rf"(?<![\w.,-]){_FIGURE}"
_PLACE = r"(?:[십백천]?[만억조]|[십백천])"
_SINO = "(?<![\\w.,-])[일이삼사오육칠팔구십백천만억]{0,15}[십백천만억]"
_AMOUNT = rf"{_PLAIN}(?:\s?{_PLACE}(?:\s?{_FIGURE})?){{0,6}}|{_SINO}"
_COUNT = (
    rf"(?:{_PLAIN}|(?<![가-힣])(?:{'|'.join(_NATIVE)}|일)(?=\s?[가-힣])"
    rf"|\b(?:{'|'.join(_ENGLISH)})(?=[\s-]))"
)


def _number(text: str) -> Decimal:
    """The value of "30,000", "1억 5천만", "1.5억" or "오십만"."""
    total = section = Decimal(0)
    digits: Decimal | None = None
    for token in re.findall(r"\d+(?:\.\d+)?|[가-힣]", text.replace(",", "")):
        place = _PLACES.get(token)
        if place is None:
            digits = Decimal(_DIGITS.get(token, token))
        elif place < _PLACES["만"]:
            section += (digits if digits is not None else 1) * place
            digits = None
        else:
            section += digits or 0
            total += (section or 1) * place
            section, digits = Decimal(0), None
    return total + section + (digits or 0)


def _count(text: str) -> Decimal:
    word = text.strip().lower()
    known = _NATIVE.get(word) or _ENGLISH.get(word)
    return Decimal(known) if known else _number(word)


def _plain(value: Decimal) -> str:
    """30000, 1.5: as short as it goes, never 3E+4."""
    return f"{value.normalize():f}"


# --- readers of one kind each ------------------------------------------------------------------------------


def _money(match: re.Match[str]) -> Iterable[str]:
    amount = match["amount"] or match["amount2"]
    unit = (match["unit"] or match["unit2"]).lower().strip(" .")
    is_won = unit in ("원", "won", "krw", "₩", "￦")
    return (_plain(_number(amount)) + ("원" if is_won else "달러"),)


def _percent(match: re.Match[str]) -> Iterable[str]:
    return (_plain(_number(match["amount"])) + "퍼센트",)


_SIZES = {"킬로바이트": "kb", "메가": "mb", "기가": "gb", "테라": "tb"}


def _size(match: re.Match[str]) -> Iterable[str]:
    unit = match["unit"].lower()
    short = next((short for name, short in _SIZES.items() if unit.startswith(name)), unit[0] + "b")
    return (_plain(_number(match["amount"])) + short,)


_UNITS = {"주": "주", "week": "주", "개월": "개월", "달": "개월", "month": "개월", "년": "년", "year": "년"}


def _length(match: re.Match[str]) -> Iterable[str]:
    unit = match["unit"].lower()
    count = _count(match["count"])
    if unit in ("년", "year") and count >= 1900:
        return ()  # a year, not how many
    if unit in ("일", "day"):
        return (_plain(count) + "일",)
    return (_plain(count) + _UNITS[unit],)


def _minutes(match: re.Match[str]) -> Iterable[str]:
    minutes = Decimal(0)
    if match["hours"]:
        minutes += _count(match["hours"]) * 60
    if match["minutes"]:
        minutes += _count(match["minutes"])
    elif match["half"]:
        minutes += 30
    return (_plain(minutes) + "분",)


_DAYS = {"하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "열흘": 10, "보름": 15}


def _days(match: re.Match[str]) -> Iterable[str]:
    return (f"{_DAYS[match[1]]}일",)


def _clock(match: re.Match[str]) -> Iterable[str]:
    half = (match["before"] or match["after"] or "").lower().replace(".", "")
    hour = int(match["hour"])
    minute = int(match["minute"] or 0) if match["minute"] or not match["half"] else 30
    if hour > 24 or minute > 59:
        return ()
    if half in ("오후", "저녁", "밤", "pm") and hour < 12:
        hour += 12
    elif half in ("오전", "새벽", "am") and hour == 12:
        hour = 0
    return (f"{hour:02}.{minute:02}시",)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _date(match: re.Match[str]) -> Iterable[str]:
    found = match.groupdict()
    name = found.get("name")
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(found["month"])
    year, day = found.get("year"), int(found.get("day") or 0)
    if not 1 <= month <= 12 or day > 31:
        return ()
    forms = []
    if year and day:
        forms.append(f"{year}-{month:02}-{day:02}")
    if year:
        forms.append(f"{year}-{month:02}")
    if day:
        forms.append(f"{month:02}-{day:02}")
    return forms


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_YEAR = r"(?<![\w.,-])(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})"
_NAME = rf"\b(?P<name>(?:{'|'.join(_MONTHS)})[a-z]{{0,6}})\.?"

_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterable[str]]], ...] = (
    (
        _pattern(
            rf"(?P<amount>{_AMOUNT})\s?(?P<unit>원(?![가-힣]?칙)|달러|won\b|krw\b|dollars?\b|usd\b)"
            rf"|(?P<unit2>[$₩￦]|\b(?:usd|krw)\s?)(?P<amount2>{_FIGURE})(?![\d,.]*[kmb]\b)"
        ),
        _money,
    ),
    (_pattern(rf"(?P<amount>{_PLAIN})\s?(?:%|퍼센트|프로(?![가-힣]{{2}})|per\s?cent\b)"), _percent),
    (
        _pattern(
            rf"(?P<amount>{_PLAIN})\s?(?P<unit>[kmgt]b\b|(?:mega|giga|tera|kilo)bytes?\b"
            r"|킬로바이트|(?:메가|기가|테라)(?:바이트)?)"
        ),
        _size,
    ),
    (
        _pattern(
            rf"(?<!월)(?<!월 )(?P<count>{_COUNT})[\s-]?"
            r"(?P<unit>일(?![가-힣]?[월요])|주(?!년|차|소|의|문|요)|개월|달(?!러)|년(?!도|월)|(?:day|week|month|year)(?=s?\b))"
        ),
        _length,
    ),
    (
        _pattern(
            rf"(?P<hours>{_COUNT})[\s-]?(?:시간|hours?\b|hrs?\b)"
            rf"(?:\s?(?P<half>반)|\s?(?P<minutes>{_PLAIN})\s?(?:분(?![가-힣]*[기량류])|min(?:ute)?s?\b))?"
        ),
        _minutes,
    ),
    (
        _pattern(
            rf"(?<!시)(?<!시 )(?<!시간)(?<!시간 )(?P<minutes>{_PLAIN})[\s-]?"
            r"(?:분(?![기량류의])|min(?:ute)?s?\b)(?P<hours>(?!))?(?P<half>(?!))?"
        ),
        _minutes,
    ),
    (re.compile(rf"(?<![가-힣])({'|'.join(_DAYS)})(?![가-힣]{{3}})"), _days),
    (
        _pattern(
            r"(?:(?P<before>오전|오후|새벽|아침|저녁|밤)\s?)?(?<![\w.,:-])(?P<hour>\d{1,2})\s?시(?!간|[가-힣]*[도민군])"
            r"(?:\s?(?P<minute>\d{1,2})\s?분|\s?(?P<half>반))?(?P<after>(?!))?"
        ),
        _clock,
    ),
    (
        _pattern(
            r"(?:(?P<before>오전|오후)\s?)?(?<![\w.,:-])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?![\d:])"
            r"(?P<half>(?!))?(?:\s?(?P<after>[ap]\.?m\b))?"
        ),
        _clock,
    ),
    (
        _pattern(
            r"(?P<before>(?!))?(?<![\w.,:-])(?P<hour>\d{1,2})(?P<minute>(?!))?(?P<half>(?!))?\s?(?P<after>[ap]\.?m\b)"
        ),
        _clock,
    ),
    (_pattern(rf"{_YEAR}\s?년\s?(?P<month>\d{{1,2}})\s?월(?:\s?{_DAY}\s?일)?"), _date),
    (_pattern(rf"{_YEAR}(?P<mark>[-./])\s?(?P<month>\d{{1,2}})(?P=mark)\s?{_DAY}(?!\d)"), _date),
    (_pattern(rf"(?<!년)(?<!년 )(?<![\w.])(?P<month>\d{{1,2}})\s?월\s?{_DAY}\s?일"), _date),
    (_pattern(rf"{_NAME}\s{_DAY}(?:st|nd|rd|th)?(?:,?\s(?P<year>(?:19|20)\d\d))?\b"), _date),
    (_pattern(rf"(?<![\w.]){_DAY}(?:st|nd|rd|th)?\s{_NAME}(?:,?\s(?P<year>(?:19|20)\d\d))?\b"), _date),
)

_MAY_HOLD_ONE = re.compile(
    rf"\d|[백천만억]\s?원|[가-힣]\s?(?:시간|달|주|년)|{'|'.join(_DAYS)}|\b(?:{'|'.join(_ENGLISH)})[ -]",
    re.IGNORECASE,
)
