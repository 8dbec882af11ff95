"""Text to terms of full text: Korean by morphemes, the rest by words, identifiers whole and in parts.

Runs in the morphology child; what it needs of Kiwi is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Protocol

LONGEST_TERM = 64

_IDENTIFIER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|[A-Za-z0-9]+(?:['’_\-./+@][A-Za-z0-9]+)*(?:\+\+|#)?")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)*")
_NUMBER_WITH_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+")
_HANGUL = re.compile("[가-힣]")
_OTHER = re.compile(r"[^가-힣A-Za-z0-9\s.,!?]+")

# Kiwi's tags (of the Sejong corpus). Particles (J*), endings (E*), auxiliaries and signs carry nothing.
_NOUNS = ("NNG", "NNP", "NNB", "NR", "XR")
_JOINS = ("NNG", "NNP", "XPN", "XSN", "XR", "NR")
_VERBS = ("VV", "VA")

_STOP = frozenset(
    """
    a an the and or but if then than that this these those there it its is are was were be been being
    am do does did to of in on at by for from with about into as so we our us you your i my me he she they
    them their his her
    what which who whom whose when where why how can could will would shall should may might must have has had
    not no any some s t re ve ll d m please
    것 수 때 등 거 뭐 무엇 누구 언제 어디 어느 얼마 몇 왜 어떻다 어떠하다 어떤 알리다 하다 되다
    있다 없다 같다 이다 아니다 대하다 위하다 통하다 따르다 의하다 관하다 그렇다 이렇다 저렇다 경우
    나 너 저 우리 이 그
    """.split()  # noqa: SIM905
)


class Morpheme(Protocol):
    """What is used of one of Kiwi's tokens."""

    form: str
    tag: str
    lemma: str
    start: int
    end: int


Analyse = Callable[[list[str]], Iterable[list[Morpheme]]]
"""Korean sentences to the morphemes of each."""


def terms_of(texts: list[str], analyse: Analyse) -> list[list[str]]:
    """The terms of each text, repeated as often as they occur. Korean lines are analysed all at once."""
    korean: dict[str, int] = {}
    found: list[list[str]] = []
    lines_of: list[list[str]] = []
    for text in texts:
        found.append(list(_words(text)))
        lines = [_for_kiwi(line) for line in text.split("\n") if _HANGUL.search(line)]
        lines_of.append(lines)
        for line in lines:
            korean.setdefault(line, len(korean))
    if korean:
        analysed = [list(_morphemes(tokens)) for tokens in analyse(list(korean))]
        for terms, lines in zip(found, lines_of, strict=True):
            for line in lines:
                terms.extend(analysed[korean[line]])
    return found


def _for_kiwi(line: str) -> str:
    """A Korean line, one letter for each foreign word: "SAML을" keeps its particle, "을" alone is no word."""
    line = _IDENTIFIER.sub(lambda word: "1" if word[0][0].isdigit() else "A", line)
    return " ".join(_OTHER.sub(" ", line).split())


def _morphemes(tokens: list[Morpheme]) -> Iterator[str]:
    compound: list[Morpheme] = []
    for token in tokens:
        tag = token.tag.split("-")[0]
        if compound and (tag not in _JOINS or token.start != compound[-1].end):
            yield from _joined(compound)
            compound = []
        if tag in _JOINS:
            compound.append(token)
        if tag in _NOUNS or (tag == "MAG" and len(token.form) > 1):
            term = token.form
        elif tag in _VERBS:
            term = token.lemma
        else:
            continue
        if term not in _STOP and _HANGUL.search(term):
            yield term
    yield from _joined(compound)


def _joined(compound: list[Morpheme]) -> Iterator[str]:
    if len(compound) > 1 and any(token.tag.startswith("N") for token in compound):
        term = "".join(token.form for token in compound)
        if len(term) <= LONGEST_TERM and _HANGUL.search(term):
            yield term


def _words(text: str) -> Iterator[str]:
    for match in _IDENTIFIER.finditer(text):
        word = match[0]
        if len(word) <= LONGEST_TERM:
            yield from _of_identifier(word)
        else:
            for part in re.split(r"['’_\-./+@#]", word)[:32]:
                if len(part) <= LONGEST_TERM:
                    yield from _of_identifier(part)


@lru_cache(maxsize=1 << 16)
def _of_identifier(word: str) -> tuple[str, ...]:
    if _NUMBER_WITH_COMMAS.match(word):
        return (word.replace(",", ""),)
    word = re.sub(r"['’]s$", "", word).replace("’", "").replace("'", "")
    whole = word.lower()
    if whole.isalpha() and (word.islower() or word.istitle() or word.isupper()):
        return () if whole in _STOP and not (word.isupper() and len(word) > 1) else (stem(whole),)
    parts = [part.lower() for part in _PARTS.findall(word)]
    if whole.isdigit() or not parts:
        return (whole,)
    found = [stem(whole) if whole.isalpha() else whole]
    if re.match(r"v\d", whole):
        found.append(whole[1:])  # "v10.2.5" is also asked for as "10.2.5"
    if len(parts) > 1:
        found += [stem(part) for part in parts if len(part) > 1 and part not in _STOP]
    return tuple(dict.fromkeys(found))


def stem(word: str) -> str:
    """English endings off, so that "approve", "approved" and "approves" meet. Takes small letters."""
    if len(word) <= 3 or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and re.search("[aeiouy]", root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    if word.endswith("ied") and len(word) > 4:
        word = word[:-3] + "y"
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 4 else word
