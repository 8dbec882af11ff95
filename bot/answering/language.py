"""Which of the two languages a text is in, by its letters."""

from __future__ import annotations

import re
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


_CLOSED_BY_BIEUP = "".join(chr(syllable) for syllable in range(ord("갑"), ord("힣") + 1, 28))
# a manner of speech shows in how a sentence ends: "됩니까", "알려 주십시오", but not "됐으니까"
_FORMAL = re.compile(rf"(?:[{_CLOSED_BY_BIEUP}](?:니까|니다)|십시오)[\s.?!…~]*$", re.MULTILINE)


def is_formal(text: str) -> bool:
    """Whether a Korean text speaks formally (합쇼체) rather than politely (해요체) or plainly."""
    return _FORMAL.search(text.strip()) is not None


def is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣" or "ㄱ" <= letter <= "ㆎ" or "\u1100" <= letter <= "\u11ff"
