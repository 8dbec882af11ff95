"""Personal data and secrets taken out of what a model is tuned on: a model may say again whatever it read.

Each is replaced by a mark that says what stood there, the same in question, passages and answer, so that a
row still teaches to copy. What was replaced is counted and never kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

RESIDENT, FOREIGNER, CARD, ACCOUNT, PHONE, EMAIL, LICENCE, PASSPORT, SECRET = (
    "resident number",
    "foreigner number",
    "card",
    "account",
    "phone",
    "e-mail",
    "driving licence",
    "passport",
    "secret",
)
MARKS = {
    RESIDENT: "[주민등록번호]",
    FOREIGNER: "[외국인등록번호]",
    CARD: "[CARD]",
    ACCOUNT: "[ACCOUNT]",
    PHONE: "[PHONE]",
    EMAIL: "[EMAIL]",
    LICENCE: "[운전면허번호]",
    PASSPORT: "[PASSPORT]",
    SECRET: "[SECRET]",
}
"""By kind, what stands in its place. No mark is a number, which would be a citation."""

_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_BANKS = (
    "계좌|은행|국민|신한|우리|하나|농협|기업|카카오뱅크|토스뱅크|케이뱅크|새마을금고|우체국|수협|신협|account"
)


@dataclass(frozen=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    """What its group "it" holds, or all of it where there is none, is replaced."""
    is_one: Callable[[str], bool] = bool


def masked(text: str, counted: Counter[str]) -> str:
    """The text without personal data and secrets; `counted` grows by what was replaced, by kind."""
    for rule in _RULES:

        def mark(match: re.Match[str], rule: _Rule = rule) -> str:
            it = match["it"] if "it" in rule.pattern.groupindex else match[0]
            if not rule.is_one(it):
                return match[0]
            counted[rule.kind] += 1
            start = match.start("it") - match.start() if "it" in rule.pattern.groupindex else 0
            return match[0][:start] + MARKS[rule.kind] + match[0][start + len(it) :]

        text = rule.pattern.sub(mark, text)
    return text


def is_resident_number(text: str) -> bool:
    """Whether 13 digits are the number of a Korean citizen: see `_is_registration`."""
    return _is_registration(text, "123490", 0)


def is_foreigner_number(text: str) -> bool:
    """Whether 13 digits are the number of a foreigner registered in Korea: see `_is_registration`."""
    return _is_registration(text, "5678", 2)


def is_card_number(text: str) -> bool:
    """Whether 13 to 19 digits have the check digit of a payment card (Luhn, ISO/IEC 7812-1)."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0


def _is_registration(text: str, sexes: str, offset: int) -> bool:
    """A day of birth, a digit for century and sex, six more.

    Numbers given out since October 2020 have no check digit, so one that is written with its hyphen counts
    without it. Thirteen digits in a row may be anything: they count with the check digit, or where the birth
    is late enough for a number without.
    """
    digits = "".join(letter for letter in text if letter.isdigit())
    if len(digits) != 13 or digits[6] not in sexes:
        return False
    century = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "5": 1900, "6": 1900}.get(digits[6], 2000)
    try:
        born = date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    if len(digits) != len(text.strip()) or born >= date(2020, 10, 1):
        return True
    weighed = sum(int(digit) * weight for digit, weight in zip(digits, _RESIDENT_WEIGHTS, strict=False))
    return ((11 - weighed % 11) % 10 + offset) % 10 == int(digits[12])


_REGISTRATION = re.compile(r"(?<![\d-])\d{6}(?:\s?[-–]\s?)?\d{7}(?![\d-])")
_KEY_NAMES = r"api[_ -]?key|secret|token|passwo?r?d|passwd|pwd|비밀번호|암호|패스워드"
_RULES = (
    _Rule(
        SECRET, re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*KEY-----|\Z)", re.DOTALL)
    ),
    _Rule(
        SECRET,
        re.compile(
            r"(?<![\w-])(?:xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}|gh[oprsu]_\w{20,}|github_pat_\w{20,}"
            r"|glpat-[\w-]{16,}|sk-[\w-]{20,}|sk_live_\w{16,}|hf_\w{20,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}"
            r"|AIza[\w-]{30,}|ya29\.[\w-]{20,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)"
        ),
    ),
    _Rule(SECRET, re.compile(r"(?i)\bbearer\s+(?P<it>[\w.~+/-]{16,}=*)")),
    _Rule(SECRET, re.compile(r"(?<=://)(?P<it>[^\s/@:]+:[^\s/@]+)(?=@)")),
    _Rule(
        SECRET,
        re.compile(rf"(?i)(?:{_KEY_NAMES})[\"']?\s*(?:[:=]|은|는)\s*[\"']?(?P<it>[^\s\"',;]{{6,}})"),
        # "password: required" is a rule, "password: hunter2!" is a password
        lambda it: bool(re.search(r"\d", it)) and it not in MARKS.values(),
    ),
    _Rule(EMAIL, re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")),
    _Rule(RESIDENT, _REGISTRATION, is_resident_number),
    _Rule(FOREIGNER, _REGISTRATION, is_foreigner_number),
    _Rule(CARD, re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])"), is_card_number),
    _Rule(LICENCE, re.compile(r"(?<![\d-])[12]\d-\d{2}-\d{6}-\d{2}(?![\d-])")),
    _Rule(
        PHONE,
        re.compile(
            r"(?<![\d-])(?:\+82[ -]?(?:\(0\)|0)?|0)(?:1[016789]|2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|50\d|70)"
            r"[ )-]?[ -]?\d{3,4}[ -]?\d{4}(?![\d-])"
            r"|(?<![\w+])\+(?!82)[1-9]\d{0,2}(?:[ -]?\(?\d{2,4}\)?){2,4}(?!\d)"
        ),
    ),
    _Rule(
        ACCOUNT,
        re.compile(
            rf"(?i)(?:{_BANKS})[^\n\d]{{0,20}}"
            r"(?P<it>\d{2,6}-\d{2,6}-\d{2,8}(?:-\d{1,4})?|\d{10,14})(?![\d-])"
        ),
    ),
    _Rule(
        PASSPORT,
        re.compile(
            r"(?i)(?:여권|passport)[^\n\d]{0,20}?"
            r"(?P<it>\b[MSRODG]\d{8}\b|\b[MSRODG]\d{3}[A-Z]\d{4}\b)"
        ),
    ),
)
