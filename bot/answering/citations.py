"""Does a passage carry what a sentence of the model says? And which words of it?

A sentence is supported by a passage when, within a few neighbouring pieces, one of which the model read,
- every number of the sentence stands there, with the same unit, and every address;
- a Latin name in a sentence of the other language stands there too;
- both deny something, or neither does;
- one of the pieces, or of those of another passage that says the same, is likely to be about what was asked;
- enough of the sentence's terms stand there, or, across languages, the meaning is near enough;
- no run of its words comes from our instructions, or from a passage that does not support it;
- the chat model says that the passage says so, where a sentence is neither copied nor a mere amount.
The model's own marks are only a hint: a sentence is moved to the passage that supports it, and dropped where
none does. (To quote the piece that a dropped sentence was plainly made from was tried: of 5 questions that
would have been answered so, none rightly.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answering import prompts
from bot.answering.borrowed import borrowed
from bot.answering.evidence import Evidence
from bot.answering.facts import Quantity, missing, quantities
from bot.answering.judge import SUPPORTS, Judge
from bot.answering.language import language_of
from bot.answering.reply import Sentence
from bot.answering.terms import Terms, latin_names, terms_of
from bot.contracts import Embedder, Morphology, Vectors
from bot.pieces import Piece

ENOUGH_TERMS = 0.5
"""Share of a sentence's terms that the quoted words and their heading must hold."""
SOME_TERMS = 0.3
NEAR = 0.865
"""Cosine from which a sentence without a number or name in common counts as supported across languages."""
NEAR_WITH_ANCHOR = 0.845
"""The same where a number or a name is in common. With multilingual-e5-small, 15 true Korean sentences and
their English evidence gave .81-.92 (14 of them from .849 on), wrong pairs .849 at most, plausible inventions
.82-.84."""
LONGEST_QUOTE = 600


@dataclass(frozen=True)
class Quote:
    """evidence[source].passage.text[start:end] is what supports a sentence."""

    source: int
    start: int
    end: int
    strength: float
    is_about: bool = True
    """Whether one of its pieces is likely to be about what was asked."""


@dataclass(frozen=True)
class Verdict:
    """What became of one sentence of the model. `quotes` is empty where nothing supports it."""

    sentence: Sentence
    quotes: tuple[Quote, ...]
    reason: str


class SupportCheck:
    """Checks the sentences of one answer against the evidence that the model was shown."""

    def __init__(
        self,
        question: str,
        evidence: Sequence[Evidence],
        *,
        translation: str = "",
        morphology: Morphology | None = None,
        embedder: Embedder | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._evidence = evidence
        self._judge = judge
        self._morphology = morphology
        self._embedder = embedder
        self._question = f"{question} {translation}".strip()
        self._language = language_of(question)
        self._asked_quantities = quantities(self._question)
        self._asked_terms: Terms | None = None
        self._headings: list[Terms] = []
        self._vectors: dict[int, Vectors] = {}

    async def verdict(self, sentence: Sentence) -> Verdict:
        """Find what supports a sentence: first in the passages it cites, then in the others."""
        claim = await self._claim(sentence)
        if claim.says_nothing_new(self._asked_terms or frozenset(), self._asked_quantities):
            return Verdict(sentence, (), "only repeats the question")
        if any(claim.terms and claim.terms <= heading for heading in self._headings) and not claim.stated:
            return Verdict(sentence, (), "only a heading")
        outcomes = [await self._outcome(claim, source) for source in range(len(self._evidence))]
        found = {outcome.source: outcome for outcome in outcomes if isinstance(outcome, Quote)}
        if found and not any(quote.is_about for quote in found.values()):
            return Verdict(sentence, (), "it is not about the question")
        if found and (words := self._borrowed(claim, found)):
            return Verdict(sentence, (), f"not from what it cites: {words}")
        if found and not (found := self._literal(claim, found)):
            return Verdict(sentence, (), "put together from two passages")
        if found:
            marks = {mark - 1 for mark in sentence.marks}
            # one source for a sentence: the more are named, the fewer of them are looked at
            best = max(found.values(), key=lambda quote: self._preference(quote, quote.source in marks))
            if (odds := await self._odds(claim, best)) < SUPPORTS:
                return Verdict(sentence, (), f"the passage does not say so ({odds:.1f})")
            reason = (
                "supported" if best.source in marks else "moved" if sentence.marks else "given its source"
            )
            return Verdict(sentence, (best,), reason)
        if not outcomes:
            return Verdict(sentence, (), "there is no evidence")
        first = min(range(len(outcomes)), key=lambda source: self._evidence[source].rank)
        cited = next((mark - 1 for mark in sentence.marks if 0 < mark <= len(outcomes)), first)
        return Verdict(sentence, (), str(outcomes[cited]))

    def _preference(self, quote: Quote, is_marked: bool) -> tuple[bool, bool, float, int]:
        """What is in the asker's language first, then what the model named, then the plainest, then what the
        search put first."""
        words = self._evidence[quote.source].passage.text[quote.start : quote.end]
        rank = self._evidence[quote.source].rank
        return language_of(words) == self._language, is_marked, quote.strength, -rank

    async def _odds(self, claim: _Claim, quote: Quote) -> float:
        """Of the quote saying what is claimed, as the chat model sees it; SUPPORTS where it plainly does."""
        passage = self._evidence[quote.source].passage
        words = passage.text[quote.start : quote.end]
        if self._judge is None or claim.is_bare_amount or _letters(claim.text) in _letters(words):
            return SUPPORTS
        return await self._judge.supports(passage.title, words, claim.text)

    def _borrowed(self, claim: _Claim, supporting: Mapping[int, Quote]) -> str:
        """Words that were spliced into the claim from a passage that does not support it, or the prompt."""
        own = [self._text(source) for source in supporting]
        others = [self._text(source) for source in range(len(self._evidence)) if source not in supporting]
        return borrowed(claim.text, [self._question, *own], [*prompts.INSTRUCTIONS, *others])

    def _literal(self, claim: _Claim, supporting: Mapping[int, Quote]) -> dict[int, Quote]:
        """Those of the passages from which alone the claim may be, none of the others' words in it."""
        texts = {source: self._text(source) for source in supporting}
        return {
            source: quote
            for source, quote in supporting.items()
            if language_of(claim.text) != language_of(texts[source])
            or not borrowed(
                claim.text,
                [self._question, texts[source]],
                [text for other, text in texts.items() if other != source],
            )
        }

    def _text(self, source: int) -> str:
        passage = self._evidence[source].passage
        return f"{passage.title}\n{passage.section}\n{passage.text}"

    async def _claim(self, sentence: Sentence) -> _Claim:
        text = sentence.text
        if self._asked_terms is None:
            headings = [f"{item.passage.title} {item.passage.section}" for item in self._evidence]
            found = await terms_of([text, self._question, *headings], self._morphology)
            terms, self._asked_terms, *self._headings = found
        else:
            (terms,) = await terms_of([text], self._morphology)
        # "one of the": no claim about a quantity
        stated = quantities(text)
        if not re.search(r"\d", text):
            stated -= {Quantity("1", "")}
        # numbers are compared as quantities: "3만원" and "30,000" are different words
        terms = frozenset(term for term in terms if not term[0].isdigit())
        return _Claim(text, terms, stated, latin_names(text), sentence.addresses)

    async def _nearness(self, claim: _Claim, source: int) -> list[float]:
        """Of each piece, by meaning; 0 for those the model did not read, and without an embedder."""
        evidence = self._evidence[source]
        near = [0.0] * len(evidence.pieces)
        if self._embedder is None:
            return near
        if source not in self._vectors:
            texts = [evidence.pieces[here].text for here in evidence.shown]
            self._vectors[source] = await self._embedder.queries(texts)
        if claim.vector is None:
            claim.vector = (await self._embedder.queries([claim.text]))[0]
        for here, cosine in zip(evidence.shown, self._vectors[source] @ claim.vector, strict=True):
            near[here] = float(cosine)
        return near

    async def _outcome(self, claim: _Claim, source: int) -> Quote | str:
        """The words of one passage that support the claim, or why there are none."""
        evidence = self._evidence[source]
        heading = f"{evidence.passage.title} {evidence.passage.section}"
        near = await self._nearness(claim, source)

        def strength(here: int) -> float:
            piece, terms = evidence.pieces[here], evidence.terms[here]
            stated = quantities(piece.text)
            return (
                2.0 * _share(claim.terms & terms, claim.terms)
                + (
                    1.5 * (1 - len(missing(claim.stated, stated)) / len(claim.stated))
                    if claim.stated
                    else 0.0
                )
                + _share(claim.names & latin_names(piece.text), claim.names)
                + 4.0 * near[here]
            )

        strengths = [strength(here) for here in range(len(evidence.pieces))]
        best = max(evidence.shown, key=strengths.__getitem__)
        first = last = best
        while (gap := self._unsaid(claim, _words(evidence, first, last), heading)) and (
            wider := _wider(evidence.pieces, first, last, strengths)
        ):
            first, last = wider
        if gap:
            return f"not in the passage: {', '.join(sorted(gap))}"
        words = _words(evidence, first, last)
        if denies(claim.text) != denies(words):
            return "one denies what the other says"

        held = frozenset[str]().union(*evidence.terms[first : last + 1])
        nearest = max(near[first : last + 1])
        is_about = any(evidence.answers(here) for here in range(first, last + 1))
        start, end = evidence.pieces[first].start, evidence.pieces[last].end
        quote = Quote(source, start, end, strengths[best], is_about)
        if language_of(claim.text) == language_of(words):
            held |= self._headings[source]
            asked = self._asked_terms or frozenset()
            # a word of the question comes back whether it is true or not: it proves half as much
            weights = {term: 0.5 if term in asked else 1.0 for term in claim.terms}
            held_weight = sum(weight for term, weight in weights.items() if term in held)
            share = held_weight / sum(weights.values()) if weights else 1.0
            if share >= ENOUGH_TERMS or (share >= SOME_TERMS and nearest >= NEAR):
                return quote
            return f"only {share:.0%} of its words are in the passage"
        anchors = len(claim.stated) + len(claim.names)
        if self._embedder is None:
            return quote if anchors else "nothing in common with the passage"
        if claim.is_bare_amount:
            return quote  # too short to have a meaning that could be near; the amount stands there
        if nearest >= (NEAR_WITH_ANCHOR if anchors else NEAR):
            return quote
        return f"its meaning is far from the passage ({nearest:.2f})"

    def _unsaid(self, claim: _Claim, words: str, heading: str) -> set[str]:
        """Numbers, addresses, and across languages names, of the claim that these words do not hold."""
        given = quantities(f"{words}\n{heading}")
        gap = missing(claim.stated, given)
        # "after 3 weeks" may echo the question, but an echo alone confirms nothing
        if gap != claim.stated:
            gap = {quantity for quantity in gap if missing({quantity}, self._asked_quantities)}
        unsaid = {f"{quantity.number} {quantity.unit}".strip() for quantity in gap}
        there = f"{words}\n{heading}\n{self._question}".casefold()
        unsaid |= {address for address in claim.addresses if address.casefold() not in there}
        if language_of(claim.text) != language_of(words):
            unsaid |= claim.names - latin_names(f"{words} {heading} {self._question}")
        return unsaid


# "without", "unless" and the like limit what is said; they do not deny it
_DENIES = re.compile(
    r"\b(?:not?|never|none|cannot|unable|unavailable|no longer|prohibited|forbidden)\b|n't\b"
    r"|않|못|없|불가|아니|아닙|아님|금지|마십시오|마세요",
    re.IGNORECASE,
)


def denies(text: str) -> bool:
    """Whether a text says that something is not so, or must not be."""
    return _DENIES.search(text) is not None


@dataclass
class _Claim:
    text: str
    terms: Terms
    stated: set[Quantity]
    names: Terms
    addresses: tuple[str, ...] = ()
    vector: NDArray[np.float32] | None = None
    """Made when it is needed."""

    @property
    def is_bare_amount(self) -> bool:
        """ "30 days." A lone 1 stands anywhere."""
        return len(self.terms) <= 1 and any(quantity.number != "1" for quantity in self.stated)

    def says_nothing_new(self, asked: Terms, asked_quantities: set[Quantity]) -> bool:
        """Whether all its words are the question's: true or not, they come back."""
        return not (self.terms - asked or any(one.number != "1" for one in self.stated - asked_quantities))


def _letters(text: str) -> str:
    """Without case, markup, marks and white space."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _words(evidence: Evidence, first: int, last: int) -> str:
    return evidence.passage.text[evidence.pieces[first].start : evidence.pieces[last].end]


def _wider(
    pieces: Sequence[Piece], first: int, last: int, strengths: Sequence[float]
) -> tuple[int, int] | None:
    """The span grown by the better neighbour, or None where it would be too long to be one quote."""
    options = [
        (low, high)
        for low, high in ((first - 1, last), (first, last + 1))
        if low >= 0 and high < len(pieces) and pieces[high].end - pieces[low].start <= LONGEST_QUOTE
    ]
    return max(options, key=lambda span: strengths[span[0] if span[0] < first else span[1]], default=None)


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return len(part) / len(whole) if whole else 0.0
