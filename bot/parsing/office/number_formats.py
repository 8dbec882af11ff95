"""Numbers as a spreadsheet shows them: the format codes of Excel (ECMA-376 part 1, 18.8.30 and 18.8.31)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise

Shown = Callable[[float], str]

# Numbers without a code of their own in the file. Which date 14 and 22 give depends on who opens the file.
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd hh:mm",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: "#,##0",
    42: "#,##0",
    43: "#,##0.00",
    44: "#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    **dict.fromkeys((*range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),  # East Asian dates
    **dict.fromkeys(range(32, 36), "h:mm:ss"),
}

_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.)
    | _(?P<space>.)
    | \*.                                           # what fills the cell's width
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]
    | \[(?P<elapsed>h+|m+|s+)\]
    | \[(?P<operator><=|>=|<>|<|>|=)(?P<limit>-?[\d.]+)\]
    | \[[^\]]*\]                                    # a colour, or a locale
    | (?P<general>general)
    | (?P<half>am/pm|a/p|오전/오후)
    | (?P<exponent>E[+-]0+)
    | (?P<date>y+|m+|d+|h+|s+(?:\.0+)?|a{3,4}|e+|g+)
    | (?P<digits>[0#?,.]+)
    | (?P<percent>%)
    | (?P<text>@)
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<>": lambda a, b: a != b,
}
_KOREAN_DAYS = "월화수목금토일"
_EPOCH_1900, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - a sheet has no zone
_LONGEST_CODE = 255  # what Excel takes

_Token = tuple[str, str]


@lru_cache(maxsize=1024)
def number_format(code: str, is_1904: bool = False) -> Shown:
    """What turns a number of a cell into the text that its format code shows.

    A date with its day, month and year in figures comes as ISO 8601, for 1/2/24 is two days. What the code
    cannot show (a date before the calendar, a fraction) comes as `general` has it.
    """
    sections = [list(_tokens(section)) for section in _split(code[:_LONGEST_CODE])]
    conditions = [next((value for kind, value in tokens if kind == "if"), "") for tokens in sections]
    readers = [_section(tokens, is_1904) for tokens in sections]
    if len(readers) == 1:
        return readers[0]

    def shown(value: float) -> str:
        if any(conditions):
            chosen = next(
                (place for place, condition in enumerate(conditions) if _holds(condition, value)),
                len(readers) - 1,
            )
            return readers[chosen](value)
        if value < 0 and len(readers) > 1:
            return readers[1](-value)
        if value == 0 and len(readers) > 2:
            return readers[2](value)
        return readers[0](value)

    return shown


def general(value: float) -> str:
    """A number without a format: as it was typed, as far as that can be told."""
    if abs(value) < 1e16 and value == int(value):
        return str(int(value))
    return f"{value:.15g}"


def _split(code: str) -> list[str]:
    """The sections of a code, at the ";" that are not quoted."""
    sections = [""]
    for match in _TOKEN.finditer(code):
        if match[0] == ";":
            sections.append("")
        else:
            sections[-1] += match[0]
    return sections[:3]


def _tokens(section: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(section):
        kind = match.lastgroup
        if kind == "limit":
            found.append(("if", f"{match['operator']} {match['limit']}"))
        elif kind in ("quoted", "escaped", "currency", "other"):
            found.append(("literal", match[kind]))
        elif kind == "space":
            found.append(("literal", " "))
        elif kind:
            found.append((kind, match[kind]))
    return found


def _holds(condition: str, value: float) -> bool:
    operator, _, limit = condition.partition(" ")
    try:
        return not condition or _COMPARE[operator](value, float(limit))
    except ValueError:
        return True


def _section(tokens: list[_Token], is_1904: bool) -> Shown:
    # in a date "." stands between day and month: it is no place for a digit
    kinds = {kind for kind, text in tokens if kind != "digits" or text.strip(".,")}
    if kinds & {"date", "elapsed"} and not kinds & {"general", "digits"}:
        return _date(tokens, is_1904)
    if "digits" not in kinds:
        return _words(tokens)
    return _number(tokens)


def _words(tokens: list[_Token]) -> Shown:
    def shown(value: float) -> str:
        pieces = [
            general(value) if kind in ("general", "text") else text
            for kind, text in tokens
            if kind in ("general", "text", "literal", "percent")
        ]
        return "".join(pieces).strip() if pieces else general(value)

    return shown


def _number(tokens: list[_Token]) -> Shown:
    places = [place for place, (kind, _) in enumerate(tokens) if kind == "digits"]
    first, last = places[0], places[-1]
    pattern = "".join(text for kind, text in tokens[first : last + 1] if kind == "digits")
    whole, _, decimals = pattern.partition(".")
    thousands = len(pattern) - len(pattern.rstrip(","))
    whole, decimals = whole.rstrip(","), decimals.rstrip(",")
    scale = 2 * sum(kind == "percent" for kind, _ in tokens) - 3 * thousands
    is_fraction = any(kind == "literal" and text == "/" for kind, text in tokens[first:last])
    exponent = next((text for kind, text in tokens if kind == "exponent"), "")
    is_mask = len(places) > 1 and not decimals and not exponent  # 000-0000-0000
    before = _literals(tokens[:first])
    after = _literals(tokens[last + 1 :])
    least_whole, least_decimals = whole.count("0"), decimals.count("0")

    def shown(value: float) -> str:
        if is_fraction:
            return general(value)
        sign = "-" if value < 0 else ""
        if exponent:
            return f"{before}{sign}{abs(value):.{len(decimals)}E}{after}".strip()
        try:
            exact = Decimal(repr(abs(value))).scaleb(scale)
            rounded = exact.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
        except InvalidOperation:
            return general(value)
        sign = sign if rounded else ""
        if is_mask:
            return f"{sign}{before}{_masked(tokens[first : last + 1], f'{rounded:f}')}{after}".strip()
        digits, _, rest = (f"{rounded:,f}" if "," in whole else f"{rounded:f}").partition(".")
        digits = digits.zfill(least_whole) if least_whole or digits != "0" else ""
        rest = rest[:least_decimals] + rest[least_decimals:].rstrip("0")
        return f"{before}{sign}{digits}{'.' if rest else ''}{rest}{after}".strip()

    return shown


def _literals(tokens: list[_Token]) -> str:
    return "".join(text for kind, text in tokens if kind in ("literal", "percent"))


def _masked(tokens: list[_Token], digits: str) -> str:
    """Digits put into the places of a mask, from the right."""
    marks = [mark for kind, text in tokens for mark in (text if kind == "digits" else [text]) if mark != ","]
    places = [place for place, mark in enumerate(marks) if mark in "0#?" and len(mark) == 1]
    left = list(digits)
    for place in reversed(places):
        marks[place] = left.pop() if left else "0" if marks[place] == "0" else ""
    return "".join([*left, *marks])


def _date(tokens: list[_Token], is_1904: bool) -> Shown:
    units = [_unit(tokens, place) for place in range(len(tokens))]
    is_half_day = any(kind == "half" for kind, _ in tokens)
    written = [unit[0] for unit in units if unit]
    literals = "".join(text for kind, text in tokens if kind == "literal")
    is_plain = (
        {"y", "m", "d"} <= set(written)
        and all(len(unit) < 3 or unit[0] in "ye" for unit in units if unit)
        and not any(character.isalpha() for character in literals)
    )
    has_time = bool({"h", "M", "s"} & set(written))
    epoch = _EPOCH_1904 if is_1904 else _EPOCH_1900

    def shown(value: float) -> str:
        try:
            # Excel holds 1900 for a leap year: before that March all days are one off
            days = value + 1 if value < 60 and not is_1904 else value
            moment = epoch + timedelta(seconds=round(days * 86_400, 3))
        except (OverflowError, ValueError):
            return general(value)
        if is_plain:
            return f"{moment:%Y-%m-%d}" + (f" {moment:%H:%M}" if has_time else "")
        pieces = [
            _elapsed(text, value)
            if kind == "elapsed"
            else _half(text, moment)
            if kind == "half"
            else _part(unit, moment, is_half_day)
            if unit
            else text
            if kind == "literal" or text in ".,"
            else ""
            for (kind, text), unit in zip(tokens, units, strict=True)
        ]
        return "".join(pieces).strip()

    return shown


def _unit(tokens: list[_Token], place: int) -> str:
    """The date token at `place` in small letters, "M" for minutes; empty for what is none."""
    kind, text = tokens[place]
    if kind != "date":
        return ""
    unit = text.lower()
    if unit[0] != "m" or len(unit) > 2:
        return unit
    dates = [(other, one[1].lower()) for other, one in enumerate(tokens) if one[0] in ("date", "elapsed")]
    for (before, earlier), (after, later) in pairwise(dates):
        if after == place and earlier.startswith("h"):
            return "M" * len(unit)
        if before == place and later.startswith("s"):
            return "M" * len(unit)
    return unit


def _part(unit: str, moment: datetime, is_half_day: bool) -> str:
    width = len(unit)
    hour = (moment.hour % 12 or 12) if is_half_day else moment.hour
    match unit[0]:
        case "y" | "e":
            return f"{moment:%y}" if unit in ("y", "yy") else f"{moment.year:04d}"
        case "m" if width > 2:
            name = calendar.month_name[moment.month]
            return name if width == 4 else name[:1] if width == 5 else name[:3]
        case "d" if width > 2:
            name = calendar.day_name[moment.weekday()]
            return name if width > 3 else name[:3]
        case "a":
            return _KOREAN_DAYS[moment.weekday()] + ("요일" if width == 4 else "")
        case "s" if "." in unit:
            return f"{moment.second:02d}.{moment.microsecond:06d}"[: 3 + len(unit.partition(".")[2])]
        case "g":
            return ""
        case letter:
            number = {"m": moment.month, "d": moment.day, "h": hour, "M": moment.minute, "s": moment.second}
            return f"{number[letter]:0{min(width, 2)}d}"


def _elapsed(unit: str, days: float) -> str:
    seconds = round(days * 86_400)
    whole = seconds // {"h": 3600, "m": 60, "s": 1}[unit[0].lower()]
    return f"{whole:0{min(len(unit), 9)}d}"


def _half(text: str, moment: datetime) -> str:
    morning, _, afternoon = text.partition("/")
    return afternoon if moment.hour >= 12 else morning
