"""The retrieval scorecard as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined

from bot.evaluation.retrieval import MISSED, Miss, Outcome

_RANKS = 10
_BINS = 24


@dataclass(frozen=True)
class Row:
    """One line of the table and one bar of the plot."""

    set: str
    kind: str
    """Empty for all of a set, and for all sets."""
    card: Mapping[str, Any]


def rows(card: Mapping[str, Any]) -> list[Row]:
    """A scorecard by lines: each set, then its kinds; over all at the end, if there are several sets."""
    found: list[Row] = []
    for each in card["sets"]:
        found.append(Row(each["name"], "", each))
        if len(each["by_kind"]) > 1:
            found += [Row(each["name"], kind, inner) for kind, inner in each["by_kind"].items()]
    if len(card["sets"]) > 1:
        found.append(Row("all", "", card))
    return found


def html(
    card: Mapping[str, Any], outcomes: Sequence[Outcome], misses: Sequence[Miss], made_at: datetime
) -> str:
    """The page. All texts of questions and documents are escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = resources.files("bot.evaluation").joinpath("report.html.jinja").read_text(encoding="utf-8")
    asked = [one for outcome in outcomes for one in outcome.asked]
    return environment.from_string(template).render(
        rows=rows(card),
        card=card,
        made_at=made_at,
        ranks=_ranks([one.ranks for one in asked]),
        times=_bins([one.milliseconds for one in asked]),
        misses=misses,
        missed=MISSED,
    )


def _ranks(ranks: Sequence[Sequence[int]]) -> list[tuple[str, int]]:
    """(rank of the first right document, how many questions)."""
    counts = Counter(found[0] if found else 0 for found in ranks)
    later = sum(count for rank, count in counts.items() if rank > _RANKS)
    return [
        *((str(rank), counts[rank]) for rank in range(1, _RANKS + 1)),
        (f"{_RANKS + 1}+", later),
        ("none", counts[0]),
    ]


def _bins(milliseconds: Sequence[float]) -> list[tuple[float, float, int]]:
    """(from, to, how many), of equal width from 0 to the longest."""
    width = max(max(milliseconds), 1e-3) / _BINS
    counts = Counter(min(int(each / width), _BINS - 1) for each in milliseconds)
    return [(number * width, (number + 1) * width, counts[number]) for number in range(_BINS)]
