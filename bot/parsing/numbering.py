"""Numbers that a Korean word processor puts before paragraphs: they are in no text, yet people cite them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

_LEADS = (0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 15, 16, 17, 18)  # ㄱ to ㅎ without the doubled ones
_VOWELS = (0, 4, 8, 13, 18, 20)  # after 하 comes 거, after 허 comes 고
_JAMO = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_STEMS = "갑을병정무기경신임계"
_DIGITS_KOREAN = "일이삼사오육칠팔구"
_DIGITS_CHINESE = "一二三四五六七八九"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_PLACE = re.compile(r"\^(n|N|\d{1,2})")
_MAX_LEVELS = 10


@dataclass(frozen=True)
class Level:
    """How one level of a numbering looks."""

    pattern: str
    """Such as "^1." or "제^1조": ^1 to ^9 are the numbers of the levels, ^n all of them with dots between."""
    style: str = "DIGIT"
    """Name of the number format as HWPX writes it."""
    start: int = 1


class Numberings:
    """Counts the numbered paragraphs of a document, in their order."""

    def __init__(self) -> None:
        self._counts: dict[Hashable, list[int]] = {}

    def mark(self, key: Hashable, levels: Sequence[Level], level: int) -> str:
        """What stands before the next paragraph of the numbering `key` at `level`, counted from 0.

        Empty where the numbering does not say how that level looks.
        """
        if not 0 <= level < min(len(levels), _MAX_LEVELS):
            return ""
        counts = self._counts.setdefault(key, [])
        del counts[level + 1 :]
        while len(counts) <= level:
            # a level that is passed over has its first number
            counts.append(levels[len(counts)].start - (len(counts) == level))
        counts[level] += 1
        written = [numeral(number, one.style) for number, one in zip(counts, levels, strict=False)]

        def filled(place: re.Match[str]) -> str:
            if place[1] in "nN":
                return ".".join(map(str, counts)) + ("." if place[1] == "N" else "")
            index = int(place[1]) - 1
            return written[index] if 0 <= index < len(written) else ""

        return _PLACE.sub(filled, levels[level].pattern).strip()


def numeral(number: int, style: str) -> str:
    """A number in one of the formats of HWPX (such as "HANGUL_SYLLABLE"); digits in an unknown one."""
    if number < 1:
        return str(number)
    if style == "CIRCLED_DIGIT" and number <= 20:
        return chr(0x2460 + number - 1)
    if style == "ROMAN_CAPITAL":
        return _roman(number)
    if style == "ROMAN_SMALL":
        return _roman(number).lower()
    if style in ("LATIN_CAPITAL", "LATIN_SMALL"):
        letter = chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 5)
        return letter if style == "LATIN_CAPITAL" else letter.lower()
    if style in ("CIRCLED_LATIN_CAPITAL", "CIRCLED_LATIN_SMALL") and number <= 26:
        return chr((0x24B6 if style == "CIRCLED_LATIN_CAPITAL" else 0x24D0) + number - 1)
    if style == "HANGUL_SYLLABLE":
        vowel, lead = divmod(number - 1, len(_LEADS))
        return chr(0xAC00 + (_LEADS[lead] * 21 + _VOWELS[vowel % len(_VOWELS)]) * 28)
    if style == "CIRCLED_HANGUL_SYLLABLE" and number <= 14:
        return chr(0x326E + number - 1)
    if style == "HANGUL_JAMO":
        return _JAMO[(number - 1) % 14]
    if style == "CIRCLED_HANGUL_JAMO" and number <= 14:
        return chr(0x3260 + number - 1)
    if style == "HANGUL_PHONETIC" and number <= 99:
        return _tens(number, _DIGITS_KOREAN, "십")
    if style == "IDEOGRAPH" and number <= 99:
        return _tens(number, _DIGITS_CHINESE, "十")
    if style == "CIRCLED_IDEOGRAPH" and number <= 10:
        return chr(0x3280 + number - 1)
    if style == "DECAGON_CIRCLE" and number <= 10:
        return _STEMS[number - 1]
    return str(number)


def _roman(number: int) -> str:
    if number >= 4000:
        return str(number)
    said = ""
    for value, letters in _ROMAN:
        said += letters * (number // value)
        number %= value
    return said


def _tens(number: int, digits: str, ten: str) -> str:
    tens, ones = divmod(number, 10)
    said = (digits[tens - 1] if tens > 1 else "") + (ten if tens else "")
    return said + (digits[ones - 1] if ones else "")
