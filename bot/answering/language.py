"""Which of the two languages a text is in, by its letters."""

from __future__ import annotations

from typing import Literal

Language = Literal["ko", "en"]

# A Korean sentence about software may be half Latin letters; an English one holds a Korean name at most.
KOREAN_SHARE = 0.2


def language_of(text: str, locale: str = "") -> Language:
    """The language of `text`; where it has no letters, that of `locale` ("ko-KR")."""
    hangul = sum(1 for letter in text if is_hangul(letter))
    latin = sum(1 for letter in text if letter.isascii() and letter.isalpha())
    if hangul + latin == 0:
        return "ko" if locale.lower().startswith("ko") else "en"
    return "ko" if hangul >= KOREAN_SHARE * (hangul + latin) else "en"


def is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣" or "ㄱ" <= letter <= "ㆎ" or "\u1100" <= letter <= "\u11ff"
