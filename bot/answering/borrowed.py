"""Words of a sentence that come from elsewhere than from what it cites.

A model that obeys a poisoned document, or is led to tell its instructions, may splice what it was told into a
true sentence: most of that stands in the cited passage, so the check of its words alone lets it through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

RUN = 4
"""Words in a row that two texts hardly share by chance."""


def borrowed(text: str, own: Iterable[str], elsewhere: Iterable[str]) -> str:
    """A run of words of `text` that stands in one of `elsewhere` and in none of `own`; "" if none does."""
    runs = _runs(text)
    if not runs:
        return ""
    foreign = {run for other in elsewhere for run in _runs(other)}
    if foreign.isdisjoint(runs):
        return ""
    known = {run for other in own for run in _runs(other)}
    return next((run for run in runs if run in foreign and run not in known), "")


def _runs(text: str) -> list[str]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return [" ".join(words[first : first + RUN]) for first in range(len(words) - RUN + 1)]
