"""The same text in several documents is found once, with all its places."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from bot.contracts import Copy, Passage
from bot.index.fusion import Scored

SHORTEST = 80
"""Letters and digits: what is shorter may well stand in two documents without being a copy."""
MOST_COPIES = 5
"""How many other places are named."""

_BEGINNING = 24


def merged(ranked: Scored, passages: Mapping[int, Passage]) -> tuple[Scored, dict[int, Passage]]:
    """`ranked` with the best of each set of copies alone, and the passages with the places of the others.

    Copies have the same letters and digits in the same order; case, marks and white space are nothing. A word
    more or less makes another text: it may be the one that matters.
    """
    beginnings = {
        chunk_id: _letters(passages[chunk_id].text, _BEGINNING)[:_BEGINNING] for chunk_id, _ in ranked
    }
    alike = Counter(beginnings.values())
    kept: Scored = []
    first: dict[bytes, int] = {}
    others: defaultdict[int, dict[str, Copy]] = defaultdict(dict)
    for chunk_id, score in ranked:
        passage = passages[chunk_id]
        # most begin like no other, and are not read to their end
        letters = _letters(passage.text) if alike[beginnings[chunk_id]] > 1 else ""
        if len(letters) >= SHORTEST:
            key = hashlib.sha256(letters.encode()).digest()
            best = first.setdefault(key, chunk_id)
            if best != chunk_id:
                if passages[best].document_id != passage.document_id:
                    place = Copy(passage.document_id, passage.connector, passage.title, passage.url)
                    others[best].setdefault(passage.document_id, place)
                continue
        kept.append((chunk_id, score))
    with_places = {
        chunk_id: replace(passages[chunk_id], copies=tuple(places.values())[:MOST_COPIES])
        for chunk_id, places in others.items()
    }
    return kept, {**passages, **with_places}


def _letters(text: str, at_most: int | None = None) -> str:
    """The letters and digits of a text, or of its beginning; as casefolding lengthens some, more may come."""
    return "".join(islice(filter(str.isalnum, text), at_most)).casefold()
