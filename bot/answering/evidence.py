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

from bot.answering.language import is_hangul, language_of
from bot.answering.terms import Terms, terms_of
from bot.contracts import Embedder, Morphology, Passage, Vectors
from bot.sentences import sentences

GAP = "…"

BUDGET = 480
"""Tokens of passage text in a prompt; rules, headings and question add some 150-200."""
NEIGHBOUR_SHARE = 0.25
RANK_DISCOUNT = 0.06
SIMILARITY_SHARE = 0.6
QUANTITY_BONUS = 0.12
HEADING_TOKENS = 30
"""What the number, title, section and marks of a passage cost."""

_ASKS_QUANTITY = re.compile(
    r"how (?:many|much|long|often|old|big|large|soon|far)|what (?:date|time|percent|limit|size|version)"
    r"|oldest|newest|minimum|maximum|몇|얼마|언제|며칠|최대|최소|기간|한도|용량|주기|제한|금액|비용",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Piece:
    """passage.text[start:end]: a sentence, a list item or a table row. `passage` counts from 0."""

    passage: int
    start: int
    end: int
    text: str
    header: tuple[int, int] | None = None
    """Of a table row: where the header row of its table stands."""


@dataclass(frozen=True)
class Evidence:
    """A passage and what the model is shown of it. The model knows it by its place in the list, from 1."""

    passage: Passage
    excerpt: str
    pieces: tuple[Piece, ...]
    """All pieces of the passage, shown or not: a quote may be any of them."""
    terms: tuple[Terms, ...]
    """Of each piece."""
    vectors: Vectors | None = None
    """Of each piece, where there is an embedder."""


async def choose_evidence(
    question: str,
    passages: Sequence[Passage],
    *,
    morphology: Morphology | None = None,
    embedder: Embedder | None = None,
    budget: int = BUDGET,
) -> list[Evidence]:
    """What the model is to read, in the order of the search; at most `budget` estimated tokens of it.

    Passages of which nothing is worth reading are left out. Pieces are ranked by the terms they share with
    the question and, with an embedder, by meaning too, which is all there is where question and passage are
    in different languages.
    """
    pieces = [piece for number, passage in enumerate(passages) for piece in pieces_of(passage.text, number)]
    if not pieces:
        return []
    headings = [f"{passage.title} {passage.section}" for passage in passages]
    found = await terms_of([question, *headings, *(piece.text for piece in pieces)], morphology)
    asked, heading_terms, piece_terms = found[0], found[1 : 1 + len(headings)], found[1 + len(headings) :]
    in_context = [
        terms | heading_terms[piece.passage] for piece, terms in zip(pieces, piece_terms, strict=True)
    ]
    scores = _overlaps(asked, in_context, piece_terms)
    vectors: Vectors | None = None
    if embedder is not None:
        embedded = await embedder.queries([question, *(piece.text for piece in pieces)])
        vectors = embedded[1:]
        scores += SIMILARITY_SHARE * _similarities(vectors @ embedded[0], pieces)
    if _ASKS_QUANTITY.search(question):
        scores += QUANTITY_BONUS * np.array([bool(re.search(r"\d", piece.text)) for piece in pieces])
    scores = _with_neighbours(scores, pieces)
    scores *= np.array([1.0 - RANK_DISCOUNT * min(piece.passage, 8) for piece in pieces])
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
                    None if vectors is None else vectors[own],
                )
            )
    return evidence


def pieces_of(text: str, passage: int = 0) -> list[Piece]:
    """Cut a passage into sentences, list items and table rows, in order."""
    pieces: list[Piece] = []
    header: tuple[int, int] | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        body = line.strip()
        if not body:
            header = None
            continue
        start += len(line) - len(line.lstrip())
        if body.startswith("|"):
            end = start + len(body)
            if header is None:
                header = (start, end)
            if re.fullmatch(r"[|:\s-]+", body) is None:
                pieces.append(Piece(passage, start, end, body, None if header == (start, end) else header))
            continue
        header = None
        cursor = start
        for sentence in sentences(body):
            found = text.find(sentence.strip(), cursor, at)
            if found < 0 or not sentence.strip():
                continue
            cursor = found + len(sentence.strip())
            pieces.append(Piece(passage, found, cursor, text[found:cursor]))
    return pieces


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


def _similarities(nearness: NDArray[np.float32], pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """Nearness of meaning, 0..1, each language scaled by itself: the embedder prefers the question's own."""
    scaled = nearness.astype(np.float64)
    languages = np.array([language_of(piece.text) for piece in pieces])
    for language in ("ko", "en"):
        of_it = languages == language
        if of_it.any():
            low, high = scaled[of_it].min(), scaled[of_it].max()
            scaled[of_it] = (scaled[of_it] - low) / (high - low) if high > low else 0.5
    return scaled


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
