"""What full text looks for: what was asked, word by word, and what else each word may have meant."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

ASKED, JOINED, MENDED, KEYS, UNIT = "asked", "joined", "mended", "keys", "unit"
TRANSLATION, SYNONYM = "translation", "synonym"
"""Both of a list of synonyms: in the other language, and in the same."""

# How much a chunk that holds the alternative counts beside one that holds the word itself. Measured on full
# text alone, recall@5: synonyms of the same language lift English questions on a handbook from .73 to .80,
# translations Korean questions among English pages from .27 to .60 (handbook), .52 to .73 (headings) and .60
# to .84 (first sentences). Where a manual is there in both languages, translations at 0.6 put its other
# edition first too often (English headings, recall@1 -.014); at 0.4 hardly (-.005). Since then translations
# are a reading of their own (fusion.py), and this weighs one only where nothing else stands for a word.
WEIGHTS: Mapping[str, float] = {
    ASKED: 1.0,
    JOINED: 1.0,
    KEYS: 0.9,
    MENDED: 0.8,
    TRANSLATION: 0.4,
    SYNONYM: 0.6,
    UNIT: 0.5,
}


@dataclass(frozen=True)
class Alternative:
    """Terms that stand for a concept where a text holds them all."""

    terms: tuple[str, ...]
    why: str
    """One of the keys of WEIGHTS."""
    spans: int = 1
    """How many concepts of the question it stands for at once ("법인 카드" is one corporate card): each gets
    its share, so that it counts once."""

    @property
    def weight(self) -> float:
        return WEIGHTS[self.why]

    def is_held(self, terms: Container[str]) -> bool:
        """Whether a text with these terms says it."""
        return all(term in terms for term in self.terms)


@dataclass(frozen=True)
class Concept:
    """One term of the question. A chunk's score for it is that of its best alternative, never their sum:
    a document that uses two names for a thing does not say it twice."""

    asked: str
    alternatives: tuple[Alternative, ...]
    """The term itself is the first, unless it occurs nowhere and something that does stands for it."""

    @property
    def translations(self) -> tuple[Alternative, ...]:
        return tuple(one for one in self.alternatives if one.why == TRANSLATION)

    @property
    def but_translations(self) -> tuple[Alternative, ...]:
        return tuple(one for one in self.alternatives if one.why != TRANSLATION)

    @property
    def terms(self) -> Iterator[str]:
        return (term for alternative in self.alternatives for term in alternative.terms)

    def rarity(self, rarities: Mapping[str, float]) -> float:
        """How much of the question it is: as much as its first alternative."""
        first = self.alternatives[0]
        return first.weight * sum(rarities[term] for term in first.terms) / first.spans

    def held(self, terms: Container[str]) -> float:
        """How much of it, 0 to 1, a text with these terms holds."""
        return max((one.weight for one in self.alternatives if one.is_held(terms)), default=0.0)


@dataclass(frozen=True)
class QueryTerms:
    """The concepts of one question."""

    concepts: tuple[Concept, ...]

    @property
    def terms(self) -> list[str]:
        """Every term, once, in order: what a chunk must hold any of to be a candidate."""
        return list(dict.fromkeys(term for concept in self.concepts for term in concept.terms))

    @property
    def asked(self) -> list[str]:
        return [concept.asked for concept in self.concepts]

    @property
    def own(self) -> QueryTerms:
        """The same without translations, but where nothing else stands for a word."""
        return QueryTerms(
            tuple(
                replace(concept, alternatives=kept) if (kept := concept.but_translations) else concept
                for concept in self.concepts
            )
        )

    @property
    def translated(self) -> QueryTerms:
        """The concepts that have translations, by these alone, as if they had been asked for."""
        return QueryTerms(
            tuple(
                replace(concept, alternatives=tuple(replace(one, why=ASKED) for one in translations))
                for concept in self.concepts
                if (translations := concept.translations)
            )
        )

    def added(self) -> list[tuple[str, str, float, str]]:
        """(what was added, why, its weight, what for), for whoever wants to know why a passage was found."""
        return [
            (" ".join(one.terms), one.why, one.weight, concept.asked)
            for concept in self.concepts
            for one in concept.alternatives
            if one.why != ASKED
        ]

    def coverage(self, held: Container[str], rarities: Mapping[str, float]) -> float:
        """The share of the question, 0 to 1, that a text with the terms `held` holds: each concept weighs as
        much as it is rare. Needs the rarity of every one of `terms`."""
        return self.coverages({0: held}, rarities)[0]

    def coverages(
        self, held: Mapping[int, Container[str]], rarities: Mapping[str, float]
    ) -> dict[int, float]:
        """`coverage` of each of many texts."""
        weights = [concept.rarity(rarities) for concept in self.concepts]
        total = sum(weights)
        if not total:
            return dict.fromkeys(held, 0.0)
        weighed = list(zip(self.concepts, weights, strict=True))
        return {
            one: sum(weight * concept.held(terms) for concept, weight in weighed) / total
            for one, terms in held.items()
        }

    def score(self, scores: Mapping[str, float]) -> float:
        """BM25 of a text, of the BM25 that each single term has in it; terms it lacks are left out."""
        return sum(
            max(
                (
                    one.weight * sum(scores[term] for term in one.terms) / one.spans
                    for one in concept.alternatives
                    if one.is_held(scores)
                ),
                default=0.0,
            )
            for concept in self.concepts
        )


def plain(terms: Iterable[str]) -> QueryTerms:
    """Each term for itself."""
    return QueryTerms(tuple(Concept(term, (Alternative((term,), ASKED),)) for term in dict.fromkeys(terms)))
