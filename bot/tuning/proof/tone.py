"""Which manner of speech a Korean text keeps to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from bot.answering.language import is_formal, language_of
from bot.answering.reply import parse_sentence
from bot.sentences import sentences

Tone = Literal["합쇼체", "해요체", "other"]
TONES: tuple[Tone, ...] = ("합쇼체", "해요체")
# "필요", "중요", "주요", "개요", "수요", "소요" at the end of a note are nouns
_POLITE = re.compile(r"(?:(?<![필중주개수소])요|죠)[\s.?!…~\"'”’)]*$")


def tone_of(sentence: str) -> Tone:
    """Of one Korean sentence, by how it ends; "other": plainly, or no sentence at all."""
    said = parse_sentence(sentence).text.rstrip("\"'”’)")
    if is_formal(said):
        return "합쇼체"
    return "해요체" if _POLITE.search(said) else "other"


def tones(text: str) -> list[Tone]:
    """Of each Korean sentence of a text."""
    return [tone_of(said) for said in sentences(text) if language_of(said) == "ko"]


def usual_tone(texts: Iterable[str]) -> Tone | None:
    """The one in which most Korean sentences of these texts are; None where there are none, or no one is."""
    counts = Counter(tone for text in texts for tone in tones(text))
    if not counts:
        return None
    most, times = counts.most_common(1)[0]
    return most if most != "other" and 2 * times > counts.total() else None
