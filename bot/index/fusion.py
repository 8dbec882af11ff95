"""Two ranked lists to one. Plain functions: what a search decides is decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.index.mirror import Scored

RANK_OFFSET = 20.0
LEXICAL_WEIGHT = 1.0
DENSE_WEIGHT = 1.0


def fused(lexical: Scored, dense: Scored) -> Scored:
    """Weighted reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    scores: Counter[int] = Counter()
    for weight, found in ((LEXICAL_WEIGHT, lexical), (DENSE_WEIGHT, dense)):
        for rank, (chunk_id, _) in enumerate(found):
            scores[chunk_id] += weight / (RANK_OFFSET + rank)  # type: ignore[assignment]
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def spread(found: Scored, document_of: Mapping[int, str], at_most: int, limit: int) -> Scored:
    """The best `limit`, with no document taking more than `at_most` places while others wait."""
    seen: Counter[str] = Counter()
    first: Scored = []
    rest: Scored = []
    for item in found:
        document = document_of[item[0]]
        seen[document] += 1
        (first if seen[document] <= at_most else rest).append(item)
    return (first + rest)[:limit]


def distinct(terms: Sequence[str], limit: int) -> list[str]:
    """The first `limit` different terms."""
    return list(dict.fromkeys(terms))[:limit]
