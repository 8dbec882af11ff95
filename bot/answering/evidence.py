"""The fewest words of the found passages that carry the answer.

On two cores the model reads some 110-200 tokens a second, so what it reads decides how long a person waits.
A passage is cut into pieces (sentences, list items, table rows); the pieces nearest to the question are
kept, in order, with the header of their table and a sign where something was left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answering.language import is_hangul
from bot.answering.terms import Terms, terms_of
from bot.contracts import Morphology, Passage
from bot.pieces import Piece, pieces_of, window_numbers

GAP = "…"

# Chosen on the 48 answerable questions of handbook_dev, 10 passages each. Of the 39 whose evidence is among
# the ten, the model is shown it for 26 within 300 tokens, 32 within 360 or 440, 35 within 800. Meaning that
# weighs 2 shows it for 29 within 360; so did a discount for later passages within 400.
BUDGET = 360
"""Tokens of passage text in a prompt; rules, headings and question add some 150-200."""
NEIGHBOUR_SHARE = 0.25
SIMILARITY_SHARE = 0.7
QUANTITY_BONUS = 0.12
SAYS_NOTHING = 0.3
# Of the first 45 of them, with the replies that the default model gave: .27 and .95 let 18 right answers
# through, citation precision .67; .25 and .85 let 20, .63; .25 and .7 let 20, .61; .3 and .7 let 18, .63.
NEAR_ENOUGH = 0.25
LIKELY_ENOUGH = 0.85
"""Cosine and score from which a piece may carry an answer."""
HEADING_TOKENS = 15
"""What the number, title, section and marks of a passage cost."""

_ASKS_QUANTITY = re.compile(
    r"how (?:many|much|long|often|old|big|large|soon|far)|what (?:date|time|percent|limit|size|version)"
    r"|oldest|newest|minimum|maximum|몇|얼마|언제|며칠|최대|최소|기간|한도|용량|주기|제한|금액|비용",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """A passage and what the model is shown of it. The model knows it by its place in the list, from 1."""

    passage: Passage
    excerpt: str
    pieces: tuple[Piece, ...]
    """All pieces of the passage, shown or not: a quote may be any of them."""
    terms: tuple[Terms, ...]
    """Of each piece."""
    shown: tuple[int, ...]
    """Which of the pieces the model is shown."""
    scores: tuple[float, ...]
    """Of each piece: how likely it is to answer the question."""
    near: tuple[float | None, ...]
    """Of each piece: the cosine of its window to the question, where the search knows it."""
    rank: int = 0
    """Its place by the search among all that the model is shown, from 0; in the prompt it may stand at
    another (bot.answering.order)."""

    def answers(self, here: int) -> bool:
        """Whether a piece is likely to be about what was asked at all."""
        near = self.near[here]
        return near is None or (near >= NEAR_ENOUGH and self.scores[here] >= LIKELY_ENOUGH)


async def choose_evidence(
    question: str,
    passages: Sequence[Passage],
    *,
    translation: str = "",
    morphology: Morphology | None = None,
    budget: int = BUDGET,
) -> list[Evidence]:
    """What the model is to read, in the order of the search; at most `budget` estimated tokens of it.

    Passages of which nothing is worth reading are left out. Pieces are ranked by the terms they share with
    the question, or with its translation, and by what the search knows of how near their windows are to it.
    """
    pieces = [piece for number, passage in enumerate(passages) for piece in pieces_of(passage.text, number)]
    if not pieces:
        return []
    headings = [f"{passage.title} {passage.section}" for passage in passages]
    found = await terms_of([question, translation, *headings, *(piece.text for piece in pieces)], morphology)
    (asked, translated), heading_terms = found[:2], found[2 : 2 + len(headings)]
    piece_terms = found[2 + len(headings) :]
    in_context = [
        terms | heading_terms[piece.passage] for piece, terms in zip(pieces, piece_terms, strict=True)
    ]
    scores = np.maximum(
        _overlaps(asked, in_context, piece_terms), _overlaps(translated, in_context, piece_terms)
    )
    near = _nearness(passages, pieces)
    scores += SIMILARITY_SHARE * _scaled(near)
    if _ASKS_QUANTITY.search(question):
        scores += QUANTITY_BONUS * np.array([bool(re.search(r"\d", piece.text)) for piece in pieces])
    scores -= SAYS_NOTHING * np.array([_says_nothing(piece.text) for piece in pieces])
    scores = _with_neighbours(scores, pieces)
    chosen = _select(pieces, scores, budget)
    evidence: list[Evidence] = []
    for number, passage in enumerate(passages):
        own = [here for here, piece in enumerate(pieces) if piece.passage == number]
        shown = [pieces[here] for here in own if here in chosen]
        if shown:
            evidence.append(
                Evidence(
                    passage,
                    _excerpt(passage.text, shown),
                    tuple(pieces[here] for here in own),
                    tuple(piece_terms[here] for here in own),
                    tuple(place for place, here in enumerate(own) if here in chosen),
                    tuple(float(scores[here]) for here in own),
                    tuple(None if np.isnan(near[here]) else float(near[here]) for here in own),
                    rank=len(evidence),
                )
            )
    return evidence


def estimated_tokens(text: str) -> int:
    """About as many tokens as a Qwen or Llama tokenizer makes of it, without asking one."""
    hangul = sum(1 for letter in text if is_hangul(letter))
    digits = sum(1 for letter in text if letter.isdigit())
    return math.ceil(0.75 * hangul + digits + 0.28 * (len(text) - hangul - digits))


def _overlaps(asked: Terms, in_context: Sequence[Terms], alone: Sequence[Terms]) -> NDArray[np.float64]:
    """How much of the question each piece holds, rare terms counting more; 0..1. Headings count half."""
    weights = {
        term: math.log(1 + len(alone) / (0.5 + sum(1 for terms in alone if term in terms))) for term in asked
    }
    total = sum(weights.values()) or 1.0
    return np.array(
        [
            (sum(weights[t] for t in asked & own) + sum(weights[t] for t in asked & whole)) / (2 * total)
            for own, whole in zip(alone, in_context, strict=True)
        ]
    )


def _nearness(passages: Sequence[Passage], pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """Of each piece, the cosine of its window to the question; not a number where the search knows none."""
    near = np.full(len(pieces), np.nan)
    for number, passage in enumerate(passages):
        own = [here for here, piece in enumerate(pieces) if piece.passage == number]
        windows = window_numbers([pieces[here] for here in own])
        if len(passage.nearness) == 1:
            near[own] = passage.nearness[0]
        elif windows and len(passage.nearness) == windows[-1] + 1:
            near[own] = np.array(passage.nearness)[windows]
    return near


def _scaled(near: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the furthest, 0, to the nearest, 1; 0.5 where nothing is known."""
    known = near[~np.isnan(near)]
    if not len(known) or known.max() <= known.min():
        return np.full(len(near), 0.5)
    scaled = (near - known.min()) / (known.max() - known.min())
    return np.where(np.isnan(near), 0.5, scaled)


def _says_nothing(text: str) -> bool:
    """A heading in bold, or the question of a FAQ: it names what is asked and answers nothing."""
    text = text.strip()
    return (text.startswith(("**", "#")) and text.endswith("**") and len(text) < 80) or text.rstrip(
        "* "
    ).endswith(("?", "？"))


def _with_neighbours(scores: NDArray[np.float64], pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """An answer often stands beside the sentence that sounds like the question."""
    spread = scores.copy()
    for here in range(len(pieces)):
        beside = [
            scores[other]
            for other in (here - 1, here + 1)
            if 0 <= other < len(pieces) and pieces[other].passage == pieces[here].passage
        ]
        spread[here] += NEIGHBOUR_SHARE * max(beside, default=0.0)
    return spread


def _select(pieces: Sequence[Piece], scores: NDArray[np.float64], budget: int) -> set[int]:
    """The best pieces that fit; always one, however long it is."""
    chosen: set[int] = set()
    opened: set[int] = set()
    spent = 0
    for here in sorted(range(len(pieces)), key=lambda number: -scores[number]):
        piece = pieces[here]
        heading = 0 if piece.passage in opened else HEADING_TOKENS
        cost = estimated_tokens(readable(piece.text)) + heading
        if chosen and spent + cost > budget:
            continue
        chosen.add(here)
        opened.add(piece.passage)
        spent += cost
    return chosen


def _excerpt(text: str, chosen: Sequence[Piece]) -> str:
    """The chosen pieces of a passage, in order, with their table headers; GAP where something is left out."""
    shown = ""
    end = 0
    for piece in chosen:
        if piece.header is not None and end <= piece.header[0]:
            shown += ("\n" if shown else "") + readable(text[slice(*piece.header)])
            end = piece.header[1]
        between = text[end : piece.start]
        is_new_line = "\n" in between or not shown
        if shown and between.strip(" \t\n|:-"):
            shown += f"\n{GAP}" if is_new_line else f" {GAP}"
        if shown:
            shown += "\n" if is_new_line else " "
        shown += readable(piece.text)
        end = piece.end
    return shown


def readable(text: str) -> str:
    """Markdown without what costs tokens and says nothing: addresses of links, images, emphasis, filling."""
    text = re.sub(r"!\[([^\]\n]*)\]\([^)\n]*\)", r"\1", text)
    text = re.sub(r"\[([^\]\n]*)\]\([^)\n]*\)", r"\1", text)
    return re.sub(r"[ \t]{2,}", " ", re.sub(r"\*\*|__", "", text)).strip()
