"""A question to the terms full text looks for: typos mended, keys of the wrong keyboard read, synonyms added.

Nothing is added that the corpus does not hold, and a word that the corpus holds is meant as it stands,
however odd it looks.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, Protocol

from bot.contracts import Morphology, Word
from bot.index.keyboard import hangul_of, is_whole, keys_of
from bot.index.query_terms import (
    ASKED,
    JOINED,
    KEYS,
    MENDED,
    SYNONYM,
    TRANSLATION,
    UNIT,
    Alternative,
    Concept,
    QueryTerms,
)
from bot.index.spelling import Spelling
from bot.index.synonyms import Synonyms, sequence
from bot.index.units import related_forms

MOST_CONCEPTS = 48
MOST_SYNONYMS = 6
"""For one name: a group of twenty must not drown what was asked."""

_LATIN_RUN = re.compile(r"(?<![\w.@/-])[A-Za-z]{3,40}(?![A-Za-z0-9_.@/-])")
_HANGUL_RUN = re.compile("[가-힣ㄱ-ㅣ]{2,24}")
_LONE_LETTER = re.compile("[ㄱ-ㅣ]")
_PARTICLE = re.compile("(?:에서|으로|까지|부터|은|는|이|가|을|를|의|에|로|와|과|도|만)$")
_LONG = 4
_SMALL_NUMBER = re.compile(r"[\d,.]{1,3}|[십백천만억조원일월주분시년프]|시간|개월|퍼센트|프로|메가|기가")


class Vocabulary(Protocol):
    """The terms of a corpus. Raises StoreError."""

    def frequencies(self, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many chunks each term occurs; 0 where in none."""

    def spelling(self) -> Spelling:
        """Its words, to mend others by: a little behind the corpus, and never waited for."""


class _Meant(NamedTuple):
    """A word as it is looked for."""

    word: Word
    why: str
    asked: str


class QuestionReader:
    """Makes the QueryTerms of questions."""

    def __init__(self, morphology: Morphology, vocabulary: Vocabulary, synonyms: Synonyms) -> None:
        self._morphology = morphology
        self._vocabulary = vocabulary
        self.synonyms = synonyms
        """May be replaced at any time."""

    async def read(self, question: str) -> QueryTerms:
        """Raises ModelUnavailable, StoreError."""
        (words,) = await self._morphology.words([question])
        known = await self._frequencies(word.term for word in words)
        meant = [_Meant(word, ASKED, word.term) for word in words]
        slips = _possible_slips(question, words, known)
        if readings := [reading for slip in slips for reading in slip.readings]:
            read_as = await self._morphology.words(readings)
            known |= await self._frequencies(word.term for found in read_as for word in found)
            meant = _retyped(meant, slips, dict(zip(readings, read_as, strict=True)), known)
        return await asyncio.to_thread(self._made, question, meant, known)

    async def _frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        return dict(await asyncio.to_thread(self._vocabulary.frequencies, list(dict.fromkeys(terms))))

    def _made(self, question: str, meant: list[_Meant], known: dict[str, int]) -> QueryTerms:
        """Runs in a thread: it asks the vocabulary."""
        meant = self._mended(question, meant, known)
        meant = _without_numbers_told_twice(meant, known)
        words = [one.word for one in meant]
        others: defaultdict[int, list[Alternative]] = defaultdict(list)  # by the word's identity
        for word, alternative in (
            *self._joined(question, words, known),
            *self._synonyms_of(words),
            *self._related(words),
        ):
            others[id(word)].append(alternative)
        concepts: dict[str, Concept] = {}
        for one in meant:
            term, more = one.word.term, others[id(one.word)]
            is_needless = one.word.kind in ("whole", "part", "form") and not known.get(term, 1)
            if term in concepts or (is_needless and not more):
                continue
            itself = [] if is_needless else [Alternative((term,), one.why)]
            concepts[term] = Concept(one.asked, tuple(dict.fromkeys([*itself, *more])))
        return QueryTerms(tuple(concepts.values())[:MOST_CONCEPTS])

    # --- typos ----------------------------------------------------------------------------------------------

    def _mended(self, question: str, meant: list[_Meant], known: Mapping[str, int]) -> list[_Meant]:
        """Each word, or what it was meant to be where the corpus lacks it and no dictionary has it."""
        mended: list[_Meant] = []
        for one in meant:
            word = one.word
            is_strange = not word.known or word.term.isascii()
            if is_strange and not known[word.term] and word.kind in ("word", "part"):
                nearest = self._vocabulary.spelling().near(word.term)
                mended += [_Meant(replace(word, term=term), MENDED, word.term) for term in nearest] or [one]
            else:
                mended.append(one)
        for run in _HANGUL_RUN.finditer(question):
            inside = [one.word.term for one in mended if run.start() <= one.word.start < run.end()]
            unknown = [term for term in inside if not known.get(term, 1)]
            bare = _PARTICLE.sub("", run[0])
            # what the dictionary tore to pieces, and a long word that it read as others
            is_torn = not any(known.get(term, 1) or len(term) > 1 for term in inside)
            if is_torn or (unknown and len(bare) >= _LONG):
                spelling = self._vocabulary.spelling()
                nearest = [term for form in dict.fromkeys((run[0], bare)) for term in spelling.near(form)]
                word = Word(run[0], *run.span(), known=False)
                mended += [_Meant(replace(word, term=term), MENDED, run[0]) for term in nearest[:2]]
        return sorted(mended, key=lambda one: (one.word.start, one.word.end))

    # --- what else it may be called -------------------------------------------------------------------------

    def _related(self, words: list[Word]) -> Iterator[tuple[Word, Alternative]]:
        pairs = [(word, other) for word in words if word.kind == "form" for other in related_forms(word.term)]
        there = self._vocabulary.frequencies([other for _, other in pairs]) if pairs else {}
        for word, other in pairs:
            if there[other]:
                yield word, Alternative((other,), UNIT)

    def _joined(
        self, question: str, words: list[Word], known: Mapping[str, int]
    ) -> Iterator[tuple[Word, Alternative]]:
        """ "쿼리 파이" as the 쿼리파이 that a document may have, and the other way round."""
        korean = [word for word in sequence(words) if not word.term.isascii()]
        pairs = [
            (one, other, one.term + other.term)
            for one, other in pairwise(korean)
            if one.end < other.start and not question[one.end : other.start].strip()
        ]
        halves = [
            (word, word.term[:at], word.term[at:])
            for word in korean
            if not known.get(word.term, 1)
            for at in range(2, len(word.term) - 1)
        ]
        candidates = {joined for _, _, joined in pairs} | {half for _, *both in halves for half in both}
        there = self._vocabulary.frequencies(list(candidates)) if candidates else {}
        for one, other, joined in pairs:
            if there[joined]:
                yield one, Alternative((joined,), JOINED, 2)
                yield other, Alternative((joined,), JOINED, 2)
        for word, first, second in halves:
            if there[first] and there[second]:
                yield word, Alternative((first, second), JOINED)

    def _synonyms_of(self, words: list[Word]) -> Iterator[tuple[Word, Alternative]]:
        told = sequence(words)
        matches = list(self.synonyms.matches(told))
        if not matches:
            return
        there = self._vocabulary.frequencies(
            list({term for match in matches for phrase in match.meant for term in phrase})
        )
        for match in matches:
            covered = told[match.first : match.first + match.length]
            asked = {word.term for word in covered}
            phrases = [
                phrase
                for phrase in match.meant
                if all(there[term] for term in phrase) and asked.isdisjoint(phrase)
            ]
            is_latin = all(term.isascii() for term in asked)
            for phrase in phrases[:MOST_SYNONYMS]:
                why = SYNONYM if is_latin == all(term.isascii() for term in phrase) else TRANSLATION
                for word in covered:
                    yield word, Alternative(phrase, why, match.length)


# --- the wrong keyboard ------------------------------------------------------------------------------------


class _Slip(NamedTuple):
    """A stretch of the question that may have been typed with the wrong keyboard, and what it would be."""

    typed: str
    start: int
    end: int
    readings: tuple[str, ...]


def _possible_slips(question: str, words: Sequence[Word], known: Mapping[str, int]) -> list[_Slip]:
    slips: list[_Slip] = []
    for run in _LATIN_RUN.finditer(question):
        if not any(known[word.term] for word in words if run.start() <= word.start < run.end()):
            readings = dict.fromkeys(hangul_of(keys) for keys in (run[0], run[0].lower()))
            slips.append(_Slip(run[0], *run.span(), tuple(filter(is_whole, readings))))
    for run in _HANGUL_RUN.finditer(question):
        inside = [word for word in words if run.start() <= word.start < run.end()]
        has_lone_letter = bool(_LONE_LETTER.search(run[0]))
        if has_lone_letter or not any(word.known or known[word.term] for word in inside):
            # the particle may come after: 페ㅜ에서 is "vpn" and 에서
            readings = dict.fromkeys(
                keys_of(form).lower() for form in (run[0], *_without_particle(run[0])) if form
            )
            shortest = 2 if has_lone_letter else 3
            taken = (keys for keys in readings if re.fullmatch(f"[a-z]{{{shortest},}}", keys))
            slips.append(_Slip(run[0], *run.span(), tuple(taken)))
    return [slip for slip in slips if slip.readings]


def _without_particle(run: str) -> list[str]:
    return [run[: match.start()] for match in [_PARTICLE.search(run)] if match]


def _retyped(
    meant: list[_Meant], slips: Sequence[_Slip], read_as: Mapping[str, list[Word]], known: Mapping[str, int]
) -> list[_Meant]:
    """The words, with those of the first reading of each slip that the corpus knows in their place."""
    for slip in slips:
        for reading in slip.readings:
            found = read_as[reading]
            told = sequence(found)
            if told and all(known[word.term] for word in told):
                meant = [one for one in meant if not slip.start <= one.word.start < slip.end]
                meant += [
                    _Meant(replace(word, start=slip.start, end=slip.end), KEYS, slip.typed) for word in found
                ]
                break
    return sorted(meant, key=lambda one: (one.word.start, one.word.end))


def _without_numbers_told_twice(meant: list[_Meant], known: Mapping[str, int]) -> list[_Meant]:
    """Where "3만 원" is looked for as 30000원, 3 and 만 and 원 by themselves only lead astray."""
    forms = [one.word for one in meant if one.word.kind == "form" and known[one.word.term]]
    return [
        one
        for one in meant
        if one.word.kind == "form"
        or not _SMALL_NUMBER.fullmatch(one.word.term)
        or not any(form.start <= one.word.start and one.word.end <= form.end for form in forms)
    ]
