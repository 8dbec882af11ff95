"""The words of a text that carry meaning, in a form in which two texts can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.contracts import Morphology

Terms = frozenset[str]

_WORD = re.compile(r"[a-z][a-z0-9'_+#.@-]*[a-z0-9+#]|[a-z]|[가-힣]+|\d+(?:\.\d+)*")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "ly", "e", "y")

_EMPTY = frozenset(
    """
    a an the and or but if then than that this these those there here it its it's i i'm you your yours
    we our us he she they them their his her my me mine who whom whose which what when where why how is
    are was were be been being am do does did done doing have has had having can could will would shall
    should may might must to of in on at by for from with without about into onto over under after
    before between during as so not no yes only also just too very any some all each every more most
    other such same own out up down off again once please get got
    은 는 이 가 을 를 의 에 에서 에게 으로 로 와 과 도 만 까지 부터 하다 되다 있다 없다 이다 아니다 것 수
    등 및 그 저 거 때 후 전 뒤 중 더 또 또는 그리고 하지만 무엇 누구 언제 어디 어떻게 왜 얼마 몇 하 되 있
    없 아니 않 않다 ㄴ가 나요 경우 통해 대해 위해 대한 따라 답변 문서 내용 안내
    """.split()  # noqa: SIM905 - a list of quoted words would be unreadable
)


async def terms_of(texts: Sequence[str], morphology: Morphology | None) -> list[Terms]:
    """The terms of each text: morphemes where there is a morphology, else stems and pairs of syllables."""
    if morphology is None:
        return [plain_terms(text) for text in texts]
    found = await morphology.terms(list(texts))
    return [frozenset(_stem(term.casefold()) for term in terms if _carries(term)) for terms in found]


def plain_terms(text: str) -> Terms:
    """Without a morphology: English words cut to stems, Korean words to pairs of syllables."""
    found: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if not _carries(word):
            continue
        if word[0] < "\u1100":
            found.add(_stem(word))
        elif len(word) == 1:
            found.add(word)
        else:
            found.update(word[at : at + 2] for at in range(len(word) - 1))
    return frozenset(found)


def latin_names(text: str) -> Terms:
    """Latin words in a Korean sentence: names, products, commands. They mean the same in any language."""
    words = re.findall(r"[A-Za-z][A-Za-z0-9_.#@/-]*[A-Za-z0-9]", unicodedata.normalize("NFKC", text))
    return frozenset(_stem(word.casefold()) for word in words if _carries(word.casefold()))


def _carries(term: str) -> bool:
    return term.casefold() not in _EMPTY and any(letter.isalnum() for letter in term)


def _stem(word: str) -> str:
    """Crude on purpose: it only has to bring "approved", "approves" and "approval" near each other."""
    if not word.isascii() or len(word) < 5:
        return word[:-1] if word.isascii() and len(word) == 4 and word.endswith("s") else word
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
