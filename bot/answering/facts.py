"""The hard facts of a text: its numbers with their units, written one way.

"3만원", "30,000원" and "30,000 won" are the same fact; so are "thirty (30) days" and "30일", "December 23"
and "12월 23일". A sentence whose numbers are not in the passage it cites says something the passage does not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class Quantity:
    """A number in plain digits ("30000", "2.5", "10.2.4") and its unit; "" where none stands beside it."""

    number: str
    unit: str


_SCALES = {
    "천": 10**3, "만": 10**4, "백만": 10**6, "천만": 10**7, "억": 10**8, "조": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "k": 10**3, "m": 10**6,
}  # fmt: skip

_UNITS = {
    "second": ("초", "seconds?", "secs?"),
    "minute": ("분", "minutes?", "mins?"),
    "hour": ("시간", "hours?", "hrs?"),
    "day": ("영업일", "일", "(?:calendar |business |working )?days?"),
    "week": ("주일?", "weeks?"),
    "month": ("개월", "달", "months?"),
    "year": ("년", "years?", "yrs?"),
    "pieces": ("개", "명", "건", "회", "번", "대", "times?", "users?", "people"),
    "percent": ("%", "퍼센트", "percent", "per cent"),
    "won": ("원", "won", "krw"),
    "dollar": ("달러", "불", "dollars?", "usd"),
    "kb": ("kb", "킬로바이트"),
    "mb": ("mb", "메가(?:바이트)?"),
    "gb": ("gb", "기가(?:바이트)?"),
    "tb": ("tb", "테라(?:바이트)?"),
}
_UNIT_OF = [
    (re.compile(form, re.IGNORECASE), unit)
    for unit, forms in _UNITS.items()
    # the longest first: "영업일" before "일", "시간" before a bare syllable
    for form in forms
]

_NUMBER = re.compile(
    r"(?P<currency>[$₩])?\s?(?P<digits>\d+(?:[.,]\d+)*)"
    r"(?:\s?(?P<scale>백만|천만|천|만|억|조|(?i:thousand|million|billion)\b|[kKM](?![A-Za-z])))?"
    r"(?P<between>\)?\s?[+-]?\s?)"
    r"(?P<after>%|[A-Za-z가-힣][A-Za-z가-힣]*(?: (?:days?))?)?"
)

_VERSION = re.compile(
    r"(?:\bversions?|\bver\.?|버전|\bv)\s?$", re.IGNORECASE
)  # what stands before its number

_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip
_WORD = re.compile(
    rf"\b({'|'.join(_WORDS)})\b(?:\s?\(\d+\))?\s?-?(?P<after>[A-Za-z]+(?: days?)?)?", re.IGNORECASE
)

_KOREAN_WORDS = {
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10,
}  # fmt: skip
_KOREAN_WORD = re.compile(
    rf"(?<![가-힣])({'|'.join(_KOREAN_WORDS)})\s?(?P<after>시간|달|주|개|명|번|건|가지|차례|사람|곳|대)(?![A-Za-z])"
)

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
# "may" and "march" are words too: a month only beside a number
_MONTH = re.compile(
    rf"\b(?:{'|'.join(month for month in _MONTHS if month not in ('may', 'march'))}|(?:may|march)(?= \d))\b",
    re.IGNORECASE,
)


def quantities(text: str) -> set[Quantity]:
    """Every number of a text, written in digits or words, in Korean or English."""
    # the number of a list item says where it stands, not how many there are of anything
    text = re.sub(r"(?m)^\s*\d{1,2}[.)]\s+", "", unicodedata.normalize("NFKC", text))
    found: set[Quantity] = set()
    consumed_until = 0
    for match in _NUMBER.finditer(text):
        if match.start() < consumed_until:
            continue
        number, end = _value(text, match)
        is_version = (
            _VERSION.search(
                text[max(0, match.start() - 12) : match.start() + len(match[0]) - len(match[0].lstrip())]
            )
            is not None
        )
        unit = "version" if is_version else _unit(match["currency"] or "", text[end:])
        found.add(Quantity(number, unit))
        consumed_until = end
    for match in _WORD.finditer(text):
        found.add(Quantity(str(_WORDS[match[1].lower()]), _unit("", match["after"] or "")))
    for match in _KOREAN_WORD.finditer(text):
        found.add(Quantity(str(_KOREAN_WORDS[match[1]]), _unit("", match["after"])))
    for match in _MONTH.finditer(text):
        found.add(Quantity(str(_MONTHS.index(match[0].lower()) + 1), ""))
    return found


def missing(claimed: set[Quantity], given: set[Quantity]) -> set[Quantity]:
    """The claimed quantities that are not among the given. A unit counts only where both sides name one."""
    units: dict[str, set[str]] = {}
    for quantity in given:
        units.setdefault(quantity.number, set()).add(quantity.unit)
    return {
        claim
        for claim in claimed
        if claim.number not in units
        or (claim.unit and "" not in units[claim.number] and claim.unit not in units[claim.number])
    }


def _value(text: str, match: re.Match[str]) -> tuple[str, int]:
    """The number in plain digits, and where what belongs to it ends ("1억 2천만": one number)."""
    total = _scaled(match["digits"], match["scale"])
    end = match.start("between")
    if total is None:
        return match["digits"].strip(".,"), end
    while match["scale"] in ("억", "만", "천", "조"):
        following = _NUMBER.match(text, end) if end < len(text) else None
        if following is None or following["currency"] or following.start("digits") > end + 1:
            break
        more = _scaled(following["digits"], following["scale"])
        if more is None or more >= _SCALES[match["scale"]]:
            break
        total, end, match = total + more, following.start("between"), following
    return _plain(total), end


def _scaled(digits: str, scale: str | None) -> Decimal | None:
    """None for what is no single number: "10.2.4", "2024,3"."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits):
        digits = digits.replace(",", "")
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    return number * _SCALES[scale.lower()] if scale else number


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text.lstrip("0")) or "0"


def _unit(currency: str, after: str) -> str:
    if currency:
        return "dollar" if currency == "$" else "won"
    after = re.sub(r"^\)?\s?[+-]?\s?", "", after)
    best, length = "", 0
    for form, unit in _UNIT_OF:
        match = form.match(after)
        if match is None or match.end() <= length:
            continue
        latin = match[0][-1].isascii() and match[0][-1].isalpha()
        if (
            latin
            and match.end() < len(after)
            and after[match.end()].isascii()
            and after[match.end()].isalpha()
        ):
            continue
        best, length = unit, match.end()
    return best
