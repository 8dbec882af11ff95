"""Text to terms of full text: Korean by morphemes, the rest by words, identifiers whole and in parts.

Runs in the morphology child; what it needs of Kiwi is passed in. Raise RULES with every change of what a
text yields: stored terms of other rules are made anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from bot.contracts import Word
from bot.index.units import forms_of

RULES = 2
LONGEST_TERM = 64

_IDENTIFIER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|[A-Za-z0-9]+(?:['’_\-./+@][A-Za-z0-9]+)*(?:\+\+|#)?")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)*")
_NUMBER_WITH_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+")
_HANGUL = re.compile("[가-힣]")
_FOREIGN = re.compile(rf"({_IDENTIFIER.pattern})|[^가-힣A-Za-z0-9.,!?]+")

# Kiwi's tags (of the Sejong corpus). Particles (J*), endings (E*), auxiliaries and signs carry nothing.
_NOUNS = ("NNG", "NNP", "NR", "XR")
_JOINS = ("NNG", "NNP", "XPN", "XSN", "XR", "NR")
_VERBS = ("VV", "VA")
# The dictionary has "재택근무" as one word; whoever writes or asks "재택 근무" must meet it.
_SPLIT = ("NNG", "NNP")
_LONG_NOUN = 4

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
    oov: bool
    """Whether the dictionary lacks it, so that its tag is a guess."""


NOUNS = ("온보딩", "오프보딩", "로그", "알림", "위임", "품의", "반반차", "싱글사인온", "컴플라이언스")
"""Office words that Kiwi's dictionary lacks or tears ("감사로그" into 감사, 로, 그): to be told to it."""

Analyse = Callable[[list[str]], Iterable[list[Morpheme]]]
"""Korean sentences to the morphemes of each."""


Parts = Callable[[str], Sequence[str]]
"""A noun that is one word of the dictionary to the nouns it is made of; empty where there are none."""


def _no_parts(_noun: str) -> Sequence[str]:
    return ()


def terms_of(texts: list[str], analyse: Analyse, parts: Parts = _no_parts) -> list[list[str]]:
    """The terms of each text, repeated as often as they occur. Korean lines are analysed all at once."""
    korean: dict[str, int] = {}
    found: list[list[str]] = []
    lines_of: list[list[str]] = []
    for text in map(_normal, texts):
        found.append([word.term for word in _words(text)] + _new_forms(text))
        lines = [_for_kiwi(line)[0] for line in text.split("\n") if _HANGUL.search(line)]
        lines_of.append(lines)
        for line in lines:
            korean.setdefault(line, len(korean))
    if korean:
        analysed = [[word.term for word in _morphemes(tokens, parts)] for tokens in analyse(list(korean))]
        for terms, lines in zip(found, lines_of, strict=True):
            for line in lines:
                terms.extend(analysed[korean[line]])
    return found


def words_of(text: str, analyse: Analyse, parts: Parts = _no_parts) -> list[Word]:
    """The terms of a question with where they stand in it, in order: those of `terms_of`, and no others.

    Offsets count in the text as it is once Hangul is composed.
    """
    text = _normal(text)
    words = list(_words(text))
    words += [Word(form.term, form.start, form.end, "form") for form in forms_of(text)]
    start = 0
    for line in text.split("\n"):
        if _HANGUL.search(line):
            shown, places = _for_kiwi(line)
            (tokens,) = analyse([shown])
            words += [
                Word(
                    word.term,
                    start + places[word.start],
                    start + places[word.end - 1] + 1,
                    word.kind,
                    word.known,
                )
                for word in _morphemes(tokens, parts)
            ]
        start += len(line) + 1
    return sorted(words, key=lambda word: (word.start, word.end))


def _normal(text: str) -> str:
    """Hangul composed (file names of a Mac are not), full-width letters and digits as plain ones."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.translate(_PLAIN_WIDTH)


_PLAIN_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def _new_forms(text: str) -> list[str]:
    return [form.term for form in forms_of(text)]


def _for_kiwi(line: str) -> tuple[str, list[int]]:
    """A Korean line, one letter for each foreign word: "SAML을" keeps its particle, "을" alone is no word.

    With it, for each of its letters, where that stands in `line`.
    """
    shown = ""
    places: list[int] = []
    at = 0
    for match in _FOREIGN.finditer(line):
        word = match[1]
        mark = "" if not (shown or word or at < match.start()) else " "
        if word:
            mark = "1" if word[0].isdigit() else "A"
        shown += line[at : match.start()] + mark
        places += range(at, match.start() + len(mark))
        at = match.end()
    shown += line[at:]
    places += range(at, len(line))
    return shown.rstrip(" "), places


def _morphemes(tokens: list[Morpheme], parts: Parts) -> Iterator[Word]:
    compound: list[Morpheme] = []
    for token in tokens:
        tag = _tag(token)
        if compound and (tag not in _JOINS or token.start != compound[-1].end):
            yield from _of_compound(compound, parts)
            compound = []
        if tag in _JOINS:
            compound.append(token)
        elif tag in _VERBS and token.lemma not in _STOP:
            yield Word(token.lemma, token.start, token.end, known=not token.oov)
        elif tag == "NNB" or (tag == "MAG" and len(token.form) > 1):
            yield from _of_noun(token, "word", ())
    yield from _of_compound(compound, parts)


def _of_compound(compound: list[Morpheme], parts: Parts) -> Iterator[Word]:
    """The nouns that stand together: 비밀번호초기화 is 비밀, 번호, 초기화 (with 초기 in it), and itself."""
    derived: list[list[Morpheme]] = []  # a noun with its prefixes and suffixes each
    for token in compound:
        is_bound = _tag(token) == "XSN" or (derived and _tag(derived[-1][-1]) == "XPN")
        if derived and is_bound:
            derived[-1].append(token)
        else:
            derived.append([token])
    for tokens in derived:
        is_whole = len(tokens) > 1 and any(_tag(token) in _NOUNS for token in tokens)
        for token in tokens:
            if _tag(token) in _NOUNS:
                inner = parts(token.form) if _tag(token) in _SPLIT and len(token.form) >= _LONG_NOUN else ()
                yield from _of_noun(token, "part" if is_whole else "word", inner)
        if is_whole:
            yield from _joined(tokens, "word")
    if len(derived) > 1:
        yield from _joined(compound, "whole")


def _of_noun(token: Morpheme, kind: str, inner: Sequence[str]) -> Iterator[Word]:
    term = token.form
    if term in _STOP or not _HANGUL.search(term):
        return
    yield Word(term, token.start, token.end, "whole" if inner and kind == "word" else kind, not token.oov)
    start = token.start
    for part in inner:
        yield Word(part, start, start + len(part), kind)
        start += len(part)


def _joined(tokens: list[Morpheme], kind: str) -> Iterator[Word]:
    term = "".join(token.form for token in tokens)
    is_noun = any(token.tag.startswith("N") for token in tokens)
    if is_noun and len(term) <= LONGEST_TERM and _HANGUL.search(term):
        known = not any(token.oov for token in tokens)
        yield Word(term, tokens[0].start, tokens[-1].end, kind, known)


def _tag(token: Morpheme) -> str:
    return token.tag.split("-")[0]


def _words(text: str) -> Iterator[Word]:
    for match in _IDENTIFIER.finditer(text):
        word = match[0]
        pieces = [word] if len(word) <= LONGEST_TERM else re.split(r"['’_\-./+@#]", word)[:32]
        for piece in pieces:
            terms = _of_identifier(piece) if len(piece) <= LONGEST_TERM else ()
            for place, term in enumerate(terms):
                yield Word(term, match.start(), match.end(), "word" if place == 0 else "part")


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
